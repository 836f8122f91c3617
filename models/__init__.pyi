from .augmentation import RandomChanges as RandomChanges
from .autodiff import autodiff as autodiff
from .convnet import build_convnet as build_convnet
from .estimators import EstimatorFit as EstimatorFit
from .estimators import fitting_estimators as fitting_estimators
from .mlp import build_mlp as build_mlp
from .mlp import redraw_mlp as redraw_mlp
from .one_cycle import one_cycle_adamw as one_cycle_adamw
from .recipes import CONVNET_BATCH as CONVNET_BATCH
from .recipes import DENSE_BATCH as DENSE_BATCH
from .recipes import convnet_recipe as convnet_recipe
from .recipes import dense_recipe as dense_recipe
from .replicas import Replicas as Replicas
from .replicas import fit_replicas as fit_replicas
from .table_encoder import build_table_encoder as build_table_encoder
from .table_encoder import join_encoder as join_encoder
from .table_encoder import names_may_differ as names_may_differ
from .table_encoder import standardization as standardization
from .table_encoder import table_inputs as table_inputs
from .table_encoder import takes_texts as takes_texts
from .training import fit as fit
from .training_state import put_back_state as put_back_state
from .training_state import take_state as take_state

__all__ = [
    "CONVNET_BATCH",
    "DENSE_BATCH",
    "EstimatorFit",
    "RandomChanges",
    "Replicas",
    "autodiff",
    "build_convnet",
    "build_mlp",
    "build_table_encoder",
    "convnet_recipe",
    "dense_recipe",
    "fit",
    "fit_replicas",
    "fitting_estimators",
    "join_encoder",
    "names_may_differ",
    "one_cycle_adamw",
    "put_back_state",
    "redraw_mlp",
    "standardization",
    "table_inputs",
    "take_state",
    "takes_texts",
]

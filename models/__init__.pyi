from .augmentation import RandomChanges as RandomChanges
from .convnet import build_convnet as build_convnet
from .estimators import EstimatorFit as EstimatorFit
from .estimators import fitting_estimators as fitting_estimators
from .mlp import build_mlp as build_mlp
from .one_cycle import one_cycle_adamw as one_cycle_adamw
from .replicas import Replicas as Replicas
from .replicas import fit_replicas as fit_replicas
from .training import fit as fit

__all__ = [
    "EstimatorFit",
    "RandomChanges",
    "Replicas",
    "build_convnet",
    "build_mlp",
    "fit",
    "fit_replicas",
    "fitting_estimators",
    "one_cycle_adamw",
]

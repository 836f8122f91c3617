from .estimators import EstimatorFit as EstimatorFit
from .estimators import fitting_estimators as fitting_estimators
from .mlp import build_mlp as build_mlp
from .replicas import Replicas as Replicas
from .replicas import fit_replicas as fit_replicas
from .training import fit as fit

__all__ = ["EstimatorFit", "Replicas", "build_mlp", "fit", "fit_replicas", "fitting_estimators"]

from . import minimizers as minimizers
from .diabetes_nets import DiabetesNets as DiabetesNets
from .diabetes_nets import add_nets as add_nets
from .diabetes_nets import build_mlp_classifier as build_mlp_classifier
from .diabetes_nets import evaluate_net as evaluate_net
from .diabetes_nets import fitting_classifiers as fitting_classifiers
from .diabetes_nets import seeds_from as seeds_from
from .diabetes_nets import train_keras_nets as train_keras_nets
from .image_study import ImageStudy as ImageStudy
from .image_study import Trained as Trained

__all__ = [
    "DiabetesNets",
    "ImageStudy",
    "Trained",
    "add_nets",
    "build_mlp_classifier",
    "evaluate_net",
    "fitting_classifiers",
    "minimizers",
    "seeds_from",
    "train_keras_nets",
]

from .best_so_far_plot import plot_best_so_far as plot_best_so_far
from .hyperparameter_plot import plot_hyperparameters as plot_hyperparameters
from .importance_plot import plot_importance as plot_importance
from .parallel_coordinates_plot import plot_parallel_coordinates as plot_parallel_coordinates

__all__ = [
    "plot_best_so_far",
    "plot_hyperparameters",
    "plot_importance",
    "plot_parallel_coordinates",
]

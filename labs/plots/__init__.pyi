from . import style as style
from .confusion_plot import plot_confusion as plot_confusion
from .contour_plot import draw_contours as draw_contours
from .curve_plot import plot_curves as plot_curves
from .filter_plot import plot_filters as plot_filters
from .mistake_plot import plot_mistakes as plot_mistakes
from .network_plot import plot_network as plot_network
from .prediction_plot import plot_predictions as plot_predictions
from .recall_plot import plot_recalls as plot_recalls
from .region_plot import Grid as Grid
from .region_plot import animate_regions as animate_regions
from .region_plot import grid_around as grid_around
from .region_plot import plot_regions as plot_regions
from .region_plot import plot_units as plot_units
from .sample_plot import plot_samples as plot_samples
from .seed_plot import draw_mean as draw_mean
from .seed_plot import draw_scores as draw_scores
from .seed_plot import plot_seeds as plot_seeds

__all__ = [
    "Grid",
    "animate_regions",
    "draw_contours",
    "draw_mean",
    "draw_scores",
    "grid_around",
    "plot_confusion",
    "plot_curves",
    "plot_filters",
    "plot_mistakes",
    "plot_network",
    "plot_predictions",
    "plot_recalls",
    "plot_regions",
    "plot_samples",
    "plot_seeds",
    "plot_units",
    "style",
]

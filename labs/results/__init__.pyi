from . import style as style
from .claims import LECTURES as LECTURES
from .claims import Claim as Claim
from .claims import judge as judge
from .claims import judge_formula as judge_formula
from .claims import judge_statement as judge_statement
from .confusion_plot import plot_confusion as plot_confusion
from .curve_plot import plot_curves as plot_curves
from .filter_plot import plot_filters as plot_filters
from .image_classifier import ImageClassifier as ImageClassifier
from .image_classifier import load_image_classifier as load_image_classifier
from .mistake_plot import plot_mistakes as plot_mistakes
from .model_result import ModelResult as ModelResult
from .network_plot import plot_network as plot_network
from .prediction_plot import plot_predictions as plot_predictions
from .recall_plot import plot_recalls as plot_recalls
from .record import RunRecord as RunRecord
from .sample_plot import plot_samples as plot_samples
from .saved_model import SavedModel as SavedModel
from .saved_model import find_saved_model as find_saved_model
from .seed_plot import plot_seeds as plot_seeds
from .statistics import Interval as Interval
from .statistics import McNemarTest as McNemarTest
from .statistics import ResampledTTest as ResampledTTest
from .statistics import corrected_resampled_t_test as corrected_resampled_t_test
from .statistics import describe_mcnemar as describe_mcnemar
from .statistics import exact_mcnemar as exact_mcnemar
from .statistics import geometric_mean_interval as geometric_mean_interval
from .statistics import mean_interval as mean_interval
from .statistics import prediction_interval as prediction_interval
from .statistics import wilson_interval as wilson_interval

__all__ = [
    "LECTURES",
    "Claim",
    "ImageClassifier",
    "Interval",
    "McNemarTest",
    "ModelResult",
    "ResampledTTest",
    "RunRecord",
    "SavedModel",
    "corrected_resampled_t_test",
    "describe_mcnemar",
    "exact_mcnemar",
    "find_saved_model",
    "geometric_mean_interval",
    "judge",
    "judge_formula",
    "judge_statement",
    "load_image_classifier",
    "mean_interval",
    "plot_confusion",
    "plot_curves",
    "plot_filters",
    "plot_mistakes",
    "plot_network",
    "plot_predictions",
    "plot_recalls",
    "plot_samples",
    "plot_seeds",
    "prediction_interval",
    "style",
    "wilson_interval",
]

from . import style as style
from .claims import Claim as Claim
from .claims import judge as judge
from .claims import judge_formula as judge_formula
from .confusion_plot import plot_confusion as plot_confusion
from .curve_plot import plot_curves as plot_curves
from .model_result import ModelResult as ModelResult
from .network_plot import plot_network as plot_network
from .record import RunRecord as RunRecord
from .seed_plot import plot_seeds as plot_seeds
from .statistics import Interval as Interval
from .statistics import McNemarTest as McNemarTest
from .statistics import ResampledTTest as ResampledTTest
from .statistics import corrected_resampled_t_test as corrected_resampled_t_test
from .statistics import exact_mcnemar as exact_mcnemar
from .statistics import mean_interval as mean_interval
from .statistics import prediction_interval as prediction_interval
from .statistics import wilson_interval as wilson_interval

__all__ = [
    "Claim",
    "Interval",
    "McNemarTest",
    "ModelResult",
    "ResampledTTest",
    "RunRecord",
    "corrected_resampled_t_test",
    "exact_mcnemar",
    "judge",
    "judge_formula",
    "mean_interval",
    "plot_confusion",
    "plot_curves",
    "plot_network",
    "plot_seeds",
    "prediction_interval",
    "style",
    "wilson_interval",
]

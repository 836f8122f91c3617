from .comparisons import McNemarTest as McNemarTest
from .comparisons import ResampledTTest as ResampledTTest
from .comparisons import corrected_resampled_t_test as corrected_resampled_t_test
from .comparisons import describe_mcnemar as describe_mcnemar
from .comparisons import exact_mcnemar as exact_mcnemar
from .intervals import Interval as Interval
from .intervals import geometric_mean_interval as geometric_mean_interval
from .intervals import mean_interval as mean_interval
from .intervals import prediction_interval as prediction_interval
from .intervals import wilson_interval as wilson_interval

__all__ = [
    "Interval",
    "McNemarTest",
    "ResampledTTest",
    "corrected_resampled_t_test",
    "describe_mcnemar",
    "exact_mcnemar",
    "geometric_mean_interval",
    "mean_interval",
    "prediction_interval",
    "wilson_interval",
]

from .comparisons import Difference as Difference
from .comparisons import compare_nets as compare_nets
from .comparisons import compare_rows as compare_rows
from .comparisons import corrected_resampled_t_test as corrected_resampled_t_test
from .comparisons import interval_of_difference as interval_of_difference
from .comparisons import welch as welch
from .intervals import Interval as Interval
from .intervals import accuracy_interval as accuracy_interval
from .intervals import geometric_mean_interval as geometric_mean_interval
from .intervals import mean_interval as mean_interval
from .intervals import prediction_interval as prediction_interval
from .intervals import wilson_interval as wilson_interval

__all__ = [
    "Difference",
    "Interval",
    "accuracy_interval",
    "compare_nets",
    "compare_rows",
    "corrected_resampled_t_test",
    "geometric_mean_interval",
    "interval_of_difference",
    "mean_interval",
    "prediction_interval",
    "welch",
    "wilson_interval",
]

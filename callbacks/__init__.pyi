from .gradient_monitor import GradientMonitor as GradientMonitor
from .overfitting_monitor import OverfittingMonitor as OverfittingMonitor
from .progress_bar import ProgressBar as ProgressBar
from .step_decay import StepDecay as StepDecay

__all__ = ["GradientMonitor", "OverfittingMonitor", "ProgressBar", "StepDecay"]

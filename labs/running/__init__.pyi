from .bounds import Above as Above
from .bounds import AtLeast as AtLeast
from .bounds import AtMost as AtMost
from .bounds import Below as Below
from .bounds import Each as Each
from .bounds import Increasing as Increasing
from .bounds import NotEmpty as NotEmpty
from .bounds import Such as Such
from .bounds import Within as Within
from .catalog import find_labs as find_labs
from .config import LabConfig as LabConfig
from .config import ResumableConfig as ResumableConfig
from .exit_status import exit_status as exit_status
from .lab import Lab as Lab
from .lab import lab as lab

__all__ = [
    "Above",
    "AtLeast",
    "AtMost",
    "Below",
    "Each",
    "Increasing",
    "Lab",
    "LabConfig",
    "NotEmpty",
    "ResumableConfig",
    "Such",
    "Within",
    "exit_status",
    "find_labs",
    "lab",
]

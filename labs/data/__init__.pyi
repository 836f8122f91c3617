from .checks import check as check
from .checks import find_problems as find_problems
from .dataset import Dataset as Dataset
from .dataset import Part as Part
from .diabetes import load_diabetes as load_diabetes
from .fingerprint import fingerprint as fingerprint
from .problem import Problem as Problem
from .splits import folds as folds
from .splits import random_split as random_split
from .splits import split as split

__all__ = [
    "Dataset",
    "Part",
    "Problem",
    "check",
    "find_problems",
    "fingerprint",
    "folds",
    "load_diabetes",
    "random_split",
    "split",
]

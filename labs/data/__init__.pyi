from .checks import check as check
from .checks import find_problems as find_problems
from .dataset import Dataset as Dataset
from .dataset import Part as Part
from .dataset import RowsCode as RowsCode
from .dataset import join as join
from .diabetes import DIABETES_CODE as DIABETES_CODE
from .diabetes import DIABETES_SCALE as DIABETES_SCALE
from .diabetes import load_diabetes as load_diabetes
from .diabetes import load_progression_scores as load_progression_scores
from .digits import load_digits as load_digits
from .digits import shrink as shrink
from .drawn_hands import load_drawn_hands as load_drawn_hands
from .fingerprint import fingerprint as fingerprint
from .mnist import load_mnist as load_mnist
from .pictures import prepare_digit as prepare_digit
from .pictures import prepare_hand as prepare_hand
from .pictures import read_picture as read_picture
from .plane import Plane as Plane
from .plane import compute_features as compute_features
from .plane import load_plane as load_plane
from .problem import Problem as Problem
from .sign_language import load_sign_language as load_sign_language
from .sources import tell as tell
from .splits import fewer as fewer
from .splits import folds as folds
from .splits import random_split as random_split
from .splits import split as split
from .table import Table as Table
from .table import load_table as load_table
from .table_files import is_table as is_table
from .table_files import read_table as read_table

__all__ = [
    "DIABETES_CODE",
    "DIABETES_SCALE",
    "Dataset",
    "Part",
    "Plane",
    "Problem",
    "RowsCode",
    "Table",
    "check",
    "compute_features",
    "fewer",
    "find_problems",
    "fingerprint",
    "folds",
    "is_table",
    "join",
    "load_diabetes",
    "load_digits",
    "load_drawn_hands",
    "load_mnist",
    "load_plane",
    "load_progression_scores",
    "load_sign_language",
    "load_table",
    "prepare_digit",
    "prepare_hand",
    "random_split",
    "read_picture",
    "read_table",
    "shrink",
    "split",
    "tell",
]

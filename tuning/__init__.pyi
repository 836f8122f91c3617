from .found import Best as Best
from .found import Found as Found
from .own_search import search as search
from .replay import STRATEGIES as STRATEGIES
from .replay import ScoreTable as ScoreTable
from .replay import replaying as replaying
from .run import run_search as run_search
from .tables.run import search_table as search_table
from .validation import seeds_of as seeds_of

__all__ = [
    "STRATEGIES",
    "Best",
    "Found",
    "ScoreTable",
    "replaying",
    "run_search",
    "search",
    "search_table",
    "seeds_of",
]

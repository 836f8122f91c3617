from .found import Best as Best
from .found import Found as Found
from .own_search import search as search
from .run import run_search as run_search
from .tables.run import search_table as search_table

__all__ = ["Best", "Found", "run_search", "search", "search_table"]

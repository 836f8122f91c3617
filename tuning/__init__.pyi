from .run import run_search as run_search

__all__ = ["run_search"]

"""Exercises: what the lectures ask, and ten questions of ours that need a run."""

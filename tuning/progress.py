"""How far a search is: a live table on a terminal, a line a trial elsewhere."""

from __future__ import annotations

import time
from typing import Any, Self

from rich import box
from rich.console import Console
from rich.live import Live
from rich.table import Table

from tuning.objective import Objective
from tuning.trial_table import TrialRow, describe_value


class SearchProgress:
    """Shows count, best score, last trial and time left.

    Args:
        title: What is searched.
        planned: Trials to come, or None if that is not known.
        console: Where to write.
        objective: What the scores are.
    """

    def __init__(
        self, title: str, planned: int | None, console: Console, objective: Objective
    ) -> None:
        self._objective = objective
        self._title, self._planned, self._console = title, planned, console
        self._trials: list[TrialRow] = []
        self._trained = 0
        self._start = time.perf_counter()
        self._live = Live(console=console, transient=True) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
            self._live.update(self._table())
        return self

    def __exit__(self, *error: Any) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, trial: TrialRow, trained_now: bool) -> None:
        """Take in a finished trial.

        Args:
            trial: The trial.
            trained_now: False if it came from the journal, which says nothing about time.
        """
        self._trials.append(trial)
        self._trained += trained_now
        if self._live is not None:
            self._live.update(self._table())
        elif trained_now:
            score = trial.error if trial.score is None else f"{trial.score:.4f}"
            self._console.print(
                f"{self._title}: trial {trial.number + 1}{self._of_planned()} {trial.status} "
                f"{score}, best {self._best()}, {self._time_left()}",
                highlight=False,
                soft_wrap=True,
            )

    def _table(self) -> Table:
        table = Table(title=self._title, title_justify="left", box=box.SIMPLE, show_header=False)
        table.add_row("trials", f"{len(self._trials)}{self._of_planned()}")
        table.add_row("without a score", str(sum(t.status != "done" for t in self._trials)))
        table.add_row("best so far", self._best())
        if self._trials:
            last = self._trials[-1]
            values = last.hyperparameters.items()
            text = ", ".join(f"{name} {describe_value(value)}" for name, value in values)
            table.add_row("last one", f"{last.status}; {text}")
        table.add_row("time", self._time_left())
        return table

    def _of_planned(self) -> str:
        return "" if self._planned is None else f" of {self._planned}"

    def _best(self) -> str:
        scores = [trial.score for trial in self._trials if trial.score is not None]
        best = max if self._objective.direction == "max" else min
        return f"{best(scores):.4f}" if scores else "–"

    def _time_left(self) -> str:
        if self._planned is None or not self._trained:
            return "time left not known"
        left = max(0, self._planned - len(self._trials))
        seconds = (time.perf_counter() - self._start) / self._trained * left
        return f"about {seconds:.0f} s left"

"""The search: ask, train, tell, in an order that depends on nothing but seed and settings.

A fixed number of trials is under way at any time. A trial is told when all before it have
been told, and only then the next is asked for, so it makes no difference to the oracle how
many workers there are and which is faster. What has finished is in the journal at once.

Where what is asked next does not depend on scores, many trials are asked for at once, and those
of one program among them train as one: a group. Its numbers differ from those of each trial alone
by rounding, so a group of which a trial is missing in the journal is trained whole again.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from labs.atomic import replacing
from labs.errors import InputError
from tuning.journal import Journal
from tuning.schedule import Proposal, Schedule
from tuning.states import States
from tuning.study import Study
from tuning.trial import Outcome, Task
from tuning.trial_table import TrialRow
from tuning.validation import Stretch

MAX_FAILURES_IN_A_ROW = 8


@dataclass
class _Asked:
    """A trial that was asked for and is not yet told."""

    number: int
    proposal: Proposal
    repeats: int | None
    future: Future[Outcome] | None = None
    group: Sequence[int] = ()


class TrialLoop:
    """Run trials until the schedule has no more.

    Args:
        schedule: Asks for trials; freshly made, also when a search goes on.
        journal: Trials that are already finished, and where the others go.
        study: What to train on.
        submit: Begins a trial.
        directory: Where the curves of each trial go.
        at_once: Trials asked for ahead of those told.
        together: Trials asked for together, those of one program among which train as one.
        on_finished: Called with each trial, also with those of the journal.
    """

    def __init__(
        self,
        *,
        schedule: Schedule,
        journal: Journal,
        study: Study,
        submit: Callable[[Task], Future[Outcome]],
        directory: Path,
        at_once: int,
        together: int = 1,
        on_finished: Callable[[TrialRow], None] = lambda trial: None,
    ) -> None:
        self._schedule, self._journal, self._study = schedule, journal, study
        self._submit, self._directory, self._at_once = submit, directory, at_once
        self._together, self._on_finished = together, on_finished
        self._states = States(directory.with_name("states"))
        self._kept: frozenset[int] = frozenset()
        self._window: deque[_Asked] = deque()
        self._first_with: dict[str, int] = {}
        self._told = 0
        self._known = frozenset(journal.trials)
        self._failures_in_a_row = 0

    def run(self) -> list[TrialRow]:
        """Return all trials, in the order of asking.

        Raises:
            InputError: If the journal holds other trials than the oracle asks for, or too
                many trials fail one after the other.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        while True:
            while len(self._window) < self._at_once and self._begin_some():
                pass
            self._drop_states()
            if not self._window:
                break
            self._finish_first()
        return self._journal.in_order

    def _begin_some(self) -> bool:
        """Ask for trials and begin them, those of one program together; tell whether there were."""
        asked: list[_Asked] = []
        while len(asked) < self._together and (one := self._ask()) is not None:
            asked.append(one)
        for group in self._groups([one for one in asked if one.repeats is None]):
            if any(one.number not in self._journal.trials for one in group):
                self._begin(group)
        return bool(asked)

    def _groups(self, asked: Sequence[_Asked]) -> list[list[_Asked]]:
        """Divide trials by their programs, in the order of asking."""
        if self._together == 1:
            return [[one] for one in asked]
        groups: list[list[_Asked]] = []
        latest: dict[Any, list[_Asked]] = {}
        for one in asked:
            program = self._study.program_of(one.proposal.values)
            if program is None or len(latest.get(program, ())) in (0, self._study.most_together):
                latest[program] = []
                groups.append(latest[program])
            latest[program].append(one)
        return groups

    def _begin(self, group: Sequence[_Asked]) -> None:
        first, *others = (
            Task(self._study, one.proposal.values, self._stretch(one.proposal)) for one in group
        )
        others = [replace(other, study=None) for other in others]
        future = self._submit(replace(first, others=tuple(others)))
        for one in group:
            if one.number not in self._journal.trials:
                one.future, one.group = future, [member.number for member in group]

    def _ask(self) -> _Asked | None:
        proposal = self._schedule.ask()
        if proposal is None:
            return None
        number = self._told + len(self._window)
        repeats = self._first_with.setdefault(_key(proposal), number)
        asked = _Asked(number, proposal, repeats if repeats != number else None)
        recorded = self._journal.trials.get(number)
        if recorded is not None:
            self._require_same(recorded, proposal)
        self._window.append(asked)
        return asked

    def _require_same(self, recorded: TrialRow, proposal: Proposal) -> None:
        """Refuse a journal whose trial is not the one asked for; what it met first is its own."""
        met = {entry["name"] for entry in recorded.appeared}
        values = {k: v for k, v in recorded.hyperparameters.items() if k not in met}
        expected = {k: v for k, v in proposal.values.items() if k not in met}
        if values != expected or recorded.continues != proposal.continues:
            raise InputError(
                f"Trial {recorded.number} of the journal is not the one that these settings ask "
                f"for: expected {expected}, got {values}. Packages ({recorded.oracle}, now "
                f"{self._schedule.oracle.version}) or settings have changed; start a new search."
            )

    def _stretch(self, proposal: Proposal) -> Stretch | None:
        if proposal.epochs is None:
            return None
        state = () if proposal.continues is None else self._states.load(proposal.continues)
        return Stretch(proposal.epochs, proposal.initial_epoch, state, proposal.goes_on)

    def _finish_first(self) -> None:
        """Wait for the trial that was asked first and tell it; record others as they end."""
        first = self._window[0]
        while first.number not in self._journal.trials:
            if first.repeats is not None:
                self._repeat(first)
                break
            running = [asked.future for asked in self._window if asked.future is not None]
            wait(running, return_when=FIRST_COMPLETED)
            for asked in self._window:
                if asked.future is not None and asked.future.done():
                    self._take(asked, asked.future.result())
        trial = self._journal.trials[first.number]
        self._window.popleft()
        self._told += 1
        self._schedule.tell(trial)
        self._on_finished(trial)
        self._count_failures(trial)

    def _drop_states(self) -> None:
        """Forget the states of trials that no later one goes on from, once a rung is decided."""
        if self._schedule.kept != self._kept:
            self._kept = self._schedule.kept
            self._states.drop(set(range(self._told)) - self._kept)

    def _take(self, asked: _Asked, result: Outcome) -> None:
        asked.future = None
        outcomes = (result, *result.others)
        if len(outcomes) == len(asked.group):
            self._record(asked, outcomes[asked.group.index(asked.number)])
        else:  # The worker died again and again: each shall be at fault for itself.
            self._begin([asked])

    def _record(self, asked: _Asked, outcome: Outcome) -> None:
        proposal = asked.proposal
        if outcome.history:
            self._write_history(asked.number, proposal.continues, outcome.history)
        if outcome.state:
            self._states.save(asked.number, outcome.state)
        self._journal.append(
            TrialRow(
                number=asked.number,
                hyperparameters={**proposal.values, **outcome.values},
                status=outcome.status,
                score=float(np.mean(outcome.scores)) if outcome.scores else None,
                fold_scores=outcome.scores,
                seconds=round(outcome.seconds, 3),
                seed=self._study.seed_of(proposal.values),
                epochs=outcome.epochs,
                error=outcome.error,
                group=asked.group[0] if outcome.together else asked.number,
                continues=proposal.continues,
                oracle=self._schedule.oracle.version,
                appeared=outcome.appeared,
                one_by_one=outcome.one_by_one,
            )
        )

    def _write_history(
        self, number: int, continues: int | None, history: Mapping[str, np.ndarray]
    ) -> None:
        """Write the curves of a trial, behind those of the one that it went on with."""
        if continues is not None:
            with np.load(self._history(continues)) as before:
                history = {k: np.hstack([before[k], curves]) for k, curves in history.items()}
        with replacing(self._history(number)) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **history)

    def _history(self, number: int) -> Path:
        return self._directory / f"trial-{number:05d}.npz"

    def _repeat(self, asked: _Asked) -> None:
        """Record a trial whose values were tried before: its seed and result are the same."""
        assert asked.repeats is not None
        earlier = self._journal.trials[asked.repeats]
        own: dict[str, Any] = {
            "number": asked.number,
            "group": asked.number,
            "repeats": asked.repeats,
        }
        self._journal.append(replace(earlier, seconds=0.0, **own))

    def _count_failures(self, trial: TrialRow) -> None:
        if trial.number in self._known:  # It was counted when it ran.
            return
        self._failures_in_a_row = 0 if trial.status == "done" else self._failures_in_a_row + 1
        if self._failures_in_a_row >= MAX_FAILURES_IN_A_ROW:
            raise InputError(
                f"{MAX_FAILURES_IN_A_ROW} trials one after the other have no score, the last one "
                f"because: {trial.error} Mend that or narrow the space, then go on with --resume "
                f"{self._directory.parent}"
            )


def write_trials(path: Path, trials: list[TrialRow]) -> None:
    """Write one row a trial to a CSV file.

    It holds what the seed and the settings decide, and no times, so that two searches that
    should be equal are equal to the last byte. The times are in the journal.
    """
    names = list(dict.fromkeys(name for trial in trials for name in trial.hyperparameters))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    fixed = ["number", "status", "score", "seed", "repeats", "group", "continues", "error"]
    fixed += ["fold_scores", "epochs"]
    writer.writerow([*fixed, *names])
    for trial in trials:
        row = [getattr(trial, name) for name in fixed[:-2]]
        row += [" ".join(map(repr, getattr(trial, name))) for name in fixed[-2:]]
        writer.writerow(row + [trial.hyperparameters.get(name) for name in names])
    with replacing(path) as temporary:
        temporary.write_text(buffer.getvalue(), encoding="utf-8")


def _key(proposal: Proposal) -> str:
    return repr([sorted(proposal.values.items()), proposal.initial_epoch, proposal.epochs])

"""The command line of a search, and what stays the same when it goes on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

import tyro

from labs.errors import InputError
from labs.records import strict_json
from labs.running import AtLeast, LabConfig, Such, Within
from tuning.subjects import SUBJECTS

MAY_CHANGE = frozenset({"workers", "cluster", "resume", "mend", "output_dir", "quiet", "open"})
"""Settings that decide where trials run and what is printed, not what they are."""
AUTO: Mapping[str, Mapping[str, Any]] = {"grid": {"trials": "all"}, "halving": {"compare": "no"}}
"""What "auto" means for a strategy in place of what it means for the lab."""
LABS = " or ".join(SUBJECTS)

Count = Annotated[int, AtLeast(1)] | Literal["auto"]


@dataclass(frozen=True)
class SearchConfig(LabConfig):
    """Settings of every search."""

    strategy: str = "random"
    """What proposes the trials."""
    workers: Annotated[int, AtLeast(1)] = 2
    """Processes that run trials; the result does not depend on it."""
    resume: Annotated[str, tyro.conf.arg(metavar="RUN")] = ""
    """Run directory of a search that ended early; its settings hold again."""
    mend: bool = False
    """With --resume, drop damaged lines of its journal and train their trials again."""

    @property
    @abstractmethod
    def subject(self) -> str:
        """What is searched on, in the name of the run's folder."""

    @property
    @abstractmethod
    def words(self) -> list[str]:
        """What names it on the command line."""

    @abstractmethod
    def complete(self) -> Self:
        """Return the settings without open choices."""


ConfigT = TypeVar("ConfigT", bound=SearchConfig)


@dataclass(frozen=True)
class Config(SearchConfig):
    """Settings of a search on a lab's data."""

    POSITIONAL: ClassVar = frozenset({"lab"})
    QUICK: ClassVar = {
        "trials": 3,
        "folds": 2,
        "seeds": 1,
        "most_epochs": 4,
        "training_rows": 300,
        "final_seeds": 2,
        "resplits": 3,
    }
    tensorboard: ClassVar = True  # type: ignore[misc]  # No setting here.
    """A search always writes RUN/tensorboard."""

    lab: Annotated[tyro.conf.Positional[str], Such(SUBJECTS.__contains__, LABS)] = "diabetes"
    """Whose data to search on."""
    strategy: Literal["grid", "random", "bayesian", "tpe", "halving"] = "random"
    """What proposes the trials, see above."""
    model: Literal["auto", "dense", "convnet"] = "auto"
    """Kind of Keras net; auto is dense, on sign language convnet."""
    dataset: str = "auto"
    """Data set of an image lab, see the lab's --help."""
    trials: Annotated[int, AtLeast(1)] | Literal["auto", "all"] = "auto"
    """Most trials, or with halving those of the first rung; auto is 40, or on images 12, and the
    whole of a grid. With --resume there may be more, but not of a grid or with halving."""
    folds: Count = "auto"
    """Folds of the cross-validation, 1 for one part held out; auto is 5, or on images 1."""
    seeds: Count = "auto"
    """Trainings on each fold; auto is 2, or on images 1."""
    most_epochs: Annotated[int, AtLeast(2)] | Literal["auto"] = "auto"
    """Most epochs of a trial; auto is 400, or on images 8."""
    validation_fraction: Annotated[float, Within(0.05, 0.5)] = 0.2
    """Share of the training rows held out where there is one fold."""
    training_rows: Annotated[int, AtLeast(1)] | Literal["auto", "all"] = "auto"
    """Keep so many training rows; auto is all, or on images 6,000."""
    ask: Annotated[int, AtLeast(1)] = 4
    """Trials asked for ahead of those that are finished."""
    threads: Annotated[int, AtLeast(1)] = 1
    """Threads of one trial."""
    cluster: Annotated[str, tyro.conf.arg(metavar="ADDRESS")] = ""
    """Address of a running Dask scheduler, in place of own processes."""
    compare: Literal["auto", "yes", "no"] = "auto"
    """Search MLPClassifier's settings as well; auto does it for diabetes, not with halving."""
    final_seeds: Annotated[int, AtLeast(2)] | Literal["auto"] = "auto"
    """Trainings of the best net on all training rows; auto is 10, or on images 3."""
    resplits: Annotated[int, AtLeast(2)] = 20
    """Random splits on which the best nets are compared, for diabetes."""

    @property
    def subject(self) -> str:
        """The lab."""
        return self.lab

    @property
    def words(self) -> list[str]:
        """The lab."""
        return [self.lab]

    def complete(self) -> Self:
        """Return the settings with every "auto" replaced by what it means for this lab.

        Raises:
            InputError: If the lab has no such data set, or no images for a convnet.
        """
        subject = SUBJECTS[self.lab]
        if self.dataset not in subject.datasets:
            raise InputError(
                f"--dataset must be {' or '.join(subject.datasets)} for {self.lab}, got "
                f"{self.dataset}; correct it or leave it out."
            )
        auto = {**subject.auto, **AUTO.get(self.strategy, {})}
        complete = replace(
            self, **{name: value for name, value in auto.items() if getattr(self, name) == "auto"}
        )
        if complete.model == "convnet" and not subject.images:
            raise InputError(
                f"--model must be dense for {self.lab}, got convnet: its rows are no images."
            )
        if complete.trials == "all" and self.strategy != "grid":
            raise InputError(
                f"--trials must be a number for --strategy {self.strategy}, got all; say how many."
            )
        if complete.compare == "yes" and self.strategy == "halving":
            raise InputError(
                "--compare must be no for --strategy halving, got yes: MLPClassifier cannot be "
                "paused."
            )
        return complete


def load_config(run: Path, kind: type[ConfigT]) -> ConfigT:
    """Return the settings of a search from its run directory.

    Args:
        run: The run directory.
        kind: What settings they are, of a search on a lab's data or on a table.

    Raises:
        InputError: If there is no search of this version.
    """
    path = run / "config.json"
    try:
        stored = strict_json.load(path)
        names = {field.name for field in fields(kind)} - (MAY_CHANGE - stored.keys())
        return kind(**{name: stored[name] for name in names})
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InputError) as error:
        raise InputError(
            f"--resume must name the run directory of a search, got {str(run)!r} "
            f"({type(error).__name__}: {error})."
        ) from error


def refuse_other_settings(given: ConfigT, stored: ConfigT) -> None:
    """Refuse to go on with a search under other settings than it began with.

    Raises:
        InputError: Naming every setting that differs.
    """
    different = [
        f"--{field.name.replace('_', '-')} {getattr(given, field.name)} instead of "
        f"{getattr(stored, field.name)}"
        for field in fields(given)
        if field.name not in MAY_CHANGE
        and getattr(given, field.name) != getattr(stored, field.name)
        and not (field.name == "trials" and _grows(given, stored))
    ]
    if different:
        raise InputError(
            f"A search goes on with the settings it began with, got {', '.join(different)}; "
            "leave them out, or start a new search without --resume."
        )


def _grows(given: Any, stored: Any) -> bool:
    """Tell whether there are only to be more trials, and the first ones stay what they are."""
    if stored.strategy in ("grid", "halving") or "all" in (given.trials, stored.trials):
        return False  # A grid ends with its last point; more trials change who goes on.
    return int(given.trials) > int(stored.trials)

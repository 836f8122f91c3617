"""The command line of a search, and what stays the same when it goes on."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

import tyro

from labs.errors import InputError
from labs.running import AtLeast, LabConfig, ResumableConfig, Such, Within, resuming
from tuning.subjects import SUBJECTS

AUTO: Mapping[str, Mapping[str, Any]] = {"grid": {"trials": "all"}, "halving": {"compare": "no"}}
"""What "auto" means for a strategy in place of what it means for the lab."""
LABS = " or ".join(SUBJECTS)

Count = Annotated[int, AtLeast(1)] | Literal["auto"]


@dataclass(frozen=True)
class SearchConfig(ResumableConfig):
    """Settings of every search."""

    MAY_CHANGE: ClassVar = LabConfig.MAY_CHANGE | {"workers", "cluster", "mend"}

    strategy: str = "random"
    """What proposes the trials."""
    workers: Annotated[int, AtLeast(1)] = 2
    """Processes that run trials; the result does not depend on it."""
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
    strategy: Literal["grid", "random", "bayesian", "tpe", "gp", "halving"] = "random"
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


def refuse_other_settings(given: ConfigT, stored: ConfigT) -> None:
    """Refuse to go on with a search under other settings than it began with.

    Raises:
        InputError: Naming every setting that differs.
    """
    resuming.refuse_other_settings(given, stored, but="trials" if _grows(given, stored) else "")


def _grows(given: Any, stored: Any) -> bool:
    """Tell whether there are only to be more trials, and the first ones stay what they are."""
    if stored.strategy in ("grid", "halving") or "all" in (given.trials, stored.trials):
        return False  # A grid ends with its last point; more trials change who goes on.
    return int(given.trials) > int(stored.trials)

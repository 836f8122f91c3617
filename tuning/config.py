"""The command line of a search, and what stays the same when it goes on."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import tyro

from labs.cli import LabConfig
from labs.errors import InputError

MAY_CHANGE = frozenset({"workers", "cluster", "resume", "output_dir"})
"""Settings that decide where trials run, not what they are."""
DATASETS = {
    "diabetes": ("auto",),
    "mnist": ("auto", "mnist", "digits"),
    "sign_language": ("auto", "sign_mnist", "drawn_hands"),
}


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of a search."""

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

    lab: tyro.conf.Positional[Literal["diabetes", "mnist", "sign_language"]] = "diabetes"
    """Whose data to search on."""
    strategy: Literal["grid", "random", "bayesian"] = "random"
    """Which of keras-tuner's oracles proposes the trials."""
    model: Literal["auto", "dense", "convnet"] = "auto"
    """Kind of Keras net; auto is dense, on sign language convnet."""
    dataset: Literal["auto", "mnist", "digits", "sign_mnist", "drawn_hands"] = "auto"
    """Data set of an image lab, see the lab's --help."""
    trials: int = 0
    """Most trials; 0 means 40, or on images 12, and the whole of a grid."""
    folds: int = 0
    """Folds of the cross-validation, 1 for one part held out; 0 means 5, or on images 1."""
    seeds: int = 0
    """Trainings on each fold; 0 means 2, or on images 1."""
    most_epochs: int = 0
    """Most epochs of a trial; 0 means 400, or on images 8."""
    validation_fraction: float = 0.2
    """Share of the training rows held out where there is one fold."""
    training_rows: int = 0
    """Keep so many training rows; 0 means all, or on images 6,000."""
    ask: int = 4
    """Trials asked for ahead of those that are finished."""
    threads: int = 1
    """Threads of one trial."""
    workers: int = 2
    """Processes that run trials; the result does not depend on it."""
    cluster: Annotated[str, tyro.conf.arg(metavar="ADDRESS")] = ""
    """Address of a running Dask scheduler, in place of own processes."""
    resume: Annotated[str, tyro.conf.arg(metavar="RUN")] = ""
    """Run directory of a search that ended early; its settings hold again."""
    compare: Literal["auto", "yes", "no"] = "auto"
    """Search MLPClassifier's settings as well; auto does it for diabetes."""
    final_seeds: int = 0
    """Trainings of the best net on all training rows, at least 2; 0 means 10, or on images 3."""
    resplits: int = 20
    """Random splits on which the best nets are compared, for diabetes."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for setting in ("trials", "folds", "seeds", "training_rows"):
            self.require(setting, getattr(self, setting) >= 0, "0 or more")
        for setting in ("ask", "threads", "workers"):
            self.require(setting, getattr(self, setting) >= 1, "1 or more")
        for setting in ("most_epochs", "final_seeds"):
            value = getattr(self, setting)
            self.require(setting, value == 0 or value >= 2, "0, or 2 or more")
        self.require("resplits", self.resplits >= 2, "2 or more")
        self.require("validation_fraction", 0.05 <= self.validation_fraction <= 0.5, "0.05 to 0.5")

    def complete(self) -> Config:
        """Return the settings with every 0 and auto replaced by what it means.

        Raises:
            InputError: If the lab has no such data set, or no images for a convnet.
        """
        known = DATASETS[self.lab]
        self.require("dataset", self.dataset in known, f"{' or '.join(known)} for {self.lab}")
        images = self.lab != "diabetes"
        grid = self.strategy == "grid"
        model = self.model
        if model == "auto":
            model = "convnet" if self.lab == "sign_language" else "dense"
        if model == "convnet" and not images:
            raise InputError(
                "--model must be dense for diabetes, got convnet: its rows are no images."
            )
        compare = self.compare
        if compare == "auto":
            compare = "no" if images else "yes"
        return replace(
            self,
            model=model,
            trials=self.trials or (0 if grid else 12 if images else 40),
            folds=self.folds or (1 if images else 5),
            seeds=self.seeds or (1 if images else 2),
            most_epochs=self.most_epochs or (8 if images else 400),
            training_rows=self.training_rows or (6000 if images else 0),
            final_seeds=self.final_seeds or (3 if images else 10),
            compare=compare,
        )


def load_config(run: Path) -> Config:
    """Return the settings of a search from its run directory.

    Raises:
        InputError: If there is no search of this version.
    """
    path = run / "config.json"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        names = [field.name for field in fields(Config)]
        settings: dict[str, Any] = {name: stored[name] for name in names}
        settings["output_dir"] = Path(settings["output_dir"])
        return Config(**settings)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"--resume must name the run directory of a search, got {str(run)!r} "
            f"({type(error).__name__}: {error})."
        ) from error


def refuse_other_settings(given: Config, stored: Config) -> None:
    """Refuse to go on with a search under other settings than it began with.

    Raises:
        InputError: Naming every setting that differs.
    """
    different = [
        f"--{field.name.replace('_', '-')} {getattr(given, field.name)} instead of "
        f"{getattr(stored, field.name)}"
        for field in fields(Config)
        if field.name not in MAY_CHANGE
        and getattr(given, field.name) != getattr(stored, field.name)
    ]
    if different:
        raise InputError(
            f"A search goes on with the settings it began with, got {', '.join(different)}; "
            "leave them out, or start a new search without --resume."
        )

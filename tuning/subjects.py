"""On whose data can be searched: one entry a lab, with what "auto" means there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labs import data
from labs.data.dataset import Dataset


@dataclass(frozen=True)
class Subject:
    """The data of a lab.

    Attributes:
        load: Loads the data set of a name.
        datasets: Names of the data sets; `"auto"` takes the first that can be had.
        images: Whether the rows are images, so that a convnet can be trained.
        units: Fewest and most units of a dense layer.
        auto: For each setting of a search that may be "auto", its value.
        resplits: Whether the rows are few enough to compare the best nets on random splits.
    """

    load: Callable[[str], Dataset]
    datasets: tuple[str, ...]
    images: bool
    units: tuple[int, int]
    auto: Mapping[str, Any]
    resplits: bool


_IMAGES = {
    "trials": 12,
    "folds": 1,
    "seeds": 1,
    "most_epochs": 8,
    "training_rows": 6000,
    "final_seeds": 3,
    "compare": "no",
}

SUBJECTS: Mapping[str, Subject] = {
    "diabetes": Subject(
        load=lambda name: data.load_diabetes(),
        datasets=("auto",),
        images=False,
        units=(4, 64),
        auto={
            "model": "dense",
            "trials": 40,
            "folds": 5,
            "seeds": 2,
            "most_epochs": 400,
            "training_rows": "all",
            "final_seeds": 10,
            "compare": "yes",
        },
        resplits=True,
    ),
    "mnist": Subject(
        load=lambda name: data.load_mnist(name),  # type: ignore[arg-type]
        datasets=("auto", "mnist", "digits"),
        images=True,
        units=(32, 256),
        auto=_IMAGES | {"model": "dense"},
        resplits=False,
    ),
    "sign_language": Subject(
        load=lambda name: data.load_sign_language(name),  # type: ignore[arg-type]
        datasets=("auto", "sign_mnist", "drawn_hands"),
        images=True,
        units=(32, 256),
        auto=_IMAGES | {"model": "convnet"},
        resplits=False,
    ),
}

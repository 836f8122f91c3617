"""When does a net begin to overfit, and which of its curves says so?

Topic: practical labs                 Time: ten minutes
Run:   python -m labs.overfitting
Quick: python -m labs.overfitting --quick
Try:   --image-epochs 10        what is still found in half the epochs?
       --learning-rate 0.003    at a tenth of the rate, does the lecture's net still overfit?

The plain nets of the three practical labs are trained for 5 to 1,010 epochs, and a monitor reads
their curves as they come. It knows two signs: the onset, from which the validation loss rises
while the training loss does not, and the gap between the accuracy on training rows and on
validation rows. Test rows are not used.

Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep
Learning, part 2), NVIDIA DLI.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

import lazy_loader
import numpy as np

import callbacks
import models
from labs import data, plots
from labs.running import Above, AtLeast, AtMost, LabConfig, lab
from labs.studies.image_study import count_independent, file_name

if TYPE_CHECKING:
    from labs.data import Dataset, Part
    from labs.records import RunRecord

keras = lazy_loader.load("keras")

BATCH_SIZES = {"diabetes": 32, "images": 128}


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 1, "image_epochs": 6, "image_rows": 600, "long_epochs": 60}

    seeds: Annotated[int, AtLeast(1)] = 3
    """Nets of each kind; each has its own initial weights and order of rows."""
    long_epochs: Annotated[int, AtLeast(5)] = 1010
    """Passes of the lecture's diabetes net, when it trains for long."""
    learning_rate: Annotated[float, Above(0), AtMost(10)] = 0.03
    """Its rate then, 30 times Adam's default."""
    image_epochs: Annotated[int, AtLeast(1)] = 20
    """Passes of the nets that read images; the lecture's 20."""
    image_rows: Annotated[int, AtLeast(100)] | Literal["all"] = "all"
    """Keep so many rows of each set of images."""


class Kind(NamedTuple):
    """Nets of one kind on one data set.

    Attributes:
        name: What they are called, the data set first.
        train: Training rows.
        validation: Rows that they are validated on after every epoch.
        epochs: Passes over the training rows.
        batch_size: Rows a step.
        build: From a seed to a compiled net.
    """

    name: str
    train: Part
    validation: Part
    epochs: int
    batch_size: int
    build: Callable[[int], Any]


class Watched(NamedTuple):
    """A training and what the monitor made of it."""

    history: Mapping[str, Sequence[float]]
    monitor: callbacks.OverfittingMonitor


def experiment(config: Config, record: RunRecord) -> None:
    """Train the plain nets, and let a monitor say of each whether it overfits."""
    kinds = [*diabetes_kinds(config, record), *image_kinds(config, record)]
    watched = {kind.name: watch(kind, config, record) for kind in kinds}
    rows = [summarize(kind, watched[kind.name]) for kind in kinds]
    record.add_table("found", rows, formats={"mean gap": ".3f"})
    for name, trainings in watched.items():
        record.add_findings(f"{name}, seed {config.seed}: {trainings[0].monitor.report}")
        for place, training in enumerate(trainings):
            record.save_history(f"{file_name(name)}-{config.seed + place}", training.history)
    judge_loss(record, {kind: [t.history for t in nets] for kind, nets in watched.items()})
    shown = {name: trainings[0] for name, trainings in watched.items() if not is_short(trainings)}
    record.add_figure(
        "curves",
        draw(shown),
        caption="One net of each kind: where the lowest validation loss is, from where on the "
        "monitor sees it rise, when it knows, and the gap in accuracy after the last epoch, where "
        "it is a finding.",
    )
    record.answer(
        answer(rows, config.seeds),
        limits=f"{config.seeds} nets of each kind on one split; validation rows chose nothing, but "
        "the diabetes table has few of them.",
    )


def diabetes_kinds(config: Config, record: RunRecord) -> list[Kind]:
    """Return the lecture's net on the diabetes table, trained shortly and for long."""
    patients = data.load_diabetes()
    record.use_dataset(patients)
    train, validation = data.split(patients.train, 0.3, config.seed)

    def kind(name: str, epochs: int, hidden: tuple[int, ...], rate: float, **net: Any) -> Kind:
        def build(seed: int) -> Any:
            adam = keras.optimizers.Adam(rate)
            return models.build_mlp((10,), hidden, 2, optimizer=adam, seed=seed, **net)

        return Kind(name, train, validation, epochs, BATCH_SIZES["diabetes"], build)

    lecture: dict[str, Any] = {"hidden": (10, 5), "activation": "sigmoid"}
    large: dict[str, Any] = {"hidden": (64, 64), "activation": "relu"}
    return [
        kind("diabetes, 5 epochs", 5, rate=0.001, **lecture),
        kind("diabetes, fast", config.long_epochs, rate=config.learning_rate, **lecture),
        kind("diabetes, 64-64", 60, rate=0.003, scale=data.DIABETES_SCALE, **large),
    ]


def image_kinds(config: Config, record: RunRecord) -> list[Kind]:
    """Return the lecture's 512-512 nets on digits and hands."""

    def kind(name: str, images: Dataset, dropout: float = 0.0) -> Kind:
        train, validation = data.split(images.train, 1 / 6, config.seed)
        if config.image_rows != "all":
            train = data.fewer(train, config.image_rows, config.seed)
        build = partial(
            models.build_mlp,
            (28, 28),
            (512, 512),
            images.num_classes,
            scale=1 / 255,
            dropout=dropout,
        )
        return Kind(
            name,
            train,
            validation,
            config.image_epochs,
            BATCH_SIZES["images"],
            lambda seed: build(seed=seed),
        )

    digits, hands = data.load_mnist(), data.load_sign_language()
    for images in (digits, hands):
        record.use_dataset(images)
    return [
        kind("digits, plain", digits),
        kind("digits, dropout", digits, dropout=0.2),
        kind("hands, plain", hands),
    ]


def watch(kind: Kind, config: Config, record: RunRecord) -> list[Watched]:
    """Train the nets of one kind, each with a monitor of its own."""
    trainings = []
    for seed in record.track(range(config.seed, config.seed + config.seeds), kind.name):
        monitor = callbacks.OverfittingMonitor(
            "record", validation_rows=count_independent(kind.validation)
        )
        history = models.fit(
            kind.build(seed),
            kind.train.x,
            kind.train.y,
            epochs=kind.epochs,
            batch_size=kind.batch_size,
            validation_data=(kind.validation.x, kind.validation.y),
            callbacks=[monitor],
            seed=seed,
        ).history
        trainings.append(Watched(history, monitor))
    return trainings


def summarize(kind: Kind, trainings: Sequence[Watched]) -> dict[str, Any]:
    """Describe what was found in all trainings of one kind, a row of the table."""
    monitors = [training.monitor for training in trainings]
    gaps = [monitor.gap for monitor in monitors]
    onsets = [m.onset_epoch for m in monitors if m.onset_epoch is not None]
    found = [m.found_epoch for m in monitors if m.found_epoch is not None]
    return {
        "net": kind.name,
        "epochs": kind.epochs,
        "best epochs": ", ".join(str(m.best_epoch) for m in monitors),
        "with onset": len(onsets),
        "onsets": ", ".join(map(str, onsets)),
        "found at": ", ".join(map(str, found)),
        "with gap": sum(gap is not None and gap.found for gap in gaps),
        "mean gap": float(np.mean([gap.at_last for gap in gaps if gap is not None])),
    }


def judge_loss(
    record: RunRecord, kinds: Mapping[str, Sequence[Mapping[str, Sequence[float]]]]
) -> None:
    """Judge that less loss means better predictions, by the accuracy beside the lowest loss."""
    told, holds = [], []
    for kind, histories in kinds.items():
        loss, accuracy = np.mean([around_the_lowest(history) for history in histories], axis=0)
        told.append(f"{kind} {', '.join(f'{share:.3f}' for share in accuracy)}")
        rises = zip(np.diff(loss), np.diff(accuracy), strict=True)
        holds += [bool(by_loss * by_accuracy < 0) for by_loss, by_accuracy in rises if by_loss]
    record.judge(
        "C-loss-better",
        f"accuracy in the first epoch, that of the lowest loss, the last: {'; '.join(told)}",
        holds=holds,
        how="Validation rows, means over the nets of a kind. As the loss falls to its lowest the "
        "accuracy should rise, and fall as it rises again. Cross-entropy counts how sure "
        "predictions are, accuracy only which are right: a few sure mistakes raise the one and "
        "leave the other.",
    )


def around_the_lowest(history: Mapping[str, Sequence[float]]) -> np.ndarray:
    """Return validation loss and accuracy of the first epoch, the best one and the last, `(2, 3)`.

    The best epoch is that of the lowest loss.
    """
    at = [0, int(np.argmin(history["val_loss"])), -1]
    return np.array([history["val_loss"], history["val_accuracy"]])[:, at]


def is_short(trainings: Sequence[Watched]) -> bool:
    """Return whether the curves are too short to look at."""
    return len(trainings[0].history["loss"]) < 6


def draw(shown: dict[str, Watched]) -> Any:
    """Draw curves with their onsets and gaps."""
    marks: dict[str, dict[str, int]] = {"lowest": {}, "onset": {}, "found": {}}
    for name, (_, monitor) in shown.items():
        epochs = (monitor.best_epoch, monitor.onset_epoch, monitor.found_epoch)
        for mark, epoch in zip(marks.values(), epochs, strict=True):
            if epoch is not None:
                mark[name] = epoch + 1  # the axis counts from 1
    return plots.plot_curves(
        "Overfitting",
        {name: training.history for name, training in shown.items()},
        marks,
        gaps=[name for name, (_, m) in shown.items() if m.gap is not None and m.gap.found],
        same_scale=False,
    )


def answer(rows: Sequence[dict[str, Any]], seeds: int) -> str:
    """Say how many nets overfit by each sign, and which."""

    def told(sign: str) -> str:
        found = {row["net"]: row[sign] for row in rows if row[sign]}
        which = "; ".join(f"{net} {number} of {seeds}" for net, number in found.items())
        return f"in {sum(found.values())}{which and f' ({which})'}"

    return (
        f"Of {seeds * len(rows)} nets the validation loss begins to rise {told('with onset')}. "
        f"The accuracy on validation rows falls short of that on training rows {told('with gap')}."
    )


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

"""How fast are `fit_replicas` and `fit` beside what an expert writes by hand?

Run:   python -m tests.benchmarks.replicas
Quick: python -m tests.benchmarks.replicas --quick

The diabetes net, many at once, and a dense and a convolutional net for images, against JAX (`vmap`,
`scan` and `jit`) and PyTorch (`torch.func`, with and without `torch.compile`), which
tests/benchmarks/requirements.txt installs. All sides start from the same weights and visit the
rows in the same orders, each in a process of its own; compiling counts, importing does not.
PyTorch, much slower, trains a tenth of the epochs; the rest is added at its pace.
"""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import keras
import numpy as np
from matplotlib.ticker import LogLocator

from labs import data, plots, records
from labs.running import AtLeast, LabConfig, lab
from models import build_mlp, fit, fit_replicas, redraw_mlp
from tests.benchmarks.by_hand import Outcome, Task, in_jax, in_torch

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ALIKE = 20
"""Epochs whose losses are compared; later on rounding has grown."""
IMAGES = 10_000
FORMATS = {"seconds": ".2f", "µs a net and epoch": ".0f", "MB": ".0f", "ours is": ".2f"}


@dataclass(frozen=True)
class Config(LabConfig):
    """How many nets, how long."""

    QUICK: ClassVar = {"replicas": (1, 3), "epochs": 20, "image_epochs": 1, "slopes": False}

    replicas: tuple[Annotated[int, AtLeast(1)], ...] = (1, 10, 50, 200)
    """Diabetes nets trained at once."""
    epochs: Annotated[int, AtLeast(1)] = 1005
    """Passes of the diabetes nets; the lecture's 5 and 1,000."""
    image_epochs: Annotated[int, AtLeast(1)] = 10
    """Passes of the nets for images."""
    slopes: bool = True
    """Whether to train ten nets with more rows, epochs and units, too."""


def experiment(config: Config, record: records.RunRecord) -> None:
    """Time every side on each task."""
    lecture = {r: diabetes(r, config.epochs) for r in config.replicas}
    small: list[dict[str, Any]] = []
    for number, task in record.track(list(lecture.items()), "diabetes nets"):
        small += compare({"nets": number}, task, {"fit_replicas": in_replicas} | by_hand())
    record.add_table("diabetes", small, formats=FORMATS)
    large: list[dict[str, Any]] = []
    for name, kinds in record.track(list(NETS.items()), "nets for images"):
        large += compare(
            {"net": name}, images(kinds, config.image_epochs), {"fit": in_fit} | by_hand()
        )
    record.add_table("images", large, formats=FORMATS)
    if config.slopes and find_spec("jax"):
        record.add_figure(
            "slopes",
            plot_slopes(measure_slopes(record)),
            caption="Wall time of ten diabetes nets, compiling included, as their number, rows, "
            "epochs and units grow from 10 nets, 265 rows, 300 epochs and 10 units.",
        )
    told = [
        f"{row['nets']}: {row['ours is']:.2f}"
        for row in small
        if row["side"].startswith("JAX") and row["ours is"]
    ]
    record.answer(
        "Time of fit_replicas over that of JAX, both with compiling, for each number of nets: "
        + (", ".join(told) or "JAX is not installed")
        + ".",
        limits="One machine, one small net; the opponents' initial weights are drawn beforehand.",
    )


def diabetes(replicas: int, epochs: int, rows: int = 265, units: int = 10) -> Task:
    """Return the lecture's nets on its patients, who are repeated where more rows are wanted."""
    patients = data.load_diabetes()
    x = np.resize(patients.train.x.astype("float32"), (rows, patients.train.x.shape[1]))
    net = build_small(0, units=units)
    weights = []
    for seed in range(replicas):
        redraw_mlp(net, seed)
        weights.append(net.get_weights())
    return Task(
        x,
        np.resize(patients.train.y, rows),
        (patients.test.x.astype("float32"), patients.test.y),
        (("sigmoid", units), ("sigmoid", 5), ("linear", 2)),
        [np.stack(same) for same in zip(*weights, strict=True)],
        epochs,
        32,
    )


NETS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "784-512-512-10": (("relu", 512), ("relu", 512), ("linear", 10)),
    "two convolutions": (("conv", 16), ("conv", 32), ("linear", 10)),
}


def images(layers: tuple[tuple[str, int], ...], epochs: int) -> Task:
    """Return a net for noise of the shape of MNIST's images."""
    rng = np.random.default_rng(0)
    x = rng.random((IMAGES, 28, 28, 1), dtype="float32")
    task = Task(x, rng.integers(0, 10, IMAGES), None, layers, [], epochs, 128)
    return replace(task, weights=[weight[None] for weight in build_large(task).get_weights()])


def build_small(seed: int, x_train: np.ndarray | None = None, units: int = 10) -> keras.Model:
    """Build the lecture's net."""
    return build_mlp((10,), (units, 5), 2, activation="sigmoid", seed=seed)


def build_large(task: Task) -> keras.Model:
    """Build a task's net of layers of Keras, and give it the task's weights."""
    keras.utils.set_random_seed(0)
    net = keras.Sequential([keras.Input(task.x.shape[1:])])
    flat = False
    for kind, size in task.layers:
        if kind == "conv":
            net.add(keras.layers.Conv2D(size, 3, padding="same", activation="relu"))
            net.add(keras.layers.MaxPooling2D())
            continue
        if not flat:
            net.add(keras.layers.Flatten())
            flat = True
        net.add(keras.layers.Dense(size, kind if kind != "linear" else "softmax"))
    if task.weights:
        net.set_weights([weight[0] for weight in task.weights])
    net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return net


def in_replicas(task: Task) -> Outcome:
    """Train by `fit_replicas`."""
    start = time.perf_counter()
    trained = fit_replicas(
        partial(build_small, units=task.layers[0][1]),
        task.x,
        task.y,
        seeds=range(task.replicas),
        redraw=redraw_mlp,
        epochs=task.epochs,
        batch_size=task.batch_size,
        validation_data=task.validation,
    )
    return Outcome(trained.history["loss"], time.perf_counter() - start, trained.epoch_seconds)


def in_fit(task: Task) -> Outcome:
    """Train one net by `fit`; an epoch's time is the median of all but the first."""
    start = time.perf_counter()
    clock = Clock()
    history = fit(
        build_large(task),
        task.x,
        task.y,
        epochs=task.epochs,
        batch_size=task.batch_size,
        validation_data=task.validation,
        callbacks=[clock],
        seed=0,
    )
    seconds = time.perf_counter() - start
    losses = np.array([history.history["loss"]])
    return Outcome(
        losses, seconds, float(np.median(np.diff(clock.ends) if losses.size > 1 else seconds))
    )


class Clock(keras.callbacks.Callback):
    """Notes when each epoch ended."""

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self.ends: list[float] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.ends.append(time.perf_counter())


Side = Callable[[Task], Outcome]


def by_hand() -> dict[str, Side]:
    """Return the opponents that are installed."""
    sides: dict[str, Side] = {}
    if find_spec("jax"):
        sides["JAX"] = in_jax
    if find_spec("torch"):
        sides["PyTorch"] = partial(in_torch, compiled=False)
        sides["PyTorch, compiled"] = partial(in_torch, compiled=True)
    return sides


def run_apart(side: Side, task: Task) -> tuple[Outcome, float]:
    """Train in a process of its own; also return by how many MB training made it grow."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_run, side, task).result()


def _run(side: Side, task: Task) -> tuple[Outcome, float]:
    few = slice(0, 2 * task.batch_size)
    small = replace(task, x=task.x[few], y=task.y[few], epochs=1)
    side(small)  # What a library does at its first start.
    before = _peak()
    return side(task), _peak() - before


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def compare(name: Mapping[str, Any], task: Task, sides: Mapping[str, Side]) -> list[dict[str, Any]]:
    """Give each side's times, and how far its losses are from ours."""
    rows: list[dict[str, Any]] = []
    ours: Outcome | None = None
    for side, run in sides.items():
        epochs = max(1, task.epochs // 10) if "PyTorch" in side else task.epochs
        outcome, memory = run_apart(run, replace(task, epochs=epochs))
        ours = ours or outcome
        alike = min(ALIKE, epochs)
        apart = np.abs(outcome.losses[:, :alike] - ours.losses[:, :alike]).max()
        seconds = outcome.seconds + (task.epochs - epochs) * outcome.epoch_seconds
        rows.append(
            {
                **name,
                "side": side,
                "seconds": seconds,
                "ours is": None if outcome is ours else ours.seconds / seconds,
                "µs a net and epoch": 1e6 * outcome.epoch_seconds / task.replicas,
                "MB": memory,
                f"losses apart in {ALIKE} epochs": float(apart),
            }
        )
    return rows


GROWING: Mapping[str, Sequence[int]] = {
    "replicas": (1, 10, 30, 100),
    "rows": (265, 1060, 4240),
    "epochs": (100, 300, 1000, 3000),
    "units": (10, 30, 100),
}


def measure_slopes(record: records.RunRecord) -> dict[str, dict[str, list[float]]]:
    """Return the seconds of both sides for each size of each kind."""
    usual = {"replicas": 10, "epochs": 300}
    found: dict[str, dict[str, list[float]]] = {}
    for what, sizes in record.track(list(GROWING.items()), "slopes"):
        tasks = [diabetes(**(usual | {what: size})) for size in sizes]
        found[what] = {
            name: [run_apart(side, task)[0].seconds for task in tasks]
            for name, side in (("fit_replicas", in_replicas), ("JAX", in_jax))
        }
    return found


def plot_slopes(found: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """Draw seconds over size, both on log scales, a panel for what grows."""
    with plots.style.figure(15.0, 4.5) as figure:
        panels = figure.subplots(1, len(found), sharey=True)
        for axes, (what, sides) in zip(panels, found.items(), strict=True):
            for name, look in plots.style.looks(sides).items():
                axes.plot(GROWING[what], sides[name], color=look.color, marker=look.marker)
            axes.set(xscale="log", yscale="log", xlabel=what.replace("replicas", "nets"))
            axes.set_xticks(GROWING[what], [f"{size:,}" for size in GROWING[what]])
            axes.minorticks_off()
        panels[0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        panels[0].yaxis.set_major_formatter("{x:g}")
        panels[0].set_ylabel("seconds, compiling included")
        panels[0].legend(panels[0].lines, list(sides))
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

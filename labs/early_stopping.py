"""When should training stop?

Topic: normalization and regularization    Time: seconds
Run:   python -m labs.early_stopping
Quick: python -m labs.early_stopping --quick
Try:   --epochs 20     is there anything to stop yet?
       --epochs 200    how much more does it save if training goes on for long?

A net that is too large for 120 patients trains to the end, and is compared with itself as it was
where a monitor of its validation error would have stopped it. The lectures' "until convergence" is
tried beside it: rules that watch the training loss or its gradient, on a loss with one minimum.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lecture E, 2022-1
교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np

import callbacks
import models
from labs import data, plots, stats
from labs.running import AtLeast, LabConfig, lab
from labs.studies.memorizers import (
    BATCH_SIZE,
    TRAINING_ROWS,
    Nets,
    after_the_last_epoch,
    build,
    draw_rows,
    follow,
    stopped_early,
    train_kind,
)
from models.by_hand import logistic_regression

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.data import Dataset
    from labs.records import RunRecord


MOST_STEPS, RATE = 20_000, 0.1
RULES = {
    "loss falls by less than 1e-3": (1e-3, np.inf),
    "loss falls by less than 1e-4": (1e-4, np.inf),
    "loss falls by less than 1e-6": (1e-6, np.inf),
    "gradient shorter than 1e-2": (np.inf, 1e-2),
    "gradient shorter than 1e-4": (np.inf, 1e-4),
}
"""Largest fall of the loss in a step, and largest norm of the gradient, at which to stop."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 4}

    epochs: Annotated[int, AtLeast(1)] = 60
    """Passes over the training rows."""
    seeds: Annotated[int, AtLeast(2)] = 10
    """Nets; each has its own 120 training rows."""


def experiment(config: Config, record: RunRecord) -> None:
    """Train nets to the end, and compare them with where they would have stopped."""
    patients = data.load_diabetes()
    record.use_dataset(patients)
    replicas = train_kind({}, patients, config, tested=True)
    to_the_end = after_the_last_epoch("to the end", replicas, patients.test, config.seeds)
    stopped = stopped_early(to_the_end, replicas.history, config.seeds)
    judge_early_stopping(record, to_the_end, stopped)
    record.add_findings(stop_early(patients, config))
    judge_convergence(record, patients)
    record.add_figure(
        "first_net",
        plot_first_net(to_the_end),
        caption="Training and validation error of the first net, the epoch with the lowest "
        "validation error and the one in which the monitor finds overfitting.",
    )
    record.add_figure(
        "test_error",
        plots.plot_seeds(
            f"{patients.name}, {TRAINING_ROWS} training rows",
            "nets trained to the end, and stopped early",
            {kind.name: kind.test_error for kind in (to_the_end, stopped)},
            score_name="test cross-entropy",
        ),
        caption="Test cross-entropy of the same nets, trained to the end and stopped.",
        key=True,
    )
    record.answer(
        "Where the validation error is lowest: there the nets have a test cross-entropy of "
        f"{stopped.test_error.mean():.3f}, and {to_the_end.test_error.mean():.3f} after "
        f"{config.epochs} epochs; their accuracies are {stopped.test_accuracy.mean():.1%} and "
        f"{to_the_end.test_accuracy.mean():.1%}.",
        limits=f"One table, {TRAINING_ROWS} training rows; validation rows that stop a training "
        "say too much good of it.",
    )


def judge_early_stopping(record: RunRecord, to_the_end: Nets, stopped: Nets) -> None:
    """Judge that stopping lowers the test error, the same nets compared in pairs."""
    saved = stats.mean_interval(to_the_end.test_error - stopped.test_error)
    gained = stats.mean_interval(stopped.test_accuracy - to_the_end.test_accuracy)
    record.judge(
        "E-early-stopping",
        f"test cross-entropy {stopped.test_error.mean():.3f} in place of "
        f"{to_the_end.test_error.mean():.3f}, saved {saved.low:.3f} to {saved.high:.3f}",
        above=0,
        how=f"{len(stopped.test_error)} pairs of nets, {TRAINING_ROWS} patients each, one test "
        f"set; accuracy gained {gained.low:+.3f} to {gained.high:+.3f}. The epoch is that of the "
        "lowest validation error where overfitting was found. That its choice matters is our test "
        "of a hyperparameter.",
        interval=saved,
    )


def judge_convergence(record: RunRecord, patients: Dataset) -> None:
    """Judge "until convergence" by where rules for it stop gradient descent."""
    x = np.column_stack([patients.train.x * data.DIABETES_SCALE, np.ones(len(patients.train))])
    y, w = patients.train.y, np.zeros(x.shape[1])
    losses, norms = [], []
    for _ in range(MOST_STEPS):
        gradient = logistic_regression.gradient(w, x, y)
        losses.append(float(logistic_regression.loss(w, x, y)))
        norms.append(float(np.linalg.norm(gradient)))
        w = w - RATE * gradient
    lowest = losses[-1]
    excess = {}
    for rule, (fall, norm) in RULES.items():
        step = first_stop(np.array(losses), np.array(norms), fall, norm)
        excess[rule] = step, (losses[step] - lowest) / lowest
    record.judge(
        "A-until-convergence",
        "; ".join(
            f"{rule}: step {step:,}, {far:.1e} above" for rule, (step, far) in excess.items()
        ),
        holds=[far < 0.001 for _, far in excess.values()],
        how=f"Logistic regression on {len(y)} patients by gradient descent of rate {RATE}, whose "
        f"loss has one minimum, {lowest:.4f} (gradient {norms[-1]:.0e} there). Converged counts as "
        "within a thousandth of it: which rule is meant, the lecture leaves open.",
    )


def first_stop(losses: np.ndarray, norms: np.ndarray, fall: float, norm: float) -> int:
    """Return the first step at which the loss falls by less and the gradient is shorter.

    Args:
        losses: Loss before each step, `(steps,)`.
        norms: Norm of the gradient there, `(steps,)`.
        fall: Fall of the loss by the step before.
        norm: Norm of the gradient.
    """
    stops = (-np.diff(losses) < fall) & (norms[1:] < norm)
    return int(np.flatnonzero(stops)[0]) + 1


def stop_early(patients: Dataset, config: Config) -> str:
    """Train the first net once more with the monitor as a callback that stops it."""
    rows, validation = (part[0] for part in draw_rows(patients, config))
    train, held_out = patients.train.take(rows), patients.train.take(validation)
    monitor = callbacks.OverfittingMonitor(mode="stop")
    history = models.fit(
        build(config.seed, train.x),
        train.x,
        train.y,
        epochs=config.epochs,
        batch_size=BATCH_SIZE,
        validation_data=(held_out.x, held_out.y),
        callbacks=[monitor],
        seed=config.seed,
    )
    return (
        f"OverfittingMonitor(mode='stop') on the first net, {len(history.epoch)} of "
        f"{config.epochs} epochs trained: {monitor.report}"
    )


def plot_first_net(nets: Nets) -> Figure:
    """Draw the curves of the first net, and what the monitor says of them."""
    error, val_error = (nets.history[name][0] for name in ("error", "val_error"))
    monitor = follow(error, val_error)
    marks = {"lowest validation error": int(np.argmin(val_error)) + 1}
    if monitor.found_epoch is not None:
        marks["overfitting found"] = monitor.found_epoch + 1
    return plots.plot_curves(
        "diabetes", {"the first net": {"loss": error, "val_loss": val_error}}, marks
    )


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

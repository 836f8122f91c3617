"""Which activation, loss and labels belong together?

Topic: losses                         Time: seconds
Run:   python -m labs.loss_table
Quick: python -m labs.loss_table --quick
Try:   --epochs 50    which rows of the table have not arrived yet?
       --seeds 20     do all starts end in the same optimum?

Lecture C ends with a table: task, activation, loss, labels. Each of its rows is trained from
several seeds, and has to reach the optimum that scikit-learn finds in another way.

Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep Learning,
part 2), NVIDIA DLI.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

import lazy_loader
import numpy as np
from threadpoolctl import threadpool_limits

import models
from labs import data, plots
from labs.running import AtLeast, LabConfig, lab
from models.by_hand import losses

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
sklearn = lazy_loader.load("sklearn")

NEAR = 1e-3
"""Relative excess over the optimal loss, below which a training has arrived."""
FORMATS = {"worst excess": ".1e", "largest difference on test rows": ".1e"}
DIGITS = 500
"""Rows of digits in the table's last two rows."""
IMAGE_STEPS = 300
"""Enough for these rows, whose weight penalty makes descent fast."""
WHITE = 255.0


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 2}

    epochs: Annotated[int, AtLeast(1)] = 2000
    """Full-batch steps of plain gradient descent on the diabetes rows."""
    seeds: Annotated[int, AtLeast(2)] = 5
    """Trainings of each row of the table."""


class Task(NamedTuple):
    """A row of lecture C's table, with the solution that scikit-learn finds."""

    name: str  # Task and loss.
    labels: str  # What the targets look like.
    activation: str  # Of the one layer there is.
    loss: Any  # Keras's name of the loss, or a function.
    x: np.ndarray  # Training rows.
    y: np.ndarray
    x_test: np.ndarray  # Other rows, on which the two solutions must agree.
    optimum: float  # The lowest value that the loss, with its penalty, can take.
    reference: np.ndarray  # What scikit-learn's solution predicts for `x_test`.
    l2: float  # Weight penalty.
    learning_rate: float  # Of plain gradient descent.


class Trained(NamedTuple):
    """A task after training: losses `(seeds, epochs)`, predictions `(seeds, *reference)`."""

    task: Task
    losses: np.ndarray
    predictions: np.ndarray

    @property
    def excess(self) -> float:
        """How far the worst seed ends above the optimum, relative to it."""
        return float(self.losses[:, -1].max() / self.task.optimum - 1)

    @property
    def disagreement(self) -> float:
        """Largest difference from the reference's predictions, relative to their range."""
        largest = np.abs(self.predictions - self.task.reference).max()
        return float(largest / np.ptp(self.task.reference))


def experiment(config: Config, record: RunRecord) -> None:
    """Train each row of the table, and compare its end with scikit-learn's optimum."""
    patients, digits = data.load_diabetes(), data.load_digits()
    record.use_dataset(patients)
    sources = [{"name": used.name, "source": used.source} for used in (patients, digits)]
    record.add_table("datasets", sources, printed=False)
    tasks = [*regression_tasks(patients), binary_task(patients), *digit_tasks(digits)]
    trained = [train(task, config) for task in record.track(tasks, "rows of the table")]
    record.add_table("lecture-table", [describe(row) for row in trained], formats=FORMATS)
    *_, categorical, sparse = trained
    judge_one_hot_places(record, digits)
    judge_row(record, "C-table-regression", trained[0])
    judge_row(record, "C-table-regression-rmse", trained[1])
    judge_row(record, "C-table-binary", trained[2])
    judge_row(record, "C-table-categorical", categorical)
    judge_row(record, "C-table-sparse", sparse)
    apart = np.abs(categorical.losses - sparse.losses).max()
    record.answer(
        f"Those of the table: none of its {len(trained)} rows ends more than "
        f"{max(row.excess for row in trained):.0e} above its optimum. One-hot labels with "
        "categorical cross-entropy and integers with the sparse one are one loss: they differ by "
        f"{apart:.0e} at most.",
        limits="One layer each, so that there is one optimum. Wrong pairings: see labs.losses.",
    )
    record.add_figure(
        "table",
        plot_table(trained),
        caption="How far the loss of each row's worst seed is above scikit-learn's optimum, step "
        "by step; below the thin line it counts as arrived.",
    )


def rmse(y: Any, prediction: Any) -> Any:
    """Return the root of the mean squared error of a batch, a Keras loss."""
    return keras.ops.sqrt(keras.ops.mean(keras.ops.square(y - prediction)))


def regression_tasks(patients: data.Dataset) -> Iterator[Task]:
    """Give the first row of the table: disease progression from ten features."""
    x, x_test = patients.train.x, patients.test.x
    y, _ = data.load_progression_scores()
    solution = sklearn.linear_model.LinearRegression().fit(x, y)
    best = losses.mean_squared_error(y, solution.predict(x))
    reference = solution.predict(x_test)[:, None]
    # The slope of RMSE is that of MSE over 2 RMSE, about 100.
    losses_of = (("MSE", "mean_squared_error", best, 0.2), ("RMSE", rmse, best**0.5, 20.0))
    for name, loss, optimum, rate in losses_of:
        yield Task(
            f"linear regression, {name}", "numbers", "linear", loss, x, y[:, None], x_test,
            optimum, reference, 0.0, rate,
        )  # fmt: skip


def binary_task(patients: data.Dataset) -> Task:
    """Give the second row: does the disease progress strongly?"""
    x, y = patients.train.x, patients.train.y
    scaled, scaled_test = (part.x / x.std(axis=0) for part in (patients.train, patients.test))
    solution = sklearn.linear_model.LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000)
    solution.fit(scaled, y)
    optimum = float(losses.binary_cross_entropy(y, solution.predict_proba(scaled)[:, 1]).mean())
    reference = solution.predict_proba(scaled_test)[:, 1:]
    return Task(
        "binary classification", "0 or 1", "sigmoid", "binary_crossentropy",
        x, y[:, None], patients.test.x, optimum, reference, 0.0, 1.8,
    )  # fmt: skip


def digit_tasks(digits: data.Dataset, l2: float = 0.01) -> Iterator[Task]:
    """Give the last two rows: ten digits, labels one-hot and as integers.

    With so many pixels a line separates the digits, and without a weight penalty the loss
    could fall for ever: there would be no optimum to reach.
    """
    x, y = digits.train.x[:DIGITS], digits.train.y[:DIGITS]
    flat, flat_test = (pixels.reshape(len(pixels), -1) / WHITE for pixels in (x, digits.test.x))
    center = flat.mean(axis=0)  # Changes the bias only, but L-BFGS takes fewer steps.
    flat, flat_test = flat - center, flat_test - center
    solution = sklearn.linear_model.LogisticRegression(C=1 / (2 * l2 * len(y)), tol=1e-6)
    with threadpool_limits(1):  # On so few rows threads only wait for each other.
        solution.fit(flat, y)
    one_hot = np.eye(digits.num_classes, dtype="float32")[y]
    entropy = losses.categorical_cross_entropy(one_hot, solution.predict_proba(flat)).mean()
    optimum = float(entropy + l2 * np.sum(solution.coef_**2))
    reference = solution.predict_proba(flat_test)
    kinds = {"categorical": ("one-hot", one_hot), "sparse_categorical": ("integers", y)}
    for name, (labels, targets) in kinds.items():
        short = name.removesuffix("_categorical")
        yield Task(
            f"multi-class, {short}", labels, "softmax", f"{name}_crossentropy",
            x, targets, digits.test.x, optimum, reference, l2, 1.0,
        )  # fmt: skip


def build(seed: int, x_train: np.ndarray, *, task: Task) -> Any:
    """Build the one-layer net of a row of the table."""
    net = keras.Sequential([keras.Input(x_train.shape[1:])])
    if x_train.ndim > 2:
        # Centered, pixels are much less alike, and descent takes tens of steps, not hundreds.
        mean = x_train.reshape(len(x_train), -1).mean(axis=0)
        net.add(keras.layers.Flatten())
        net.add(keras.layers.Normalization(mean=mean, variance=WHITE**2 * np.ones_like(mean)))
    else:
        scaling = keras.layers.Normalization()
        scaling.adapt(x_train)
        net.add(scaling)
    net.add(
        keras.layers.Dense(
            task.reference.shape[1],
            activation=task.activation,
            kernel_initializer=keras.initializers.GlorotUniform(seed=seed),
            kernel_regularizer=keras.regularizers.L2(task.l2) if task.l2 else None,
        )
    )
    net.compile(keras.optimizers.SGD(task.learning_rate), loss=task.loss)
    return net


def train(task: Task, config: Config) -> Trained:
    """Train a row of the table from several seeds, all rows in every step."""
    replicas = models.fit_replicas(
        partial(build, task=task),
        task.x,
        task.y,
        seeds=range(config.seed, config.seed + config.seeds),
        epochs=config.epochs if task.x.ndim == 2 else min(config.epochs, IMAGE_STEPS),
        batch_size=len(task.x),
        shuffle=False,
    )
    return Trained(task, replicas.history["loss"], replicas.predict(task.x_test))


def describe(row: Trained) -> dict[str, Any]:
    """Describe a trained row of the table."""
    return {
        "task": row.task.name,
        "activation": row.task.activation,
        "labels": row.task.labels,
        "rows": len(row.task.y),
        "seeds": len(row.losses),
        "mean loss": row.losses[:, -1].mean(),
        "optimum": row.task.optimum,
        "worst excess": row.excess,
        "largest difference on test rows": row.disagreement,
    }


def judge_row(record: RunRecord, id: str, row: Trained) -> None:
    """Judge that activation, loss and labels belong together: training ends at the optimum."""
    task = row.task
    solver = "LinearRegression" if task.activation == "linear" else "LogisticRegression"
    record.judge(
        id,
        f"loss {row.losses[:, -1].mean():.5g}, optimum {task.optimum:.5g}, worst seed "
        f"{row.excess:.0e} above it",
        holds=abs(row.excess) < NEAR and row.disagreement < 10 * NEAR,
        how=f"{len(row.losses)} seeds, {row.losses.shape[1]:,} steps of plain descent on "
        f"{len(task.y)} rows, against scikit-learn's {solver}"
        f"{f' with the same L2 penalty {task.l2}' if task.l2 else ''}; predictions for "
        f"{len(task.x_test)} test rows differ by {row.disagreement:.0e} of their range at most. "
        "Fewer steps leave a larger excess.",
    )


def judge_one_hot_places(record: RunRecord, digits: data.Dataset) -> None:
    """Judge how many places a one-hot vector of a digit has, by hand and by Keras."""
    by_hand = np.eye(digits.num_classes)[digits.train.y]
    by_keras = keras.utils.to_categorical(digits.train.y)
    record.judge(
        "C-one-hot-places",
        len([1, 0, 0, 0, 0, 0, 0, 0, 0]),
        right=by_keras.shape[1],
        how=f"Keras's to_categorical of {len(by_hand):,} digits; rows of the identity matrix are "
        f"{'the same' if np.array_equal(by_hand, by_keras) else 'something else'}.",
    )


def plot_table(trained: Sequence[Trained]) -> Figure:
    """Draw how each row of the table comes to its optimum, the worst seed."""
    with plots.style.figure() as figure:
        axes = figure.subplots()
        looks = plots.style.looks(row.task.name for row in trained)
        for index, row in enumerate(trained):
            excess = row.losses.max(axis=0) / row.task.optimum - 1
            steps = np.arange(1, len(excess) + 1)
            axes.loglog(steps, np.maximum(excess, 1e-6), color=looks[row.task.name].color,
                        linestyle=("-", "--", "-.", "-", ":")[index], label=row.task.name,
                        # The last two lie on each other: a broad one below a dotted one.
                        linewidth=5 if index == 3 else 2)  # fmt: skip
        axes.axhline(NEAR, color=plots.style.NEUTRAL, linewidth=0.8)
        axes.set(xlabel="step of gradient descent",
                 ylabel="loss above the optimum, relative")  # fmt: skip
        axes.legend(loc="lower left")
        figure.suptitle("Loss of each row of the table above scikit-learn's optimum")
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

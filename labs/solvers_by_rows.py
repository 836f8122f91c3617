"""L-BFGS for few rows, Adam for many?

Topic: optimizers and rates           Time: seconds
Run:   python -m labs.solvers_by_rows
Quick: python -m labs.solvers_by_rows --quick
Try:   --passes 100      does L-BFGS catch up if every row may be seen more often?
       --batch-size 20   with smaller batches, is Adam first for few rows as well?

A comment in the lecture's code recommends L-BFGS for small data sets and SGD or Adam for large
ones. scikit-learn's MLPClassifier is trained by both on 265 to 60,000 digits, each row being seen
equally often. L-BFGS takes a step when it has seen them all, Adam after each batch.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

import lazy_loader
import numpy as np

from labs import data, plots, stats
from labs.running import AtLeast, Each, Increasing, LabConfig, lab

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

sklearn = lazy_loader.load("sklearn")

LBFGS, ADAM = "lbfgs", "adam"
NAMES = {LBFGS: "L-BFGS", ADAM: "Adam"}
RATE, UNITS = 0.003, (32,)
MOST_STEPS = 10_000


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"rows": (100, 1_000), "passes": 3, "seeds": 2}

    rows: Annotated[tuple[int, ...], Increasing(2), Each(AtLeast(50))] = (265, 3_000, 60_000)
    """Training rows; more than there are mean all of them."""
    passes: Annotated[int, AtLeast(2)] = 10
    """How often each row is seen, forward and back."""
    batch_size: Annotated[int, AtLeast(1)] = 200
    """Rows a step of Adam, as MLPClassifier has it."""
    seeds: Annotated[int, AtLeast(2)] = 3
    """Nets of each kind, with rows of their own."""


class Fits(NamedTuple):
    """What one solver comes to on so many rows, `(seeds,)` each.

    Attributes:
        loss: Cross-entropy on the training rows.
        test: Test accuracy.
        seconds: Time of the training on one processor.
    """

    loss: np.ndarray
    test: np.ndarray
    seconds: np.ndarray


def experiment(config: Config, record: RunRecord) -> None:
    """Train nets by both solvers on few and on many rows, and compare them."""
    digits = data.load_mnist()
    record.use_dataset(digits)
    sizes = sorted({min(rows, len(digits.train)) for rows in config.rows})
    x, x_test = (shrink(part.x) for part in (digits.train, digits.test))
    fits: dict[tuple[int, str], Fits] = {}
    cases = [(rows, solver) for rows in sizes for solver in NAMES]
    for rows, solver in record.track(cases, "solvers and sizes"):
        results = []
        for seed in range(config.seed, config.seed + config.seeds):
            drawn = np.random.default_rng(seed).permutation(len(x))[:rows]
            train = data.Part(x[drawn], digits.train.y[drawn])
            test = data.Part(x_test, digits.test.y)
            results.append(fit(train, test, solver, seed, config))
        fits[rows, solver] = Fits(*np.array(results).T)
    columns = ("rows", "solver", "training loss", "test accuracy", "seconds")
    table = [(n, NAMES[solver], *(f.mean() for f in fit)) for (n, solver), fit in fits.items()]
    record.add_table("solvers", [dict(zip(columns, row, strict=True)) for row in table])
    judge_solvers(record, fits, sizes)
    told = "; ".join(
        f"{rows:,} rows: {fits[rows, LBFGS].loss.mean():.3f} and {fits[rows, ADAM].loss.mean():.3f}"
        for rows in sizes
    )
    record.answer(
        f"Training losses of L-BFGS and Adam after {config.passes} passes are {told}. Their test "
        f"accuracies on {sizes[0]:,} rows are {fits[sizes[0], LBFGS].test.mean():.3f} and "
        f"{fits[sizes[0], ADAM].test.mean():.3f}, on {sizes[-1]:,} "
        f"{fits[sizes[-1], LBFGS].test.mean():.3f} and {fits[sizes[-1], ADAM].test.mean():.3f}.",
        limits="Equal passes, one net, one rate of Adam; on a noisy table L-BFGS run to its end "
        "fits the noise (labs.sklearn_vs_keras).",
    )
    record.add_figure(
        "solvers",
        plot_solvers(fits, sizes),
        caption="Training loss and test accuracy of both solvers after equally many passes, by "
        "the number of rows.",
    )


def shrink(x: np.ndarray) -> np.ndarray:
    """Average squares of 2×2 pixels and scale them to 0 to 1, `(rows, 196)`."""
    rows, height, width = x.shape
    squares = x.reshape(rows, height // 2, 2, width // 2, 2)
    small: np.ndarray = squares.mean(axis=(2, 4), dtype=np.float32).reshape(rows, -1) / 255
    return small


def fit(
    train: data.Part, test: data.Part, solver: str, seed: int, config: Config
) -> tuple[float, float, float]:
    """Train a net for so many passes; return training loss, test accuracy and seconds.

    A pass of L-BFGS is one evaluation of loss and gradient: its search along a line may need
    several for a step.
    """
    net = sklearn.neural_network.MLPClassifier(
        UNITS,
        solver=solver,
        alpha=0.0,
        learning_rate_init=RATE,
        batch_size=min(config.batch_size, len(train)),
        max_iter=config.passes if solver == ADAM else MOST_STEPS,
        max_fun=config.passes,
        tol=0.0,
        n_iter_no_change=MOST_STEPS,
        random_state=seed,
    )
    start = time.process_time()
    with warnings.catch_warnings():  # It ends when it is told to, not when it has converged.
        warnings.simplefilter("ignore", sklearn.exceptions.ConvergenceWarning)
        net.fit(train.x, train.y)
    seconds = time.process_time() - start
    loss = sklearn.metrics.log_loss(train.y, net.predict_proba(train.x), labels=net.classes_)
    return float(loss), float(net.score(test.x, test.y)), seconds


def judge_solvers(
    record: RunRecord, fits: Mapping[tuple[int, str], Fits], sizes: list[int]
) -> None:
    """Judge both halves of the comment, by loss and by test accuracy."""

    def judge(id: str, rows: int, better: str, other: str) -> None:
        mine, others = fits[rows, better], fits[rows, other]
        loss = stats.mean_interval(mine.loss - others.loss)
        test = stats.mean_interval(mine.test - others.test)
        record.judge(
            id,
            f"on {rows:,} rows {NAMES[better]} comes to a training loss of {mine.loss.mean():.3f}, "
            f"{NAMES[other]} to {others.loss.mean():.3f}; test accuracies {mine.test.mean():.3f} "
            f"and {others.test.mean():.3f}",
            holds=[loss.high < 0, test.low > 0],
            how=f"By loss ({loss.low:+.3f} to {loss.high:+.3f}) and by test accuracy "
            f"({test.low:+.3f} to {test.high:+.3f}), {len(mine.loss)} pairs, equal passes.",
        )

    judge("A-lbfgs-small", sizes[0], LBFGS, ADAM)
    judge("A-adam-large", sizes[-1], ADAM, LBFGS)


def plot_solvers(fits: Mapping[tuple[int, str], Fits], sizes: list[int]) -> Figure:
    """Draw losses and accuracies by the number of rows."""
    looks = plots.style.looks(NAMES)
    with plots.style.figure(12.0, 5.0) as figure:
        left, right = figure.subplots(1, 2)
        for solver, name in NAMES.items():
            own = [fits[rows, solver] for rows in sizes]
            left.loglog(sizes, [f.loss.mean() for f in own], label=name, **looks[solver].line)
            right.semilogx(sizes, [f.test.mean() for f in own], label=name, **looks[solver].line)
        left.set(xlabel="training rows", ylabel="training loss", title="Loss after equal passes")
        right.set(xlabel="training rows", ylabel="test accuracy", title="Accuracy on test rows")
        left.legend()
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()

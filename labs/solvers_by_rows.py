"""L-BFGS for few rows, SGD and Adam for many?

Topic: optimizers and rates           Time: a minute
Run:   python -m labs.solvers_by_rows
Quick: python -m labs.solvers_by_rows --quick
Try:   --passes 100      does L-BFGS catch up if every row may be seen more often?
       --batch-size 20   with smaller batches, is Adam further ahead?

A comment in the lecture's code recommends L-BFGS for small data sets and SGD or Adam for large
ones. scikit-learn's MLPClassifier is trained by all three on 265 to 57,000 digits, each row being
seen equally often. L-BFGS takes a step when it has seen them all and has no rate; the others take
one after each batch, at the rate that is best on rows held out. Beside it: how many rows
backpropagation needs.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

import lazy_loader
import numpy as np

from labs import data, plots, stats
from labs.running import AtLeast, Each, Increasing, LabConfig, lab

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

sklearn = lazy_loader.load("sklearn")
threadpoolctl = lazy_loader.load("threadpoolctl")

LBFGS, SGD, ADAM = "lbfgs", "sgd", "adam"
NAMES = {LBFGS: "L-BFGS", SGD: "SGD", ADAM: "Adam"}
UNITS = (32,)
RATES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""From which SGD, with scikit-learn's momentum of .9, and Adam take the best on held out rows."""
HELD_OUT = 1 / 20
MUCH = 0.05
"""Accuracy that a net must lose by a lack of rows to be said to need them."""
MOST_STEPS = 10_000
LONGER = 10
"""Times as many passes that the smallest set is seen as well."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"rows": (100, 1_000), "passes": 3, "seeds": 2}

    rows: Annotated[tuple[int, ...], Increasing(2), Each(AtLeast(50))] = (265, 3_000, 60_000)
    """Training rows; more than there are, but for those held out, mean all of them."""
    passes: Annotated[int, AtLeast(2)] = 10
    """How often each row is seen, forward and back."""
    batch_size: Annotated[int, AtLeast(1)] = 200
    """Rows a step of SGD and Adam, as MLPClassifier has it."""
    seeds: Annotated[int, AtLeast(2)] = 3
    """Nets of each kind, with rows of their own."""


class Case(NamedTuple):
    """What a net is trained on, by what, and how often it sees each row."""

    rows: int
    solver: str
    passes: int


class Fits(NamedTuple):
    """What a case comes to, `(seeds,)` each.

    Attributes:
        loss: Cross-entropy on the training rows.
        test: Test accuracy.
        seconds: Time of the training on one processor.
        rate: Learning rate; L-BFGS has none.
    """

    loss: np.ndarray
    test: np.ndarray
    seconds: np.ndarray
    rate: float | None = None


def experiment(config: Config, record: RunRecord) -> None:
    """Train nets by all solvers on few and on many rows, and compare them."""
    digits = data.load_mnist()
    record.use_dataset(digits)
    rest, held_out = data.split(digits.train, HELD_OUT, config.seed)
    train, held_out, test = (
        data.Part(data.shrink(part.x).astype(np.float32), part.y)
        for part in (rest, held_out, digits.test)
    )
    sizes = sorted({min(rows, len(train)) for rows in config.rows})
    cases = list_cases(sizes, config)
    with threadpoolctl.threadpool_limits(1):  # Small nets gain nothing by a second thread.
        fits = {c: fit_all(c, train, held_out, test, config) for c in record.track(cases, "cases")}
        neighbors = [ask_neighbors(rows, train, test, config) for rows in (sizes[0], sizes[-1])]
    columns = ("rows", "solver", "passes", "training loss", "test accuracy", "seconds", "rate")
    table = [
        (n, NAMES[solver], passes, f.loss.mean(), f.test.mean(), f.seconds.mean(), f.rate)
        for (n, solver, passes), f in fits.items()
    ]
    record.add_table("solvers", [dict(zip(columns, row, strict=True)) for row in table])
    judge_solvers(record, fits, sizes, config.passes)
    judge_rows(record, fits, neighbors)
    equal = {key: fits[Case(*key, config.passes)] for key in product(sizes, NAMES)}
    ends = [equal[rows, solver] for rows in (sizes[0], sizes[-1]) for solver in NAMES]
    record.answer(
        f"After {config.passes} passes over {sizes[0]:,} rows {', '.join(NAMES.values())} come to "
        f"training losses of {', '.join(f'{end.loss.mean():.3f}' for end in ends[:3])} and test "
        f"accuracies of {', '.join(f'{end.test.mean():.3f}' for end in ends[:3])}, over "
        f"{sizes[-1]:,} to {', '.join(f'{end.loss.mean():.3f}' for end in ends[3:])} and "
        f"{', '.join(f'{end.test.mean():.3f}' for end in ends[3:])}.",
        limits="Equal passes, one net, batches of one size; on a noisy table L-BFGS run to its end "
        "fits the noise (labs.sklearn_vs_keras).",
    )
    record.add_figure(
        "solvers",
        plot_solvers(equal, sizes),
        caption="Training loss and test accuracy of the solvers after equally many passes, by "
        "the number of rows.",
    )


def list_cases(sizes: Sequence[int], config: Config) -> list[Case]:
    """List all solvers on all sizes, and on few rows for longer; there Adam for as many steps too.

    The last is what the rows alone change: with equal passes, few rows are few steps as well.
    """
    few, *_, most = (math.ceil(rows / config.batch_size) for rows in sizes)
    cases = [Case(rows, solver, config.passes) for rows in sizes for solver in NAMES]
    cases += [Case(sizes[0], solver, LONGER * config.passes) for solver in NAMES]
    return [*cases, Case(sizes[0], ADAM, round(config.passes * most / few))]


def fit_all(
    case: Case, train: data.Part, held_out: data.Part, test: data.Part, config: Config
) -> Fits:
    """Train the nets of a case, at the rate that is best on held out rows for the first of them."""

    def fit_one(seed: int, rate: float) -> tuple[Any, data.Part, float]:
        drawn = train.take(np.random.default_rng(seed).permutation(len(train))[: case.rows])
        net, seconds = fit(drawn, case, rate, seed, config)
        return net, drawn, seconds

    rate: float | None = None
    if case.solver != LBFGS:
        losses = [loss_of(fit_one(config.seed, rate)[0], held_out) for rate in RATES]
        rate = RATES[int(np.argmin(losses))]
    found = []
    for seed in range(config.seed, config.seed + config.seeds):
        net, drawn, seconds = fit_one(seed, rate or RATES[0])
        found.append((loss_of(net, drawn), float(net.score(test.x, test.y)), seconds))
    loss, accuracy, seconds = np.array(found).T
    return Fits(loss, accuracy, seconds, rate)


def fit(train: data.Part, case: Case, rate: float, seed: int, config: Config) -> tuple[Any, float]:
    """Train a net for so many passes; return it, and the seconds it took.

    A pass of L-BFGS is one evaluation of loss and gradient: its search along a line may need
    several for a step.
    """
    net = sklearn.neural_network.MLPClassifier(
        UNITS,
        solver=case.solver,
        alpha=0.0,
        learning_rate_init=rate,
        batch_size=min(config.batch_size, len(train)),
        max_iter=MOST_STEPS if case.solver == LBFGS else case.passes,
        max_fun=case.passes,
        tol=0.0,
        n_iter_no_change=MOST_STEPS,
        random_state=seed,
    )
    start = time.process_time()
    # It ends when it is told to, not when it has converged; a rate may be too large.
    unfinished = warnings.catch_warnings(
        action="ignore", category=sklearn.exceptions.ConvergenceWarning
    )
    with unfinished, np.errstate(over="ignore", invalid="ignore"):
        net.fit(train.x, train.y)
    return net, time.process_time() - start


def loss_of(net: Any, part: data.Part) -> float:
    """Return the mean cross-entropy of a net; infinite where its training broke down."""
    p = net.predict_proba(part.x)
    return float(sklearn.metrics.log_loss(part.y, p, labels=net.classes_))


def ask_neighbors(rows: int, train: data.Part, test: data.Part, config: Config) -> np.ndarray:
    """Return the test accuracy of the nearest neighbor among so many rows, `(seeds,)`."""
    scores = []
    for seed in range(config.seed, config.seed + config.seeds):
        drawn = train.take(np.random.default_rng(seed).permutation(len(train))[:rows])
        nearest = sklearn.neighbors.KNeighborsClassifier(1, algorithm="brute")
        scores.append(nearest.fit(drawn.x, drawn.y).score(test.x, test.y))
    return np.array(scores)


def judge_solvers(
    record: RunRecord, fits: Mapping[Case, Fits], sizes: Sequence[int], passes: int
) -> None:
    """Judge both halves of the comment, by loss and by test accuracy."""

    def judge(id: str, cases: Sequence[tuple[Case, Case]]) -> None:
        """Judge that the first of each two comes to a lower loss and a better test accuracy."""
        holds, how = [], []
        for better, other in cases:
            mine, others = fits[better], fits[other]
            loss = stats.mean_interval(mine.loss - others.loss)
            test = stats.mean_interval(mine.test - others.test)
            holds += [loss.high < 0, test.low > 0]
            how.append(
                f"{NAMES[better.solver]} to {NAMES[other.solver]}, {better.passes} passes, loss "
                f"{loss.low:+.3f} to {loss.high:+.3f}, accuracy {test.low:+.3f} to {test.high:+.3f}"
            )
        told = "; ".join(
            f"{NAMES[c.solver]} {fits[c].loss.mean():.3f} and {fits[c].test.mean():.3f} after "
            f"{c.passes} passes"
            for c in dict.fromkeys(case for pair in cases for case in pair)
        )
        record.judge(
            id,
            f"training loss and test accuracy on {cases[0][0].rows:,} rows: {told}",
            holds=holds,
            how=f"{'; '.join(how)}; {len(mine.loss)} pairs, SGD and Adam at their best of "
            f"{len(RATES)} rates on rows held out.",
        )

    few, many = sizes[0], sizes[-1]
    small = product((passes, LONGER * passes), (SGD, ADAM))
    judge("A-lbfgs-small", [(Case(few, LBFGS, n), Case(few, s, n)) for n, s in small])
    lbfgs = Case(many, LBFGS, passes)
    judge("A-adam-large", [(Case(many, s, passes), lbfgs) for s in (SGD, ADAM)])


def judge_rows(
    record: RunRecord, fits: Mapping[Case, Fits], neighbors: Sequence[np.ndarray]
) -> None:
    """Judge that backpropagation needs many rows: alone, and beside a rule that does without it."""
    few, many = min(case.rows for case in fits), max(case.rows for case in fits)
    ((all_rows, best),) = [(c, own) for c, own in fits.items() if c[:2] == (many, ADAM)]
    on_few = {case.passes: own.test for case, own in fits.items() if case[:2] == (few, ADAM)}
    ways = {"passes": on_few[all_rows.passes], "steps": on_few[max(on_few)]}
    lost = {way: stats.mean_interval(best.test - own) for way, own in ways.items()}
    behind = stats.mean_interval(neighbors[0] - ways["steps"])
    record.judge(
        "A-much-data",
        f"test accuracy on {many:,} rows {best.test.mean():.3f}, on {few:,} rows "
        + ", ".join(f"{own.mean():.3f} with equal {way}" for way, own in ways.items())
        + f"; of the nearest neighbor {neighbors[1].mean():.3f} and {neighbors[0].mean():.3f}",
        holds=[*(interval.low > MUCH for interval in lost.values()), behind.low > 0],
        how=f"Adam, {all_rows.passes} passes over all rows, over the few as many or as many steps, "
        f"{max(on_few):,} passes. They have to lose more than {MUCH:g} by the lack of rows ("
        + ", ".join(f"{low:.3f} to {high:.3f}" for low, high in lost.values())
        + "), and to be behind a rule without backpropagation "
        f"({behind.low:+.3f} to {behind.high:+.3f}). Neurons are not measured.",
    )


def plot_solvers(fits: Mapping[tuple[int, str], Fits], sizes: Sequence[int]) -> Figure:
    """Draw losses and accuracies after equal passes by the number of rows."""
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

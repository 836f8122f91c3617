"""Which switch leads from MLPClassifier to the Keras net?

Topic: practical labs                 Time: a minute
Run:   python -m labs.sklearn_vs_keras
Quick: python -m labs.sklearn_vs_keras --quick
Try:   --iterations 100      where does the way begin if L-BFGS is stopped early?
       --batch-size 265      does the Keras net get there with one batch for all rows?

The lecture's two nets for the diabetes data have hidden layers of 10 and 5 logistic units
and come out 10 points apart. Between them lie six switches: the solver, how long it runs,
the batch, the initial weights, the penalty and the output layer. This lab turns one after
the other, from the same seeds, so that each switch has a difference of its own. Beside the
way stand MLPClassifiers that stop early and a rule without hidden units.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

import models
from labs import data, plots, stats, studies
from labs.running import AtLeast, Each, LabConfig, lab

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
sklearn = lazy_loader.load("sklearn")

HIDDEN_UNITS = (10, 5)
START, KERAS = "scikit-learn, L-BFGS", "the Keras net"
EPSILON = 1e-7
"""Adam's, as Keras sets it; scikit-learn's is 1e-8 unless told otherwise."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 3, "iterations": 300, "epochs": 60}

    seeds: Annotated[int, AtLeast(2)] = 15
    """Nets of each kind."""
    iterations: Annotated[int, AtLeast(1)] = 10000
    """Limit on the iterations of L-BFGS, the lecture's; then epochs of Adam."""
    early: Annotated[tuple[int, ...], Each(AtLeast(1))] = (100, 1000)
    """Other limits on the iterations of L-BFGS, beside the way."""
    epochs: Annotated[int, AtLeast(1)] = 1010
    """Passes over the training rows in the lecture's Keras net: 5, then 1,000, then 5."""
    batch_size: Annotated[int, AtLeast(1)] = 32
    """Rows a step in the lecture's Keras net."""


@dataclass(frozen=True)
class Training:
    """How a net is initialized and trained."""

    solver: str  # "L-BFGS" (scikit-learn's) or "Adam" (Keras's).
    epochs: int  # Passes over the training rows.
    batch_size: int  # Rows a step.
    initialization: str  # "scikit-learn" or "Glorot", see `initial_weights`.
    alpha: float  # Weight penalty, see `penalized_loss`.
    outputs: int  # 1 logistic unit or 2 softmax units.


def experiment(config: Config, record: RunRecord) -> None:
    """Turn switch after switch, from MLPClassifier to the Keras net."""
    patients = data.load_diabetes()
    record.use_dataset(patients)
    record.add_findings(*data.check(patients))
    rows = len(patients.train)
    steps = ladder(config, rows)
    seeds = studies.seeds_from(config.seed, config.seeds)
    classifiers = build_classifiers(steps[START], config.early, seeds)
    with studies.fitting_classifiers(classifiers, patients, record) as wait:
        alike = steps[f"batch: {config.batch_size}"]
        theirs, ours = losses_of_both(alike, patients.train, config.seed)
        train = partial(studies.train_keras_nets, patients=patients, record=record, seeds=seeds)
        keras_nets = [  # While scikit-learn fits elsewhere.
            train(name, partial(build_net, step), epochs=step.epochs, batch_size=step.batch_size)[1]
            for name, step in steps.items()
            if name != START
        ]
        start, *early, logistic = wait()

    rungs = [start, *keras_nets]
    studies.add_nets(record, "ladder", *rungs, *early, logistic)
    added = differences(rungs)
    differ = [
        {"switch": name, "difference": x.mean(), "95% interval": stats.mean_interval(x)}
        for name, x in added.items()
    ]
    record.add_table("switches", differ, formats={"difference": "+.4f", "95% interval": "+.4f"})
    scores = {nets.name: nets.test for nets in early}
    scores |= {f"L-BFGS, {config.iterations:,} iterations": start.test, KERAS: rungs[-1].test}
    means = "; ".join(f"{name}: {test.mean():.3f}" for name, test in scores.items())
    record.add_findings(
        f"Mean test accuracies. {means}; {logistic.name}: {logistic.test[0]:.3f}.",
        *replace(rungs[-1], name=KERAS).against(logistic),
        f"scikit-learn divides alpha={alike.alpha} by a batch's rows, so batches of "
        f"{alike.batch_size} in place of {rows} are penalized {rows / alike.batch_size:.1f} times "
        "as hard.",
    )
    record.add_figure(
        "ladder",
        plot_ladder(patients.name, rungs),
        caption="Test accuracy of each seed's nets from the lecture's MLPClassifier down to its "
        "Keras net, and what the switch of each step adds; a step keeps the switches above.",
    )
    title, rule = "L-BFGS by its length", {logistic.name: logistic.test[0]}
    record.add_figure(
        "lengths",
        plots.plot_seeds(patients.name, title, scores, rule),
        caption="Test accuracy by the limit on L-BFGS's iterations, and that of the Keras net.",
    )
    shown = [
        f'"{name}", {with_interval(x)}'
        for name, x in added.items()
        if stats.mean_interval(x).excludes(0)
    ]
    record.answer(
        f"From {start.test.mean():.3f} to {rungs[-1].test.mean():.3f} test accuracy, "
        f"{with_interval(rungs[-1].test - start.test)}; switches with a difference shown: "
        f"{'; '.join(shown) or 'none'}. The libraries themselves, set alike, give "
        f"training losses that differ by at most {np.abs(ours / theirs - 1).max():.1g} of their "
        f"value in {alike.epochs:,} epochs, in which the loss falls from {theirs[0]:.3f} to "
        f"{theirs[-1]:.3f}.",
        limits="The order of the switches decides their shares: in another order each may make "
        "another difference. All "
        f"intervals are over {config.seeds} seeds, on the same {len(patients.test)} test rows.",
    )


def ladder(config: Config, rows: int) -> dict[str, Training]:
    """Return how nets are trained on each step from the lecture's MLPClassifier to its Keras net.

    Steps are named after the switch turned there. L-BFGS takes all rows in each iteration.
    """
    training = Training("L-BFGS", config.iterations, rows, "scikit-learn", alpha=0.01, outputs=1)
    steps = {START: training}
    switches: dict[str, dict[str, Any]] = {
        "solver: Adam": {"solver": "Adam"},
        f"epochs: {config.epochs:,}": {"epochs": config.epochs},
        f"batch: {config.batch_size}": {"batch_size": min(config.batch_size, rows)},
        "initial weights: Glorot": {"initialization": "Glorot"},
        "penalty: none": {"alpha": 0.0},
        "output: 2 softmax units": {"outputs": 2},
    }
    for name, change in switches.items():
        training = replace(training, **change)
        steps[name] = training
    return steps


def build_classifiers(
    start: Training, early: Sequence[int], seeds: Sequence[int]
) -> dict[str, list[Any]]:
    """Build the lecture's MLPClassifier from every seed, others that stop early, a linear rule."""
    limits = {START: start.epochs} | {f"L-BFGS, {limit:,} iterations": limit for limit in early}
    kinds = {
        name: [build_mlp_classifier(replace(start, epochs=limit), seed) for seed in seeds]
        for name, limit in limits.items()
    }
    return kinds | {"logistic regression": [sklearn.linear_model.LogisticRegression()]}


def build_mlp_classifier(training: Training, seed: int, **settings: Any) -> Any:
    """Build scikit-learn's net with the settings of a step."""
    return studies.build_mlp_classifier(
        seed,
        "lbfgs" if training.solver == "L-BFGS" else "adam",
        alpha=training.alpha,
        batch_size=training.batch_size,
        max_iter=training.epochs,
        **settings,
    )


def initial_weights(training: Training, features: int, seed: int) -> list[np.ndarray]:
    """Draw weights as MLPClassifier does from `random_state=seed`, or scaled as Keras does.

    scikit-learn draws the kernels of logistic layers and their biases uniformly from
    ±√(2/(in + out)); Keras draws kernels from ±√(6/(in + out)) (Glorot) and sets biases to
    0. Both are made from the same random numbers, so only the scale and the biases differ.

    Returns:
        Kernel `(in, out)` and bias `(out,)` of each layer, as `model.get_weights()`.
    """
    rng = np.random.RandomState(seed)
    weights = []
    for fan_in, fan_out in pairwise((features, *HIDDEN_UNITS, training.outputs)):
        kernel, bias = rng.uniform(-1, 1, (fan_in, fan_out)), rng.uniform(-1, 1, fan_out)
        if training.initialization == "scikit-learn":
            bound = np.sqrt(2 / (fan_in + fan_out))
            weights += [bound * kernel, bound * bias]
        else:
            weights += [np.sqrt(6 / (fan_in + fan_out)) * kernel, np.zeros(fan_out)]
    return weights


def build_net(training: Training, seed: int, x_train: np.ndarray) -> Any:
    """Build and compile the Keras net of a step."""
    activation = "sigmoid" if training.outputs == 1 else "softmax"
    hidden = [keras.layers.Dense(units, activation="sigmoid") for units in HIDDEN_UNITS]
    output = keras.layers.Dense(training.outputs, activation=activation)
    net = keras.Sequential([keras.Input(x_train.shape[1:]), *hidden, output])
    net.set_weights(initial_weights(training, x_train.shape[1], seed))
    loss = keras.losses.sparse_categorical_crossentropy
    if training.outputs == 1:
        loss = keras.losses.binary_crossentropy
    net.compile(
        optimizer=keras.optimizers.Adam(epsilon=EPSILON),
        loss=penalized_loss(loss, net, training.alpha),
        metrics=["accuracy"],
    )
    return net


def penalized_loss(loss: Callable[[Any, Any], Any], net: Any, alpha: float) -> Any:
    """Add scikit-learn's weight penalty to a loss.

    MLPClassifier minimizes the mean loss of a batch plus alpha/(2n) · Σw² over all kernels,
    where n is the number of rows of that batch: the smaller the batch, the harder the
    penalty, hardest in a last batch of few rows. So Keras's
    `kernel_regularizer=L2(alpha / (2 * batch_size))` is the same for full batches only.
    """

    def penalized(y_true: Any, y_pred: Any) -> Any:
        rows = keras.ops.cast(keras.ops.shape(y_pred)[0], y_pred.dtype)
        squares = sum(keras.ops.sum(keras.ops.square(layer.kernel)) for layer in net.layers)
        return loss(y_true, y_pred) + alpha / (2 * rows) * squares

    return penalized if alpha else loss


def losses_of_both(training: Training, train: data.Part, seed: int) -> np.ndarray:
    """Train scikit-learn's net and the Keras net alike, with Adam and the rows in their order.

    Returns:
        Mean loss of each epoch, with the penalty, `(2, epochs)`: scikit-learn's and Keras's.
    """
    epochs, batch_size = training.epochs, training.batch_size
    not_stopped = {"shuffle": False, "epsilon": EPSILON, "n_iter_no_change": epochs}
    theirs = build_mlp_classifier(training, seed, **not_stopped)
    with warnings.catch_warnings(action="ignore", category=sklearn.exceptions.ConvergenceWarning):
        theirs.fit(train.x, train.y)
    net = build_net(training, seed, train.x)
    ours = models.fit(net, train.x, train.y, epochs=epochs, batch_size=batch_size, shuffle=False)
    return np.array([theirs.loss_curve_, ours.history["loss"]])


def differences(rungs: Sequence[studies.DiabetesNets]) -> dict[str, np.ndarray]:
    """Return what each switch adds to the test accuracy, paired by seed, `(seeds,)`."""
    return {nets.name: nets.test - before.test for before, nets in pairwise(rungs)}


def with_interval(differences: np.ndarray) -> str:
    """Return a mean difference and its interval in words."""
    low, high = stats.mean_interval(differences)
    return f"{differences.mean():+.3f} (95% interval {low:+.3f} to {high:+.3f})"


def plot_ladder(dataset_name: str, rungs: Sequence[studies.DiabetesNets]) -> Figure:
    """Draw the test accuracy of each step, and beside it what its switch adds."""
    scores = {nets.name: nets.test for nets in rungs}
    with plots.style.figure(12.0, 8.0) as figure:
        accuracies, added = figure.subplots(1, 2, sharey=True, width_ratios=[3, 2])
        width = np.ptp(np.concatenate([*scores.values()])) / 70
        plots.draw_scores(accuracies, scores, dot_width=width, dot_height=0.075)
        for row, difference in enumerate(differences(rungs).values(), start=1):
            plots.draw_mean(added, row, difference)
        added.axvline(0, color=plots.style.NEUTRAL, linestyle=plots.style.MARK_STYLES[1])
        # From one rung to the next only what stands beside it changes.
        accuracies.set_yticks(range(len(rungs)), [START, *(f"+ {n.name}" for n in rungs[1:])])
        accuracies.set_xlabel("test accuracy")
        added.set_xlabel("difference to the step above")
        added.grid(visible=False, axis="y")
        figure.suptitle(
            f"{dataset_name}: from MLPClassifier to the Keras net, a switch a step\n"
            f"(black: mean of {len(rungs[0].test)} seeds and its 95% interval)"
        )
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

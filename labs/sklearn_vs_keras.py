"""Which switch leads from MLPClassifier to the Keras net?

Run:   python -m labs.sklearn_vs_keras           about 44 s on 2 cores
Smoke: python -m labs.sklearn_vs_keras --quick   about 12 s

The lecture's two nets for the diabetes data have hidden layers of 10 and 5 logistic units
and come out 10 points apart. Between them lie six switches: the solver, how long it runs,
the batch, the initial weights, the penalty and the output layer. This lab turns one after
the other and trains each net from the same seeds, so that each switch has a difference of
its own. That nothing else lies between the libraries is shown first: set alike, a Keras net
follows scikit-learn's loss to float32 rounding.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import lazy_loader
import numpy as np
from rich.progress import Progress

import models
from labs import data, results
from labs.cli import LabConfig, run_lab

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from labs.data import Dataset, Part
    from labs.results import RunRecord

keras = lazy_loader.load("keras")
sklearn = lazy_loader.load("sklearn")

HIDDEN_UNITS = (10, 5)
ALPHA = 0.01
START = "scikit-learn, L-BFGS"
LEARNING_RATE, EPSILON = 0.001, 1e-7
"""Adam's, as Keras sets them; scikit-learn's epsilon is 1e-8 unless told otherwise."""
COMPARED_EPOCHS = 20


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 3, "iterations": 300, "epochs": 60}

    seeds: int = 15
    """Nets of each kind, at least 2."""
    iterations: int = 10000
    """Limit on the iterations of L-BFGS, the lecture's; then epochs of Adam."""
    epochs: int = 1010
    """Passes over the training rows in the lecture's Keras net: 5, then 1,000, then 5."""
    batch_size: int = 32
    """Rows a step in the lecture's Keras net."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("seeds", self.seeds >= 2, "2 or more")
        self.require("iterations", self.iterations >= 1, "1 or more")
        self.require("epochs", self.epochs >= 1, "1 or more")
        self.require("batch_size", self.batch_size >= 1, "1 or more")


@dataclass(frozen=True)
class Training:
    """How a net is initialized and trained.

    Attributes:
        solver: "L-BFGS" (scikit-learn's) or "Adam" (Keras's).
        epochs: Passes over the training rows.
        batch_size: Rows a step.
        initialization: "scikit-learn" or "Glorot", see `initial_weights`.
        alpha: Weight penalty, see `penalized_loss`.
        outputs: 1 logistic unit or 2 softmax units.
    """

    solver: str
    epochs: int
    batch_size: int
    initialization: str
    alpha: float
    outputs: int


@dataclass(frozen=True)
class Scores:
    """Accuracies of the nets of one kind, in the order of their seeds.

    Attributes:
        train: On the training rows, `(seeds,)`.
        right: Whether each is right about each test row, `(seeds, rows)`.
        library: What trained them.
        parameters: Number of weights and biases.
        seconds: Wall time of one training, the mean over the seeds.
    """

    train: np.ndarray
    right: np.ndarray
    library: str
    parameters: int
    seconds: float

    @property
    def test(self) -> np.ndarray:
        """Test accuracies, `(seeds,)`."""
        return self.right.mean(axis=1)


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    patients = data.load_diabetes()
    record.use_dataset(patients)
    record.add_findings(*data.check(patients))
    steps = ladder(config, len(patients.train))
    with fitting_lbfgs(steps[START], patients, config) as fits:  # While Keras trains here.
        record.add_findings(follow_scikit_learn(steps, patients.train, config))
        with Progress() as progress:
            nets = {
                name: fit_keras_nets(name, training, patients, config, progress)
                for name, training in steps.items()
                if name != START
            }
        nets = {START: score_lbfgs(fits, patients, config)} | nets
    record.add_models(*(describe_first(name, scores) for name, scores in nets.items()))
    record.add_table("ladder", list(describe_steps(nets)))
    record.add_table("seeds", list(each_seed(nets, config)), printed=False)
    record.add_findings(*conclude(nets, steps))
    record.add_figures(ladder=plot_ladder(patients.name, nets))


def ladder(config: Config, rows: int) -> dict[str, Training]:
    """Return the way from the lecture's MLPClassifier to its Keras net.

    Args:
        config: The lab's settings.
        rows: Training rows; L-BFGS takes all of them in each iteration.

    Returns:
        For each step, named after the switch turned there, how its nets are trained.
    """
    training = Training("L-BFGS", config.iterations, rows, "scikit-learn", ALPHA, outputs=1)
    steps = {START: training}
    switches: dict[str, dict[str, Any]] = {
        "solver: Adam": {"solver": "Adam"},
        f"epochs: {config.epochs:,}": {"epochs": config.epochs},
        f"batch: {config.batch_size}": {"batch_size": config.batch_size},
        "initial weights: Glorot": {"initialization": "Glorot"},
        "penalty: none": {"alpha": 0.0},
        "output: 2 softmax units": {"outputs": 2},
    }
    for name, change in switches.items():
        training = replace(training, **change)
        steps[name] = training
    return steps


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
    net = keras.Sequential(
        [
            keras.Input(x_train.shape[1:]),
            *(keras.layers.Dense(units, activation="sigmoid") for units in HIDDEN_UNITS),
            keras.layers.Dense(training.outputs, activation=activation),
        ]
    )
    net.set_weights(initial_weights(training, x_train.shape[1], seed))
    loss = keras.losses.sparse_categorical_crossentropy
    if training.outputs == 1:
        loss = keras.losses.binary_crossentropy
    net.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE, epsilon=EPSILON),
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


def build_mlp_classifier(training: Training, seed: int, **changes: Any) -> Any:
    """Build scikit-learn's net with the settings of a step."""
    solver = {"L-BFGS": "lbfgs", "Adam": "adam"}[training.solver]
    settings = {
        "hidden_layer_sizes": HIDDEN_UNITS,
        "activation": "logistic",
        "solver": solver,
        "alpha": training.alpha,
        "batch_size": training.batch_size,
        "max_iter": training.epochs,
        "random_state": seed,
    }
    return sklearn.neural_network.MLPClassifier(**settings | changes)


def follow_scikit_learn(steps: Mapping[str, Training], train: Part, config: Config) -> str:
    """Say how closely a Keras net follows MLPClassifier's loss when all is set alike."""
    alike = next(step for step in steps.values() if step.batch_size == config.batch_size)
    theirs, ours = losses_of_both(alike, train, config.seed, COMPARED_EPOCHS)
    difference = np.abs(ours / theirs - 1).max()
    return (
        f"The library itself: from the same weights, with the same batches of "
        f"{config.batch_size} rows, Adam and penalty, the training losses of scikit-learn "
        f"({theirs[0]:.6f} to {theirs[-1]:.6f} in {COMPARED_EPOCHS} epochs) and of Keras differ by "
        f"at most {difference:.1g} of their value."
    )


def losses_of_both(
    training: Training, train: Part, seed: int, epochs: int
) -> tuple[np.ndarray, np.ndarray]:
    """Train scikit-learn's net and the Keras net with Adam, rows in their order.

    Returns:
        Mean training loss of each epoch with the penalty, `(epochs,)`: scikit-learn's (in
        float64) and Keras's (in float32).
    """
    estimator = build_mlp_classifier(
        training,
        seed,
        shuffle=False,
        learning_rate_init=LEARNING_RATE,
        epsilon=EPSILON,
        max_iter=epochs,
        n_iter_no_change=epochs,  # No early stop.
    )
    not_converged = sklearn.exceptions.ConvergenceWarning
    with warnings.catch_warnings(action="ignore", category=not_converged):
        estimator.fit(train.x, train.y)
    history = models.fit(
        build_net(training, seed, train.x),
        train.x,
        train.y,
        epochs=epochs,
        batch_size=training.batch_size,
        shuffle=False,
    ).history
    return np.array(estimator.loss_curve_), np.array(history["loss"])


def fitting_lbfgs(
    training: Training, patients: Dataset, config: Config
) -> AbstractContextManager[Iterator[models.EstimatorFit]]:
    """Fit the lecture's MLPClassifier from every seed, in the background."""
    estimators = [build_mlp_classifier(training, seed) for seed in all_seeds(config)]
    train = patients.train
    return models.fitting_estimators(estimators, train.x, train.y, patients.test.x)


def score_lbfgs(fits: Iterator[models.EstimatorFit], patients: Dataset, config: Config) -> Scores:
    """Wait for the MLPClassifiers and compare their predictions with the truth."""
    done = [next(fits) for _ in all_seeds(config)]
    return Scores(
        np.array([np.mean(fit.train_labels == patients.train.y) for fit in done]),
        np.array([fit.test_labels == patients.test.y for fit in done]),
        "scikit-learn",
        done[0].parameters or 0,
        float(np.mean([fit.seconds for fit in done])),
    )


def fit_keras_nets(
    name: str, training: Training, patients: Dataset, config: Config, progress: Progress
) -> Scores:
    """Train the Keras nets of a step from all seeds at once."""
    train, test = patients.train, patients.test
    bar = progress.add_task(name, total=training.epochs)
    start = time.perf_counter()
    replicas = models.fit_replicas(
        partial(build_net, training),
        train.x,
        train.y,
        seeds=all_seeds(config),
        epochs=training.epochs,
        batch_size=training.batch_size,
        shuffle=training.batch_size < len(train),  # A single batch has no order.
        on_epoch_end=lambda epoch, logs: progress.advance(bar),
    )
    seconds = (time.perf_counter() - start) / config.seeds
    train_labels, test_labels = (labels(replicas.predict(part.x)) for part in (train, test))
    return Scores(
        (train_labels == train.y).mean(axis=1),
        test_labels == test.y,
        "keras",
        sum(weights.size for weights in replicas.weights(0)),
        seconds,
    )


def labels(outputs: np.ndarray) -> np.ndarray:
    """Return the more probable class for each row, from 1 logistic or 2 softmax outputs."""
    return outputs[..., 0] > 0.5 if outputs.shape[-1] == 1 else outputs.argmax(axis=-1)


def all_seeds(config: Config) -> range:
    """Return the seeds of the nets; the same for every step, so that differences are paired."""
    return range(config.seed, config.seed + config.seeds)


def differences(nets: Mapping[str, Scores]) -> dict[str, np.ndarray]:
    """Return what each switch adds to the test accuracy, paired by seed, `(seeds,)`."""
    return {name: nets[name].test - nets[before].test for before, name in pairwise(nets)}


def describe_first(name: str, scores: Scores) -> results.ModelResult:
    """Describe the first net of a step; its interval is that of one net on these rows."""
    return results.ModelResult(
        name=name,
        library=scores.library,
        parameters=scores.parameters,
        train_accuracy=float(scores.train[0]),
        test_accuracy=float(scores.test[0]),
        test_interval=results.wilson_interval(int(scores.right[0].sum()), scores.right.shape[1]),
        seconds=scores.seconds,
    )


def describe_steps(nets: Mapping[str, Scores]) -> Iterator[dict[str, Any]]:
    """Give a row for each step: its nets, and what its switch has added."""
    added = differences(nets)
    for name, scores in nets.items():
        row = {
            "switch": name,
            "train": round(float(scores.train.mean()), 4),
            "test": round(float(scores.test.mean()), 4),
            "95% interval of the mean": results.mean_interval(scores.test).rounded(),
            "lowest": round(float(scores.test.min()), 4),
        }
        if name in added:
            row["difference"] = round(float(added[name].mean()), 4)
            row["95% interval"] = results.mean_interval(added[name]).rounded()
        yield row


def each_seed(nets: Mapping[str, Scores], config: Config) -> Iterator[dict[str, Any]]:
    """Give a row for each net of each step."""
    for name, scores in nets.items():
        for seed, train, test in zip(all_seeds(config), scores.train, scores.test, strict=True):
            yield {"switch": name, "seed": seed, "train": train, "test": test}


def conclude(nets: Mapping[str, Scores], steps: Mapping[str, Training]) -> Iterator[str]:
    """Say which switch makes the difference, in the numbers of this run."""
    first, *_, last = nets.values()
    total = last.test - first.test
    added = differences(nets)
    largest = largest_switch(nets)
    yield (
        f"From {first.test.mean():.3f} to {last.test.mean():.3f} on the test rows, "
        f"{_with_interval(total)} over {len(total)} seeds; the switch that makes most of it is "
        f'"{largest}" with {_with_interval(added[largest])}.'
    )
    others = {name: difference for name, difference in added.items() if name != largest}
    yield (
        "The others: "
        + "; ".join(f"{name} {_with_interval(difference)}" for name, difference in others.items())
        + ". An interval that holds 0 shows no difference; all are over seeds, on the same "
        f"{last.right.shape[1]} test rows."
    )
    adam = nets["solver: Adam"]
    yield (
        f"L-BFGS ends at {first.train.mean():.3f} on the training rows and "
        f"{first.test.mean():.3f} on the test rows, Adam with as many passes at "
        f"{adam.train.mean():.3f} and {adam.test.mean():.3f}."
    )
    *_, lecture_net = steps.values()
    rows, batch_size = steps[START].batch_size, lecture_net.batch_size
    yield (
        f"scikit-learn divides alpha by the rows of the batch, so with {batch_size} in place of "
        f"{rows} rows the same alpha={ALPHA} penalizes {rows / batch_size:.1f} times as hard."
    )


def largest_switch(nets: Mapping[str, Scores]) -> str:
    """Return the switch with the largest mean difference, of either sign."""
    added = differences(nets)
    return max(added, key=lambda name: abs(added[name].mean()))


def plot_ladder(dataset_name: str, nets: Mapping[str, Scores]) -> Figure:
    """Draw the test accuracy of each step, and beside it what its switch adds."""
    names = list(nets)
    with results.style.figure(12.0, 6.0) as figure:
        accuracies, added = figure.subplots(1, 2, sharey=True, width_ratios=[3, 2])
        for row, scores in enumerate(nets.values()):
            _draw_seeds(accuracies, row, scores.test)
            _draw_interval(accuracies, row, scores.test, results.style.MARKERS[0])
        for name, difference in differences(nets).items():
            _draw_interval(added, names.index(name), difference, results.style.MARKERS[1])
        added.axvline(0, color=results.style.NEUTRAL, linestyle=results.style.MARK_STYLES[1])
        # From one rung to the next only what stands beside it changes.
        accuracies.set_yticks(range(len(names)), [START, *(f"+ {name}" for name in names[1:])])
        accuracies.set_ylim(len(names) - 0.5, -0.5)
        accuracies.set_xlabel("test accuracy (light: one seed each)")
        added.set_xlabel("difference to the step above")
        for axes in (accuracies, added):
            axes.grid(visible=False, axis="y")
        seeds = len(next(iter(nets.values())).test)
        figure.suptitle(
            f'{dataset_name}: "{largest_switch(nets)}" makes the largest difference\n'
            f"(mean of {seeds} seeds and its 95% interval; each step keeps the switches above)"
        )
    return figure


def _draw_seeds(axes: Axes, row: int, values: np.ndarray) -> None:
    # Spread in height, so that equal accuracies do not lie on each other.
    heights = row + np.random.default_rng(row).uniform(-0.3, 0.3, len(values))
    color = results.style.COLORS[5]
    axes.plot(values, heights, ".", color=color, alpha=0.7, markeredgewidth=0, zorder=1)


def _draw_interval(axes: Axes, row: int, values: np.ndarray, marker: str) -> None:
    mean, (low, high) = values.mean(), results.mean_interval(values)
    axes.errorbar(
        mean, row, xerr=[[mean - low], [high - mean]], fmt=marker, color="black", capsize=5
    )


def _with_interval(differences: np.ndarray) -> str:
    low, high = results.mean_interval(differences)
    return f"{differences.mean():+.3f} (95% interval {low:+.3f} to {high:+.3f})"


if __name__ == "__main__":
    run_lab(run, Config, __doc__)

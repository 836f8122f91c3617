"""Nets for the diabetes data, of one kind and from several seeds, as the labs compare them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from sklearn.neural_network import MLPClassifier

import models
from labs import records, stats

if TYPE_CHECKING:
    import keras
    from sklearn.base import ClassifierMixin

    from labs.data import Dataset, Part
    from labs.records import RunRecord

SEEDS = 2**32
"""There are so many that scikit-learn takes."""
ACTIVATIONS = {"sigmoid": "logistic", "tanh": "tanh", "relu": "relu", "linear": "identity"}
"""Keras's name of an activation, and scikit-learn's."""
FORMATS = dict.fromkeys(("train", "test", "95% interval of the mean", "lowest", "highest"), ".4f")
RATES = {"adam": 0.001, "sgd": 0.01}
"""Keras's default learning rates."""


@dataclass(frozen=True)
class DiabetesNets:
    """Nets of one kind and how they did; also a rule without a seed, as a kind of one.

    Attributes:
        name: What kind.
        library: Who made it.
        seeds: The seed of each; none where there is nothing to draw.
        parameters: Number of weights and biases, None where that says nothing.
        train: Training accuracy of each, `(seeds,)`.
        right: Whether each is right about each test row, `(seeds, rows)`.
        seconds: Wall time of one training, the mean over the seeds.
    """

    name: str
    library: str
    seeds: Sequence[int]
    parameters: int | None
    train: np.ndarray
    right: np.ndarray
    seconds: float

    @property
    def test(self) -> np.ndarray:
        """Test accuracy of each, `(seeds,)`."""
        return self.right.mean(axis=1)

    def first(self) -> records.ModelResult:
        """Describe the first net; the interval is that of one net on these test rows."""
        return records.ModelResult(
            name=self.name,
            library=self.library,
            parameters=self.parameters,
            train_accuracy=float(self.train[0]),
            test_accuracy=float(self.test[0]),
            test_interval=stats.wilson_interval(int(self.right[0].sum()), self.right.shape[1]),
            seconds=self.seconds,
        )

    def row(self) -> dict[str, Any]:
        """Describe all nets, a row of a table; the interval is that of their mean over seeds."""
        return {
            "kind": self.name,
            "seeds": len(self.test),
            "train": self.train.mean(),
            "test": self.test.mean(),
            "95% interval of the mean": stats.mean_interval(self.test)
            if len(self.test) > 1
            else None,
            "lowest": self.test.min(),
            "highest": self.test.max(),
        }

    def each_seed(self) -> Iterator[dict[str, Any]]:
        """Give a row for each seed."""
        for seed, train, test in zip(self.seeds, self.train, self.test, strict=False):
            yield {"kind": self.name, "seed": seed, "train": train, "test": test}

    def against(self, other: DiabetesNets) -> list[str]:
        """Say whether two kinds differ, on these test rows and on other ones as well."""
        sentences = []
        rows, seeds = self.right.shape[1], f"{len(self.test)} and {len(other.test)} nets"
        if min(len(self.test), len(other.test)) > 1:
            outcome = stats.welch(self.test, other.test)
            sentences.append(
                outcome.describe(self.name, other.name, f"on these {rows} test rows ({seeds})")
            )
        outcome = stats.compare_nets(self.right, other.right)
        where = f"on any {rows} such rows ({seeds})"
        return [*sentences, outcome.describe(self.name, other.name, where)]


def add_nets(record: RunRecord, table: str, *kinds: DiabetesNets) -> None:
    """Record nets: the first of each kind, a table of the kinds, and one of all nets."""
    record.add_models(*(kind.first() for kind in kinds))
    record.add_table(table, [kind.row() for kind in kinds], formats=FORMATS)
    record.add_table("seeds", [row for kind in kinds for row in kind.each_seed()], printed=False)


def seeds_from(first: int, count: int) -> list[int]:
    """Return seeds from `first` on; the largest is followed by 0."""
    return [(first + number) % SEEDS for number in range(count)]


def build_mlp_classifier(
    seed: int,
    optimizer: Literal["lbfgs", "adam", "sgd"],
    *,
    hidden_units: Sequence[int] = (10, 5),
    activation: str = "sigmoid",
    alpha: float = 0.01,
    **settings: Any,
) -> MLPClassifier:
    """Build the lecture's MLPClassifier, or another one, in Keras's words.

    Args:
        seed: Its `random_state`.
        optimizer: `"lbfgs"`, the lecture's, or Keras's Adam or SGD at their default rates.
        hidden_units: Units of each hidden layer.
        activation: Keras's name of the activation of hidden layers, one of `ACTIVATIONS`.
        alpha: Weight penalty, the lecture's .01 unless given.
        **settings: Other arguments of MLPClassifier.
    """
    return MLPClassifier(
        tuple(hidden_units),
        activation=ACTIVATIONS[activation],
        solver=optimizer,
        alpha=alpha,
        random_state=seed,
        **{"learning_rate_init": RATES.get(optimizer, 0.001), "momentum": 0.0, **settings},
    )


def train_keras_nets(
    name: str,
    build: Callable[[int, np.ndarray], keras.Model],
    patients: Dataset,
    record: RunRecord,
    *,
    seeds: Sequence[int],
    epochs: int,
    batch_size: int,
) -> tuple[models.Replicas, DiabetesNets]:
    """Train a Keras net from several seeds at once, on all training rows.

    Args:
        name: What kind of net.
        build: Called as `build(seed, x_train)`; returns a compiled model.
        patients: The data.
        record: Where a bar shows how far the training is.
        seeds: The seed of each net.
        epochs: Passes over the training rows.
        batch_size: Rows a step.
    """
    train, test = patients.train, patients.test
    start = time.perf_counter()
    with record.bar(f"{name} ({len(seeds)} Keras nets)", epochs) as advance:
        replicas = models.fit_replicas(
            build,
            train.x,
            train.y,
            seeds=seeds,
            epochs=epochs,
            batch_size=batch_size,
            shuffle=batch_size < len(train),  # A single batch has no order.
            on_epoch_end=lambda epoch, logs: advance(),
        )
    seconds = (time.perf_counter() - start) / len(seeds)
    train_labels, test_labels = (labels(replicas.predict(part.x)) for part in (train, test))
    parameters = sum(weights.size for weights in replicas.weights(0))
    train_accuracy = (train_labels == train.y).mean(axis=1)
    right = test_labels == test.y
    nets = DiabetesNets(name, "keras", seeds, parameters, train_accuracy, right, seconds)
    return replicas, nets


def evaluate_net(
    name: str, net: keras.Model, parts: Sequence[Part], seconds: float
) -> records.ModelResult:
    """Evaluate a compiled classifier on training, validation and test rows.

    The interval is that of the test accuracy of one net, over rows.
    """
    train, validation, test = (net.evaluate(part.x, part.y, verbose=0)[1] for part in parts)
    interval = stats.wilson_interval(round(test * len(parts[-1])), len(parts[-1]))
    size = net.count_params()
    return records.ModelResult(name, "keras", size, train, validation, test, interval, seconds)


def labels(outputs: np.ndarray) -> np.ndarray:
    """Return the more probable class for each row, from 1 logistic or 2 softmax outputs."""
    return outputs[..., 0] > 0.5 if outputs.shape[-1] == 1 else outputs.argmax(axis=-1)


@contextmanager
def fitting_classifiers(
    kinds: Mapping[str, Sequence[ClassifierMixin]], patients: Dataset, record: RunRecord
) -> Iterator[Callable[[], list[DiabetesNets]]]:
    """Fit scikit-learn's classifiers in the background, kind by kind.

    Args:
        kinds: For each kind its classifiers, alike but for their `random_state`.
        patients: The data; the classifiers are fitted to its training rows.
        record: Where a bar shows how many are done, while they are waited for.

    Yields:
        A function that waits for them and returns each kind's results, in the order of `kinds`.
    """
    train, test = patients.train, patients.test
    classifiers = [*chain(*kinds.values())]
    with models.fitting_estimators(classifiers, train.x, train.y, test.x) as fits:

        def wait() -> list[DiabetesNets]:
            bar = record.track(fits, "scikit-learn's classifiers", total=len(classifiers))
            done = iter(list(bar))
            return [
                _score(name, alike, [next(done) for _ in alike], patients)
                for name, alike in kinds.items()
            ]

        yield wait


def _score(
    name: str,
    classifiers: Sequence[ClassifierMixin],
    fits: Sequence[models.EstimatorFit],
    patients: Dataset,
) -> DiabetesNets:
    """Set the predictions of one kind's classifiers against the truth."""
    return DiabetesNets(
        name,
        "scikit-learn",
        [c.random_state for c in classifiers if c.random_state is not None],
        fits[0].parameters,
        np.array([np.mean(fit.train_labels == patients.train.y) for fit in fits]),
        np.array([fit.test_labels == patients.test.y for fit in fits]),
        float(np.mean([fit.seconds for fit in fits])),
    )

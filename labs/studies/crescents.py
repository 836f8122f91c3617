"""Small nets of several kinds on two crescents that no line divides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import lazy_loader
import numpy as np

import models
from labs import data, plots, stats
from labs.data import Dataset

if TYPE_CHECKING:
    from matplotlib.axes import Axes

keras = lazy_loader.load("keras")
sklearn = lazy_loader.load("sklearn")

ROWS = 600
HIDDEN_UNITS = (8, 8)


class CrescentsConfig(Protocol):
    """Settings that the labs of these nets have."""

    @property
    def epochs(self) -> int:
        """Passes over the training rows."""

    @property
    def batch_size(self) -> int:
        """Rows a step of Adam."""

    @property
    def seeds(self) -> int:
        """Nets of each kind."""

    @property
    def learning_rate(self) -> float:
        """Rate of Adam."""

    @property
    def seed(self) -> int:
        """Seed of everything random."""


@dataclass(frozen=True)
class Trained:
    """Nets of one kind over the seeds.

    Attributes:
        start: Weights before training, for each seed as `get_weights()` orders them.
        replicas: The trained nets.
        test: Test accuracy of each, `(seeds,)`.
    """

    start: list[list[np.ndarray]]
    replicas: models.Replicas
    test: np.ndarray

    @property
    def loss(self) -> np.ndarray:
        """Training loss, `(seeds, epochs)`."""
        return self.replicas.history["loss"]

    @property
    def largest_move(self) -> float:
        """Return how far the weight that training moved most has come."""
        return max(
            float(np.abs(end - start).max())
            for replica, weights in enumerate(self.start)
            for start, end in zip(weights, self.replicas.weights(replica), strict=True)
        )


def draw_moons(config: CrescentsConfig) -> Dataset:
    """Draw two crescents that reach into each other, half of the rows for the test."""
    x, y = sklearn.datasets.make_moons(ROWS, noise=0.1, random_state=config.seed)
    half = ROWS // 2  # The rows come shuffled.
    x = x.astype(np.float32)
    return data.Dataset(
        name="two moons, drawn",
        train=data.Part(x[:half], y[:half]),
        test=data.Part(x[half:], y[half:]),
        class_names=("upper", "lower"),
        source=f"sklearn.datasets.make_moons of scikit-learn {sklearn.__version__}, noise 0.1, "
        f"sha256 {data.fingerprint(x, y)}",
        feature_names=("x1", "x2"),
    )


def draw_division(
    axes: Axes, moons: Dataset, line: np.ndarray, lower: np.ndarray, *, size: float
) -> None:
    """Draw the test rows of both crescents, and in grey where a net calls them lower.

    Args:
        axes: Where to draw.
        moons: The crescents.
        line: Places along both axes, `(places,)`.
        lower: Outputs on the grid of them, `(places, places)`, above .5 for lower.
        size: Of a row's marker, in square points.
    """
    axes.contourf(line, line, lower, levels=[0.5, 1.5], colors=[plots.style.AREA])
    looks = plots.style.looks(moons.class_names)
    for label, name in enumerate(moons.class_names):
        rows = moons.test.x[moons.test.y == label]
        axes.scatter(rows[:, 0], rows[:, 1], s=size, **looks[name].line, label=f"{name} crescent")


def train(
    moons: Dataset, config: CrescentsConfig, hidden: tuple[int, ...], activation: Any, output: Any
) -> Trained:
    """Train nets of one kind, all by squared error, which suits the step function too."""

    def build(seed: int, x_train: np.ndarray) -> Any:
        layers = [*((units, activation) for units in hidden), (1, output)]
        seeds = np.random.SeedSequence(seed).generate_state(len(layers))
        net = keras.Sequential([keras.Input(x_train.shape[1:])])
        for (units, function), layer_seed in zip(layers, seeds, strict=True):
            kernel = keras.initializers.GlorotUniform(seed=int(layer_seed))
            net.add(keras.layers.Dense(units, activation=function, kernel_initializer=kernel))
        adam = keras.optimizers.Adam(config.learning_rate)
        net.compile(adam, loss="mean_squared_error")
        return net

    seeds = range(config.seed, config.seed + config.seeds)
    start = [build(seed, moons.train.x).get_weights() for seed in seeds]
    replicas = models.fit_replicas(
        build,
        moons.train.x,
        moons.train.y[:, None],
        seeds=seeds,
        epochs=config.epochs,
        batch_size=config.batch_size,
    )
    right = (replicas.predict(moons.test.x)[..., 0] >= 0.5) == moons.test.y
    return Trained(start, replicas, right.mean(axis=1))


def describe_trained(kind: str, nets: Trained) -> dict[str, Any]:
    """Give a kind's row of the table."""
    return {
        "net": kind,
        "seeds": len(nets.test),
        "parameters": sum(weights.size for weights in nets.start[0]),
        "loss, first epoch": float(nets.loss[:, 0].mean()),
        "loss, last epoch": float(nets.loss[:, -1].mean()),
        "test accuracy": float(nets.test.mean()),
        "95% interval of the mean": stats.mean_interval(nets.test),
        "largest move of a weight": nets.largest_move,
    }

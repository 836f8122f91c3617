"""Deep dense nets on digits, made of the lectures' activations, starts and remedies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple, Protocol

import lazy_loader
import numpy as np

import models
from labs.data import Dataset

keras = lazy_loader.load("keras")

UNITS = 32
SMALL, LARGE = 0.05, 0.5
"""Standard deviations of random starts; .05 is Keras's for `random_normal`."""
CLIP = 1.0
"""Largest norm of the whole gradient where it is clipped."""
BATCH = 64


class NetConfig(Protocol):
    """Settings that a deep net is built from."""

    @property
    def hidden_layers(self) -> int:
        """Hidden layers of 32 units."""

    @property
    def learning_rate(self) -> float:
        """Rate of plain gradient descent."""

    @property
    def seed(self) -> int:
        """Seed of everything random."""


class DeepConfig(NetConfig, Protocol):
    """Settings of a lab that trains several deep nets in each setting."""

    @property
    def epochs(self) -> int:
        """Passes over the training rows."""

    @property
    def seeds(self) -> int:
        """Nets in each setting."""


class Setting(NamedTuple):
    """What a net is made of.

    Attributes:
        activation: Of the hidden layers.
        start: Their initial weights, a name of `starts()`.
        batch_norm: Whether the weighted sums are batch-normalized.
        clipped: Whether the gradient is clipped.
        random_biases: Whether the biases start from N(0, 1) in place of 0.
        skips: Whether each hidden layer but the first adds to what it is given, h + f(Wh).
        rate: Learning rate of its own, in place of the lab's.
    """

    activation: str
    start: str
    batch_norm: bool = False
    clipped: bool = False
    random_biases: bool = False
    skips: bool = False
    rate: float | None = None

    def __str__(self) -> str:
        extras = {
            "batch norm": self.batch_norm,
            "clipped": self.clipped,
            "random biases": self.random_biases,
            "skips": self.skips,
            f"rate {self.rate}": self.rate is not None,
        }
        return ", ".join([self.activation, self.start, *(k for k, on in extras.items() if on)])


FAILING = Setting("sigmoid", "random")
"""The deep sigmoid net to which the remedies are added."""
NORMALIZED = FAILING._replace(batch_norm=True)
LEARNING = Setting("relu", "He")


def starts() -> dict[str, Callable[[int], Any]]:
    """Return how the weights of a hidden layer are drawn, from a seed, by name."""
    initializers = keras.initializers
    return {
        "random": lambda seed: initializers.RandomNormal(stddev=SMALL, seed=seed),
        "large": lambda seed: initializers.RandomNormal(stddev=LARGE, seed=seed),
        "Xavier": lambda seed: initializers.GlorotNormal(seed=seed),
        "He": lambda seed: initializers.HeNormal(seed=seed),
        "constant": lambda seed: initializers.Constant(SMALL),
    }


class Outcome(NamedTuple):
    """How the nets of a setting did.

    Attributes:
        test: Accuracy on the test rows, `(seeds,)`.
        labels: Predicted labels of the test rows, `(seeds, rows)`.
        losses: Training loss of the last epoch, `(seeds,)`.
        spread: Largest difference between weights of one input into the units of the first
            hidden layer, first net; 0 if all units are alike.
    """

    test: np.ndarray
    labels: np.ndarray
    losses: np.ndarray
    spread: float


def build_net(setting: Setting, number: int, config: NetConfig) -> Any:
    """Build the net of a setting with weights of its own; every setting draws by the same seeds."""
    generator = np.random.SeedSequence([config.seed, number])
    seeds = generator.generate_state(config.hidden_layers + 1).tolist()
    pixels = keras.Input((28, 28))
    h = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(pixels))
    for index, seed in enumerate(seeds[:-1], start=1):
        kernel = starts()[setting.start](seed)
        bias = keras.initializers.RandomNormal(stddev=1.0, seed=seed + 1)
        added = keras.layers.Dense(
            UNITS,
            kernel_initializer=kernel,
            bias_initializer=bias if setting.random_biases else "zeros",
            name=f"dense_{index}",
        )(h)
        if setting.batch_norm:
            # Keras's momentum of .99 would need more steps than there are.
            added = keras.layers.BatchNormalization(momentum=0.9)(added)
        added = keras.layers.Activation(setting.activation)(added)
        h = keras.layers.Add()([h, added]) if setting.skips and index > 1 else added
    output = keras.layers.Dense(
        10, "softmax", kernel_initializer=starts()["Xavier"](seeds[-1]), name="dense_output"
    )
    net = keras.Model(pixels, output(h))
    net.compile(
        keras.optimizers.SGD(
            config.learning_rate if setting.rate is None else setting.rate,
            global_clipnorm=CLIP if setting.clipped else None,
        ),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return net


def train_all(
    settings: Sequence[Setting],
    digits: Dataset,
    config: DeepConfig,
    track: Callable[[list[list[Setting]], str], Iterable[list[Setting]]],
) -> dict[Setting, Outcome]:
    """Train the nets of every setting, those that differ in start and rate only as one program.

    Args:
        settings: Those that differ in start and rate only follow each other.
        digits: Training and test rows.
        config: Depth, epochs, seeds and rate.
        track: Shows how far the training is, such as `RunRecord.track`.
    """
    alike = groupby(settings, lambda s: (s.activation, s.batch_norm, s.clipped, s.skips))
    outcomes: dict[Setting, Outcome] = {}
    for group in track([list(group) for _, group in alike], "settings"):
        outcomes |= train_together(group, digits, config)
    return outcomes


def train_together(
    settings: Sequence[Setting], digits: Dataset, config: DeepConfig
) -> dict[Setting, Outcome]:
    """Train settings of one architecture; the rows come in the same order for all nets."""
    train, test = digits.train, digits.test

    def build(number: int, x: np.ndarray, setting: Setting) -> Any:
        return build_net(setting, number, config)

    replicas = models.fit_replicas(
        build,
        train.x,
        train.y,
        seeds=[*range(config.seeds)] * len(settings),
        settings=[setting for setting in settings for _ in range(config.seeds)],
        epochs=config.epochs,
        batch_size=BATCH,
        shuffle=False,  # So nothing but the start differs from seed to seed.
    )
    labels = replicas.predict(test.x).argmax(axis=-1)
    outcomes = {}
    for index, setting in enumerate(settings):
        mine = slice(index * config.seeds, (index + 1) * config.seeds)
        outcomes[setting] = Outcome(
            (labels[mine] == test.y).mean(axis=1),
            labels[mine],
            replicas.history["loss"][mine, -1],
            float(np.ptp(replicas.weights(mine.start)[0], axis=1).max()),
        )
    return outcomes


def gain(outcomes: Mapping[Setting, Outcome], base: Setting, setting: Setting) -> np.ndarray:
    """Return how much more accurate a setting is, start by start, `(seeds,)`."""
    return outcomes[setting].test - outcomes[base].test


def describe(outcomes: Mapping[Setting, Outcome], *settings: Setting) -> str:
    """Say the mean test accuracies."""
    return ", ".join(f"{s} {outcomes[s].test.mean():.3f}" for s in settings)

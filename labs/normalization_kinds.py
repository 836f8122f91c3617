"""Which normalization for pictures, and which for sequences?

Topic: normalization and regularization    Time: a minute
Run:   python -m labs.normalization_kinds
Quick: python -m labs.normalization_kinds --quick
Try:   --epochs 30    is what normalization gives only a faster start?
       --rows 300     does it still help with few digits?

Batch normalization is mostly used for pictures, layer normalization mostly for text, says the
lecture. A small convnet reads digits without a normalization and with either; a recurrent net,
which sees a digit as a sequence of strips from top to bottom, without one and with layer
normalization. Each has the best of the same rates, chosen on digits held out.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; Ba et al. (2016),
"Layer Normalization".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

import lazy_loader
import numpy as np

import models
from labs import data, plots, stats
from labs.running import Above, AtLeast, Each, Increasing, LabConfig, Within, lab

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")

BATCH = 64
CHANNELS, UNITS, STRIPS = 16, 32, 14
NONE, BATCH_NORM, LAYER_NORM = "none", "batch norm", "layer norm"
CONVNET, RECURRENT = "convnet", "recurrent net"
KINDS = (
    (CONVNET, NONE),
    (CONVNET, BATCH_NORM),
    (CONVNET, LAYER_NORM),
    (RECURRENT, NONE),
    (RECURRENT, LAYER_NORM),
)


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 2, "recurrent_seeds": 2, "epochs": 1, "rows": 100, "rates": (0.01,)}

    epochs: Annotated[int, AtLeast(1)] = 6
    """Passes over the training digits."""
    rows: Annotated[int, Within(100, 1_100)] = 1_100
    """Training digits."""
    rates: Annotated[tuple[float, ...], Each(Above(0)), Increasing(1)] = (0.001, 0.003, 0.01)
    """Rates of Adam, of which each kind has its best."""
    seeds: Annotated[int, AtLeast(2)] = 8
    """Convnets of each kind."""
    recurrent_seeds: Annotated[int, AtLeast(2)] = 4
    """Recurrent nets of each kind; they train one by one."""


class Outcome(NamedTuple):
    """How the nets of a kind did at their best rate.

    Attributes:
        test: Test accuracy, `(seeds,)`.
        loss: Training loss, `(seeds, epochs)`.
        rate: Chosen on digits held out.
    """

    test: np.ndarray
    loss: np.ndarray
    rate: float


def experiment(config: Config, record: RunRecord) -> None:
    """Train convnets and recurrent nets with and without normalization."""
    digits = data.load_digits()
    record.use_dataset(digits)
    outcomes = {
        (net, kind): train(net, kind, digits, config)
        for net, kind in record.track(KINDS, "nets and normalizations")
    }
    columns = ("net", "normalization", "rate", "last loss", "test accuracy")
    rows = [(*k, o.rate, o.loss[:, -1].mean(), o.test.mean()) for k, o in outcomes.items()]
    record.add_table("nets", [dict(zip(columns, row, strict=True)) for row in rows])
    judge_kind(record, "A-batch-norm-images", outcomes, CONVNET, BATCH_NORM)
    judge_kind(record, "A-layer-norm-text", outcomes, RECURRENT, LAYER_NORM)
    told = "; ".join(
        f"{net}, {kind} {outcome.test.mean():.3f}" for (net, kind), outcome in outcomes.items()
    )
    record.answer(
        f"Test accuracies after {config.epochs} epochs: {told}.",
        limits="Small nets and pictures, digits read as sequences in place of text; batch norm in "
        "a recurrent net would need statistics of each step of its own and is not tried.",
    )
    record.add_figure(
        "losses",
        plot_losses(outcomes),
        caption="Training loss of the mean net of each kind by epoch, convnets left, recurrent "
        "nets right, each at its own best rate.",
    )


def as_patches(x: np.ndarray) -> np.ndarray:
    """Cut pictures into 49 squares of 4×4 pixels, `(rows, 49, 16)`.

    A dense layer on them is a convolution of 4×4 with stride 4, which replicas can be made of.
    """
    cut = x.reshape(-1, 7, 4, 7, 4).transpose(0, 1, 3, 2, 4)
    return cut.reshape(len(x), 49, 16)


def build_convnet(seed: int, kind: str, rate: float) -> keras.Model:
    """Build a convnet: 4×4 with stride 4, 1×1, and a softmax, normalized before each ReLU."""
    draws = np.random.SeedSequence(seed).generate_state(3).tolist()
    normalize: dict[str, Callable[[], list[Any]]] = {
        NONE: list,
        # Keras's momentum of .99 would need more steps than there are.
        BATCH_NORM: lambda: [keras.layers.BatchNormalization(momentum=0.9)],
        LAYER_NORM: lambda: [keras.layers.LayerNormalization()],
    }
    layers = [keras.Input((49, 16)), keras.layers.Rescaling(1 / 255)]
    for draw in draws[:2]:
        kernel = keras.initializers.HeNormal(seed=draw)
        layers.append(keras.layers.Dense(CHANNELS, kernel_initializer=kernel))
        layers += [*normalize[kind](), keras.layers.Activation("relu")]
    kernel = keras.initializers.GlorotUniform(seed=draws[2])
    output = keras.layers.Dense(10, "softmax", kernel_initializer=kernel)
    return compiled(keras.Sequential([*layers, keras.layers.Flatten(), output]), rate)


def make_cell(kind: str, draws: list[int]) -> Any:
    """Return a recurrent cell, h ← tanh(LN(Wx + Uh)), or without the layer normalization LN."""

    class Cell(keras.layers.Layer):
        state_size = output_size = UNITS

        def build(self, shape: Any) -> None:
            xavier = keras.initializers.GlorotUniform(seed=draws[0])
            orthogonal = keras.initializers.Orthogonal(seed=draws[1])
            self.inward = self.add_weight(shape=(shape[-1], UNITS), initializer=xavier)
            self.onward = self.add_weight(shape=(UNITS, UNITS), initializer=orthogonal)
            if kind == LAYER_NORM:
                self.norm = keras.layers.LayerNormalization()
                self.norm.build((None, UNITS))
            else:
                self.bias = self.add_weight(shape=(UNITS,), initializer="zeros")

        def call(self, x: Any, states: Any) -> tuple[Any, list[Any]]:
            z = x @ self.inward + states[0] @ self.onward
            h = keras.ops.tanh(self.norm(z) if kind == LAYER_NORM else z + self.bias)
            return h, [h]

    return Cell()


def build_recurrent(seed: int, kind: str, rate: float) -> keras.Model:
    """Build a recurrent net that reads a digit as 14 strips of two lines, from the top down."""
    draws = np.random.SeedSequence(seed).generate_state(3).tolist()
    output = keras.initializers.GlorotUniform(seed=draws[2])
    net = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Reshape((STRIPS, 28 * 28 // STRIPS)),
            keras.layers.RNN(make_cell(kind, draws)),
            keras.layers.Dense(10, "softmax", kernel_initializer=output),
        ]
    )
    return compiled(net, rate)


def compiled(net: keras.Model, rate: float) -> keras.Model:
    """Compile a net for digits with Adam."""
    net.compile(keras.optimizers.Adam(rate), loss="sparse_categorical_crossentropy")
    return net


def train(net: str, kind: str, digits: data.Dataset, config: Config) -> Outcome:
    """Train nets of a kind with each rate, and take the rate best on digits held out."""
    count = config.seeds if net == CONVNET else config.recurrent_seeds
    runs = [*product(config.rates, range(config.seed, config.seed + count))]
    rows = np.random.default_rng(config.seed).permutation(len(digits.train))
    chosen, held_out = np.split(rows, [config.rows])
    train, held, test = digits.train.take(chosen), digits.train.take(held_out), digits.test
    losses, labels = (train_together if net == CONVNET else train_alone)(
        kind, runs, train, np.concatenate([held.x, test.x]), config
    )
    right = labels == np.concatenate([held.y, test.y])
    by_rate = right.reshape(len(config.rates), count, -1)
    best = int(by_rate[..., : len(held)].mean(axis=(1, 2)).argmax())
    return Outcome(
        by_rate[best, :, len(held) :].mean(axis=1),
        losses.reshape(len(config.rates), count, -1)[best],
        config.rates[best],
    )


def train_together(
    kind: str, runs: list[tuple[float, int]], train: data.Part, x: np.ndarray, config: Config
) -> tuple[np.ndarray, np.ndarray]:
    """Train convnets as one program; return losses `(runs, epochs)`, labels of x `(runs, rows)`."""
    replicas = models.fit_replicas(
        lambda seed, x, rate: build_convnet(seed, kind, rate),
        as_patches(train.x),
        train.y,
        seeds=[seed for _, seed in runs],
        settings=[rate for rate, _ in runs],
        epochs=config.epochs,
        batch_size=BATCH,
    )
    return replicas.history["loss"], replicas.predict(as_patches(x)).argmax(axis=-1)


def train_alone(
    kind: str, runs: list[tuple[float, int]], train: data.Part, x: np.ndarray, config: Config
) -> tuple[np.ndarray, np.ndarray]:
    """Train recurrent nets one by one; return what `train_together` returns."""
    losses, labels = [], []
    for rate, seed in runs:
        net = build_recurrent(seed, kind, rate)
        history = models.fit(
            net, train.x, train.y, epochs=config.epochs, batch_size=BATCH, seed=seed
        )
        losses.append(history.history["loss"])
        labels.append(net.predict(x, batch_size=1024, verbose=0).argmax(axis=-1))
    return np.array(losses), np.array(labels)


def judge_kind(
    record: RunRecord,
    id: str,
    outcomes: Mapping[tuple[str, str], Outcome],
    net: str,
    kind: str,
) -> None:
    """Judge what a normalization adds to the nets that the lecture names with it."""
    plain, normalized = outcomes[net, NONE], outcomes[net, kind]
    gain = stats.welch(normalized.test, plain.test)
    others = ", ".join(
        f"{other} {outcome.test.mean():.3f}"
        for (own, other), outcome in outcomes.items()
        if own == net
    )
    record.judge(
        id,
        f"{net}, test accuracy: {others}",
        above=0,
        how=f"{len(plain.test)} nets of each kind, the best of the same rates each; {kind} "
        f"against none: {gain.mean:+.3f}.",
        interval=gain.interval(),
    )


def plot_losses(outcomes: Mapping[tuple[str, str], Outcome]) -> Figure:
    """Draw the training losses by epoch."""
    looks = plots.style.looks([NONE, BATCH_NORM, LAYER_NORM])
    with plots.style.figure(12.0, 5.0) as figure:
        for axes, net in zip(figure.subplots(1, 2), (CONVNET, RECURRENT), strict=True):
            for (own, kind), outcome in outcomes.items():
                if own == net:
                    epochs = np.arange(1, outcome.loss.shape[1] + 1)
                    name = f"{kind} (rate {outcome.rate:g})"
                    axes.semilogy(epochs, outcome.loss.mean(axis=0), label=name, **looks[kind].line)
            axes.set(xlabel="epoch", ylabel="training loss", title=net.capitalize())
            axes.legend()
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

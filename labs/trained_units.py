"""What do activations do in a net that trains?

Topic: activations                    Time: a minute
Run:   python -m labs.trained_units
Quick: python -m labs.trained_units --quick
Try:   --hidden-layers 2    do ReLU nets survive larger rates if there are fewer layers?
       --epochs 40          does tanh's gradient come to vanish with time?

What is said of an activation's slope on paper is looked for in nets on digits: how many of a
layer's outputs are 0, whether units and whole nets die, and what is left of the gradient in the
first layer. Each activation is trained at several rates from the start that was made for it,
sigmoid and tanh also in twice as many layers and from small weights. The gradients of more starts
before training are those of labs.vanishing_gradient.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

import lazy_loader
import numpy as np

import models
from labs import data, plots, stats
from labs.running import AtLeast, LabConfig, Within, lab
from models.by_hand import dense_net
from models.by_hand.activations import ACTIVATIONS, LEAKY_ALPHA

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
scipy = lazy_loader.load("scipy")

UNITS, BATCH_SIZE, HELD_OUT = 32, 64, 0.25
RATES = (0.1, 0.3, 1.0, 3.0)
SIGMOID, TANH, RELU, LEAKY = NAMES = ("sigmoid", "tanh", "relu", "leaky-relu")
IN_KERAS: Any = {LEAKY: lambda z: keras.activations.leaky_relu(z, negative_slope=LEAKY_ALPHA)}
XAVIER, HE, SMALL = "glorot_normal", "he_normal", "random_normal"
FITTING = {SIGMOID: XAVIER, TANH: XAVIER, RELU: HE, LEAKY: HE}
"""The start that was made for each activation."""
SPARSE = 0.2
"""Share of zeros above which a representation is sparse."""
VANISHED = 0.1
"""A first layer's gradient that is less than so much of the last hidden one's has vanished."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"epochs": 5, "seeds": 3}

    hidden_layers: Annotated[int, Within(2, 16)] = 3
    """Hidden layers of 32 units."""
    epochs: Annotated[int, AtLeast(1)] = 10
    """Passes over the training rows, in batches of 64, by plain SGD."""
    seeds: Annotated[int, AtLeast(2)] = 6
    """Nets of each activation, start and rate."""


class Kind(NamedTuple):
    """Activation of the hidden layers, how their weights start, and if there are twice as many."""

    activation: str
    start: str
    deep: bool = False

    def __str__(self) -> str:
        return ", ".join([self.activation, self.start.split("_")[0], *["deep"] * self.deep])


DEEP = [Kind(name, start, True) for start in (XAVIER, SMALL) for name in (SIGMOID, TANH)]
"""Those whose gradients are compared, with twice as many layers."""


class Look(NamedTuple):
    """What is seen in a net, a number each, or in several, `(rates, seeds)` each.

    Attributes:
        accuracy: On held out rows.
        zeros: Share of the hidden layers' outputs on these that are 0.
        dead: Share of the hidden units that are 0 for every training row.
        first: Norm of the first layer's errors δ, the gradient by its sums, over all training rows.
        last: That of the last hidden layer's.
    """

    accuracy: Any
    zeros: Any
    dead: Any
    first: Any
    last: Any


class Trained(NamedTuple):
    """Nets of a kind after training, and the share of the first layer's gradient before it."""

    after: Look
    before: np.ndarray

    @property
    def best(self) -> int:
        """Index of the rate with the best mean accuracy."""
        return int(self.after.accuracy.mean(axis=1).argmax())

    @property
    def shares(self) -> np.ndarray:
        """The first layer's gradient over the last hidden one's at the best rate, `(seeds,)`."""
        return np.asarray(self.after.first[self.best] / self.after.last[self.best]).clip(1e-30)

    @property
    def gone(self) -> np.ndarray:
        """Whether all gradients of a net's hidden layers are 0, `(rates, seeds)`."""
        return np.asarray(np.maximum(self.after.first, self.after.last) == 0)


def experiment(config: Config, record: RunRecord) -> None:
    """Train nets of each activation at several rates, and look into them."""
    digits = data.load_digits()
    record.use_dataset(digits)
    kinds = [Kind(name, start) for name, start in FITTING.items()] + DEEP
    nets = {kind: train(kind, digits, config) for kind in record.track(kinds, "activations")}
    record.add_table("nets", [describe(kind, own) for kind, own in nets.items()])
    by_name = {kind.activation: own for kind, own in nets.items() if not kind.deep}
    judge_sparse(record, by_name)
    judge_dead(record, by_name[RELU], by_name[LEAKY])
    judge_vanishing(record, nets)
    relu, tanh = by_name[RELU], nets[Kind(TANH, XAVIER, True)]
    record.answer(
        f"At its best rate {relu.after.zeros[relu.best].mean():.0%} of a ReLU net's hidden outputs "
        f"are 0; of all ReLU nets at {len(RATES)} rates {relu.gone.mean():.0%} have no gradient "
        "left. In a trained deep tanh net the share that reaches the first layer is "
        f"{scipy.stats.gmean(tanh.shares):.2g}.",
        limits="Nets of 32 units a layer by plain SGD; other optimizers kill at other rates.",
    )
    record.add_figure(
        "nets",
        plot_nets(nets),
        caption="Left the share of hidden units that are 0 for every row, by rate; right the first "
        "layer's δ over the last hidden one's, before and after training: vanished below the line.",
    )


def train(kind: Kind, digits: data.Dataset, config: Config) -> Trained:
    """Train nets of a kind at all rates, and look into them."""
    train, held_out = data.split(digits.train, HELD_OUT, config.seed)

    def build(seed: int, x: np.ndarray, rate: float) -> Any:
        return models.build_mlp(
            x.shape[1:],
            (UNITS,) * config.hidden_layers * (1 + kind.deep),
            10,
            activation=IN_KERAS.get(kind.activation, kind.activation),
            kernel_initializer=kind.start,
            scale=1 / 255,
            optimizer=keras.optimizers.SGD(rate),
            seed=seed,
        )

    seeds = range(config.seed, config.seed + config.seeds)
    replicas = models.fit_replicas(
        build,
        train.x,
        train.y,
        seeds=[*seeds] * len(RATES),
        settings=np.repeat(RATES, len(seeds)).tolist(),
        epochs=config.epochs,
        batch_size=BATCH_SIZE,
    )
    see = partial(look, name=kind.activation, train=train, held_out=held_out)
    before = [see(build(seed, train.x, RATES[0]).get_weights()) for seed in seeds]
    after = np.array([see(replicas.weights(n)) for n in range(len(replicas))])
    seen = Look(*np.moveaxis(after.reshape(len(RATES), len(seeds), -1), -1, 0))
    return Trained(seen, np.array([net.first / net.last for net in before]))


def look(weights: Sequence[np.ndarray], name: str, train: data.Part, held_out: data.Part) -> Look:
    """Look into a net, from its kernels and biases in turn."""
    functions = [ACTIVATIONS[name]] * (len(weights) // 2 - 1) + [ACTIVATIONS["identity"]]
    net = dense_net.DenseNet([w.T for w in weights[::2]], [*weights[1::2]], functions)
    with np.errstate(all="ignore"):  # Of a training that broke down nothing is a number.
        columns = (part.x.reshape(len(part), -1).T / 255 for part in (held_out, train))
        seen, passed = (dense_net.forward(net, x) for x in columns)
        p = scipy.special.softmax(passed.z[-1], axis=0)
        gradients = dense_net.backward(net, passed, (p - np.eye(10)[train.y].T) / len(train))
    return Look(
        float(np.mean(seen.z[-1].argmax(axis=0) == held_out.y)),
        float(np.mean(np.concatenate(seen.a[1:-1]) == 0)),
        float(np.mean((np.concatenate(passed.a[1:-1]) == 0).all(axis=1))),
        float(np.linalg.norm(gradients.errors[0])),
        float(np.linalg.norm(gradients.errors[-2])),
    )


def describe(kind: Kind, own: Trained) -> dict[str, Any]:
    """Give a kind's row of the table, at its best rate but for the nets without gradient."""
    accuracy, zeros, dead = (float(values[own.best].mean()) for values in own.after[:3])
    return {"net": str(kind), "best rate": RATES[own.best], "accuracy": accuracy} | {
        "outputs 0": zeros,
        "dead units": dead,
        "first / last δ before": float(scipy.stats.gmean(own.before)),
        "after": float(scipy.stats.gmean(own.shares)),
        "without gradient": tell_gone(own),
    }


def tell_gone(own: Trained) -> str:
    """Say how many nets at each rate have no gradient left."""
    counts = zip(RATES, own.gone.sum(axis=1), strict=True)
    return ", ".join(f"{count} at {rate:g}" for rate, count in counts)


def judge_sparse(record: RunRecord, nets: Mapping[str, Trained]) -> None:
    """Judge that a trained ReLU net's representations are sparse, and others' are not."""
    zeros = {name: nets[name].after.zeros[nets[name].best] for name in (RELU, SIGMOID, TANH)}
    low, high = stats.mean_interval(zeros[RELU])
    record.judge(
        "A-relu-sparse",
        ", ".join(f"{own.mean():.0%} ({name})" for name, own in zeros.items())
        + " of the hidden outputs are 0",
        holds=low > SPARSE and max(zeros[SIGMOID].max(), zeros[TANH].max()) < SPARSE,
        how=f"Held out rows, {len(zeros[RELU])} nets, each activation at its best rate; of ReLU's "
        f"{low:.0%} to {high:.0%}, and more than {SPARSE:.0%} count as sparse.",
    )


def judge_dead(record: RunRecord, relu: Trained, leaky: Trained) -> None:
    """Judge that a ReLU net's gradients may all become 0, and that leaky ReLU prevents it."""
    record.judge(
        "A-relu-dead",
        f"of {relu.gone.shape[1]} ReLU nets a rate have no gradient left: {tell_gone(relu)}",
        holds=bool(relu.gone.any()),
        how="Every derivative by the hidden layers' sums is exactly 0 for all training rows; "
        f"at the best rate {relu.after.dead[relu.best].mean():.1%} of the units are 0 for all.",
    )
    broken = int(np.isnan(leaky.after.first).sum())
    reach = [own.after.accuracy.mean(axis=1).round(2).tolist() for own in (leaky, relu)]
    record.judge(
        "A-leaky-relu-slope",
        f"leaky ReLU nets without gradient: {tell_gone(leaky)}; ReLU nets: {tell_gone(relu)}",
        holds=bool(relu.gone.any() and not leaky.gone.any()),
        how=f"The same start, rows and rates. {broken} leaky ReLU nets broke down to no numbers, "
        "and a gradient that is not 0 does not yet learn: mean accuracies by rate are "
        f"{reach[0]}, of ReLU {reach[1]}.",
    )


def judge_vanishing(record: RunRecord, nets: Mapping[Kind, Trained]) -> None:
    """Judge that tanh's gradient vanishes less than the sigmoid's, and still does."""
    told, holds, mean = [], [], scipy.stats.gmean
    for start in (XAVIER, SMALL):
        tanh, sigmoid = nets[Kind(TANH, start, True)], nets[Kind(SIGMOID, start, True)]
        pairs = {"before": (tanh.before, sigmoid.before), "after": (tanh.shares, sigmoid.shares)}
        for when, (a, b) in pairs.items():
            less, left = stats.geometric_mean_interval(a / b), stats.geometric_mean_interval(a)
            told.append(f"{start} {when} training {mean(a):.2g} and {mean(b):.2g}")
            holds.append(less.low > 1 and left.high < VANISHED)
    record.judge(
        "A-tanh-slope",
        f"δ of the first layer over that of the last hidden one, tanh, sigmoid: {'; '.join(told)}",
        holds=holds,
        how=f"{len(tanh.before)} nets of each kind, each at its best rate. Tanh's has to be the "
        f"larger share, and still below {VANISHED:g}. Xavier's start was made for tanh.",
    )


def plot_nets(nets: Mapping[Kind, Trained]) -> Figure:
    """Draw dead units by rate, and what is left of the gradient before and after training."""
    looks = plots.style.looks(NAMES)
    with plots.style.figure(13.0, 5.2) as figure:
        left, right = figure.subplots(1, 2)
        for name in (RELU, LEAKY):
            dead = nets[Kind(name, HE)].after.dead
            left.semilogx(RATES, dead.mean(axis=1), label=name, **looks[name].line)
        left.set(xlabel="learning rate", ylabel="dead units", title="Dead units by rate")
        left.legend()
        places: list[str] = []
        for kind in DEEP:
            style = looks[kind.activation].line | {"linestyle": ""}
            for when, shares in (("before", nets[kind].before), ("after", nets[kind].shares)):
                right.semilogy([len(places)] * len(shares), shares, **style)
                places.append("\n".join([*str(kind).split(", ")[:2], when]))
        right.axhline(VANISHED, color=plots.style.NEUTRAL, linewidth=1)
        right.set_xticks(range(len(places)), places, fontsize=9)
        right.set(ylabel="first δ / last δ", title="What reaches the first layer")
        figure.suptitle("Activations in nets that have trained on digits")
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

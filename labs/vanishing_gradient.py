"""Why do deep sigmoid nets not learn?

Run:   python -m labs.vanishing_gradient           about 13 s on 2 cores
Smoke: python -m labs.vanishing_gradient --quick   about 9 s

On its way back to the input a gradient is multiplied once a layer. This lab measures its norm
in each layer before training, for several activations and initial weights, and then adds the
lecture's remedies to a deep sigmoid net that does not learn, one at a time and together.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lecture C,
딥러닝의 기초 2부 (Fundamentals of Deep Learning, part 2), NVIDIA DLI; lecture E, 2022-1
교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import lazy_loader
import numpy as np
from rich.progress import track
from threadpoolctl import threadpool_limits

import callbacks
import models
from labs import data, results
from labs.cli import LabConfig, run_lab
from models.by_hand import dense_net, losses
from models.by_hand.activations import ACTIVATIONS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.data import Dataset
    from labs.results import Claim, RunRecord

keras = lazy_loader.load("keras")
scipy = lazy_loader.load("scipy")

UNITS = 32
SMALL, LARGE = 0.05, 0.5
"""Standard deviations of random starts; .05 is Keras's for `random_normal`."""
CLIP = 1.0
"""Largest norm of the whole gradient where it is clipped."""
PROBE_ROWS = 200
BATCH = 64
DEPTHS = (1, 2, 4, 8, 16)
SEEDS_APART = 1_000


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"hidden_layers": 4, "epochs": 4, "seeds": 3}

    hidden_layers: int = 6
    """Hidden layers of 32 units."""
    epochs: int = 10
    """Passes over the training rows, in batches of 64."""
    seeds: int = 4
    """Nets in each setting, 2 to 1000."""
    learning_rate: float = 0.1
    """Rate of plain gradient descent, the same in every setting."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("hidden_layers", 2 <= self.hidden_layers <= 16, "2 to 16")
        self.require("epochs", self.epochs >= 1, "1 or more")
        self.require("seeds", 2 <= self.seeds <= SEEDS_APART, f"2 to {SEEDS_APART}")
        self.require("learning_rate", 0 < self.learning_rate <= 10, "above 0, at most 10")


class Setting(NamedTuple):
    """What a net is made of.

    Attributes:
        activation: Of the hidden layers.
        start: Their initial weights, a key of `STARTS`.
        batch_norm: Whether the weighted sums are batch-normalized.
        clipped: Whether the gradient is clipped.
        random_biases: Whether the biases start from N(0, 1) in place of 0.
    """

    activation: str
    start: str
    batch_norm: bool = False
    clipped: bool = False
    random_biases: bool = False

    def __str__(self) -> str:
        extras = {
            "batch norm": self.batch_norm,
            "clipped": self.clipped,
            "random biases": self.random_biases,
        }
        return ", ".join([self.activation, self.start, *(k for k, on in extras.items() if on)])


FAILING = Setting("sigmoid", "random")
"""The deep sigmoid net to which the remedies are added."""
EXPLODING = Setting("relu", "large")
SETTINGS = (
    FAILING,
    Setting("sigmoid", "Xavier"),
    Setting("sigmoid", "He"),
    FAILING._replace(batch_norm=True),
    FAILING._replace(clipped=True),
    Setting("tanh", "random"),
    Setting("tanh", "Xavier"),
    Setting("tanh", "constant"),
    Setting("relu", "random"),
    Setting("relu", "He"),
    Setting("relu", "He", random_biases=True),
    EXPLODING,
    EXPLODING._replace(clipped=True),
)
"""Those that differ in the start only follow each other: they are trained together."""
ALONE = (
    FAILING,
    FAILING._replace(start="He"),
    FAILING._replace(activation="relu"),
    FAILING._replace(clipped=True),
    FAILING._replace(batch_norm=True),
)
"""The failing net, and one remedy at a time."""
STARTED = tuple(
    Setting(activation, start)
    for activation in ("sigmoid", "tanh", "relu")
    for start in ("random", "Xavier", "He", "large")
)
"""Those whose gradients are measured before training."""


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
    """How the nets of a setting did, `(seeds,)` each.

    Attributes:
        test: Accuracy on the test rows.
        labels: Predicted labels of the test rows, `(seeds, rows)`.
        losses: Training loss of the last epoch.
        spread: Largest difference between weights of one input into the units of the first
            hidden layer, first net; 0 if all units are alike.
        moves: How far the weights of each layer have moved, ‖ΔW‖/‖W‖, first net, `(layers,)`.
        history: Training curves of the first net.
    """

    test: np.ndarray
    labels: np.ndarray
    losses: np.ndarray
    spread: float
    moves: np.ndarray
    history: dict[str, list[float]]


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    digits = data.load_mnist("digits")
    record.use_dataset(digits)
    record.add_findings(*data.check(digits))
    probe = digits.train.take(np.arange(PROBE_ROWS))

    with threadpool_limits(1):  # On so small matrices threads only wait for each other.
        begun = {setting: measure_start(setting, probe, config) for setting in STARTED}
        by_depth = list(measure_depths(probe, config))
    record.add_claims(*check_vanishing(begun, config), *check_variances(config))
    record.add_table("depths", by_depth)
    normalized = monitor(FAILING._replace(batch_norm=True), probe, config)
    record.add_figures(gradients=plot_gradients(begun, normalized))

    outcomes = train_all(digits, config)
    record.add_table("ranking", rank(outcomes))
    record.add_claims(check_early_layers(outcomes), *check_remedies(outcomes))
    record.add_claims(*check_starts(outcomes))
    record.save_history("failing", outcomes[FAILING].history)
    record.save_history("mended", outcomes[Setting("relu", "He")].history)
    record.add_findings(*conclude(begun, by_depth, outcomes, config))
    record.add_figures(remedies=plot_remedies(digits.name, outcomes))


# --- Before training -------------------------------------------------------------------------


def layer_seeds(number: int, config: Config, layers: int) -> list[int]:
    """Return the seeds of the layers of net `number`; every setting has the same."""
    return [int(s) for s in np.random.SeedSequence([config.seed, number]).generate_state(layers)]


def draw_start(setting: Setting, number: int, config: Config, depth: int) -> dense_net.DenseNet:
    """Draw the initial weights of a net of `depth` hidden layers, by Keras's initializers."""
    seeds = layer_seeds(number, config, depth + 1)
    draws = [starts()[setting.start]] * depth + [starts()["Xavier"]]
    sizes = [28 * 28, *[UNITS] * depth, 10]
    weights = [
        np.asarray(draw(seed)((inputs, units)), np.float64).T
        for draw, seed, inputs, units in zip(draws, seeds, sizes[:-1], sizes[1:], strict=True)
    ]
    names = [setting.activation] * depth + ["identity"]
    biases = [np.zeros(units) for units in sizes[1:]]
    return dense_net.DenseNet(weights, biases, [ACTIVATIONS[name] for name in names])


def differentiate(net: dense_net.DenseNet, probe: data.Part) -> dense_net.Gradients:
    """Return the gradients of the mean cross-entropy, softmax on top, for a probe batch."""
    passed = dense_net.forward(net, probe.x.reshape(len(probe), -1).T / 255)
    error = losses.softmax(passed.a[-1].T).T - np.eye(10)[probe.y].T
    return dense_net.backward(net, passed, error / len(probe))


def layer_norms(found: dense_net.Gradients) -> np.ndarray:
    """Return the gradient norm of each layer, weights and biases together, `(layers,)`."""
    return np.array(
        [
            np.hypot(np.linalg.norm(weights), np.linalg.norm(biases))
            for weights, biases in zip(found.weights, found.biases, strict=True)
        ]
    )


class Start(NamedTuple):
    """What the gradient is before training.

    Attributes:
        norms: Its norm in each layer, `(seeds, layers)`.
        factors: By what δ is multiplied from one hidden layer to the one before it, the
            geometric mean over the layers, `(seeds,)`.
    """

    norms: np.ndarray
    factors: np.ndarray

    @property
    def shares(self) -> np.ndarray:
        """The first layer's norm over the last one's, `(seeds,)`."""
        return self.norms[:, 0] / self.norms[:, -1]


def measure_start(setting: Setting, probe: data.Part, config: Config) -> Start:
    """Differentiate the nets of a setting before training."""
    norms, factors = [], []
    for number in range(config.seeds):
        net = draw_start(setting, number, config, config.hidden_layers)
        found = differentiate(net, probe)
        norms.append(layer_norms(found))
        first, *_, last = (np.linalg.norm(error) for error in found.errors[:-1])
        factors.append((first / last) ** (1 / (config.hidden_layers - 1)))
    return Start(np.array(norms), np.array(factors))


def measure_depths(probe: data.Part, config: Config) -> Iterator[dict[str, Any]]:
    """Give the gradient norm of the first layer over the last one's, net by net deeper."""
    for depth in DEPTHS:
        row: dict[str, Any] = {"hidden layers": depth}
        for setting in (
            Setting("sigmoid", "Xavier"),
            Setting("tanh", "Xavier"),
            Setting("relu", "He"),
        ):
            norms = layer_norms(differentiate(draw_start(setting, 0, config, depth), probe))
            row[str(setting)] = float(f"{norms[0] / norms[-1]:.2g}")
        yield row


def monitor(setting: Setting, probe: data.Part, config: Config) -> np.ndarray:
    """Return the gradient norm of each dense layer as `GradientMonitor` sees it at the start."""
    watch = callbacks.GradientMonitor(probe.x, probe.y)
    watch.set_model(build_net(setting, 0, config))
    watch.on_train_begin()
    watch.on_epoch_end(0)
    dense = [norms[0] for name, norms in watch.table.items() if "/dense" in name]
    return np.array(dense)


# --- Training --------------------------------------------------------------------------------


def build_net(setting: Setting, number: int, config: Config) -> Any:
    """Build the net of a setting with the weights of `draw_start`."""
    seeds = layer_seeds(number, config, config.hidden_layers + 1)
    layers = [keras.Input((28, 28)), keras.layers.Rescaling(1 / 255), keras.layers.Flatten()]
    for index, seed in enumerate(seeds[:-1], start=1):
        kernel = starts()[setting.start](seed)
        bias = keras.initializers.RandomNormal(stddev=1.0, seed=seed + 1)
        layers.append(
            keras.layers.Dense(
                UNITS,
                kernel_initializer=kernel,
                bias_initializer=bias if setting.random_biases else "zeros",
                name=f"dense_{index}",
            )
        )
        if setting.batch_norm:
            # Keras's momentum of .99 would need more steps than there are.
            layers.append(keras.layers.BatchNormalization(momentum=0.9))
        layers.append(keras.layers.Activation(setting.activation))
    output = starts()["Xavier"](seeds[-1])
    layers.append(keras.layers.Dense(10, "softmax", kernel_initializer=output, name="dense_output"))
    net = keras.Sequential(layers)
    net.compile(
        keras.optimizers.SGD(
            config.learning_rate, global_clipnorm=CLIP if setting.clipped else None
        ),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return net


def train_all(digits: Dataset, config: Config) -> dict[Setting, Outcome]:
    """Train the nets of every setting, those that differ in their start only as one program."""
    programs = [
        list(settings)
        for _, settings in groupby(SETTINGS, lambda s: (s.activation, s.batch_norm, s.clipped))
    ]
    outcomes: dict[Setting, Outcome] = {}
    for settings in track(programs, "training"):
        outcomes |= train_together(settings, digits, config)
    return outcomes


def train_together(
    settings: Sequence[Setting], digits: Dataset, config: Config
) -> dict[Setting, Outcome]:
    """Train settings of one architecture; the rows come in the same order for all nets."""
    train, test = digits.train, digits.test

    def build(code: int, x: np.ndarray) -> Any:
        setting, number = divmod(code, SEEDS_APART)
        return build_net(settings[setting], number, config)

    replicas = models.fit_replicas(
        build,
        train.x,
        train.y,
        seeds=[s * SEEDS_APART + n for s in range(len(settings)) for n in range(config.seeds)],
        epochs=config.epochs,
        batch_size=BATCH,
        shuffle=False,  # So nothing but the start differs from seed to seed.
        jit_compile=False,  # Compiling so many layers takes longer than this training.
    )
    labels = replicas.predict(test.x).argmax(axis=-1)
    outcomes = {}
    for index, setting in enumerate(settings):
        mine = slice(index * config.seeds, (index + 1) * config.seeds)
        history = {name: values[mine] for name, values in replicas.history.items()}
        first = replicas.weights(mine.start)
        outcomes[setting] = Outcome(
            (labels[mine] == test.y).mean(axis=1),
            labels[mine],
            history["loss"][:, -1],
            float(np.ptp(first[0], axis=1).max()),
            relative_moves(draw_start(setting, 0, config, config.hidden_layers), first),
            {name: values[0].tolist() for name, values in history.items()},
        )
    return outcomes


def relative_moves(begun: dense_net.DenseNet, weights: Sequence[np.ndarray]) -> np.ndarray:
    """Return ‖ΔW‖/‖W‖ of each layer, from a Keras net's weights after training."""
    kernels = [array.T for array in weights if array.ndim == 2]
    return np.array(
        [
            np.linalg.norm(after - before) / np.linalg.norm(before)
            for before, after in zip(begun.weights, kernels, strict=True)
        ]
    )


def rank(outcomes: Mapping[Setting, Outcome]) -> list[dict[str, Any]]:
    """List the settings, the most accurate first."""
    ordered = sorted(outcomes, key=lambda setting: -outcomes[setting].test.mean())
    return [
        {
            "setting": str(setting),
            "test accuracy": round(float(outcomes[setting].test.mean()), 4),
            "loss": float(f"{outcomes[setting].losses.mean():.4g}"),
        }
        for setting in ordered
    ]


# --- What the slides say ---------------------------------------------------------------------


def check_vanishing(begun: Mapping[Setting, Start], config: Config) -> Iterator[Claim]:
    """Check that gradients vanish towards the input, and by which factor a layer."""
    sigmoid, relu = begun[Setting("sigmoid", "Xavier")], begun[Setting("relu", "He")]
    share = scipy.stats.gmean(sigmoid.shares)
    interval = results.Interval(*np.exp(results.mean_interval(np.log(sigmoid.shares))).tolist())
    yield results.judge_statement(
        "A-vanishing",
        "The gradient becomes smaller layer by layer on its way back, as an activation's "
        "derivative is below 1.",
        holds=interval.high < 0.1,
        measured=f"first layer's gradient {share:.1e} of the last one's",
        note=f"{config.hidden_layers} sigmoid layers, Xavier, {config.seeds} starts. The weights "
        f"count as well: ReLU with weights of standard deviation {LARGE} multiplies δ by "
        f"{begun[EXPLODING].factors.mean():.2f} a layer, although no derivative is above 1.",
        interval=interval,
    )
    slow, steady = results.mean_interval(sigmoid.factors), results.mean_interval(relu.factors)
    yield results.judge_statement(
        "C-sigmoid-vanishing",
        "Sigmoid's gradient vanishes, ReLU's does not.",
        holds=slow.high < 0.5 < steady.low,
        measured=f"δ is multiplied by {sigmoid.factors.mean():.3f} a sigmoid layer, by "
        f"{relu.factors.mean():.3f} a ReLU layer",
        note="Sigmoid with Xavier's weights, ReLU with He's. The derivative of a sigmoid is .25 at "
        "most, that of a ReLU 0 or 1.",
        interval=slow,
    )


def check_variances(config: Config) -> Iterator[Claim]:
    """Check the spread of the named initializations against Keras's samples."""
    inputs, outputs = 800, 500
    formulas = {
        "E-initialization-xavier": ("Xavier", "√(2/(inputs + outputs))", 2 / (inputs + outputs)),
        "E-initialization-he": ("He", "√(2/inputs)", 2 / inputs),
    }
    for name, (start, formula, variance) in formulas.items():
        sample = float(np.std(np.asarray(starts()[start](config.seed)((inputs, outputs)))))
        yield results.judge_statement(
            name,
            f"{start} initialization: normal weights of standard deviation {formula}.",
            published="by name",
            holds=abs(sample / np.sqrt(variance) - 1) < 0.01,
            measured=f"{sample:.5f}, by the formula {np.sqrt(variance):.5f}",
            note=f"Standard deviation of {inputs * outputs:,} weights of Keras's initializer, to "
            "1%; the papers are Glorot and Bengio (2010) and He et al. (2015).",
        )


def gain(outcomes: Mapping[Setting, Outcome], base: Setting, setting: Setting) -> np.ndarray:
    """Return how much more accurate a setting is, start by start, `(seeds,)`."""
    return outcomes[setting].test - outcomes[base].test


def describe(outcomes: Mapping[Setting, Outcome], *settings: Setting) -> str:
    """Say the mean test accuracies."""
    return ", ".join(f"{s} {outcomes[s].test.mean():.3f}" for s in settings)


def check_remedies(outcomes: Mapping[Setting, Outcome]) -> Iterator[Claim]:
    """Check lecture E's four remedies for vanishing gradients."""
    relu, relu_he = Setting("relu", "random"), Setting("relu", "He")
    sigmoid_he = Setting("sigmoid", "He")
    clipped_large = EXPLODING._replace(clipped=True)
    remedies = {
        "batch-normalization": (
            "Batch normalization",
            FAILING,
            FAILING._replace(batch_norm=True),
            "",
        ),
        "initialization": (
            "Initialization",
            relu,
            relu_he,
            f"{describe(outcomes, FAILING, Setting('sigmoid', 'Xavier'), sigmoid_he)}: no start "
            "mends the sigmoid here.",
        ),
        "activation": (
            "The choice of activation",
            sigmoid_he,
            relu_he,
            f"{describe(outcomes, FAILING, relu)}: with small random weights ReLU vanishes too.",
        ),
        "clipping": (
            "Gradient clipping",
            FAILING,
            FAILING._replace(clipped=True),
            "It only shortens long gradients. It helps where they explode: "
            f"{describe(outcomes, EXPLODING, clipped_large)}.",
        ),
    }
    for name, (remedy, base, setting, remark) in remedies.items():
        gains = gain(outcomes, base, setting)
        interval = results.mean_interval(gains)
        yield results.judge_statement(
            f"E-remedy-{name}",
            f"{remedy} is a remedy for vanishing gradients.",
            holds=interval.low > 0,
            measured=f"test accuracy {describe(outcomes, base, setting)}",
            note=f"Gain over {len(gains)} starts {gains.mean():+.3f}. {remark}".strip(),
            interval=interval,
        )


def check_early_layers(outcomes: Mapping[Setting, Outcome]) -> Claim:
    """Check lecture E's statement on where the updates fail."""
    failing, learning = outcomes[FAILING].moves, outcomes[Setting("relu", "He")].moves
    return results.judge_statement(
        "E-early-layers",
        "Where gradients vanish, weights near the input are hardly updated.",
        holds=bool(failing[0] < 0.01 * failing[-1]),
        measured=f"{failing[0]:.1e} of their size in the first layer, {failing[-1]:.1e} in the "
        "last",
        note=f"‖ΔW‖/‖W‖ over the training of {FAILING}; in a net that learns, relu, He, "
        f"{learning[0]:.2f} and {learning[-1]:.2f}.",
    )


def check_starts(outcomes: Mapping[Setting, Outcome]) -> Iterator[Claim]:
    """Check what lecture E says of where training starts."""
    xavier, constant = Setting("tanh", "Xavier"), Setting("tanh", "constant")
    gains = gain(outcomes, constant, xavier)
    interval = results.mean_interval(gains)
    yield results.judge_statement(
        "E-initialization-random",
        "Weights start from random values.",
        holds=interval.low > 0,
        measured=f"test accuracy {describe(outcomes, constant, xavier)}",
        note="Units that start alike stay alike: after training the weights into the first "
        f"layer's units differ by {outcomes[constant].spread:.1g} at most if they started "
        f"constant, by {outcomes[xavier].spread:.2g} if random.",
        interval=interval,
    )
    ends = outcomes[xavier]
    agree = (ends.labels == ends.labels[0]).all(axis=0).mean()
    yield results.judge_statement(
        "E-different-ends",
        "The same model ends differently from different initial weights.",
        holds=bool(np.ptp(ends.losses) > 0 and agree < 1),
        measured=f"test accuracy {ends.test.min():.3f} to {ends.test.max():.3f}, training loss "
        f"{ends.losses.min():.3f} to {ends.losses.max():.3f}",
        note=f"{len(ends.test)} starts of {xavier}, the same rows in the same order; on "
        f"{1 - agree:.1%} of the test rows they do not agree.",
    )
    zero, random = Setting("relu", "He"), Setting("relu", "He", random_biases=True)
    gains = gain(outcomes, random, zero)
    interval = results.mean_interval(gains)
    yield results.judge_statement(
        "E-bias-zero",
        "Biases that start at 0 are efficient.",
        holds=interval.high >= 0,
        measured=f"test accuracy {describe(outcomes, zero, random)}",
        note=f"Against biases from N(0, 1): gain {gains.mean():+.3f}. It holds as long as "
        "zeros are not worse by more than chance.",
        interval=interval,
    )


def conclude(
    begun: Mapping[Setting, Start],
    by_depth: Sequence[dict[str, Any]],
    outcomes: Mapping[Setting, Outcome],
    config: Config,
) -> Iterator[str]:
    """Say what was found, with its numbers."""
    failing, deepest = begun[FAILING], by_depth[-1]
    yield (
        f"In {config.hidden_layers} sigmoid layers with small random weights the first layer's "
        f"gradient is {scipy.stats.gmean(failing.shares):.1e} of the last one's: each layer "
        f"multiplies δ by {failing.factors.mean():.3f}."
    )
    yield (
        f"With {deepest['hidden layers']} hidden layers that share is "
        + ", ".join(
            f"{share:g} for {name}" for name, share in deepest.items() if name != "hidden layers"
        )
        + "."
    )
    single = [setting for setting in ALONE if setting != FAILING]
    mends = [s for s in single if results.mean_interval(gain(outcomes, FAILING, s)).low > 0]
    yield (
        f"One remedy alone, added to {FAILING} ({outcomes[FAILING].test.mean():.3f}): "
        f"{describe(outcomes, *single)}. "
        + (f"Only {', '.join(map(str, mends))} helps." if len(mends) == 1 else "")
    ).strip()


# --- Pictures --------------------------------------------------------------------------------


def plot_gradients(begun: Mapping[Setting, Start], normalized: np.ndarray) -> Figure:
    """Draw the gradient norm in each layer, a panel for each activation."""
    with results.style.figure() as figure:
        panels = figure.subplots(1, 3, sharey=True)
        for axes, activation in zip(panels, ("sigmoid", "tanh", "relu"), strict=True):
            lines = {s.start: x.norms for s, x in begun.items() if s.activation == activation}
            if activation == FAILING.activation:
                lines["random, batch norm"] = normalized[None]
            for index, (name, norms) in enumerate(lines.items()):
                axes.semilogy(
                    np.arange(1, norms.shape[1] + 1),
                    scipy.stats.gmean(norms),
                    color=results.style.COLORS[index],
                    marker=results.style.MARKERS[index],
                    linestyle="--" if "norm" in name else "-",
                    label=name,
                )
            axes.set(title=activation, xlabel="layer, from the input on")
            axes.set_xticks(np.arange(1, len(normalized) + 1))
        panels[0].set_ylabel("gradient norm before training")
        figure.suptitle(
            "Sigmoid's gradient vanishes towards the input from every start without batch norm"
        )
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
    return figure


def plot_remedies(name: str, outcomes: Mapping[Setting, Outcome]) -> Figure:
    """Draw the test accuracies of the failing net and of what was tried on it."""
    shown = [*ALONE, Setting("tanh", "Xavier"), Setting("relu", "He")]
    return results.plot_seeds(
        name,
        "what makes a deep net learn?",
        {str(setting): outcomes[setting].test for setting in shown},
        {"guessing": 0.1},
    )


if __name__ == "__main__":
    run_lab(run, Config, __doc__)

"""What makes a deep net learn?

Run:   python -m labs.deep_nets           about 19 s on 2 cores
Smoke: python -m labs.deep_nets --quick   about 11 s

A deep sigmoid net that starts from small random weights does not learn: its gradient vanishes
towards the input. The lecture's remedies are added to it one at a time, and to nets with other
activations, and the gradient of each layer is watched while three of them train.

Source: lecture E, 2022-1 교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import lazy_loader
import numpy as np
from rich.progress import track

import callbacks
import models
from labs import data, results
from labs.cli import LabConfig, run_lab

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.data import Dataset
    from labs.results import Claim, RunRecord

keras = lazy_loader.load("keras")

UNITS = 32
SMALL, LARGE = 0.05, 0.5
"""Standard deviations of random starts; .05 is Keras's for `random_normal`."""
CLIP = 1.0
"""Largest norm of the whole gradient where it is clipped."""
PROBE_ROWS = 200
BATCH = 64
SEEDS_APART = 1_000


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"hidden_layers": 3, "epochs": 4, "seeds": 2}

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
        start: Their initial weights, a name of `starts()`.
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
NORMALIZED = FAILING._replace(batch_norm=True)
LEARNING = Setting("relu", "He")
SETTINGS = (
    FAILING,
    Setting("sigmoid", "Xavier"),
    Setting("sigmoid", "He"),
    NORMALIZED,
    FAILING._replace(clipped=True),
    Setting("tanh", "random"),
    Setting("tanh", "Xavier"),
    Setting("tanh", "constant"),
    Setting("relu", "random"),
    LEARNING,
    LEARNING._replace(random_biases=True),
    EXPLODING,
    EXPLODING._replace(clipped=True),
)
"""Those that differ in the start only follow each other: they are trained together."""
ALONE = (
    FAILING,
    FAILING._replace(start="He"),
    FAILING._replace(activation="relu"),
    FAILING._replace(clipped=True),
    NORMALIZED,
)
"""The failing net, and one remedy at a time."""


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


class Watched(NamedTuple):
    """One training, looked at more closely.

    Attributes:
        history: Curves, and the gradient norm of each layer after every epoch.
        gradients: That norm in the dense layers, `(layers, epochs)`.
        moves: How far the weights of each dense layer have moved, ‖ΔW‖/‖W‖, `(layers,)`.
    """

    history: dict[str, list[float]]
    gradients: np.ndarray
    moves: np.ndarray


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    digits = data.load_digits()
    record.use_dataset(digits)

    outcomes = train_all(digits, config)
    record.add_table("ranking", rank(outcomes))
    record.add_claims(*check_remedies(outcomes), *check_starts(outcomes))
    watched = {
        setting: watch(setting, digits, config) for setting in (FAILING, NORMALIZED, LEARNING)
    }
    record.add_claims(check_early_layers(watched))
    for setting, seen in watched.items():
        record.save_history(str(setting).replace(",", "").replace(" ", "-").lower(), seen.history)
    record.add_findings(*conclude(outcomes, watched))
    record.add_figures(
        remedies=plot_remedies(digits.name, outcomes), gradients=plot_gradients(watched)
    )


def build_net(setting: Setting, number: int, config: Config) -> Any:
    """Build the net of a setting with weights of its own; every setting draws by the same seeds."""
    generator = np.random.SeedSequence([config.seed, number])
    seeds = generator.generate_state(config.hidden_layers + 1).tolist()
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
    alike = groupby(SETTINGS, lambda s: (s.activation, s.batch_norm, s.clipped))
    outcomes: dict[Setting, Outcome] = {}
    for settings in track([list(group) for _, group in alike], "training"):
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


def watch(setting: Setting, digits: Dataset, config: Config) -> Watched:
    """Train the first net of a setting with an eye on its layers."""
    net = build_net(setting, 0, config)
    dense = [layer for layer in net.layers if isinstance(layer, keras.layers.Dense)]
    before = [layer.kernel.numpy() for layer in dense]
    probe = digits.train.take(np.arange(PROBE_ROWS))
    history = models.fit(
        net,
        digits.train.x,
        digits.train.y,
        epochs=config.epochs,
        batch_size=BATCH,
        shuffle=False,
        callbacks=[callbacks.GradientMonitor(probe.x, probe.y)],
    ).history
    moves = [
        np.linalg.norm(layer.kernel.numpy() - old) / np.linalg.norm(old)
        for layer, old in zip(dense, before, strict=True)
    ]
    gradients = [history[f"gradient_norm/{layer.name}"] for layer in dense]
    return Watched(history, np.array(gradients), np.array(moves))


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


def gain(outcomes: Mapping[Setting, Outcome], base: Setting, setting: Setting) -> np.ndarray:
    """Return how much more accurate a setting is, start by start, `(seeds,)`."""
    return outcomes[setting].test - outcomes[base].test


def describe(outcomes: Mapping[Setting, Outcome], *settings: Setting) -> str:
    """Say the mean test accuracies."""
    return ", ".join(f"{s} {outcomes[s].test.mean():.3f}" for s in settings)


def check_remedies(outcomes: Mapping[Setting, Outcome]) -> Iterator[Claim]:
    """Check lecture E's four remedies for vanishing gradients."""
    relu = Setting("relu", "random")
    sigmoid_xavier, sigmoid_he = Setting("sigmoid", "Xavier"), Setting("sigmoid", "He")
    clipped_large = EXPLODING._replace(clipped=True)
    remedies = {
        "batch-normalization": ("Batch normalization", FAILING, NORMALIZED, ""),
        "initialization": (
            "Initialization",
            relu,
            LEARNING,
            f"In sigmoid nets: {describe(outcomes, FAILING, sigmoid_xavier, sigmoid_he)}.",
        ),
        "activation": (
            "The choice of activation",
            sigmoid_he,
            LEARNING,
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


def check_early_layers(watched: Mapping[Setting, Watched]) -> Claim:
    """Check lecture E's statement on where the updates fail."""
    failing, learning = watched[FAILING].moves, watched[LEARNING].moves
    return results.judge_statement(
        "E-early-layers",
        "Where gradients vanish, weights near the input are hardly updated.",
        holds=bool(failing[0] < 0.01 * failing[-1]),
        measured=f"{failing[0]:.1e} of their size in the first layer, {failing[-1]:.1e} in the "
        "last",
        note=f"‖ΔW‖/‖W‖ over the training of {FAILING}; in a net that learns, {LEARNING}, "
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
    zero, random = LEARNING, LEARNING._replace(random_biases=True)
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
    outcomes: Mapping[Setting, Outcome], watched: Mapping[Setting, Watched]
) -> Iterator[str]:
    """Say what was found, with its numbers."""
    single = [setting for setting in ALONE if setting != FAILING]
    mends = [s for s in single if results.mean_interval(gain(outcomes, FAILING, s)).low > 0]
    yield (
        f"One remedy alone, added to {FAILING} ({outcomes[FAILING].test.mean():.3f}): "
        f"{describe(outcomes, *single)}. "
        + (f"Only {', '.join(map(str, mends))} helps." if len(mends) == 1 else "")
    ).strip()
    ends = ", ".join(
        f"{seen.gradients[0, 0]:.1e} and {seen.gradients[0, -1]:.1e} in {setting}"
        for setting, seen in watched.items()
    )
    yield f"Gradient norm of the first layer after the first epoch and after the last: {ends}."


def plot_remedies(name: str, outcomes: Mapping[Setting, Outcome]) -> Figure:
    """Draw the test accuracies of the failing net and of what was tried on it."""
    shown = [*ALONE, Setting("tanh", "Xavier"), LEARNING]
    return results.plot_seeds(
        name,
        "what makes a deep net learn?",
        {str(setting): outcomes[setting].test for setting in shown},
        {"guessing": 0.1},
    )


def plot_gradients(watched: Mapping[Setting, Watched]) -> Figure:
    """Draw the gradient norm of a few layers over the training, a panel for each net."""
    with results.style.figure(12.0, 5.2) as figure:
        panels = figure.subplots(1, len(watched), sharey=True)
        for axes, (setting, seen) in zip(panels, watched.items(), strict=True):
            layers, epochs = seen.gradients.shape
            shown = {0: "first hidden layer", layers - 2: "last hidden layer", layers - 1: "output"}
            for index, (layer, name) in enumerate(shown.items()):
                axes.semilogy(
                    np.arange(1, epochs + 1),
                    seen.gradients[layer],
                    color=results.style.COLORS[index],
                    marker=results.style.MARKERS[index],
                    label=name,
                )
            axes.set(title=setting, xlabel="epoch")
        panels[0].set_ylabel("gradient norm")
        figure.suptitle("What does not reach the first layer in the beginning never does")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)

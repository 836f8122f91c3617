"""Does it matter where training starts?

Topic: activations                    Time: a minute
Run:   python -m labs.initialization
Quick: python -m labs.initialization --quick
Try:   --seeds 12     do more starts turn what is said of the biases?
       --epochs 40    do different starts end in the same place if they train longer?

Deep nets start from weights that are all alike, random, or scaled by the lecture's rules, and
from biases of zero or not. What is left of the start after training? And if few labels
are known, is a net that learned to copy digits, or to tell other digits apart, a better start?

Source: lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab; lecture E,
2022-1 교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

import models
from labs import data, plots, stats
from labs.running import Above, AtLeast, AtMost, LabConfig, Within, lab
from labs.studies.deep_nets import (
    BATCH,
    LEARNING,
    Outcome,
    Setting,
    describe,
    gain,
    train_all,
)

if TYPE_CHECKING:
    from labs.records import RunRecord

keras = lazy_loader.load("keras")

XAVIER, CONSTANT = Setting("tanh", "Xavier"), Setting("tanh", "constant")
FORMULAS = {
    "Xavier": lambda inputs, outputs: np.sqrt(2 / (inputs + outputs)),
    "He": lambda inputs, outputs: np.sqrt(2 / inputs),
}
"""Standard deviation of a layer's initial weights, from its inputs and outputs."""
RANDOM_BIASES = LEARNING._replace(random_biases=True)
LABELED, EPOCHS_BEFORE, FINE_EPOCHS, CODE_UNITS = 50, 30, 60, 64
SETTINGS = (XAVIER, CONSTANT, LEARNING, RANDOM_BIASES)


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"hidden_layers": 3, "epochs": 4, "seeds": 2}

    hidden_layers: Annotated[int, Within(2, 16)] = 6
    """Hidden layers of 32 units."""
    epochs: Annotated[int, AtLeast(1)] = 10
    """Passes over the training rows, in batches of 64."""
    seeds: Annotated[int, AtLeast(2)] = 16
    """Nets in each setting."""
    learning_rate: Annotated[float, Above(0), AtMost(10)] = 0.1
    """Rate of plain gradient descent, the same in every setting."""


def experiment(config: Config, record: RunRecord) -> None:
    """Train nets from four kinds of starts, and compare where they end."""
    digits = data.load_digits()
    record.use_dataset(digits)
    outcomes = train_all(SETTINGS, digits, config, record.track)
    judge_starts(record, outcomes)
    judge_variances(record, config)
    ways = {"all digits, from copying them": True, "5 to 9, from telling 0 to 4 apart": False}
    pairs = {way: pretrain(digits, config, copying=copying) for way, copying in ways.items()}
    judge_pretraining(record, pairs)
    record.add_figure(
        "starts",
        plots.plot_seeds(
            digits.name,
            "deep nets from four kinds of starts",
            {str(setting): outcomes[setting].test for setting in SETTINGS},
            {"guessing": 0.1},
        ),
        caption="Test accuracies of nets that start from constant or random weights, and with or "
        "without random biases.",
    )
    ends = outcomes[XAVIER].test
    record.answer(
        f"Yes: {describe(outcomes, CONSTANT, XAVIER)}, since units that start alike stay alike. "
        f"Random starts of one kind end at test accuracies of {ends.min():.3f} to "
        f"{ends.max():.3f}.",
        limits="Nets of 32 units a layer, the same rows in the same order, one rate.",
    )


def judge_starts(record: RunRecord, outcomes: Mapping[Setting, Outcome]) -> None:
    """Judge what lecture E says of where training starts."""
    gains = gain(outcomes, CONSTANT, XAVIER)
    interval = stats.mean_interval(gains)
    record.judge(
        "E-initialization-random",
        f"test accuracy {describe(outcomes, CONSTANT, XAVIER)}",
        above=0,
        how="Against constant starts, our test of why at random. Units that start alike stay so: "
        "after training the weights into the first "
        f"layer's units differ by {outcomes[CONSTANT].spread:.1g} at most if they started "
        f"constant, by {outcomes[XAVIER].spread:.2g} if random.",
        interval=interval,
    )
    ends = outcomes[XAVIER]
    agree = (ends.labels == ends.labels[0]).all(axis=0).mean()
    record.judge(
        "E-different-ends",
        f"test accuracy {ends.test.min():.3f} to {ends.test.max():.3f}, training loss "
        f"{ends.losses.min():.3f} to {ends.losses.max():.3f}",
        holds=bool(np.ptp(ends.losses) > 0 and agree < 1),
        how=f"{len(ends.test)} starts of {XAVIER}, the same rows in the same order; on "
        f"{1 - agree:.1%} of the test rows they do not agree.",
    )
    gains = gain(outcomes, RANDOM_BIASES, LEARNING)
    interval = stats.mean_interval(gains)
    record.judge(
        "E-bias-zero",
        f"test accuracy {describe(outcomes, LEARNING, RANDOM_BIASES)}",
        above=0,
        how=f"Against biases from N(0, 1), {len(gains)} starts: gain {gains.mean():+.3f} "
        f"({interval.low:+.3f} to {interval.high:+.3f}).",
        interval=interval,
    )


def pretrain(
    digits: data.Dataset, config: Config, *, copying: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Train nets on few labels from random weights, and from weights learned before.

    Args:
        digits: Training and test rows.
        config: How many seeds.
        copying: Whether an autoencoder of all training digits is the start, for all ten digits;
            else a net that tells 0 to 4 apart, for 5 to 9.

    Returns:
        Test accuracies of both, the seeds sharing digits and output weights, `(seeds,)` each.
    """
    x, x_test = (part.x.reshape(len(part), -1) / 255 for part in (digits.train, digits.test))
    y, y_test = digits.train.y, digits.test.y
    seeds = range(config.seed, config.seed + config.seeds)
    adam = keras.optimizers.Adam

    def build_before(seed: int, rows: np.ndarray) -> Any:
        net = models.build_mlp(x.shape[1:], (CODE_UNITS,), 10, optimizer=adam(0.003), seed=seed)
        if copying:
            xavier = keras.initializers.GlorotUniform(seed=seed)
            copy = keras.layers.Dense(x.shape[1], "sigmoid", kernel_initializer=xavier)
            net = keras.Sequential([*net.layers[:-1], copy])
            net.compile(adam(0.003), loss="mean_squared_error")
        return net

    known = np.ones(len(y), dtype=bool) if copying else y < 5
    before = models.fit_replicas(
        build_before,
        x[known],
        x[known] if copying else y[known],
        seeds=seeds,
        epochs=EPOCHS_BEFORE,
        batch_size=BATCH,
    )

    def build(seed: int, rows: np.ndarray, start: int | None) -> Any:
        net = models.build_mlp(x.shape[1:], (CODE_UNITS,), 10, optimizer=adam(0.003), seed=seed)
        if start is not None:
            net.layers[0].set_weights(before.weights(start)[:2])
        return net

    asked = np.flatnonzero(known if copying else ~known)
    rows = [np.random.default_rng(seed).permutation(asked)[:LABELED] for seed in seeds]
    nets = models.fit_replicas(
        build,
        x,
        y,
        seeds=[*seeds] * 2,
        settings=[None] * config.seeds + [*range(config.seeds)],
        row_sets=rows * 2,
        epochs=FINE_EPOCHS,
        batch_size=10,
    )
    tested = np.isin(y_test, y[asked])
    right = (nets.predict(x_test[tested]).argmax(axis=-1) == y_test[tested]).mean(axis=1)
    return right[: config.seeds], right[config.seeds :]


def judge_pretraining(
    record: RunRecord, pairs: Mapping[str, tuple[np.ndarray, np.ndarray]]
) -> None:
    """Judge pretraining as a start, seed by seed, for both ways to do it."""
    gains = [stats.mean_interval(after - random) for random, after in pairs.values()]
    helps = [gain.low > 0 for gain in gains]
    measured = "; ".join(
        f"{way}: test accuracy {after.mean():.3f} in place of {random.mean():.3f}"
        for way, (random, after) in pairs.items()
    )
    how = (
        f"Nets of {CODE_UNITS} hidden units with {LABELED} labels, from weights learned before and "
        "from random ones; gains "
        + ", ".join(f"{low:+.3f} to {high:+.3f}" for low, high in gains)
        + ". The same rate and epochs for all; that such a start is better is our test."
    )
    if len(set(helps)) > 1:
        record.judge("D-pretraining", measured, holds=helps, how=how)
    else:  # The way that speaks most for it decides.
        most = max(gains, key=lambda gain: gain.high)
        record.judge("D-pretraining", measured, above=0, interval=most, how=how)


def judge_variances(record: RunRecord, config: Config) -> None:
    """Judge the spread of the named initializations against Keras's samples."""
    inputs, outputs = 800, 500

    def judge(id: str, start: str, initializer: Any) -> None:
        by_formula = FORMULAS[start](inputs, outputs)
        sample = float(np.std(keras.ops.convert_to_numpy(initializer((inputs, outputs)))))
        record.judge(
            id,
            f"{sample:.5f}, by the formula {by_formula:.5f}",
            holds=abs(sample / by_formula - 1) < 0.01,
            how=f"Standard deviation of {inputs * outputs:,} normal weights of Keras's, to 1%. "
            "The lecture gives names only; the formulas √(2/(inputs + outputs)) and "
            "√(2/inputs) are those of Glorot and Bengio (2010) and of He et al. (2015).",
        )

    xavier = keras.initializers.GlorotNormal(seed=config.seed)
    judge("E-initialization-xavier", "Xavier", xavier)
    judge("E-initialization-he", "He", keras.initializers.HeNormal(seed=config.seed))


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

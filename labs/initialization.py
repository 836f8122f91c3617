"""Does it matter where training starts?

Topic: activations                    Time: seconds
Run:   python -m labs.initialization
Quick: python -m labs.initialization --quick
Try:   --seeds 12     do more starts turn what is said of the biases?
       --epochs 40    do different starts end in the same place if they train longer?

Deep nets start from weights that are all alike, random, or scaled by the lecture's rules, and
from biases of zero or not. What is left of the start after training?

Source: lecture E, 2022-1 교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

from labs import data, plots, stats
from labs.running import Above, AtLeast, AtMost, LabConfig, Within, lab
from labs.studies.deep_nets import (
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
        how="Units that start alike stay alike: after training the weights into the first "
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
            how=f"Standard deviation of {inputs * outputs:,} weights of Keras's initializer, to "
            "1%; the papers are Glorot and Bengio (2010) and He et al. (2015).",
        )

    xavier = keras.initializers.GlorotNormal(seed=config.seed)
    judge("E-initialization-xavier", "Xavier", xavier)
    judge("E-initialization-he", "He", keras.initializers.HeNormal(seed=config.seed))


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

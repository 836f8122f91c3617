"""What becomes of log(0)?

Topic: losses                         Time: seconds
Run:   python -m labs.log_zero
Quick: python -m labs.log_zero --quick
Try:   --scores -10 -15 -16 -17    from which score on is Keras's probability cut off?
       --scores -80 -90 -100       and where does the sigmoid itself round to 0?

Misplaced confidence costs infinitely much by the formula of cross-entropy. This lab asks Keras
for the loss and its slope where a probability is 0 or nearly so: computed from the probability,
and from the score before the sigmoid.

Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep Learning,
part 2), NVIDIA DLI.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import lazy_loader
import numpy as np

from labs import lectures, plots
from labs.running import Below, Each, LabConfig, Such, lab
from models.by_hand import losses

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
tf = lazy_loader.load("tensorflow")


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab; nothing in it is random."""

    scores: Annotated[
        tuple[float, ...], Each(Below(0)), Such(lambda z: len(z) >= 2, "two or more")
    ] = (-5.0, -20.0, -50.0, -200.0)
    """Scores before the sigmoid of rows whose target is 1: confident, and wrong."""


def experiment(config: Config, record: RunRecord) -> None:
    """Compare the loss at confidently wrong scores, in three ways."""
    table = compare_at_log_zero(config.scores)
    record.add_table("log-zero", table)
    judge_log_zero(record, table)
    judge_slide_code(record)
    record.add_figure(
        "log_zero",
        plot_log_zero(),
        caption="The loss of a row of target 1 over its score: from the probability Keras cuts it "
        "off, and from there on its slope is 0; from the score it stays right.",
    )
    second = table[1]
    record.answer(
        f"Keras cuts probabilities off at {keras.config.epsilon():g}: at z = {second['z']:g} it "
        f"makes {second['from probability']:.2f} of the probability, with slope "
        f"{second['slope of that']:g}, and {second['from_logits']:.2f} of the score, with slope "
        f"{second['slope there']:g}. A compiled net that ends in a sigmoid reports "
        f"{second['net with sigmoid']:.2f}: TensorFlow's Keras looks up the score by itself.",
        limits="Binary cross-entropy in single precision.",
    )


def compare_at_log_zero(scores: Sequence[float]) -> list[dict[str, float]]:
    """Compute the loss of rows with target 1 whose score z is confidently wrong.

    Returns:
        For each z: the exact loss log(1 + e^−z), what Keras makes of the probability and of
        the score (`from_logits=True`), both slopes, and what a compiled net reports.
    """
    target = np.ones((1, 1), "float32")
    by_probability = keras.losses.BinaryCrossentropy()
    by_score = keras.losses.BinaryCrossentropy(from_logits=True)
    net = keras.Sequential([keras.Input((1,)), keras.layers.Activation("sigmoid")])
    net.compile(loss="binary_crossentropy")
    table = []
    for score in scores:
        z = tf.Variable([[score]])
        with tf.GradientTape(persistent=True) as tape:
            clipped, whole = by_probability(target, tf.sigmoid(z)), by_score(target, z)
        table.append(
            {
                "z": score,
                "exact": float(np.logaddexp(0, -score)),
                "from probability": float(clipped),
                "slope of that": float(tape.gradient(clipped, z)[0, 0]),
                "from_logits": float(whole),
                "slope there": float(tape.gradient(whole, z)[0, 0]),
                "net with sigmoid": float(net.test_on_batch(z.numpy(), target)),
            }
        )
    return table


def judge_log_zero(record: RunRecord, table: Sequence[dict[str, float]]) -> None:
    """Judge that misplaced confidence costs infinitely much, and what Keras makes of it."""
    infinite = float(losses.binary_cross_entropy(1, 0.0))
    keras_value = float(keras.losses.BinaryCrossentropy()([[1.0]], [[0.0]]))
    limit = -np.log(keras.config.epsilon())
    last = table[-1]
    record.judge(
        "C-log-zero",
        f"by hand {infinite}, Keras {keras_value:.3f}",
        holds=bool(np.isinf(infinite)),
        how=f"Keras cuts probabilities off at {keras.config.epsilon():g}, so no row costs more "
        f"than {limit:.3f}, and beyond the slope is {table[1]['slope of that']:g}: nothing is "
        f"learned. From scores (from_logits=True) the loss at z = {last['z']:g} is "
        f"{last['from_logits']:g}, exactly {last['exact']:g}.",
    )
    with np.errstate(divide="ignore"):
        log_zero = np.log(0.0)
    record.judge(
        "C-log-zero-sign",
        np.sign(np.inf),
        right=np.sign(log_zero),
        how=(f"The signs are compared: NumPy's log(0) is {log_zero}."),
    )


def judge_slide_code(record: RunRecord) -> None:
    """Run the slide's function in the four cases of its table, with two libraries' logarithm."""
    cases = {(1, 1): 0.0, (0, 0): 0.0, (0, 1): np.inf, (1, 0): np.inf}  # (ŷ, y): the loss
    found = {"math": try_cases(math.log, cases), "NumPy": try_cases(np.log, cases)}
    by_hand = [float(losses.binary_cross_entropy(y, p)) for p, y in cases]
    told = {library: ", ".join(map(str, results)) for library, results in found.items()}
    record.judge(
        "C-cross-entropy-code",
        "; ".join(f"log of {library}: {results}" for library, results in told.items()),
        holds=[np.inf in results for results in found.values()],
        how="For (ŷ, y) = (1, 1), (0, 0), (0, 1), (1, 0). The slide does not say whose log it "
        "calls: Python's own raises an error at 0, NumPy's gives −∞ and warns.",
    )
    record.judge(
        "C-cross-entropy-table",
        ", ".join(map(str, by_hand)),
        holds=by_hand == list(cases.values()),
        how="By the formula, with 0·log 0 = 0, its limit; for (ŷ, y) in the order above.",
    )


def try_cases(log: Callable[[float], float], cases: Iterable[tuple[int, int]]) -> list[Any]:
    """Return what the slide's function gives in each case, or the error or warning it ends in."""
    function = lectures.run_listing("C", 6, {"log": log})["cross_entropy"]
    results: list[Any] = []
    for case in cases:
        try:
            with np.errstate(divide="ignore"):
                results.append(float(function(*case)))
        except ValueError as error:
            results.append(f"ValueError: {error}")
    return results


def plot_log_zero() -> Figure:
    """Draw the loss over the score, from the probability and from the score itself."""
    z = np.linspace(-30, 2, 400, dtype="float32")[:, None]
    ones = np.ones_like(z)
    ways = {
        "from the score": keras.losses.binary_crossentropy(ones, z, from_logits=True),
        "from the probability": keras.losses.binary_crossentropy(ones, keras.ops.sigmoid(z)),
    }
    looks = plots.style.looks(ways)
    with plots.style.figure(9.0, 5.4) as figure:
        axes = figure.subplots()
        for (way, loss), line in zip(ways.items(), ("-", "--"), strict=True):
            values = keras.ops.convert_to_numpy(loss)
            axes.plot(z[:, 0], values, line, color=looks[way].color, label=way)
        axes.set(xlabel="score z of a row of target 1", ylabel="binary cross-entropy")
        axes.set_title("Keras's loss of a confidently wrong row")
        axes.legend()
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

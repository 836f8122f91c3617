"""What do 100 times the rows buy?

Topic: optimizers and rates           Time: seconds
Run:   python -m labs.gradient_noise
Quick: python -m labs.gradient_noise --quick
Try:   --draws 100    how much noise is in the measured noise itself?
       --seed 1       another net, the same slope of −1/2

The gradient of a mini-batch is a mean, and the deviation of a mean falls with the root of the
number of its terms. It is measured on the gradients of a net that learns digits, for batches of 1
to 10,000 rows. What they cost is measured in labs.batch_cost.

Source: lecture B, 신경망 학습 (Training Neural Networks); lecture A, 딥러닝 기초 (Introduction to
Deep Learning), Korea University.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

import models
from labs import data, plots, stats
from labs.running import AtLeast, LabConfig, lab

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

tf = lazy_loader.load("tensorflow")

HELD_OUT = 2 / 3
HIDDEN_UNITS, BATCH_SIZE, EPOCHS = 16, 10, 5
SMALL, LARGE = 100, 10_000
"""The two batch sizes on the slide."""
DRAWN = (1, 3, 10, 30, 100, 300, 1000, 3000, LARGE)
GROUPS = 10
SLOPE_MARGIN = 0.01
"""A slope so near to −½ is as good: a few draws of rare rows tilt the line that much."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"draws": 200}

    draws: Annotated[int, AtLeast(100)] = 1000
    """Mini-batches drawn of each size to measure their noise."""


def experiment(config: Config, record: RunRecord) -> None:
    """Measure the noise of mini-batch gradients."""
    digits = data.load_digits()
    record.use_dataset(digits)
    rows, _ = data.split(digits.train, HELD_OUT, config.seed)
    net = train_net(rows, config.seed)

    gradients = row_gradients(net, rows)
    noise = measure_noise(gradients, config)
    judge_mean(record, gradients, net, rows)
    judge_noise(record, noise)

    drawn, all_but_few = noise["with replacement"], max(noise["without"])
    record.answer(
        f"{LARGE // SMALL} times the rows make the gradient's deviation "
        f"{(drawn[SMALL] / drawn[LARGE]).mean():.1f} times smaller. Drawn without replacement, as "
        f"in an epoch, {all_but_few} of {len(rows)} rows leave "
        f"{(noise['without'][all_but_few] / spread(gradients)).mean():.1%} of a single row's.",
        limits="One net after a short training; what the rows cost is the question of "
        "labs.batch_cost, whether less noise is worth it that of labs.batch_size.",
    )
    record.add_figure(
        "noise",
        plot_noise(digits.name, noise, gradients),
        caption="The deviation of a gradient over the rows of its batch, measured and by formula.",
    )


def train_net(rows: data.Part, seed: int) -> Any:
    """Train a small net on the way to its minimum, where gradients are neither alike nor 0."""
    net = models.build_mlp(
        rows.x.shape[1:], (HIDDEN_UNITS,), 10, scale=1 / 255, optimizer="sgd", seed=seed
    )
    models.fit(net, rows.x, rows.y, epochs=EPOCHS, batch_size=BATCH_SIZE, seed=seed)
    return net


def row_gradients(net: Any, rows: data.Part) -> np.ndarray:
    """Return the gradient of the loss of each single row, `(rows, parameters)`."""

    @tf.function(autograph=False)
    def all_rows(x: Any, y: Any) -> Any:
        return tf.vectorized_map(lambda row: flat_gradient(net, row[0][None], row[1][None]), (x, y))

    return all_rows(tf.constant(rows.x), tf.constant(rows.y)).numpy().astype(np.float64)


def flat_gradient(net: Any, x: Any, y: Any) -> Any:
    """Return the gradient of the mean loss of some rows as one tensor, `(parameters,)`."""
    with tf.GradientTape() as tape:
        loss = net.compute_loss(x, y, net(x, training=True))
    gradients = tape.gradient(loss, net.trainable_variables)
    return tf.concat([tf.reshape(gradient, [-1]) for gradient in gradients], axis=0)


def judge_mean(record: RunRecord, gradients: np.ndarray, net: Any, rows: data.Part) -> None:
    """Judge that batch, mini-batch and stochastic descent go the same way on average."""
    full = flat_gradient(net, tf.constant(rows.x), tf.constant(rows.y)).numpy()
    gap = float(np.linalg.norm(gradients.mean(axis=0) - full) / np.linalg.norm(full))
    record.judge(
        "A-batch-kinds",
        f"mean gradient of single rows is off the gradient of all by {gap:.0e}, relative",
        holds=gap < 1e-4,
        how=f"{len(rows)} gradients of a net with {gradients.shape[1]:,} parameters. So the three "
        "differ in noise, not in where they are heading.",
    )


def measure_noise(gradients: np.ndarray, config: Config) -> dict[str, dict[int, np.ndarray]]:
    """Draw mini-batches and measure how far their gradients are from the full one.

    Returns:
        For drawing with and without replacement and each batch size the standard deviation,
        √E|g_batch − g|², in each of ten groups of draws, `(GROUPS,)`.
    """
    centered = gradients - gradients.mean(axis=0)
    products = centered @ centered.T  # The length of a mean needs inner products only.
    rng, rows = np.random.default_rng(config.seed), len(gradients)
    noise: dict[str, dict[int, np.ndarray]] = {"with replacement": {}, "without": {}}
    for size in DRAWN:
        drawn = rng.multinomial(size, np.full(rows, 1 / rows), config.draws)
        noise["with replacement"][size] = deviations(drawn / size, products)
    for size in sorted({*(size for size in DRAWN if size < rows), rows // 2, rows * 9 // 10}):
        drawn = np.tile(np.arange(rows) < size, (config.draws, 1))
        noise["without"][size] = deviations(rng.permuted(drawn, axis=1) / size, products)
    return noise


def deviations(shares: np.ndarray, products: np.ndarray) -> np.ndarray:
    """Return the standard deviation of batch gradients in each of ten groups of batches.

    Args:
        shares: Share that each row has in the mean of each batch, `(batches, rows)`.
        products: Inner products of the rows' gradients, centered, `(rows, rows)`.
    """
    squared = ((shares @ products) * shares).sum(axis=1)
    squared = np.maximum(squared, 0)  # Rounding can lead below where nothing is left.
    return np.sqrt([group.mean() for group in np.array_split(squared, GROUPS)])


def spread(gradients: np.ndarray) -> float:
    """Return σ of the gradients of single rows, √(mean |g_row − g|²)."""
    return float(np.sqrt(gradients.var(axis=0).sum()))


def finite_correction(size: int, rows: int) -> float:
    """Return √((N − n)/(N − 1)), by which drawing without replacement is less noisy."""
    return math.sqrt((rows - size) / (rows - 1))


def judge_noise(record: RunRecord, noise: Mapping[str, Mapping[int, np.ndarray]]) -> None:
    """Judge σ/√n, and what it means for the two sizes on the slide."""
    drawn = noise["with replacement"]
    sizes = np.log(list(drawn))
    slopes = [np.polyfit(sizes, np.log(group), 1)[0] for group in np.array(list(drawn.values())).T]
    interval = stats.mean_interval(slopes)
    record.judge(
        "B-sigma-over-root-n",
        f"slope {np.mean(slopes):.3f} ({interval.low:.3f} to {interval.high:.3f})",
        holds=interval.low <= -0.5 + SLOPE_MARGIN and interval.high >= -0.5 - SLOPE_MARGIN,
        how=f"Gradients of batches of {min(drawn)} to {max(drawn):,} rows drawn with replacement, "
        f"{GROUPS} groups. Rows drawn without replacement, as in an epoch, are less noisy, by "
        "√((N − n)/(N − 1)): no noise at all is left when n is N.",
        interval=interval,
    )
    ratios = drawn[SMALL] / drawn[LARGE]
    record.judge(
        "B-ten-times-deviation",
        float(ratios.mean()),
        how="Same draws; 10,000 rows are drawn with replacement from the training rows.",
        interval=stats.mean_interval(ratios),
    )


def plot_noise(
    name: str, noise: Mapping[str, Mapping[int, np.ndarray]], gradients: np.ndarray
) -> Figure:
    """Draw the noise of the gradient against the batch size."""
    sigma, rows = spread(gradients), len(gradients)
    below = np.append(np.geomspace(1, rows - 1, 300), rows - 0.05)
    corrected = [sigma / np.sqrt(n) * finite_correction(n, rows) for n in below]
    with plots.style.figure() as figure:
        axes = figure.subplots()
        looks = plots.style.looks(noise)
        formulas = dict(zip(noise, ("σ/√n", "σ/√n · √((N − n)/(N − 1))"), strict=True))
        sizes = np.array([1, LARGE])
        curves = ((sizes, sigma / np.sqrt(sizes), "-"), (below, corrected, "--"))
        for (way, measured), (x, y, line) in zip(noise.items(), curves, strict=True):
            axes.loglog(x, y, line, color=looks[way].color, label=formulas[way])
            axes.loglog(
                list(measured),
                [np.sqrt((group**2).mean()) for group in measured.values()],
                linestyle="",
                markersize=9,
                label=f"measured, drawn {way}",
                **looks[way].line,
            )
        axes.set_ylim(sigma / math.sqrt(LARGE) * 0.6, sigma * 1.5)
        axes.set(xlabel="rows in the batch, n", ylabel="standard deviation of the gradient")
        axes.legend(loc="lower left")
        figure.suptitle(f"{name}: noise of a gradient by the rows of its batch", fontsize=15)
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

"""Is the largest net the worst?

Topic: normalization and regularization    Time: seconds
Run:   python -m labs.double_descent
Quick: python -m labs.double_descent --quick
Try:   --rows 100          where is the peak now?
       --penalty 0.001     how small may a penalty be that takes the peak away?

"Would one huge net not do?" asks the lecture on overfitting. A hidden layer of random ReLU units
is followed by least squares, for which there is one answer: of all weights that fit best the
smallest. So size alone is at work, from a few units to many more than there are rows.

Source: lecture C, 딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep Learning,
part 2), NVIDIA DLI; Belkin, Hsu, Ma and Mandal (2019), "Reconciling modern machine-learning
practice and the classical bias-variance trade-off", PNAS 116.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from labs import data, plots
from labs.running import Above, AtLeast, LabConfig, Within, lab

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

RELATIVE = (0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 0.9, 1.0, 1.1, 1.4, 2.0, 4.0, 8.0, 16.0)
"""Units of the hidden layer, as multiples of the rows."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 3}

    rows: Annotated[int, Within(50, 265)] = 265
    """Rows that are fitted."""
    penalty: Annotated[float, Above(0)] = 0.1
    """Weight penalty of the other nets, as a multiple of a unit's sum of squared outputs."""
    seeds: Annotated[int, AtLeast(2)] = 10
    """Draws of the random units, for each size."""


def experiment(config: Config, record: RunRecord) -> None:
    """Fit nets of all sizes with and without a penalty, and see where they are worst."""
    patients = data.load_diabetes()
    record.use_dataset(patients)
    mean, sd = patients.train.x.mean(axis=0), patients.train.x.std(axis=0)
    x, x_test = ((part.x - mean) / sd for part in (patients.train, patients.test))
    scores, test_scores = data.load_progression_scores()
    y, y_test = ((s - scores.mean()) / scores.std() for s in (scores, test_scores))
    x, y = x[: config.rows], y[: config.rows]
    sizes = [max(2, round(share * config.rows)) for share in RELATIVE]
    # Mean squared errors on the rows fitted and on test rows, (penalties, sizes, seeds, 2).
    errors = np.zeros((2, len(sizes), config.seeds, 2))
    for place, units in record.track(list(enumerate(sizes)), "sizes"):
        for seed in range(config.seeds):
            h, h_test = hidden_units(x, x_test, units, config.seed + seed)
            weights = smallest_weights(h, y, (0.0, config.penalty))
            for part, (outputs, target) in enumerate(((h, y), (h_test, y_test))):
                errors[:, place, seed, part] = np.mean((weights @ outputs.T - target) ** 2, axis=1)
    record.add_table("errors", describe(sizes, errors))
    plain, penalized = np.median(errors[..., 1], axis=2)
    peak, best = plain.argmax(), plain.argmin()
    record.answer(
        f"{'Yes' if peak == len(sizes) - 1 else 'No'}: the test error is worst, {plain[peak]:.3g}, "
        f"with {sizes[peak]} units for {config.rows} rows, and {plain[-1]:.2f} with "
        f"{sizes[-1]:,}; least, {plain[best]:.2f}, with {sizes[best]}. With a penalty the worst is "
        f"{penalized.max():.2f}.",
        limits="A hidden layer that is not trained, squared error, one table: what a trained net "
        "does depends on how long it is trained, see labs.net_size. 1 is the error of the mean.",
    )
    record.add_figure(
        "errors",
        plot_errors(sizes, errors, config),
        caption="Mean squared error over the units, medians and quartiles over draws: without a "
        "penalty it has a peak where there are as many units as rows (dotted).",
        key=True,
    )


def hidden_units(
    x: np.ndarray, x_test: np.ndarray, units: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the outputs of random ReLU units on both parts, `(rows, units)`."""
    rng = np.random.default_rng(seed)
    kernel = rng.normal(size=(x.shape[1], units)) / np.sqrt(x.shape[1])
    bias = rng.normal(size=units)
    first, second = (np.maximum(part @ kernel + bias, 0) for part in (x, x_test))
    return first, second


def smallest_weights(h: np.ndarray, y: np.ndarray, penalties: Sequence[float]) -> np.ndarray:
    """Return the weights of least squares, of all that fit best the smallest.

    Args:
        h: Outputs of the hidden units, `(rows, units)`.
        y: Targets, `(rows,)`.
        penalties: What each squared weight costs, as multiples of a unit's sum of h², their mean.

    Returns:
        Weights for each penalty, `(penalties, units)`.
    """
    left, sizes, right = np.linalg.svd(h, full_matrices=False)
    kept = sizes > sizes[0] * np.finfo(float).eps * max(h.shape)
    left, sizes, right = left[:, kept], sizes[kept], right[kept]
    costs = np.array(penalties)[:, None] * np.sum(h**2) / h.shape[1]
    weights: np.ndarray = sizes / (sizes**2 + costs) * (left.T @ y) @ right
    return weights


def describe(sizes: Sequence[int], errors: np.ndarray) -> list[dict[str, Any]]:
    """Give the median errors of each size, a row each."""
    columns = ("training", "test", "training, penalty", "test, penalty")
    medians = np.median(errors, axis=2)
    return [
        {"units": units} | dict(zip(columns, medians[:, place].ravel(), strict=True))
        for place, units in enumerate(sizes)
    ]


def plot_errors(sizes: Sequence[int], errors: np.ndarray, config: Config) -> Figure:
    """Draw both errors over the size, without a penalty and with it."""
    colors = (plots.style.TRAINING_COLOR, plots.style.VALIDATION_COLOR)
    with plots.style.figure(11.0, 5.0) as figure:
        panels = figure.subplots(1, 2, sharey=True)
        for axes, kind, title in zip(
            panels, errors, ("no penalty", f"penalty {config.penalty:g}"), strict=True
        ):
            for which, (name, color) in enumerate(zip(("training", "test"), colors, strict=True)):
                low, middle, high = np.quantile(kind[..., which], (0.25, 0.5, 0.75), axis=1)
                axes.plot(sizes, middle, "os"[which] + "-", color=color, label=name)
                axes.fill_between(sizes, low, high, color=color, alpha=0.2, linewidth=0)
            axes.axvline(
                config.rows, color=plots.style.NEUTRAL, linestyle=plots.style.MARK_STYLES[0]
            )
            axes.set(xscale="log", yscale="log", xlabel="hidden units")
            axes.set_ylim(1e-2, 3 * np.median(errors, axis=2).max())
            axes.set_title(title)
        panels[0].set_ylabel("mean squared error")
        panels[0].legend(loc="lower left")
        figure.suptitle(f"Least squares on random units, {config.rows} rows")
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()

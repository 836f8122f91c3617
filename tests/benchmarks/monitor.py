"""How often does OverfittingMonitor find overfitting, and how often where there is none?

Run:   python -m tests.benchmarks.monitor
Quick: python -m tests.benchmarks.monitor --quick

Simulated curves, whose true lowest point is known: rises in noise for what is found, falling and
flat curves for what is found wrongly. Keras's EarlyStopping(patience=5) reads the same curves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

import numpy as np
from scipy.signal import lfilter

from callbacks import OverfittingMonitor
from labs import plots, records, stats
from labs.running import AtLeast, LabConfig, lab

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Curves = Callable[[np.random.Generator, int, int], np.ndarray]
"""From a generator, the number of curves and of epochs to validation losses."""
PATIENCE = 5
NOISE = 0.02


@dataclass(frozen=True)
class Config(LabConfig):
    """How many curves."""

    QUICK: ClassVar = {"curves": 20, "longest": 50}

    curves: Annotated[int, AtLeast(10)] = 400
    """Curves of each kind; five times as many under 50 epochs, a quarter from 500 on."""
    longest: Annotated[int, AtLeast(20)] = 1000
    """Longest trainings, in epochs."""
    workers: Annotated[int, AtLeast(1)] = 2
    """Processes that read curves."""


class Rise(NamedTuple):
    """Curves that fall, and rise from `onset` on by `slope` noises an epoch."""

    epochs: int
    onset: int
    slope: float
    noise: float
    phi: float = 0.0

    def mean(self) -> np.ndarray:
        """Return the curve without noise, `(epochs,)`."""
        epoch = np.arange(self.epochs)
        fall = 0.7 * np.exp(-epoch / max(1.5, 0.45 * self.onset))
        return 0.48 + fall + self.slope * self.noise * np.maximum(0, epoch - self.onset)


RISES = [
    Rise(10, 3, 6, 0.005),
    Rise(12, 4, 4, 0.005),
    Rise(20, 8, 2, 0.005),
    Rise(20, 5, 10 / 3, 0.006),
    Rise(50, 15, 1, 0.01),
    Rise(200, 60, 0.5, 0.02),
    Rise(400, 200, 0.5, 0.02),
    Rise(400, 200, 0.5, 0.02, 0.6),
    Rise(1000, 300, 0.05, 0.02),
    Rise(1000, 300, 0.05, 0.02, 0.6),
]
SHAPES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "like MNIST's": lambda t: 0.075 + 0.03 * np.exp(-t / 1.2) + 0.0047 * np.maximum(0, t - 4),
    "saturating, after a fast fall": lambda t: _saturating(t, 1.5),
    "saturating, hidden by a slow fall": lambda t: _saturating(t, 4),
}
SHAPE_NOISES = {"like MNIST's": (20, 0.006)}


def _saturating(t: np.ndarray, tau: float) -> np.ndarray:
    return (0.5 + 0.7 * np.exp(-t / tau)) * (1 + 0.1 * (1 - np.exp(-np.maximum(0, t - 10) / 6)))


def autoregressive(rng: np.random.Generator, size: tuple[int, int], phi: float) -> np.ndarray:
    """Return noise of variance 1 with n_t = φ·n_{t−1} + e_t."""
    innovations = rng.standard_normal((size[0], size[1] + 200)) * np.sqrt(1 - phi**2)
    return lfilter([1], [1, -phi], innovations, axis=1)[:, 200:]


def falling(rng: np.random.Generator, curves: int, epochs: int) -> np.ndarray:
    """Return curves without noise, four of five falling fast or slowly, the others flat."""
    height = rng.uniform(0.5, 2, (curves, 1)) * (rng.random((curves, 1)) > 0.2)
    tau = rng.uniform(0.08, 0.3, (curves, 1)) * epochs
    return 0.4 + height * np.exp(-np.arange(epochs) / tau)


def _with_memory(rng: np.random.Generator, curves: int, epochs: int, phi: float) -> np.ndarray:
    return falling(rng, curves, epochs) + NOISE * autoregressive(rng, (curves, epochs), phi)


def _with_tails(rng: np.random.Generator, curves: int, epochs: int) -> np.ndarray:
    return falling(rng, curves, epochs) + NOISE / 2 * rng.standard_t(2.2, (curves, epochs))


def _growing(rng: np.random.Generator, curves: int, epochs: int) -> np.ndarray:
    growth = 0.2 + 1.8 * np.arange(epochs) / epochs
    return falling(rng, curves, epochs) + NOISE * growth * rng.standard_normal((curves, epochs))


def _stepping(rng: np.random.Generator, curves: int, epochs: int) -> np.ndarray:
    later = np.arange(epochs) >= epochs // 2  # the rate drops: less loss and less noise
    noise = np.where(later, 0.4, 1) * rng.standard_normal((curves, epochs))
    return falling(rng, curves, epochs) - 0.1 * later + NOISE * noise


def _bursting(rng: np.random.Generator, curves: int, epochs: int) -> np.ndarray:
    losses = _with_memory(rng, curves, epochs, 0.0)
    for curve in losses:
        for start in rng.choice(epochs - 5, 3, replace=False):
            curve[start : start + 5] += rng.uniform(0.05, 0.3)
    return losses


NOISES: dict[str, Curves] = {
    **{f"φ = {phi}": partial(_with_memory, phi=phi) for phi in (0.0, 0.5, 0.8, 0.9, 0.95)},
    "heavy tails": _with_tails,
    "growing": _growing,
    "step decay": _stepping,
    "three bursts of 5 epochs": _bursting,
}
LENGTHS = (10, 20, 30, 49, 50, 100, 200, 500, 1000)
SLOPES = (0.1, 0.2, 0.5, 1.0, 2.0, 4.0)
STRICTNESS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)


def experiment(config: Config, record: records.RunRecord) -> None:
    """Read rising, falling and flat curves, and count what is found."""
    spawn = get_context("spawn")
    with ProcessPoolExecutor(config.workers, mp_context=spawn) as pool:
        read = partial(read_all, pool, config)
        found = find_rises(read, config, record)
        alarms = raise_alarms(read, config, record)
        power = vary_slope(read, config, record)
        trade_off = vary_strictness(read, config, record)
    shares = {"found": ".3f", "95% interval": ".3f", "EarlyStopping": ".3f"}
    record.add_table("rises", found, formats=shares)
    record.add_table("false_alarms", alarms, formats={**shares, "raised": ".3f"})
    record.add_table("power", power, formats=shares, printed=False)
    record.add_table("trade_off", trade_off, formats={"found": ".3f", "raised": ".3f"})
    record.add_figure(
        "characteristics",
        draw(power, alarms, trade_off),
        caption="What OverfittingMonitor finds, by the rise's steepness; what it finds wrongly, by "
        "the length of the training and the noise; and what a less strict test would gain and lose "
        "in short trainings, whose noise cannot be told from a rise if it has a long memory.",
    )
    short = [row for row in alarms if row["noise"] in ("φ = 0.0", "φ = 0.5")]
    record.answer(
        f"Of the steep rises {min(row['found'] for row in found[:4]):.1%} and more are found, and "
        f"at most {max(row['raised'] for row in short):.1%} of the falling and flat curves whose "
        f"noise has a memory of up to φ = .5 are called overfitting; EarlyStopping({PATIENCE}) "
        f"stops {max(row['EarlyStopping'] for row in short):.0%} of such curves.",
        limits="Simulated curves; those of real trainings are in labs.overfitting.",
    )


def read_all(
    pool: ProcessPoolExecutor, config: Config, losses: np.ndarray, strictness: float = 1.0
) -> np.ndarray:
    """Return at which epoch overfitting was found in each curve, NaN where it was not."""
    parts = np.array_split(losses, 4 * config.workers)
    return np.concatenate([*pool.map(partial(read_curves, strictness=strictness), parts)])


def read_curves(losses: np.ndarray, strictness: float) -> np.ndarray:
    """Let a monitor read curves; the training loss falls throughout."""
    epochs = losses.shape[1]
    training = (0.03 + 1.1 * np.exp(-np.arange(epochs) / (0.22 * epochs))).tolist()
    found = [
        OverfittingMonitor.of(
            {"loss": training, "val_loss": curve.tolist()}, mode="stop", strictness=strictness
        ).found_epoch
        for curve in losses
    ]
    return np.array(found, dtype=float)


def patience_ends(losses: np.ndarray) -> np.ndarray:
    """Return for each curve whether EarlyStopping would end the training before it is over."""
    best = np.minimum.accumulate(losses, axis=1)
    waits = losses[:, PATIENCE:] > best[:, :-PATIENCE]
    for later in range(1, PATIENCE):
        waits &= losses[:, PATIENCE - later : -later] > best[:, :-PATIENCE]
    return np.any(waits[:, :-1], axis=1)


def count(config: Config, epochs: int) -> int:
    """Return how many curves of a length are read."""
    if epochs < 50:
        return 5 * config.curves
    return config.curves if epochs < 500 else max(10, config.curves // 4)


def share(hits: np.ndarray) -> dict[str, Any]:
    """Return a proportion and its interval."""
    successes = int(np.sum(hits))
    return {"curves": len(hits), "95% interval": stats.wilson_interval(successes, len(hits))}


def find_rises(read: Any, config: Config, record: records.RunRecord) -> list[dict[str, Any]]:
    """Read curves that rise, for each shape."""
    rng, rows = np.random.default_rng((config.seed, 1)), []
    cases: list[tuple[str, np.ndarray, float, float]] = [
        (f"from epoch {rise.onset} on", rise.mean(), rise.noise, rise.phi) for rise in RISES
    ]
    for name, shape in SHAPES.items():
        epochs, noise = SHAPE_NOISES.get(name, (40, 0.008))
        cases.append((name, shape(np.arange(epochs)), noise, 0.0))
    cases = [case for case in cases if len(case[1]) <= config.longest]
    for name, mean, noise, phi in record.track(cases, "rises"):
        size = (count(config, len(mean)), len(mean))
        losses = mean + noise * autoregressive(rng, size, phi)
        found, lowest = read(losses), int(mean.argmin())
        steepest = (mean[-1] - mean[lowest]) / (len(mean) - 1 - lowest)
        rows.append(
            {
                "rise": name,
                "epochs": len(mean),
                "φ": phi,
                "noises an epoch": steepest / noise,
                "lowest at": lowest,
                "found": float(np.mean(np.isfinite(found))),
                **share(np.isfinite(found)),
                "median delay": float(np.median(np.nan_to_num(found, nan=np.inf))) - lowest,
                "too early": float(np.mean(found < lowest)),
                "EarlyStopping": float(np.mean(patience_ends(losses))),
            }
        )
    return rows


def raise_alarms(read: Any, config: Config, record: records.RunRecord) -> list[dict[str, Any]]:
    """Read curves that fall or are flat, for each noise and length."""
    rng, rows = np.random.default_rng((config.seed, 2)), []
    lengths = [epochs for epochs in LENGTHS if epochs <= config.longest]
    cells = [(noise, epochs) for noise in NOISES for epochs in lengths]
    for noise, epochs in record.track(cells, "false alarms"):
        losses = NOISES[noise](rng, count(config, epochs), epochs)
        raised = np.isfinite(read(losses))
        rows.append(
            {
                "noise": noise,
                "epochs": epochs,
                "raised": float(np.mean(raised)),
                **share(raised),
                "EarlyStopping": float(np.mean(patience_ends(losses))),
            }
        )
    return rows


def vary_slope(read: Any, config: Config, record: records.RunRecord) -> list[dict[str, Any]]:
    """Read curves that turn after a third of the epochs, from hardly rising ones to steep ones."""
    rng, rows = np.random.default_rng((config.seed, 3)), []
    lengths = [epochs for epochs in (10, 20, 49, 50, 200) if epochs <= config.longest]
    cells = [(epochs, slope) for epochs in lengths for slope in SLOPES]
    for epochs, slope in record.track(cells, "power"):
        rise = Rise(epochs, epochs // 3, slope, 0.01)
        noise = autoregressive(rng, (count(config, epochs) // 2, epochs), 0.0)
        found = np.isfinite(read(rise.mean() + rise.noise * noise))
        rows.append(
            {"epochs": epochs, "noises an epoch": slope, "found": float(np.mean(found))}
            | share(found)
        )
    return rows


def vary_strictness(read: Any, config: Config, record: records.RunRecord) -> list[dict[str, Any]]:
    """Read wandering curves and slow rises with stricter and less strict tests."""
    rng, rows = np.random.default_rng((config.seed, 4)), []
    for epochs in (20, 40):
        rise = Rise(epochs, epochs // 3, 0.5, 0.01)
        size = (config.curves, epochs)
        rising = rise.mean() + rise.noise * autoregressive(rng, size, 0.0)
        wandering = {phi: _with_memory(rng, *size, phi) for phi in (0.5, 0.8, 0.9)}
        for strictness in record.track(STRICTNESS, f"trade-off, {epochs} epochs"):
            found = float(np.mean(np.isfinite(read(rising, strictness))))
            for phi, losses in wandering.items():
                raised = float(np.mean(np.isfinite(read(losses, strictness))))
                rows.append(
                    {
                        "epochs": epochs,
                        "strictness": strictness,
                        "φ": phi,
                        "found": found,
                        "raised": raised,
                    }
                )
    return rows


def draw(
    power: Sequence[dict[str, Any]],
    alarms: Sequence[dict[str, Any]],
    trade_off: Sequence[dict[str, Any]],
) -> Figure:
    """Draw power, false alarms and what one costs in the other."""
    with plots.style.figure(15.0, 7.2) as figure:
        left, middle, right = figure.subplots(1, 3)
        _draw_lines(left, power, "epochs", "noises an epoch", "found", "{} epochs")
        left.set_xscale("log")
        left.set(title="found", xlabel="rise per epoch, in noises", ylim=(-0.02, 1.02))
        _draw_lines(middle, alarms, "noise", "epochs", "raised", "{}")
        middle.set_xscale("log")
        middle.set(title="found wrongly", xlabel="epochs", ylim=(-0.005, None))
        forty = [row for row in trade_off if row["epochs"] == 40]
        _draw_lines(right, forty, "φ", "raised", "found", "φ = {}")
        right.set(
            title="40 epochs, more or less strict", xlabel="found wrongly", ylabel="slow rise found"
        )
        for axes in (left, middle, right):
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3)
        figure.suptitle("OverfittingMonitor: shares of simulated curves")
    return figure


def _draw_lines(
    axes: Any, rows: Sequence[dict[str, Any]], line: str, x: str, y: str, label: str
) -> None:
    names = list(dict.fromkeys(row[line] for row in rows))
    for name, look in plots.style.looks(map(str, names)).items():
        own = [row for row in rows if str(row[line]) == name]
        axes.plot([r[x] for r in own], [r[y] for r in own], **look.line, label=label.format(name))


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

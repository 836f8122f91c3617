"""By hand, grid, random, Bayesian, halving: which search finds more for the same epochs?

Run:   python -m tuning.strategies
Quick: python -m tuning.strategies --quick
Try:   --table latest --trials 10       who is ahead after a few trials?
       --table latest --searches 300    three times as many: does the order hold?

Lecture E names four ways to find hyperparameters: by hand, a grid, at random, Bayesian. Here all
settings of a small space are trained, each from several seeds on several folds. On this table of
scores searches are replayed, many of each kind, all with the epochs of the same number of whole
trials. By hand means one hyperparameter at a time; the grid has as many points as there are
trials; the others are those of `python -m tuning`.

Source: lecture E, 2022-1 교육세션 Deep Learning (MLP), Hyperparameter의 최적화 방법.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice, product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

import models
import tuning
from labs import data, plots, records, stats
from labs.data.npz_files import read_npz, write_npz
from labs.errors import InputError
from labs.records.runs import LATEST, finished_runs, read_run
from labs.running import Above, AtLeast, Each, LabConfig, NotEmpty, Within, lab

if TYPE_CHECKING:
    import keras
    from keras_tuner import HyperParameters
    from matplotlib.figure import Figure

    from labs.records import RunRecord
    from tuning.replay import ScoreTable, Strategy

keras = lazy_loader.load("keras")
keras_tuner = lazy_loader.load("keras_tuner")

NAMED = ("by hand", "grid", "random", "bayesian")
"""The lecture's four."""
FOLDS = 5
ACTIVATIONS = ("sigmoid", "relu")


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this comparison."""

    QUICK: ClassVar = {
        "trials": 6, "searches": 3, "rates": (1e-3, 1e-2, 1e-1), "units": (4,), "layers": (1,),
        "penalties": (1e-6, 1e-2), "batch_sizes": (64,), "draws": 2, "epochs": 9,
    }  # fmt: skip

    trials: Annotated[int, Within(2, 200)] = 30
    """Whole trials whose epochs a search may spend."""
    searches: Annotated[int, AtLeast(2)] = 100
    """Searches of each kind."""
    table: str = ""
    """Run of this command whose table to take, instead of training; "latest" is the newest."""
    rates: Annotated[tuple[float, ...], Each(Above(0)), NotEmpty()] = (
        1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1,
    )  # fmt: skip
    """Learning rates of Adam to choose from."""
    units: Annotated[tuple[int, ...], Each(AtLeast(1)), NotEmpty()] = (2, 4, 8, 16, 32)
    """Units of a hidden layer to choose from."""
    penalties: Annotated[tuple[float, ...], Each(Above(0)), NotEmpty()] = (1e-6, 1e-3, 1e-1)
    """L2 penalties to choose from."""
    layers: Annotated[tuple[int, ...], Each(AtLeast(1)), NotEmpty()] = (1, 2)
    """Numbers of hidden layers to choose from."""
    batch_sizes: Annotated[tuple[int, ...], Each(AtLeast(1)), NotEmpty()] = (16, 64)
    """Rows a step to choose from."""
    draws: Annotated[int, AtLeast(2)] = 4
    """Divisions into five folds; a net is trained on each fold of each."""
    epochs: Annotated[int, AtLeast(1)] = 60
    """Epochs of a whole trial."""


OF_TABLE = ("rates", "units", "penalties", "layers", "batch_sizes", "draws", "epochs")


def experiment(config: Config, record: RunRecord) -> None:
    """Make the table, or take it, and replay searches on it."""
    patients = data.load_diabetes()
    record.use_dataset(patients)
    scores = load_scores(config) if config.table else train_all(patients.train, config, record)
    write_npz(record.directory / "table.npz", {"scores": scores})
    table = tuning.ScoreTable(patients.name, space_of(config), scores, seen=FOLDS)
    searches = dict.fromkeys(tuning.STRATEGIES, config.searches)
    ends = compare([table], record, trials=config.trials, searches=searches, seed=config.seed)
    judge_named(record, ends)


def space_of(config: Config) -> HyperParameters:
    """Return the space, in the order in which a coarse grid gives more values; middle defaults."""
    space = keras_tuner.HyperParameters()
    choices = {
        "learning_rate": config.rates,
        "units": config.units,
        "l2": config.penalties,
        "layers": config.layers,
        "activation": ACTIVATIONS,
        "batch_size": config.batch_sizes,
    }
    for name, values in choices.items():
        space.Choice(name, list(values), default=values[(len(values) - 1) // 2])
    return space


def train_all(part: data.Part, config: Config, record: RunRecord) -> np.ndarray:
    """Train every setting on every fold; settings that differ in numbers alone as one program.

    Returns:
        Validation accuracies, `(settings, draws · folds, epochs)`.
    """
    numbers = list(product(config.rates, config.penalties))
    draws = range(config.seed, config.seed + config.draws)
    folds = [fold for draw in draws for fold in data.folds(part, FOLDS, draw)]
    sizes = [len(hyperparameter.values) for hyperparameter in space_of(config).space]
    scores = np.empty((*sizes, len(folds), config.epochs), np.float32)
    places = list(np.ndindex(sizes[1], *sizes[3:]))
    for u, n, a, b in record.track(places, "programs"):
        replicas = models.fit_replicas(
            partial(
                build_net,
                hidden_units=(config.units[u],) * config.layers[n],
                activation=ACTIVATIONS[a],
            ),
            part.x,
            part.y,
            seeds=tuning.seeds_of(config.seed, len(numbers) * len(folds)),
            settings=[pair for pair in numbers for _ in folds],
            redraw=redraw,
            epochs=config.epochs,
            batch_size=config.batch_sizes[b],
            row_sets=[train for train, _ in folds] * len(numbers),
            validation_row_sets=[held_out for _, held_out in folds] * len(numbers),
        )
        own = scores[:, u, :, n, a, b]  # By rate and penalty.
        own[:] = replicas.history["val_accuracy"].reshape(own.shape)
    return scores.reshape(-1, *scores.shape[-2:])


def build_net(
    seed: int,
    x_train: np.ndarray,
    numbers: tuple[float, float],
    *,
    hidden_units: Sequence[int],
    activation: str,
) -> keras.Model:
    """Build a net with a learning rate and a penalty."""
    rate, l2 = numbers
    return models.build_mlp(
        x_train.shape[1:],
        hidden_units,
        2,
        activation=activation,
        l2=l2,
        optimizer=keras.optimizers.Adam(rate),
        scale=data.DIABETES_SCALE,
        seed=seed,
    )


def redraw(net: keras.Model, seed: int, numbers: tuple[float, float]) -> None:
    """Give a net what `build_net` would give it."""
    models.redraw_mlp(net, seed)
    rate, l2 = numbers
    net.optimizer.learning_rate = rate
    for layer in net.layers:
        if getattr(layer, "kernel_regularizer", None) is not None:
            layer.kernel_regularizer.l2 = l2


def load_scores(config: Config) -> np.ndarray:
    """Take the table of an earlier run.

    Raises:
        InputError: If there is none, or it was made with other settings.
    """
    if config.table == LATEST:  # Not this run, which is the newest of all.
        own = [run for run in finished_runs(config.output_dir) if run.lab == "strategies"]
        if not own:
            raise InputError(f"{config.output_dir} has no finished run; leave out --table.")
        run = own[-1]
    else:
        run = read_run(Path(config.table))
    others = [  # The table depends on these and its seed.
        f"--{name.replace('_', '-')}"
        for name in OF_TABLE
        if run.config.get(name) != records.strict_json.to_plain(getattr(config, name))
    ]
    if others:
        raise InputError(
            f"The table of {run.directory} was made with other settings, expected the same; give "
            f"its {', '.join(others)}, or leave out --table."
        )
    return read_npz(run.directory / "table.npz", ("scores",))["scores"]


def compare(
    tables: Sequence[ScoreTable],
    record: RunRecord,
    *,
    trials: int,
    searches: Mapping[Strategy, int],
    seed: int,
) -> dict[str, np.ndarray]:
    """Replay searches of every kind on tables; record who finds more.

    Args:
        tables: The tables; a search's regret is its mean over them.
        record: Where it goes.
        trials: Whole trials whose epochs a search may spend.
        searches: Searches of each kind on each table; no kind has more than `random`.
        seed: Seed of the first.

    Returns:
        With what regret each search has ended, `(searches,)` for each kind.
    """
    whole = all(table.epochs > 1 for table in tables)
    counts = {name: count for name, count in searches.items() if whole or name != "halving"}
    jobs = [
        (name, table, seed + place)
        for name, count in counts.items()
        for table in tables
        for place in range(count)
    ]
    courses: dict[str, np.ndarray] = {}
    with tuning.replaying(jobs, trials) as replays:
        found = iter(record.track(replays, "searches", total=len(jobs)))
        for name, count in counts.items():
            regrets = np.array(list(islice(found, len(tables) * count)))
            courses[name] = regrets.reshape(len(tables), count, trials).mean(axis=0)
    record.add_table("strategies", [row_of(name, courses) for name in courses], formats=FORMATS)
    record.add_figure(
        "courses",
        plot_courses([table.name for table in tables], courses),
        caption="Regret of the best setting found, by the epochs spent: the table's best setting "
        "has 0, its median 1. Lines are means over searches, areas their 95% intervals; gray is "
        "random search.",
        key=True,
    )
    ends = {name: course[:, -1] for name, course in courses.items()}
    most = counts["random"]
    fewer = "".join(f", {count} of {name}" for name, count in counts.items() if count != most)
    ranked = sorted(ends, key=lambda name: ends[name].mean())
    confidence = 1 - 0.05 / (len(ends) - 1)  # Bonferroni's.
    shown = [
        name
        for name, own in ends.items()
        if name != "random"
        and stats.mean_interval(_away(own, ends["random"]), confidence).excludes(0)
    ]
    record.answer(
        f"With the epochs of {trials} trials the mean regret of {most} searches{fewer} (0 the "
        f"best setting, 1 the median) is "
        f"{', '.join(f'{ends[name].mean():.3f} {name}' for name in ranked)}. Shown to differ from "
        f"random search, at 5% for all comparisons together: {', '.join(shown) or 'none'}.",
        limits="Equal epochs, not equal seconds: many short trainings compile more programs. By "
        "hand is one rule of many, and begins in the middle of the space, maybe a good place.",
    )
    return ends


def judge_named(record: RunRecord, ends: Mapping[str, np.ndarray]) -> None:
    """Judge that the ways which the lecture names find good settings, by their regrets."""
    intervals = {name: stats.mean_interval(ends[name]) for name in NAMED}
    told = (
        f"{name} {ends[name].mean():.3f} ({i.low:.3f} to {i.high:.3f})"
        for name, i in intervals.items()
    )
    record.judge(
        "E-search-methods",
        f"mean regret {', '.join(told)}",
        below=1,
        how=f"{len(ends[NAMED[0]])} searches of each kind on a table of all settings; 0 is the "
        "best setting's regret, 1 the median one's. The interval is the highest of the four.",
        interval=max(intervals.values(), key=lambda interval: interval.high),
    )


def row_of(name: str, courses: dict[str, np.ndarray]) -> dict[str, Any]:
    """Describe a strategy: regrets in the end, and how they differ from random search's."""
    ends = courses[name][:, -1]
    away = _away(ends, courses["random"][:, -1])
    return {
        "strategy": name,
        "searches": len(ends),
        "after a third": courses[name][:, courses[name].shape[1] // 3 - 1].mean(),
        "regret": ends.mean(),
        "95% interval": stats.mean_interval(ends),
        "less random's": away.mean() if name != "random" else None,
        "interval of that": stats.mean_interval(away) if name != "random" else None,
    }


def _away(own: np.ndarray, random: np.ndarray) -> np.ndarray:
    """Return how searches differ from those at random of the same seeds."""
    return own - random[: len(own)]


TICKS = [digit * 10.0**power for power in range(-6, 3) for digit in (1, 2, 5)]
FORMATS = dict.fromkeys(("after a third", "regret", "95% interval"), ".3f") | dict.fromkeys(
    ("less random's", "interval of that"), "+.3f"
)


def plot_courses(tables: Sequence[str], courses: dict[str, np.ndarray]) -> Figure:
    """Draw the mean regret over the epochs spent, a panel for each strategy."""
    looks = plots.style.looks(courses)
    with plots.style.figure(13.0, 7.0) as figure:
        panels = figure.subplots(2, -(-len(courses) // 2), sharex=True, sharey=True)
        for axes, name in zip(panels.flat, courses, strict=False):
            budgets = np.arange(1, courses[name].shape[1] + 1)
            axes.plot(budgets, courses["random"].mean(axis=0), color=plots.style.NEUTRAL)
            low, high = np.array([stats.mean_interval(regrets) for regrets in courses[name].T]).T
            axes.fill_between(budgets, low, high, color=looks[name].color, alpha=0.25, linewidth=0)
            axes.plot(budgets, courses[name].mean(axis=0), color=looks[name].color)
            axes.set(title=name, yscale="log")
        for axes in panels.flat[len(courses) :]:
            axes.set_visible(False)
        low, high = panels.flat[0].get_ylim()
        ticks = [tick for tick in TICKS if low < tick < high]
        panels.flat[0].set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        panels.flat[0].yaxis.set_minor_formatter("")
        figure.supxlabel("epochs spent, in whole trials")
        figure.supylabel("regret of the best setting found")
        shown = tables[0] if len(tables) == 1 else f"{len(tables)} tables"
        figure.suptitle(f"{shown}: searches of the same epochs")
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

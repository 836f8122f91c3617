"""How fast is a search beside keras-tuner's own, and what does its bookkeeping cost?

Run:   python -m tests.benchmarks.search
Part:  python -m tests.benchmarks.search trials workers
Quick: python -m tests.benchmarks.search --quick

trials    one fit a trial: keras-tuner's RandomSearch on stock Keras against ours
folds     five folds and two seeds a trial: a loop of stock Keras against ours
workers   two workers against one
groups    a grid of 24 nets: trials that differ in numbers alone, one by one against as one program
overhead  ask, tell and journal alone, a made-up score in place of a training
memory    of the search and of its worker, over 200 trials

Both sides train the same trials, proposed by the same oracle from the same seed, on the rows
of the diabetes lab. The first start of the libraries is left out on every side.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import keras
import keras_tuner
import numpy as np
import psutil
import tyro

from labs import records
from labs.running import LabConfig, lab
from tuning import dense, spaces
from tuning.engine import TOGETHER
from tuning.journal import Journal
from tuning.lab_study import LabStudy
from tuning.oracles import AskTell, Strategy, seed_of_oracle
from tuning.schedule import OneByOne
from tuning.trial import Outcome, Task
from tuning.trial_loop import TrialLoop
from tuning.trial_table import TrialRow
from tuning.validation import Values, seeds_of, step_decay
from tuning.workers import LocalWorkers

Rows = list[dict[str, Any]]

AT_ONCE = 4
UNITS, EPOCHS = (4, 64), (25, 400)  # Those of `python -m tuning diabetes`.


@dataclass(frozen=True)
class Config(LabConfig):
    """What to measure."""

    POSITIONAL: ClassVar = frozenset({"parts"})

    parts: tyro.conf.Positional[
        tuple[Literal["trials", "folds", "workers", "groups", "overhead", "memory"], ...]
    ] = ()
    """All unless named."""

    def study(self, folds: int, seeds: int) -> LabStudy:
        """Return the diabetes lab's training rows, one thread a trial."""
        return LabStudy(lab="diabetes", folds=folds, seeds=seeds, seed=self.seed)


def experiment(config: Config, record: records.RunRecord) -> None:
    """Measure one part after the other."""
    ratios = []
    for name in config.parts or PARTS:
        rows = PARTS[name](config)
        record.add_table(name, rows, formats=FORMATS)
        if "ratio" in rows[-1]:
            ratios.append(f"{name} {rows[-1]['ratio']:.2f}")
    record.answer(
        f"How many times the first side's trials a minute the last side has: {', '.join(ratios)}."
        if ratios
        else "See the tables.",
        limits="Other machines, larger nets.",
    )


def our_search(
    strategy: Strategy,
    space: keras_tuner.HyperParameters,
    trials: int,
    of: LabStudy,
    submit: Callable[[Task], Future[Outcome]],
    on_finished: Callable[[TrialRow], None] = lambda trial: None,
    together: int = 1,
) -> tuple[float, list[TrialRow]]:
    """Search in a folder that does not outlive it, and return the seconds and the trials."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        oracle = AskTell(strategy, space, trials=trials, seed=of.seed)
        with Journal(Path(folder, "journal.jsonl")) as journal:
            histories = Path(folder, "histories")
            search = TrialLoop(
                schedule=OneByOne(oracle),
                journal=journal,
                study=of,
                submit=submit,
                directory=histories,
                at_once=AT_ONCE,
                together=together,
                on_finished=on_finished,
            )
            rows = search.run()
        return time.perf_counter() - start, rows


def first_values(of: LabStudy) -> dict[str, Any]:
    """Return a short trial that no search here has."""
    values = AskTell("random", spaces.dense_space(UNITS, (2, 3)), trials=1, seed=of.seed + 1).ask()
    assert values is not None
    return values


@contextmanager
def warm_workers(count: int, of: LabStudy) -> Iterator[LocalWorkers]:
    """Let every worker import TensorFlow and load the rows before the clock runs."""
    with LocalWorkers(count) as workers:
        for future in [workers.submit(Task(of, first_values(of))) for _ in range(count)]:
            assert future.result().status == "done"
        yield workers


def stock_settings(values: Values) -> dict[str, Any]:
    """Return what `model.fit` needs to train as the values say."""
    watch: list[keras.callbacks.Callback] = []
    if values["patience"]:
        watch.append(keras.callbacks.EarlyStopping(patience=values["patience"]))
    if (decay := step_decay(values)) is not None:
        watch.append(decay)
    sizes = {name: values[name] for name in ("epochs", "batch_size")}
    return {**sizes, "callbacks": watch, "verbose": 0}


class StockHyperModel(keras_tuner.HyperModel):
    """The nets of `spaces.dense_space` as a user of keras-tuner trains them."""

    def __init__(self, of: LabStudy) -> None:
        super().__init__()
        self._study, self.trials = of, list[Values]()

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """Build the net that the values describe."""
        return dense.build(hp.values, self._study.training_part(), 2, self._study.seed)

    def fit(
        self,
        hp: keras_tuner.HyperParameters,
        model: keras.Model,
        *args: Any,
        callbacks: list[Any],
        **options: Any,
    ) -> Any:
        """Train it, with keras-tuner's callbacks and those that the values ask for."""
        self.trials.append(dict(hp.values))
        settings = stock_settings(hp.values)
        settings["callbacks"] += callbacks
        return model.fit(*args, **options | settings)


def compare_trials(config: Config) -> Rows:
    """Train once a trial, and validate on rows held out."""
    trials, of = (2 if config.quick else 20), config.study(folds=1, seeds=1)
    space = spaces.dense_space(UNITS, EPOCHS)
    part, ((train, held_out),) = of.training_part(), of.splits()
    rows = {"x": part.x[train], "y": part.y[train]}
    dense.build(first_values(of), part, 2, of.seed).fit(**rows, verbose=0)
    hypermodel = StockHyperModel(of)
    with tempfile.TemporaryDirectory() as folder:
        tuner = keras_tuner.RandomSearch(
            hypermodel,
            objective="val_accuracy",
            max_trials=trials,
            hyperparameters=space,
            allow_new_entries=False,
            tune_new_entries=False,
            seed=seed_of_oracle(of.seed),
            directory=folder,
        )
        start = time.perf_counter()
        tuner.search(
            *rows.values(), validation_data=(part.x[held_out], part.y[held_out]), verbose=0
        )
        theirs = time.perf_counter() - start
    with warm_workers(1, of) as workers:
        ours, done = our_search("random", space, trials, of, workers.submit)
    assert [dict(row.hyperparameters) for row in done] == hypermodel.trials
    return rates({"keras-tuner's RandomSearch": theirs, "ours, 1 worker": ours}, trials)


def compare_folds(config: Config) -> Rows:
    """Cross-validate every trial, from two seeds."""
    trials, of = (1 if config.quick else 6), config.study(folds=5, seeds=2)
    space = spaces.dense_space(UNITS, (4, 8) if config.quick else EPOCHS)
    with warm_workers(1, of) as workers:
        ours, done = our_search("random", space, trials, of, workers.submit)
    dense.build(first_values(of), of.training_part(), 2, of.seed)
    start = time.perf_counter()
    for row in done:
        stock_cross_validation(row.hyperparameters, of, row.seed)
    theirs = time.perf_counter() - start
    return rates({"a loop of stock model.fit": theirs, "ours, 1 worker": ours}, trials)


def stock_cross_validation(values: Values, of: LabStudy, seed: int) -> None:
    """Train on every fold with every seed, one net after the other."""
    part = of.training_part()
    seeds = iter(seeds_of(seed, of.folds * of.seeds))
    for train, held_out in of.splits():
        for _ in range(of.seeds):
            dense.build(values, part, 2, next(seeds)).fit(
                part.x[train],
                part.y[train],
                validation_data=(part.x[held_out], part.y[held_out]),
                **stock_settings(values),
            )
            # Or each net would wait in memory, and slow the next.
            keras.backend.clear_session()


def compare_workers(config: Config) -> Rows:
    """Share the trials among processes."""
    trials, of = (4 if config.quick else 60), config.study(folds=5, seeds=2)
    space = spaces.dense_space(UNITS, (4, 8) if config.quick else EPOCHS)
    seconds = {}
    for count in (1, 2):
        with warm_workers(count, of) as workers:
            name = f"{count} worker{'s' * (count > 1)}"
            seconds[name], _ = our_search("random", space, trials, of, workers.submit)
    return rates(seconds, trials)


def compare_groups(config: Config) -> Rows:
    """Train the lab's grid, whose 24 nets have 6 programs."""
    of = config.study(folds=5, seeds=2)
    space = spaces.dense_grid(UNITS, (4, 8) if config.quick else EPOCHS)
    seconds = {}
    for name, together in {"trial by trial": 1, "in groups": TOGETHER}.items():
        with warm_workers(1, of) as workers:
            seconds[name], done = our_search(
                "grid", space, 24, of, workers.submit, together=together
            )
    return rates(seconds, len(done))


def measure_overhead(config: Config) -> Rows:
    """Ask, record and tell, with real files and a made-up score."""
    counts = {"grid": (100, 1_000, 10_000), "random": (100, 1_000, 10_000), "bayesian": (50, 200)}
    of, rows = config.study(folds=5, seeds=2), []
    for strategy, numbers in counts.items():
        space = made_up_grid() if strategy == "grid" else spaces.dense_space(UNITS, EPOCHS)
        for trials in numbers[:1] if config.quick else numbers:
            seconds, done = our_search(strategy, space, trials, of, made_up)  # type: ignore[arg-type]
            assert len(done) == trials
            rows.append(
                {
                    "strategy": strategy,
                    "trials": trials,
                    "ms a trial": 1000 * seconds / trials,
                }
            )
    return rows


def made_up_grid() -> keras_tuner.HyperParameters:
    """Return a grid of 10,000 points."""
    space = keras_tuner.HyperParameters()
    for name in ("layers", "units", "rate", "penalty"):
        space.Choice(name, list(range(10)))
    return space


def made_up(task: Task) -> Future[Outcome]:
    """Give a score and curves that the trial's seed decides, at once."""
    drawn = np.random.default_rng(task.seed).random((10, 100)).astype(np.float32)
    future: Future[Outcome] = Future()
    scores = tuple(float(score) for score in drawn[:, 0])
    future.set_result(Outcome("done", 0.0, scores, (100,) * 10, {"val_accuracy": drawn}))
    return future


def measure_memory(config: Config) -> Rows:
    """Train short trials; each leaves its traced program behind."""
    trials, every = (4, 2) if config.quick else (200, 20)
    of, rows = config.study(folds=5, seeds=2), Rows()

    def weigh(trial: TrialRow) -> None:
        if trial.number % every == every - 1:
            here = psutil.Process()
            children = here.children(recursive=True)
            rows.append(
                {
                    "after trial": trial.number + 1,
                    "search, MB": here.memory_info().rss / 1e6,
                    "worker, MB": max(c.memory_info().rss for c in children) / 1e6,
                }
            )

    with warm_workers(1, of) as workers:
        space = spaces.dense_space(UNITS, (2, 4))
        our_search("random", space, trials, of, workers.submit, weigh)
    return rows


def rates(seconds: Mapping[str, float], trials: int) -> Rows:
    """Give trials a minute of each side, and how many times those of the first."""
    first = next(iter(seconds.values()))
    return [
        {
            "side": name,
            "trials": trials,
            "seconds": own,
            "trials a minute": 60 * trials / own,
            "ratio": first / own,
        }
        for name, own in seconds.items()
    ]


PARTS: Mapping[str, Callable[[Config], Rows]] = {
    "trials": compare_trials,
    "folds": compare_folds,
    "workers": compare_workers,
    "groups": compare_groups,
    "overhead": measure_overhead,
    "memory": measure_memory,
}


FORMATS = {
    "seconds": ".1f",
    "trials a minute": ".2f",
    "ratio": ".2f",
    "trials": ",",
    "ms a trial": ".2f",
    "search, MB": ",.0f",
    "worker, MB": ",.0f",
}

run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

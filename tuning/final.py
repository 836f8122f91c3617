"""After the search: fresh seeds, the test rows once, and the comparison of the best nets."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from labs import data, records, stats
from labs.data import Dataset
from tuning.config import Config
from tuning.engine import Searched, fresh_task
from tuning.lab_study import LabStudy
from tuning.nets import NETS, Kind
from tuning.validation import seeds_of

TEST_SHARE = 0.4
"""Share of the rows that a resplit tests on; the lecture's."""


@dataclass(frozen=True)
class Final:
    """The best settings of one kind of net, trained again and tested.

    Attributes:
        kind: What it is.
        values: Its hyperparameters.
        epochs: Epochs it was trained.
        right: Whether each net is right about each test row, `(seeds, rows)`.
        result: Row for the record, of the first net.
        curse: The winner's score in the search, on fresh seeds, and on the test rows.
        net: The first net, if it is Keras's.
    """

    kind: Kind
    values: Mapping[str, Any]
    epochs: int
    right: np.ndarray
    result: records.ModelResult
    curse: dict[str, Any]
    net: keras.Model | None

    @property
    def sentence(self) -> str:
        """What the winner's curse came to."""
        fall = self.curse["in the search"] - self.curse["fresh splits and seeds"]
        scored = f"{NETS[self.kind].tuned} scored {self.curse['in the search']:.4f} in the search"
        if fall > 0:
            return (
                f"{scored}, {fall:.4f} more than on fresh splits and seeds: the best of many "
                "scores is partly luck."
            )
        return f"{scored}, and {-fall:.4f} more on fresh splits and seeds: it was not just lucky."


def evaluate(searched: Searched[LabStudy], dataset: Dataset, config: Config) -> Final:
    """Train the best settings on all training rows with several seeds, and test once."""
    start = time.perf_counter()
    study, best = searched.study, searched.best
    net_kind = NETS[study.kind]
    task = fresh_task(searched)
    fresh = study.validate(task.values, task.seed, fresh=True, stretch=task.stretch).scores
    train, test = study.training_part(), dataset.test
    epochs = max(1, round(float(np.mean(best.epochs))))
    seeds = seeds_of(
        study.seed_of({**best.hyperparameters, "final": True}), int(config.final_seeds)
    )
    labels, net = net_kind.predict(best.hyperparameters, epochs, train, test.x, seeds)
    right = labels == test.y
    accuracies = right.mean(axis=1)
    interval = stats.mean_interval(accuracies)
    result = records.ModelResult(
        name=net_kind.tuned,
        library=net_kind.library,
        parameters=None if net is None else net.count_params(),
        validation_accuracy=float(fresh.mean()),
        test_accuracy=float(accuracies[0]),
        test_interval=stats.wilson_interval(int(right[0].sum()), len(test)),
        seconds=time.perf_counter() - start,
    )
    curse = {
        "model": net_kind.tuned,
        "in the search": best.score,
        "fresh splits and seeds": float(fresh.mean()),
        f"test, mean of {len(seeds)} seeds": float(accuracies.mean()),
        "95% interval of that mean": interval,
    }
    return Final(study.kind, best.hyperparameters, epochs, right, result, curse, net)


def compare_on_resplits(
    finals: Sequence[Final], dataset: Dataset, config: Config
) -> tuple[list[dict[str, Any]], list[str]]:
    """Train the best nets and two simple rules on random splits of all rows.

    The settings were chosen on rows that the splits test on as well, the same for both nets;
    their accuracies are a little too good, the difference between them is fair.
    """
    everything = data.join(dataset.train, dataset.test)
    scores: dict[str, list[float]] = {NETS[final.kind].tuned: [] for final in finals}
    rules = {"logistic regression": LogisticRegression, "majority class": DummyClassifier}
    scores |= {name: [] for name in rules}
    for seed in seeds_of(config.seed + 1, config.resplits):
        train, test = data.random_split(everything, TEST_SHARE, seed)
        for final in finals:
            labels, _ = NETS[final.kind].predict(final.values, final.epochs, train, test.x, [seed])
            scores[NETS[final.kind].tuned].append(float(np.mean(labels[0] == test.y)))
        for name, rule in rules.items():
            scores[name].append(rule().fit(train.x, train.y).score(test.x, test.y))
    first = NETS[finals[0].kind].tuned
    rows, sentences = [], []
    for name, own in scores.items():
        row: dict[str, Any] = {"model": name, "accuracy": float(np.mean(own))}
        if name != first:
            differences = np.array(scores[first]) - np.array(own)
            outcome = stats.corrected_resampled_t_test(differences, len(train), len(test))
            row |= {
                "Keras net minus this": outcome.mean,
                "95% interval": outcome.interval(),
                "p": outcome.p_value,
            }
            where = f"on {config.resplits} random splits"
            sentences.append(outcome.describe(first, name, where))
        rows.append(row)
    return rows, sentences


def compare_on_test(finals: Sequence[Final], dataset: Dataset) -> str:
    """Compare the nets of both kinds on the test rows, over seeds and rows."""
    first, second = finals
    outcome = stats.compare_nets(first.right, second.right, dataset.test.groups)
    return outcome.describe(
        NETS[first.kind].tuned,
        NETS[second.kind].tuned,
        f"on {len(dataset.test):,} test rows, {len(first.right)} nets each",
    )

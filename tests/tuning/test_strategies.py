"""The comparison of searches trains its table as nets are trained alone, and says what it shows."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import models
import tuning
from labs import data
from labs.errors import InputError
from labs.records import RunRecord
from tests.labs.quick_run import read_results
from tuning import strategies
from tuning.replay import replay
from tuning.strategies import FOLDS, Config, build_net, load_scores, space_of, train_all

SMALL: dict[str, Any] = {
    "rates": (1e-3, 1e-1), "units": (3,), "layers": (1,), "penalties": (1e-6, 1e-1),
    "batch_sizes": (64,), "draws": 2, "epochs": 4, "trials": 4, "searches": 2, "quiet": True,
}  # fmt: skip


@contextmanager
def replaying_here(searches, trials):
    yield (replay(name, table, trials, seed) for name, table, seed in searches)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Its folder, and the directory of a run in this process."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tuning, "replaying", replaying_here)
        return folder, strategies.run(**SMALL, output_dir=folder).directory


def test_a_cell_of_the_table_is_that_of_the_setting_trained_alone(tmp_path):
    config = Config(**SMALL, output_dir=tmp_path, seed=5)
    part = data.load_diabetes().train
    with RunRecord("strategies", config, "") as record:
        scores = train_all(part, config, record)
    table = tuning.ScoreTable("", space_of(config), scores, FOLDS)
    settings = list(table.settings())
    assert scores.shape == (len(settings), 10, 4) == (8, 10, 4)
    assert len(np.unique(scores[:, :, -1].mean(axis=1))) > 4
    place = settings.index(
        {"learning_rate": 1e-1, "units": 3, "l2": 1e-6, "layers": 1, "activation": "relu",
         "batch_size": 64}
    )  # fmt: skip
    train, held_out = data.folds(part, FOLDS, 6)[3]  # The second draw's fourth fold.
    seed = tuning.seeds_of(5, 40)[20 + 8]  # The third pair of a rate and a penalty.
    net = build_net(seed, part.x, (1e-1, 1e-6), hidden_units=(3,), activation="relu")
    alone = models.fit(
        net, part.x[train], part.y[train], epochs=4, batch_size=64, seed=seed,
        validation_data=(part.x[held_out], part.y[held_out]),
    )  # fmt: skip
    np.testing.assert_allclose(scores[place, 8], alone.history["val_accuracy"], atol=1e-6)


def test_a_run_leaves_who_found_more_and_its_table_for_another_one(made, monkeypatch):
    folder, directory = made
    found = read_results(directory)
    assert [row["strategy"] for row in found["tables"]["strategies"]] == list(tuning.STRATEGIES)
    assert "Shown to differ from random search, at 5%" in found["answer"]
    assert (directory / "courses.png").stat().st_size > 10_000
    monkeypatch.setattr(tuning, "replaying", replaying_here)
    again = strategies.run(**SMALL, output_dir=folder, table="latest")
    assert read_results(again.directory)["tables"] == found["tables"]


def test_a_way_that_ends_no_better_than_half_of_all_refutes_the_lecture(tmp_path):
    good, bad = np.array([0.4, 0.5, 0.6]), np.array([1.4, 1.5, 1.6])

    def verdict(folder, **other):
        ends = dict.fromkeys(strategies.NAMED, good) | other
        with RunRecord("strategies", Config(**SMALL, output_dir=tmp_path / folder), "") as record:
            strategies.judge_named(record, ends)
        return [claim["verdict"] for claim in record.results["claims"]]

    assert verdict("good") == ["reproduced"]
    assert verdict("bad", grid=bad) == ["differs"]
    assert verdict("both", random=(good + bad) / 2) == ["undecided"]


def test_a_kind_of_which_there_are_fewer_is_compared_with_the_same_seeds(
    made, monkeypatch, tmp_path
):
    folder, directory = made
    config = Config(**SMALL, output_dir=folder, table=str(directory))
    monkeypatch.setattr(tuning, "replaying", replaying_here)
    table = tuning.ScoreTable("", space_of(config), load_scores(config), FOLDS)
    with RunRecord("strategies", Config(**SMALL, output_dir=tmp_path), "") as record:
        strategies.compare([table] * 2, record, trials=4, searches={"random": 4, "tpe": 3}, seed=1)
    found = read_results(record.directory)
    away = [
        replay("tpe", table, 4, seed)[-1] - replay("random", table, 4, seed)[-1]
        for seed in (1, 2, 3)
    ]
    random, tpe = found["tables"]["strategies"]
    assert (random["searches"], tpe["searches"]) == (4, 3)
    assert tpe["less random's"] == pytest.approx(np.mean(away))
    assert "mean regret of 4 searches, 3 of tpe (0" in found["answer"]


def test_a_table_of_other_settings_is_refused(made, tmp_path):
    folder, directory = made
    other = SMALL | {"units": (3, 4), "epochs": 5}
    with pytest.raises(InputError, match=r"give its --units, --epochs"):
        load_scores(Config(**other, output_dir=folder, table=str(directory)))
    with pytest.raises(InputError, match="has no finished run"):
        load_scores(Config(**SMALL, output_dir=tmp_path / "empty", table="latest"))

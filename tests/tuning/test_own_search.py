"""`tuning.search` on nets, estimators and rows of a user's own."""

import json
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import keras_tuner
import numpy as np
import pandas as pd
import psutil
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import callbacks
import models
import tuning
from labs.errors import InputError
from tests.tuning.conftest import needs_torch
from tests.tuning.own import dense, rows, search, table
from tuning.validation import seeds_of

X, Y = rows()
ONCE: dict[str, Any] = {"trials": 1, "folds": 1}


@pytest.fixture(scope="module")
def plain():
    """A search of one trial, which trains one net."""
    with pytest.MonkeyPatch.context() as patch:
        return search(patch, dense, X, Y, **ONCE)


def test_trial_is_what_its_nets_score_when_each_is_trained_alone(monkeypatch):
    found = search(monkeypatch, dense, X, Y, trials=1, folds=3, seeds=2, batch_size=16)
    (trial,) = found._searched.trials
    study = found._searched.study
    assert found.how == "1 of 1 trials trained all their nets as one program."
    seeds = seeds_of(trial.seed, 6)
    assert len(trial.fold_scores) == len(seeds)
    for number in (0, 3, 5):
        seed = seeds[number]
        train, held_out = study.drawn[number // 2]
        keras.utils.set_random_seed(seed)
        hp = keras_tuner.HyperParameters()
        hp.values = dict(trial.hyperparameters)
        history = models.fit(
            dense(hp), X[train], Y[train], epochs=2, batch_size=16, seed=seed,
            validation_data=(X[held_out], Y[held_out]),
        ).history  # fmt: skip
        assert trial.fold_scores[number] == pytest.approx(history["val_loss"][-1], rel=1e-4)
    assert trial.score == pytest.approx(np.mean(trial.fold_scores))


def test_less_of_a_loss_is_better_and_more_of_an_accuracy(monkeypatch):
    for build, best in ((dense, min), (ridge, max)):
        found = search(monkeypatch, build, X, Y, trials=2, epochs=1)
        scores = list(found.trials["score"])
        assert found.best.score == best(scores)
        assert found.best.number == scores.index(best(scores))
        assert found.best.fresh_score not in (None, found.best.score)
        assert found.best.interval.low <= found.best.score <= found.best.interval.high


def test_interval_of_an_accuracy_ends_at_one(monkeypatch):
    easy = (X[:, 0] > 0).astype(int)
    found = search(monkeypatch, ridge, X, easy, trials=1, folds=4)
    assert 0.9 < found.best.score < found.best.interval.high == 1


def test_score_is_that_of_the_best_epoch_with_patience(monkeypatch):
    found = search(monkeypatch, dense, X, Y, trials=1, epochs=60, patience=1, batch_size=8)
    (trial,) = found._searched.trials
    assert max(trial.epochs) < 60
    assert found.best.epochs == round(np.mean(trial.epochs))


def with_callback(hp):
    return [keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: None)]


def test_nets_with_callbacks_train_one_after_the_other_to_the_same_scores(monkeypatch, plain):
    alone = search(monkeypatch, dense, X, Y, callbacks=with_callback, **ONCE)
    assert "LambdaCallback is called for one net at a time." in alone.how
    assert alone.best.score == pytest.approx(plain.best.score, rel=1e-4)


def test_step_decay_leaves_nets_in_one_program_and_decays(monkeypatch, plain):
    decay = callbacks.StepDecay(0.1, every=1)
    found = search(monkeypatch, dense, X, Y, callbacks=[decay], **ONCE)
    assert "as one program" in found.how
    assert found.best.score != plain.best.score


def with_statistics(hp, x_train):
    columns = [keras.Input((1,), name=name) for name in ("a", "b")]
    scaled = []
    for name, column in zip(("a", "b"), columns, strict=True):
        layer = keras.layers.Normalization()
        layer.adapt(np.asarray(x_train[name]))
        scaled.append(layer(column))
    assert len(x_train["a"]) < len(X)  # A fold's training rows, not all.
    hidden = keras.layers.Dense(hp.Choice("units", [2, 4]), "relu")(
        keras.layers.Concatenate()(scaled)
    )
    net = keras.Model(columns, keras.layers.Dense(1)(hidden))
    net.compile("adam", "mse", metrics=["mae"])
    return net


def test_net_of_several_inputs_sees_its_own_training_rows(monkeypatch):
    x = {"a": X[:, :1], "b": 100 + X[:, 1:2]}
    found = search(monkeypatch, with_statistics, x, Y.astype(float), objective="val_mae", trials=1)
    assert "as one program" in found.how
    net = found.fit_best({name: values[:50] for name, values in x.items()}, Y[:50].astype(float))
    assert net.predict(x, verbose=0).shape == (60, 1)


def test_data_frame_is_a_table_for_both_libraries(monkeypatch):
    frame = pd.DataFrame(X, columns=["a", "b", "c"])

    def classifier(hp):
        assert hp.Float("C", 0.1, 10, sampling="log") > 0
        return make_pipeline(StandardScaler(), LogisticRegression(C=hp.get("C")))

    found = search(monkeypatch, classifier, frame, Y, objective="roc_auc", class_weight={0: 2.0})
    assert found.best.score > 0.9
    assert "scikit-learn fits one estimator at a time" in found.how
    fitted = found.fit_best(frame, Y)
    assert list(fitted.feature_names_in_) == ["a", "b", "c"]
    net = search(monkeypatch, dense, frame, Y, trials=1, folds=1)
    assert net.fit_best(frame, Y).predict(frame, verbose=0).shape == (60, 1)


def ridge(hp):
    """A choice, a number that only some choices have, and one that appears while it is built."""
    kind = hp.Choice("kind", ["plain", "scaled"])
    with hp.conditional_scope("kind", ["scaled"]):
        limits = hp.Choice("limits", [1.0, 2.0]) if kind == "scaled" else None
    inverse = hp.Float("C", 1e-2, 1e2, sampling="log")
    if inverse > 1:  # Without a scope: nobody knows of it before.
        hp.Choice("solver", ["lbfgs", "saga"])
    scaler = [StandardScaler(with_mean=limits == 1.0)] if kind == "scaled" else []
    solver = hp.get("solver") if "solver" in hp else "lbfgs"
    return make_pipeline(*scaler, LogisticRegression(C=inverse, solver=solver))


def test_rows_are_split_as_asked(monkeypatch):
    def splits(**options):
        found = search(monkeypatch, ridge, X, Y, trials=1, **options)
        return found._searched.study.drawn

    groups = np.arange(60) // 6
    for train, held_out in splits(groups=groups, folds=3):
        assert not set(groups[train]) & set(groups[held_out])
    for train, held_out in splits(splitter=TimeSeriesSplit(2)):
        assert train.max() < held_out.min()
    weights = np.arange(60) + 1.0
    ((train, held_out),) = splits(validation_data=(X[:7], Y[:7]), sample_weight=weights)
    assert (len(train), len(held_out)) == (60, 7)
    ((train, held_out),) = splits(folds=1, validation_split=0.25)
    assert len(held_out) == 15
    assert Y[held_out].mean() == pytest.approx(Y.mean(), abs=0.05)


@pytest.mark.parametrize(
    "strategy",
    [
        "tpe",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("random", "bayesian")),
        pytest.param("gp", marks=needs_torch),
    ],
)
def test_killed_search_goes_on_and_what_appeared_is_in_its_space(monkeypatch, tmp_path, strategy):
    options = {"strategy": strategy, "trials": 14 if strategy == "gp" else 9}
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    found = search(monkeypatch, ridge, X, Y, directory=whole, **options)
    assert {hp.name for hp in found.space.space} == {"kind", "limits", "C", "solver"}
    assert set(found.trials["solver"].dropna()) == {"lbfgs", "saga"}
    assert found.trials["solver"].dropna().iloc[0] == "lbfgs"  # The default, when it was met.
    assert found.trials.groupby("kind")["limits"].count()["plain"] == 0
    shutil.copytree(whole, killed)
    lines = (whole / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (killed / "journal.jsonl").write_bytes(b"".join(lines[:5]) + lines[5][:9])
    search(monkeypatch, ridge, X, Y, directory=killed, **options)
    assert table(killed) == table(whole)


def test_damaged_line_of_the_journal_is_refused_or_its_trial_run_again(monkeypatch, tmp_path):
    search(monkeypatch, ridge, X, Y, directory=tmp_path)
    whole = table(tmp_path)
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"done"', b'"gone"', 1))
    with pytest.raises(InputError, match="damaged in 1 of 2 lines"):
        search(monkeypatch, ridge, X, Y, directory=tmp_path)
    search(monkeypatch, ridge, X, Y, directory=tmp_path, mend=True)
    assert table(tmp_path) == whole
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(InputError, match="directory must hold a search or none"):
        search(monkeypatch, ridge, X, Y, directory=tmp_path)
    with pytest.raises(InputError, match="x and y must be arrays"):
        search(monkeypatch, ridge, X.tolist(), Y)


def test_directory_holds_one_search_and_goes_on_with_more_trials(monkeypatch, tmp_path):
    search(monkeypatch, ridge, X, Y, trials=2, directory=tmp_path / "a")
    for x, build, options, differs in (
        (X + 1, ridge, {}, "data"),
        (X, ridge, {"seed": 1}, "seed, splits"),
        (X, lambda hp: (hp.Int("n", 1, 2), ridge(hp))[1], {"name": "ridge"}, "space, build"),
        (X, lambda hp: ridge(hp).set_params(verbose=True), {"name": "ridge"}, "build"),
    ):
        with pytest.raises(InputError, match=f"other {differs};"):
            search(monkeypatch, build, x, Y, trials=2, directory=tmp_path / "a", **options)
    with pytest.raises(InputError, match="a search of 2 trials, got 1"):
        search(monkeypatch, ridge, X, Y, trials=1, directory=tmp_path / "a")
    search(monkeypatch, ridge, X, Y, trials=5, directory=tmp_path / "a")
    search(monkeypatch, ridge, X, Y, trials=5, directory=tmp_path / "b")
    assert table(tmp_path / "a") == table(tmp_path / "b")
    assert json.loads((tmp_path / "a/results.json").read_text())["status"] == "done"
    pictures = {path.stem for path in (tmp_path / "a").glob("*.png")}
    assert {"best_so_far", "hyperparameters", "parallel_coordinates"} <= pictures


@pytest.mark.parametrize(
    "strategy", ["random", "bayesian", "tpe", "grid", pytest.param("gp", marks=needs_torch)]
)
def test_known_settings_come_first(monkeypatch, strategy):
    known = [{"kind": "scaled"}, {"C": 0.05}]
    found = search(monkeypatch, ridge, X, Y, strategy=strategy, trials=5, enqueue=known)
    assert list(found.trials["kind"][:2]) == ["scaled", "plain"]
    assert list(found.trials["C"][:2]) == [1e-2, 0.05]
    assert list(found.trials["limits"][:1]) == [1.0]
    assert len(found.trials) == 5
    for wrong, message in (
        ({"C": 1e3}, "C=1000.0, which is not in its range"),
        ({"width": 5}, "enqueue has width"),
        ({"limits": 1.0}, "enqueue has limits"),
    ):
        with pytest.raises(InputError, match=message):
            search(monkeypatch, ridge, X, Y, enqueue=[wrong])


class Growing(keras_tuner.HyperModel):
    """Asks for a hyperparameter only when it trains."""

    def build(self, hp):
        net = keras.Sequential([keras.layers.Dense(1, "sigmoid")])
        net.compile(hp.Choice("optimizer", ["adam", "sgd"]), "binary_crossentropy")
        return net

    def fit(self, hp, model, *args, **kwargs):
        return model.fit(*args, batch_size=hp.Choice("rows", [30, 60]), **kwargs)


def test_hyperparameters_that_appear_while_training_join_the_grid(monkeypatch):
    found = search(monkeypatch, Growing(), X, Y, strategy="grid", trials=None, folds=1, epochs=1)
    assert "Growing.fit trains one net at a time." in found.how
    assert sorted(found.trials.value_counts(["optimizer", "rows"])) == [1, 1, 1, 1]


def returns_nothing(hp):
    return None


def not_compiled(hp):
    return keras.Sequential([keras.layers.Dense(hp.Int("units", 1, 2))])


class FitsToNothing(Growing):
    """Forgets to return what it has measured."""

    def fit(self, hp, model, *args, **kwargs):
        model.fit(*args, **kwargs)


@pytest.mark.parametrize(
    ("build", "options", "message"),
    [
        (returns_nothing, {}, "build must return .* got NoneType"),
        (not_compiled, {}, "that is not compiled"),
        (FitsToNothing(), {}, "HyperModel.fit must return .* got NoneType"),
        (
            dense,
            {"objective": "val_auc"},
            "objective must be in the logs, which have loss, accuracy",
        ),
        (dense, {"objective": "val_shape"}, "direction must be 'min' or 'max'"),
        (dense, {"strategy": "best"}, "strategy must be one of grid, random"),
        (ridge, {"trials": None}, "trials must be a number"),
        (dense, {"strategy": "halving", "patience": 3}, "leave that out"),
        (dense, {"strategy": "halving", "callbacks": with_callback}, "stop and go on"),
        (Growing(), {"strategy": "halving"}, "Growing.fit"),
        (ridge, {"strategy": "halving"}, "got estimators, patience"),
        (ridge, {"enqueue": [{"kind": "other"}]}, "kind='other', which is not in its range"),
        (ridge, {"groups": np.arange(59)}, "groups of 59"),
        (ridge, {"folds": 50}, "cannot be split as asked"),
    ],
)
def test_what_cannot_be_searched_is_refused_at_the_first_trial(
    monkeypatch, build, options, message
):
    with pytest.raises(InputError, match=message):
        search(monkeypatch, build, X, Y, **options)


@pytest.mark.slow
def test_memory_stays_flat_over_two_hundred_trials(tmp_path):
    """A worker keeps each traced program, until loky replaces it."""
    journal, here = tmp_path / "journal.jsonl", psutil.Process()
    seen: dict[int, tuple[float, float]] = {}
    ended = threading.Event()

    def watch():
        while not ended.wait(0.1):
            number = len(journal.read_bytes().splitlines()) if journal.exists() else 0
            workers = [child.memory_info().rss for child in here.children(recursive=True)]
            seen[number] = (here.memory_info().rss / 1e6, max(workers, default=0) / 1e6)

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        options: dict[str, Any] = {
            "trials": 200,
            "folds": 1,
            "epochs": 1,
            "workers": 1,
            "quiet": True,
        }
        found = tuning.search(dense, X, Y, directory=tmp_path, **options)
        ended.set()
        watching.result()
    assert (found.trials["status"] == "done").all()
    marks = {mark: seen[min(n for n in seen if n >= mark)] for mark in (20, 100, 199)}
    print({mark: [round(size) for size in sizes] for mark, sizes in marks.items()})
    assert marks[199][0] < marks[20][0] + 50
    assert max(worker for _, worker in seen.values()) < marks[20][1] + 400


def test_a_strategy_without_its_package_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr("tuning.optuna_oracle.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match="The strategy gp needs torch: pip install torch"):
        search(monkeypatch, ridge, X, Y, strategy="gp", directory=tmp_path)

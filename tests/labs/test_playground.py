from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from PIL.GifImagePlugin import GifImageFile

from labs import playground as lab
from labs.errors import InputError
from tests.labs.quick_run import read_results, run_quickly
from tests.labs.scripts import run_script


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory):
    return run_quickly("playground", tmp_path_factory.mktemp("runs"), data="moons", dropout=0.1)


@pytest.mark.slow
def test_the_script_gives_the_numbers_of_the_run(run_directory):
    names = run_script(run_directory)
    assert set(names["RUN"]) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert names["last"] == pytest.approx(names["RUN"], rel=1e-5)


@pytest.mark.slow
def test_the_animation_shows_the_start_and_most_epochs(run_directory):
    with GifImageFile(run_directory / "regions.gif") as image:
        assert image.n_frames == 1 + len({round(20 ** (i / 29)) for i in range(30)})


@pytest.mark.slow
def test_the_nets_that_show_luck_are_others_than_the_one_that_is_watched(found):
    assert [row["seed"] for row in found["tables"]["seeds"]] == [1, 2, 3]
    assert found["claims"] == []


@pytest.mark.slow
def test_a_table_of_ones_own_keeps_its_names_in_any_script(tmp_path):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(90, 2))
    rows = [f"{a},{b},{'당뇨' if a > b else '정상'}" for a, b in points]
    path = tmp_path / "환자.csv"
    path.write_text("\n".join(["나이,혈당,진단", *rows]), encoding="utf-8")
    with warnings.catch_warnings(action="error", category=UserWarning):  # Of missing letters.
        directory = run_quickly("playground", tmp_path, data=str(path), hidden=(), epochs=2)
    found = read_results(directory)
    assert found["dataset"]["name"] == "환자.csv"
    assert found["dataset"]["class_names"] == ["당뇨", "정상"]
    assert "units" not in {figure["name"] for figure in found["figures"]}
    assert json.dumps(str(path), ensure_ascii=False) in (directory / "as_keras.py").read_text()


def test_a_rate_at_which_nets_diverge_is_refused():
    config = lab.Config(learning_rate=5.0, optimizer="SGD")
    lab.require_finite(config, [0.5, 1e30])
    with pytest.raises(InputError, match="--learning-rate 5 with SGD made 2 of 3 nets diverge"):
        lab.require_finite(config, [0.5, np.inf, np.nan])


def test_scores_of_classes_are_accuracies_and_of_numbers_errors():
    outputs = np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.4, 0.6], [0.2, 0.8]]])
    assert lab.score(outputs, np.array([0, 1])).tolist() == [1, 0.5]
    assert lab.score(np.array([[3.0], [0.0]]), np.array([0.0, 4.0])) == pytest.approx(12.5**0.5)


@pytest.mark.slow
def test_a_number_is_learned_from_any_features(tmp_path):
    directory = run_quickly(
        "playground", tmp_path, data="xor", problem="regression", features=("x1x2",), noise=0,
        hidden=(), learning_rate=0.1, epochs=30,
    )  # fmt: skip
    found = read_results(directory)
    assert found["models"] == []
    assert all(row["test error"] < 0.05 for row in found["tables"]["seeds"])

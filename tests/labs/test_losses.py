import json
from pathlib import Path

import keras
import numpy as np
import pytest

from labs import data, results
from labs import losses as lab
from labs.errors import InputError
from models.by_hand import losses as by_hand

CLAIMS = {
    "B-norm-1": "reproduced",
    "B-norm-2": "reproduced",
    "B-norm-infinity": "reproduced",
    "B-norm-p": "reproduced",
    "B-self-information": "reproduced",
    "B-entropy-coin": "reproduced",
    "B-cross-entropy-bound": "reproduced",
    "B-regression-mse": "reproduced",
    "B-classification-cross-entropy": "reproduced",
    "C-softmax": "reproduced",
    "C-cross-entropy": "reproduced",
    "E-mse": "reproduced",
    "E-cross-entropy": "reproduced",
    "C-log-zero": "reproduced",
    "C-log-zero-sign": "erratum",
    "C-not-rmse": "reproduced",
    "C-table-regression": "reproduced",
    "C-table-regression-rmse": "reproduced",
    "C-table-binary": "reproduced",
    "C-table-categorical": "reproduced",
    "C-table-sparse": "reproduced",
}


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    config = lab.Config.for_quick_run(output_dir=tmp_path_factory.mktemp("runs"), seed=7)
    with results.RunRecord("losses", config, "replay") as record:
        lab.run(config, record)
    return record.directory


@pytest.fixture(scope="module")
def found(run_directory) -> dict:
    return json.loads((run_directory / "results.json").read_text())


def test_every_claim_is_checked_with_another_seed_too(found):
    assert {claim["id"]: claim["verdict"] for claim in found["claims"]} == CLAIMS


def test_everything_promised_is_in_the_run_directory(run_directory, found):
    for picture in ("unit_balls", "entropy", "squared_error", "table"):
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    assert found["status"] == "done"
    assert found["dataset"]["name"] == "diabetes"
    assert len(found["tables"]["lecture-table"]) == 5
    assert any("16.12" in finding for finding in found["findings"])


def test_the_word_example_is_worth_minus_log_of_22_percent(found):
    measured = {claim["id"]: claim["measured"] for claim in found["claims"]}
    assert measured["E-cross-entropy"] == pytest.approx(-np.log(0.22), rel=1e-5)
    squares = 0.78**2 + 0.02**2 + 0.2**2 + 0.51**2 + 0.05**2
    assert measured["E-mse"] == pytest.approx(squares / 5, rel=1e-5)


def test_a_compiled_net_keeps_the_slope_that_keras_loses_from_probabilities(found):
    second = found["tables"]["log-zero"][1]
    assert second["z"] == -20
    assert second["exact"] == pytest.approx(20)
    assert second["from probability"] == pytest.approx(-np.log(1e-7), rel=1e-4)
    assert (second["slope of that"], second["slope there"]) == (0, -1)
    assert second["net with sigmoid"] == pytest.approx(20)


def test_log_zero_differs_where_keras_loses_the_loss_from_scores_too():
    wrong = [{"slope of that": 0.0, "from_logits": 16.1, "exact": 20.0}] * 2
    claim, sign = lab.check_log_zero(wrong)
    assert claim.verdict == "differs"
    assert sign.verdict == "erratum"


def test_a_formula_that_is_off_differs():
    assert lab.agree("B-x", "s", "p", [1.0, 2.0], [1.0, 2.0 + 1e-7], "n").verdict == "reproduced"
    assert lab.agree("B-x", "s", "p", [1.0, 2.0], [1.0, 2.01], "n").verdict == "differs"
    assert lab.agree("B-x", "s", "p", [1.0, np.nan], [1.0, 2.0], "n").verdict == "differs"


def test_a_training_that_has_not_arrived_differs():
    task = next(lab.regression_tasks())
    arrived = lab.Trained(task, np.full((2, 3), task.optimum), task.reference[None])
    assert lab.check_row(arrived).verdict == "reproduced"
    assert lab.check_row(arrived._replace(losses=arrived.losses * 1.01)).verdict == "differs"
    other = arrived._replace(predictions=arrived.predictions + 10)
    assert lab.check_row(other).verdict == "differs"


def test_the_optimum_of_each_task_is_the_keras_loss_of_the_reference():
    digits, patients = data.load_mnist("digits"), data.load_diabetes()
    assert lab.binary_task(patients).optimum == pytest.approx(0.5102, abs=1e-4)
    one_hot, integers = lab.digit_tasks(digits)
    assert one_hot.optimum == integers.optimum
    net = lab.build(0, one_hot.x, task=one_hot)
    assert net.layers[-1].kernel_regularizer.l2 == pytest.approx(one_hot.l2)
    loss = net.evaluate(one_hot.x, one_hot.y, verbose=0, batch_size=500)
    assert loss > one_hot.optimum


def test_rmse_is_the_root_of_keras_mse():
    y, prediction = np.array([[1.0], [2.0]]), np.array([[4.0], [6.0]])
    mse = keras.losses.MeanSquaredError()(y, prediction)
    assert float(lab.rmse(y, prediction)) == pytest.approx(float(mse) ** 0.5)


def test_a_convex_loss_in_place_of_squared_error_differs(monkeypatch):
    patients = data.load_diabetes().train
    x = lab.standardized_with_constant(patients.x)
    descents = {"squared error": np.array([0.3]), "cross-entropy": np.array([0.7])}
    monkeypatch.setattr(by_hand, "squared_error_curvature", lambda z, t: 0 * z + 1)
    claim = lab.check_not_squared_error(x, patients.y, np.random.default_rng(0), descents)
    assert claim.verdict == "differs"


@pytest.mark.parametrize(("setting", "value"), [("epochs", 0), ("seeds", 1), ("draws", 1)])
def test_settings_that_cannot_be_used_are_refused(setting, value):
    with pytest.raises(InputError, match=setting):
        lab.Config(**{setting: value})

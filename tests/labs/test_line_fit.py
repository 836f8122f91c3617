import csv
import json

import numpy as np
import pytest

from labs import line_fit as lab
from labs.errors import InputError
from models.by_hand import line_fit as by_hand
from models.by_hand.finite_differences import numerical_gradient
from tests.labs.quick_run import run_quickly

ERRATA = {"C-gradient", "C-step-sign", "C-step-values"}
REPRODUCED = {
    "C-predictions",
    "C-squared-errors",
    "C-mse",
    "C-rmse",
    "C-mse-code",
    "C-rate-large",
    "C-rate-small",
    "C-rate-middle",
    "C-words-gradient",
    "C-words-learning-rate",
    "C-words-epoch",
}


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory):
    return run_quickly("line_fit", tmp_path_factory.mktemp("runs"))


def test_everything_promised_is_in_the_run_directory(run_directory, found):
    assert found["status"] == "done"
    for picture in ("paths", "first_step"):
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader((run_directory / "rates.csv").read_text().splitlines()))
    assert [row["learning rate"] for row in rows][:2] == ["0.005", "0.1"]


def test_the_slides_numbers_hold_and_its_gradient_and_step_do_not(found):
    verdicts = {claim["id"]: claim["verdict"] for claim in found["claims"]}
    assert verdicts == dict.fromkeys(REPRODUCED, "reproduced") | dict.fromkeys(ERRATA, "erratum")


def test_the_right_values_stand_in_place_of_the_errata(found):
    measured = {claim["id"]: claim["measured"] for claim in found["claims"]}
    assert json.loads(measured["C-gradient"].replace(".,", ",").replace(".]", "]")) == [-3, -1]
    assert json.loads(measured["C-step-sign"]) == pytest.approx([-0.3, 5.3])
    assert json.loads(measured["C-step-values"]) == pytest.approx([-0.7, 5.1])
    assert measured["C-rmse"] == pytest.approx(1.58113883)


def test_autodiff_keras_and_differences_agree_with_the_gradient_by_hand():
    line = np.array([0.3, -2.0])
    gradient = by_hand.gradient(line, lab.X, lab.Y)
    assert lab.autodiff_gradient(line) == pytest.approx(gradient)
    assert numerical_gradient(lab.mse, line) == pytest.approx(gradient, abs=1e-4)
    assert (line - lab.keras_step(line, 0.5)) / 0.5 == pytest.approx(gradient, abs=1e-4)


def test_a_right_gradient_on_the_slide_would_be_no_erratum(monkeypatch):
    monkeypatch.setattr(lab, "slide_gradient", lambda line: np.array([-3.0, -1.0]))
    (claim,) = lab.check_gradient()
    assert claim.verdict == "reproduced"


def test_a_right_step_on_the_slide_would_be_no_erratum(monkeypatch):
    monkeypatch.setattr(lab, "SLIDE_STEP", np.array([-0.7, 5.1]))
    assert [claim.verdict for claim in lab.check_first_step()] == ["erratum", "reproduced"]


def test_another_line_is_found_to_have_other_numbers():
    verdicts = {claim.id: claim.verdict for claim in lab.check_line(np.array([2.0, 1.0]))}
    assert verdicts["C-predictions"] == verdicts["C-squared-errors"] == "erratum"
    assert verdicts["C-mse"] == verdicts["C-rmse"] == "differs"


def test_rates_that_behave_otherwise_are_not_called_reproduced():
    paths = {lab.LARGE: lab.walk(0.1, 500), lab.MIDDLE: lab.walk(0.5, 500)}
    paths[lab.SMALL] = lab.walk(0.1, 500)
    assert {claim.verdict for claim in lab.check_rates(paths)} == {"differs"}


def test_a_path_that_climbs_without_overshooting_is_noticed():
    paths = {rate: lab.walk(rate, 500) for rate in (lab.SMALL, lab.MIDDLE)}
    claims = {c.id: c.verdict for c in lab.check_rates(paths | {lab.LARGE: lab.walk(-0.01, 50)})}
    assert claims["C-rate-large"] == "differs"
    assert claims["C-rate-small"] == claims["C-rate-middle"] == "reproduced"


def test_steps_diverge_above_the_threshold_only():
    threshold = by_hand.largest_stable_rate(lab.X)
    below, above = lab.walk(0.999 * threshold, 5000), lab.walk(1.001 * threshold, 5000)
    assert lab.mse(below[-1]) < 1e-4
    assert lab.mse(above[-1]) > 100


def test_a_path_is_not_followed_beyond_all_bounds():
    path = lab.walk(0.5, 10_000)
    assert len(path) < 20
    assert np.all(lab.mse(path) < lab.LOST)


def test_steps_to_arrive_are_counted_from_the_start():
    assert lab.steps_to_arrive(np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 1.0]])) == 2
    assert lab.steps_to_arrive(np.array([[0.0, 0.0]])) is None


def test_the_slides_gradient_is_explained_only_if_it_has_a_factor_too_many(monkeypatch):
    assert "one factor x too many" in lab.explain_slide_gradient(0)
    monkeypatch.setattr(lab, "slide_gradient", lambda line: line)
    assert "are not those" in lab.explain_slide_gradient(0)


def test_too_few_steps_are_refused():
    with pytest.raises(InputError, match="steps"):
        lab.Config(steps=3)

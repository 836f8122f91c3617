import json

import numpy as np
import pytest

from labs import line_fit as lab
from models.by_hand import line_fit as by_hand
from models.by_hand.finite_differences import numerical_gradient
from tests.labs.quick_run import judged


def test_the_right_values_stand_in_place_of_the_errata(found):
    measured = {claim["id"]: claim["measured"] for claim in found["claims"]}
    assert json.loads(measured["C-gradient"].replace(".,", ",").replace(".]", "]")) == [-3, -1]
    assert json.loads(measured["C-step-sign"]) == pytest.approx([-0.3, 5.3])
    assert json.loads(measured["C-step-values"]) == pytest.approx([-0.7, 5.1])
    assert measured["C-rmse"] == pytest.approx(1.58113883)


def test_autodiff_keras_and_differences_agree_with_the_gradient_by_hand():
    line = np.array([0.3, -2.0])
    gradient = by_hand.gradient(line, by_hand.X, by_hand.Y)
    assert lab.autodiff_gradient(line) == pytest.approx(gradient)
    assert numerical_gradient(lab.mse, line) == pytest.approx(gradient, abs=1e-4)
    assert (line - lab.keras_step(line, 0.5)) / 0.5 == pytest.approx(gradient, abs=1e-4)


def test_a_right_gradient_on_the_slide_would_be_no_erratum(monkeypatch):
    monkeypatch.setattr(lab, "slide_gradient", lambda line: np.array([-3.0, -1.0]))
    (claim,) = judged(lab.judge_gradient)
    assert claim.verdict == "reproduced"


def test_a_right_step_on_the_slide_would_be_no_erratum(monkeypatch):
    monkeypatch.setattr(lab, "SLIDE_STEP", np.array([-0.7, 5.1]))
    assert [claim.verdict for claim in judged(lab.judge_first_step, 0.1)] == [
        "erratum",
        "reproduced",
    ]


def test_another_line_is_found_to_have_other_numbers():
    verdicts = {claim.id: claim.verdict for claim in judged(lab.judge_line, np.array([2.0, 1.0]))}
    assert verdicts["C-predictions"] == verdicts["C-squared-errors"] == "erratum"
    assert verdicts["C-mse"] == verdicts["C-rmse"] == "differs"


def test_the_slides_gradient_is_explained_only_if_it_has_a_factor_too_many(monkeypatch):
    assert "one factor x too many" in lab.explain_slide_gradient(0)
    monkeypatch.setattr(lab, "slide_gradient", lambda line: line)
    assert "are not those" in lab.explain_slide_gradient(0)


def test_a_steeper_way_down_and_another_number_of_updates_differ(monkeypatch):
    monkeypatch.setattr(lab, "keras_step", lambda line, rate: line - rate)
    monkeypatch.setattr(lab, "keras_steps_an_epoch", lambda size: 2)
    monkeypatch.setattr(by_hand, "gradient", lambda line, x, y: np.array([-1.0, -3.0]))
    verdicts = {claim.id: claim.verdict for claim in judged(lab.judge_words, 0.1)}
    assert verdicts["C-words-gradient"] == verdicts["C-words-epoch"] == "differs"


def test_brackets_a_true_value_and_an_intercept_make_the_loss():
    brackets, true_value, hypothesis, parabola = judged(lab.judge_notation, by_hand.START)
    assert (brackets.verdict, brackets.measured) == ("erratum", 2.5)
    assert (true_value.verdict, true_value.measured) == ("erratum", 2.5)
    assert (hypothesis.verdict, hypothesis.measured) == ("erratum", "[3., 5.]")
    assert parabola.verdict == "reproduced"
    assert "lowest at W = 2.6, where the cost is 0.1" in parabola.note
    perfect = judged(lab.judge_notation, np.array([2.0, 1.0]))  # Without errors all are 0.
    assert [claim.verdict for claim in perfect[:3]] == ["reproduced"] * 3

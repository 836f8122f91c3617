from __future__ import annotations

import keras
import pytest

from labs import activations as lab
from labs.activations import (
    judge_code_of_lecture_c,
    judge_comment_of_lecture_c,
    judge_formulas,
    judge_properties,
    judge_relu_properties,
    judge_variants,
)
from models.by_hand import activations
from tests.labs.quick_run import judged


def test_the_range_of_the_sigmoid_is_measured(found):
    measured = {claim["id"]: claim["measured"] for claim in found["claims"]}
    assert measured["C-sigmoid-range"] == "[0., 1.]"


def test_values_and_slopes_are_those_of_keras_and_of_autodiff(found):
    for row in found["tables"]["activations"]:
        assert float(row["off Keras's value"]) < 1e-7
        assert float(row["off autodiff"]) < 1e-7


def test_a_wrong_derivative_is_an_erratum(monkeypatch):
    wrong = activations.Activation(activations.tanh, activations.logistic_derivative)
    monkeypatch.setattr(activations, "ACTIVATIONS", dict(activations.ACTIVATIONS) | {"tanh": wrong})
    errata = {claim.id for claim in judged(judge_formulas) if claim.verdict == "erratum"}
    assert errata == {"A-derivative-tanh", "B-derivative-tanh"}


@pytest.mark.parametrize("other", ["tanh", "identity"])  # Flat above 0, or steep below it.
def test_another_activation_is_no_variant_of_relu(monkeypatch, other):
    assert {claim.verdict for claim in judged(judge_variants)} == {"reproduced"}
    names = dict.fromkeys(("gelu", "elu", "selu"), activations.ACTIVATIONS[other])
    monkeypatch.setattr(activations, "ACTIVATIONS", dict(activations.ACTIVATIONS) | names)
    monkeypatch.setattr(lab, "by_keras", lambda name, z: (names[name].value(z), z))
    assert {claim.verdict for claim in judged(judge_variants)} == {"differs"}


def test_a_right_range_would_not_be_an_erratum(monkeypatch):
    monkeypatch.setattr(keras.activations, "sigmoid", keras.activations.tanh)
    found = [*judged(judge_code_of_lecture_c), judged(judge_comment_of_lecture_c)[0]]
    claims = {claim.id: claim.verdict for claim in found}
    assert claims["C-sigmoid-range"] == "reproduced"
    assert claims["C-activation-sigmoid"] == "erratum"


def test_a_printed_line_that_runs_would_be_no_erratum(monkeypatch):
    claims = {claim.id: claim for claim in judged(judge_code_of_lecture_c)}
    assert claims["C-code-names"].verdict == "erratum"
    assert "NameError: name 'wx' is not defined" in claims["C-code-names"].note
    monkeypatch.setattr(lab, "run_line", lambda code, given: (6, ""))
    claims = {claim.id: claim.verdict for claim in judged(judge_code_of_lecture_c)}
    assert claims["C-code-names"] == "reproduced"


def test_a_slope_of_1_at_zero_would_bear_the_slide_out(monkeypatch):
    def verdict():
        found = judged(judge_code_of_lecture_c)
        return {claim.id: claim.verdict for claim in found}["C-derivative-relu-zero"]

    assert verdict() == "differs"
    monkeypatch.setattr(keras.activations, "relu", keras.activations.linear)
    assert verdict() == "reproduced"


def test_claims_on_relu_do_not_hold_for_other_activations(monkeypatch):
    leaky = activations.ACTIVATIONS["leaky-relu"]
    others = dict(activations.ACTIVATIONS) | {"relu": leaky}
    monkeypatch.setattr(activations, "ACTIVATIONS", others)
    monkeypatch.setattr(keras.activations, "relu", keras.activations.leaky_relu)
    assert [claim.verdict for claim in judged(judge_relu_properties)] == ["differs"]


@pytest.mark.parametrize(
    ("id", "name", "other"),
    [
        ("A-sigmoid-positive", "sigmoid", "relu"),  # Some values are 0.
        ("A-sigmoid-positive", "sigmoid", "low sigmoid"),  # The mean is near 0.
        ("A-tanh-centered", "tanh", "sigmoid"),
        ("A-tanh-centered", "tanh", "hard-tanh"),  # Centered, and no sigmoid.
    ],
)
def test_what_is_said_of_an_activation_does_not_hold_for_another(monkeypatch, id, name, other):
    by_name = dict(activations.ACTIVATIONS)
    logistic, slope = by_name["sigmoid"]
    by_name["low sigmoid"] = activations.Activation(lambda z: logistic(z) / 10, slope)
    monkeypatch.setattr(activations, "ACTIVATIONS", by_name | {name: by_name[other]})
    assert {claim.id: claim.verdict for claim in judged(judge_properties)}[id] == "differs"

from pathlib import Path

import numpy as np
import pytest

from labs import backpropagation
from labs.backpropagation import Config
from labs.errors import InputError
from models.by_hand import two_layer_net
from tests.labs.quick_run import read_results, run_quickly, without_times

ERRATA = {"A-loss-sign", "A-softmax-derivative", "A-chain-rule-w221", "B-error-derivative"}
REPRODUCED = {
    *("A-12-parameters", "A-chain-rule-w112", "A-common-factors"),
    *("B-chain-rule", "B-relu-net"),
    *("D-equation-1", "D-equation-2", "D-equation-3", "D-equation-4"),
    *("E-graph-q", "E-graph-f", "E-graph-x", "E-graph-y", "E-graph-z", "E-forward-steps"),
}
NET = two_layer_net.unflatten(np.random.default_rng(5).normal(size=12))


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    return run_quickly("backpropagation", tmp_path_factory.mktemp("first"), seed=7)


def test_the_same_seed_gives_the_same_results(found, tmp_path):
    again = read_results(run_quickly("backpropagation", tmp_path, seed=7))
    assert without_times(again) == without_times(found)


def test_claims_have_the_verdicts_that_they_deserve(found):
    verdicts = {claim["id"]: claim["verdict"] for claim in found["claims"]}
    assert verdicts == dict.fromkeys(ERRATA, "erratum") | dict.fromkeys(REPRODUCED, "reproduced")


def test_pictures_and_tables_are_in_the_run_directory(run_directory, found):
    assert (run_directory / "signs.png").read_bytes().startswith(b"\x89PNG")
    tables = found["tables"]
    assert len(tables["two-layer-net"]) == 12
    for row in tables["agreement"]:
        assert row["by hand − autodiff"] < 1e-12
        assert row["by hand − finite"] < 1e-6


def test_signs_of_the_slide_are_computed_not_taken_for_granted(monkeypatch):
    gradient = backpropagation.differentiate_two_layer_net(NET)
    right = two_layer_net.softmax_derivatives
    monkeypatch.setattr(backpropagation, "slide_softmax_derivatives", right)
    verdicts = {
        claim.id: claim.verdict for claim in backpropagation.check_slide_signs(NET, gradient)
    }
    assert verdicts["A-softmax-derivative"] == "reproduced"
    assert verdicts["A-chain-rule-w221"] == "reproduced"


def test_a_wrong_backward_pass_is_found(monkeypatch):
    gradient = backpropagation.differentiate_two_layer_net(NET)
    right = two_layer_net.backward

    def without_slope(net, x, h, errors):
        return right(net, x, np.full(2, 0.5), errors)

    monkeypatch.setattr(two_layer_net, "backward", without_slope)
    claims = {c.id: c.verdict for c in backpropagation.check_two_layer_net(NET, gradient)}
    assert claims["A-common-factors"] == "erratum"


def test_the_slides_softmax_rule_never_moves_the_classes_apart():
    p, y = np.array([0.2, 0.8]), np.array([1.0, 0.0])
    rule = backpropagation.RULES["slide: ∂pᵢ/∂zⱼ = +pᵢ(1 − pᵢ)"]
    assert rule(p, y) == pytest.approx([-0.8, -0.8])


def test_only_the_right_rule_learns():
    losses = backpropagation.train_by_each_rule(Config(seeds=5, steps=100))
    change = [found[:, -1] - found[:, 0] for found in losses.values()]
    right, no_minus, wrong_softmax = change
    assert (right < 0).all()
    assert (no_minus > 1).all()
    assert (wrong_softmax > right).all()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("seeds", 1), ("steps", 501)],
)
def test_settings_that_cannot_be_used_are_refused(setting, value):
    with pytest.raises(InputError, match=setting):
        Config(**{setting: value})

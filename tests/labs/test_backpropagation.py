import json
from pathlib import Path

import numpy as np
import pytest

from labs import backpropagation, results
from labs.backpropagation import Config
from labs.errors import InputError
from models.by_hand import two_layer_net
from models.by_hand.slow_weights import BIASES, SlowWeights

ERRATA = {"A-loss-sign", "A-softmax-derivative", "A-chain-rule-w221", "B-error-derivative"}
REPRODUCED = {
    *("A-12-parameters", "A-chain-rule-w112", "A-common-factors"),
    *("B-chain-rule", "B-relu-net", "B-shared-derivatives"),
    *("D-equation-1", "D-equation-2", "D-equation-3", "D-equation-4"),
    *("D-low-activation", "D-saturation"),
    *("E-graph-q", "E-graph-f", "E-graph-x", "E-graph-y", "E-graph-z", "E-forward-steps"),
}
NET = two_layer_net.unflatten(np.random.default_rng(5).normal(size=12))


def run_small(folder: Path, seed: int) -> Path:
    config = Config.for_quick_run(output_dir=folder, seed=seed)
    with results.RunRecord("backpropagation", config, "replay") as record:
        backpropagation.run(config, record)
    return record.directory


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    return run_small(tmp_path_factory.mktemp("first"), seed=7)


def read_results(directory: Path) -> dict:
    return json.loads((directory / "results.json").read_text())


def without_times(found: dict) -> dict:
    cost = [
        {name: value for name, value in row.items() if "timed" not in name}
        for row in found["tables"]["cost"]
    ]
    return found | {"seconds": None, "tables": found["tables"] | {"cost": cost}}


def test_the_same_seed_gives_the_same_results(run_directory, tmp_path):
    again = read_results(run_small(tmp_path, seed=7))
    assert without_times(again) == without_times(read_results(run_directory))


def test_claims_have_the_verdicts_that_they_deserve(run_directory):
    verdicts = {claim["id"]: claim["verdict"] for claim in read_results(run_directory)["claims"]}
    assert verdicts == dict.fromkeys(ERRATA, "erratum") | dict.fromkeys(REPRODUCED, "reproduced")


def test_pictures_and_tables_are_in_the_run_directory(run_directory):
    for picture in ("cost", "signs", "slow"):
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    tables = read_results(run_directory)["tables"]
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


def test_cost_that_does_not_grow_is_not_the_lectures():
    row = {"parameters": 80, "backward": 2.0, "one at a time": 31}
    big = {"parameters": 8000, "backward": 1.8, "one at a time": 32}
    assert backpropagation.check_cost([row, big]).verdict == "differs"
    dear = {"parameters": 8000, "backward": 80.0, "one at a time": 3100}
    assert backpropagation.check_cost([row, dear]).verdict == "differs"
    right = {"parameters": 8000, "backward": 1.8, "one at a time": 3100}
    assert backpropagation.check_cost([row, right]).verdict == "reproduced"


def test_weights_that_all_move_alike_contradict_both_insights():
    alike = np.tile(np.linspace(0.9, 1, 3)[:, None], len(BIASES))
    claims = backpropagation.check_slow_weights(SlowWeights(alike, alike, alike, alike))
    assert {claim.verdict for claim in claims} == {"differs"}


@pytest.mark.parametrize(
    ("setting", "value"),
    [("widths", (4,)), ("widths", (8, 4)), ("widths", (0, 4)), ("seeds", 1), ("steps", 501)],
)
def test_settings_that_cannot_be_used_are_refused(setting, value):
    with pytest.raises(InputError, match=setting):
        Config(**{setting: value})

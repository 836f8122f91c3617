from itertools import pairwise

import numpy as np
import pytest

from labs import deep_nets
from labs.deep_nets import EXPLODING, FITTING, SETTINGS
from labs.studies.deep_nets import FAILING, Outcome, Setting, build_net
from tests.labs.quick_run import judged


def test_settings_of_one_program_differ_in_the_start_only():
    order = [(s.activation, s.batch_norm, s.clipped, s.skips) for s in SETTINGS]
    changes = sum(a != b for a, b in pairwise(order))
    assert changes + 1 == len(set(order))


def outcome(*accuracies: float) -> Outcome:
    test = np.array(accuracies)
    labels = np.arange(2 * len(test)).reshape(len(test), 2)
    return Outcome(test, labels, test, 0.0)


def all_alike() -> dict[Setting, Outcome]:
    return {s: outcome(0.1, 0.11, 0.1) for s in SETTINGS}


def at_own_rates(*accuracies: float) -> dict[Setting, Outcome]:
    return {
        setting._replace(rate=0.3): outcome(accuracy, accuracy + 0.01, accuracy)
        for setting, accuracy in zip(FITTING, accuracies, strict=True)
    }


ALIKE = at_own_rates(0.1, 0.1, 0.1)


@pytest.mark.parametrize(
    ("accuracies", "verdict"),
    [((0.9, 0.8, 0.7), "reproduced"), ((0.8, 0.9, 0.7), "depends"), ((0.1, 0.9, 0.7), "differs")],
)
def test_relu_is_judged_against_both_others(accuracies, verdict):
    claims = judged(deep_nets.judge_remedies, all_alike(), at_own_rates(*accuracies))
    assert {c.id: c.verdict for c in claims}["E-hidden-relu"] == verdict


def test_each_activation_gets_the_rate_that_is_best_for_it():
    first, second = (setting._replace(rate=rate) for setting in FITTING[:1] for rate in (0.1, 1.0))
    other = FITTING[1]._replace(rate=3.0)
    tried = {first: outcome(0.5, 0.6), second: outcome(0.9, 0.1), other: outcome(1.0, 1.0)}
    assert deep_nets.best_rate(tried, FITTING[0]) == first
    net = build_net(other, 0, deep_nets.Config(learning_rate=0.5))
    assert float(net.optimizer.learning_rate) == 3


def test_remedies_that_change_nothing_differ_from_the_lecture():
    verdicts = {c.id: c.verdict for c in judged(deep_nets.judge_remedies, all_alike(), ALIKE)}
    assert set(verdicts.values()) == {"differs"}


def test_a_remedy_that_helps_in_every_start_is_reproduced():
    outcomes = all_alike() | {FAILING._replace(clipped=True): outcome(0.8, 0.9, 0.85)}
    verdicts = {c.id: c.verdict for c in judged(deep_nets.judge_remedies, outcomes, ALIKE)}
    assert verdicts.pop("E-remedy-clipping") == "reproduced"
    assert set(verdicts.values()) == {"differs"}


def test_the_best_setting_is_ranked_first():
    outcomes = all_alike() | {EXPLODING: outcome(0.7, 0.8, 0.9)}
    first = deep_nets.rank(outcomes)[0]
    assert first["setting"] == "relu, large"
    assert first["test accuracy"] == pytest.approx(0.8)


def test_layers_that_give_nothing_hand_on_their_input_over_skips():
    config = deep_nets.Config(hidden_layers=4)
    net = build_net(Setting("relu", "He", skips=True), 0, config)
    for layer in net.layers:
        if layer.name in {"dense_2", "dense_3", "dense_4"}:
            layer.set_weights([np.zeros_like(weights) for weights in layer.get_weights()])
    x = np.random.default_rng(0).integers(0, 256, (3, 28, 28)).astype(np.uint8)
    first, last = (net.get_layer(name).get_weights() for name in ("dense_1", "dense_output"))
    h = np.maximum(x.reshape(3, -1) / 255 @ first[0] + first[1], 0)
    odds = np.exp(h @ last[0] + last[1])
    assert net.predict(x, verbose=0) == pytest.approx(odds / odds.sum(axis=1, keepdims=True), 1e-4)

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from labs.errors import InputError
from labs.nonlinearity import (
    LINEAR,
    ONE,
    SIGMOID,
    Config,
    Trained,
    check_linear_cube,
    check_linear_stack,
    check_step,
    draw_moons,
    loss_along_a_weight,
    step_tensor,
)
from models.by_hand import activations
from models.by_hand.perceptron import step
from tests.labs.quick_run import run_quickly

IDS = ["E-linear-cube", "D-linear-map", "C-linear-stack", "D-step-function"]


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    return run_quickly("nonlinearity", tmp_path_factory.mktemp("run"), seed=3)


def test_every_claim_is_reproduced(found):
    verdicts = {claim["id"]: claim["verdict"] for claim in found["claims"]}
    assert verdicts == dict.fromkeys(IDS, "reproduced")


def test_pictures_and_histories_are_in_the_run_directory(run_directory, found):
    for picture in ("boundaries", "step"):
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    history = (run_directory / "three-layers-step" / "history.csv").read_text().splitlines()
    assert len(history) == 71
    assert len({line.split(",")[1] for line in history[1:]}) == 1  # The loss never changes.
    assert found["dataset"]["name"] == "two moons, drawn"


def test_the_same_seed_draws_the_same_moons():
    first, again, other = (draw_moons(Config(seed=seed)) for seed in (4, 4, 5))
    assert first.source == again.source != other.source


def test_three_linear_layers_cube_their_factor():
    assert check_linear_cube().verdict == "reproduced"


class FakeReplicas:
    """Nets given by their weights, without training."""

    def __init__(self, weights: list[list[np.ndarray]], losses: list[list[float]]) -> None:
        self._weights = weights
        self.history = {"loss": np.array(losses)}

    def __len__(self) -> int:
        return len(self._weights)

    def weights(self, replica: int) -> list[np.ndarray]:
        return self._weights[replica]

    def predict(self, x: np.ndarray) -> np.ndarray:
        kernel, bias = activations.collapse(self._weights[0][::2], self._weights[0][1::2])
        return np.array([activations.logistic(x @ kernel + bias)] * len(self))


def fake(start, end, losses, test) -> Trained:
    return Trained(start, FakeReplicas(end, losses), np.array(test))  # type: ignore[arg-type]


WEIGHTS = [np.ones((2, 3)), np.zeros(3), np.ones((3, 1)), np.zeros(1)]
MOVED = [np.ones((2, 3)), np.zeros(3), np.ones((3, 1)), np.array([-0.5])]


def test_a_step_net_that_moves_refutes_the_slide():
    losses = [[0.5, 0.1], [0.5, 0.1]]
    still = fake([WEIGHTS] * 2, [WEIGHTS] * 2, losses, [0.5, 0.6])
    trained = fake([WEIGHTS] * 2, [WEIGHTS, MOVED], losses, [0.9, 0.95])
    assert still.largest_move == 0
    assert trained.largest_move == 0.5
    assert check_step(still, trained).verdict == "reproduced"
    assert check_step(trained, trained).verdict == "differs"
    assert check_step(still, fake([WEIGHTS] * 2, [MOVED] * 2, losses, [0.5, 0.4])).verdict == (
        "differs"
    )


def test_a_linear_stack_that_is_better_than_one_layer_refutes_the_slide():
    moons = draw_moons(Config())
    losses = [[0.5, 0.1], [0.5, 0.1]]

    def nets(test):
        return fake([WEIGHTS] * 2, [WEIGHTS] * 2, losses, test)

    kinds = {ONE: nets([0.88, 0.88]), LINEAR: nets([0.88, 0.88]), SIGMOID: nets([0.99, 1.0])}
    assert [c.verdict for c in check_linear_stack(moons, kinds)] == ["reproduced"] * 2
    better = kinds | {LINEAR: nets([0.95, 0.96])}
    assert [c.verdict for c in check_linear_stack(moons, better)] == ["reproduced", "differs"]


def test_the_step_has_no_slope():
    z = tf.constant([-2.0, -1e-3, 1e-3, 2.0])
    with tf.GradientTape() as tape:
        tape.watch(z)
        values = step_tensor(z)
    assert values.numpy().tolist() == [0, 0, 1, 1]
    assert tape.gradient(values, z).numpy().tolist() == [0, 0, 0, 0]


def test_the_loss_along_a_weight_is_that_of_a_keras_neuron():
    moons = draw_moons(Config())
    neuron = [np.array([[0.3], [-2.0]]), np.array([0.7])]
    layer = keras.layers.Dense(1, "sigmoid")
    layer.build((None, 2))
    layer.set_weights(neuron)
    expected = np.mean((layer(moons.train.x[:30])[:, 0] - moons.train.y[:30]) ** 2)
    found = loss_along_a_weight(moons, neuron, activations.logistic, np.array([0.3, 0.4]))
    assert found[0] == pytest.approx(expected, abs=1e-6)
    assert found[1] != found[0]
    stairs = loss_along_a_weight(moons, neuron, step, np.linspace(-4, 4, 500))
    assert len(np.unique(stairs.round(9))) < 31


@pytest.mark.parametrize(
    ("setting", "value"), [("epochs", 0), ("batch_size", 0), ("seeds", 1), ("learning_rate", 2.0)]
)
def test_settings_that_cannot_be_used_are_refused(setting, value):
    with pytest.raises(InputError, match=setting.replace("_", "-")):
        Config(**{setting: value})

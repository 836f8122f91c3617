import numpy as np
import pytest

from labs import data, early_layers
from labs.early_layers import Watched
from labs.studies.deep_nets import FAILING, LEARNING, train_together
from tests.labs.quick_run import judged


class Small:
    hidden_layers, epochs, seeds, learning_rate, seed = 3, 1, 2, 0.1, 0


def test_a_watched_net_is_the_first_of_its_setting():
    digits, config = data.load_digits(), early_layers.Config(hidden_layers=3, epochs=1)
    watched = early_layers.watch(LEARNING, digits, config)
    outcome = train_together([LEARNING], digits, Small())[LEARNING]
    assert watched.history["loss"][-1] == pytest.approx(outcome.losses[0], rel=1e-3)
    assert watched.gradients.shape == (4, 1)
    assert (watched.moves > 0).all()


def test_early_layers_that_move_contradict_the_lecture():
    def watched(way, accuracy):
        return Watched({"accuracy": [accuracy]}, np.ones((2, 1)), np.array([way, 1.0]))

    learning = watched(0.5, 0.9)
    claims = [
        judged(early_layers.judge_early_layers, {FAILING: failing, LEARNING: learning})[0]
        for failing in (watched(1e-6, 0.1), watched(0.5, 0.1), watched(1e-6, 0.8))
    ]
    assert [claim.verdict for claim in claims] == ["reproduced", "differs", "differs"]

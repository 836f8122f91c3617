import numpy as np
import pytest

from labs import optimizers
from labs.optimizers import Racer
from tests.labs.quick_run import judged


@pytest.mark.slow
def test_every_optimizer_has_a_row_and_a_history(run_directory, found):
    assert [row["optimizer"] for row in found["tables"]["race"]] == list(optimizers.OPTIMIZERS)
    assert (run_directory / "adam" / "history.csv").read_text().startswith("epoch,loss")


def racer(name, losses, test):
    train = np.array(losses)[None, :, None]
    return Racer(name, [0.1], np.ones((1, len(losses))), train, 0, np.array(test))


def test_a_winner_is_named_only_if_it_can_be_shown():
    clear = [racer("Adam", [0.1, 0.11, 0.1], [0.9] * 3), racer("SGD", [0.9, 0.8, 0.9], [0.8] * 3)]
    claim = judged(optimizers.judge_race, clear)[0]
    assert claim.verdict == "reproduced"
    assert "Adam before SGD" in claim.note
    noisy = [racer("Adam", [0.1, 0.9, 0.2], [0.9] * 3), racer("SGD", [0.9, 0.1, 0.3], [0.8] * 3)]
    assert judged(optimizers.judge_race, noisy)[0].verdict == "differs"
    alike = [*clear, racer("RMSprop", [0.9, 0.9, 0.8], [0.8] * 3)]
    assert judged(optimizers.judge_race, alike)[0].verdict == "reproduced"
    two_first = [*clear, racer("RMSprop", [0.11, 0.1, 0.1], [0.8] * 3)]
    assert judged(optimizers.judge_race, two_first)[0].verdict == "differs"
    unnamed = [*clear, racer("momentum", [0.11, 0.1, 0.1], [0.8] * 3)]
    assert judged(optimizers.judge_race, unnamed)[0].verdict == "reproduced"


def test_a_broken_training_has_infinite_loss():
    probabilities = np.array([[[0.5, 0.5]], [[np.nan, np.nan]], [[0.0, 1.0]]])
    losses = optimizers.cross_entropy(probabilities, np.array([0]))
    assert losses == pytest.approx([np.log(2), np.inf, -np.log(1e-7)])

from pathlib import Path

import numpy as np
import pytest

from labs import optimizers
from labs.optimizers import Racer
from tests.labs.quick_run import judged, read_results, run_quickly


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    return run_quickly("optimizers", tmp_path_factory.mktemp("runs"), seeds=2, epochs=1)


def test_everything_promised_is_in_the_run_directory(run_directory):
    found = read_results(run_directory)
    for picture in ("race", "seeds"):
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    assert found["status"] == "done"
    assert [claim["id"] for claim in found["claims"]] == ["C-optimizers-compared"]
    assert [row["optimizer"] for row in found["tables"]["race"]] == list(optimizers.OPTIMIZERS)
    assert (run_directory / "adam" / "history.csv").read_text().startswith("epoch,loss")


def racer(name, losses, test):
    train = np.array(losses)[None, :, None]
    return Racer(name, [0.1], np.ones((1, len(losses))), train, 0, np.array(test))


def test_a_winner_is_named_only_if_it_can_be_shown():
    clear = [racer("a", [0.1, 0.11, 0.1], [0.9] * 3), racer("b", [0.9, 0.8, 0.9], [0.8] * 3)]
    claim = judged(optimizers.judge_race, clear)[0]
    assert claim.verdict == "reproduced"
    assert "a before b" in claim.note
    noisy = [racer("a", [0.1, 0.9, 0.2], [0.9] * 3), racer("b", [0.9, 0.1, 0.3], [0.8] * 3)]
    assert judged(optimizers.judge_race, noisy)[0].verdict == "differs"


def test_a_broken_training_has_infinite_loss():
    probabilities = np.array([[[0.5, 0.5]], [[np.nan, np.nan]], [[0.0, 1.0]]])
    losses = optimizers.cross_entropy(probabilities, np.array([0]))
    assert losses == pytest.approx([np.log(2), np.inf, -np.log(1e-7)])

import json
from pathlib import Path

import numpy as np
import pytest

import callbacks
from labs import optimizers, results
from labs.errors import InputError
from labs.optimizers import Config, Racer
from models.by_hand import update_rules

SMALL = {"seeds": 2, "epochs": 1, "starts": 40, "decay_seeds": 2}


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    config = Config.for_quick_run(output_dir=tmp_path_factory.mktemp("runs"), **SMALL)
    with results.RunRecord("optimizers", config, "replay") as record:
        optimizers.run(config, record)
    return record.directory


@pytest.fixture(scope="module")
def found(run_directory) -> dict:
    return json.loads((run_directory / "results.json").read_text())


VERDICTS = {
    "A-momentum": "reproduced",
    "A-adagrad": "reproduced",
    "A-rmsprop": "reproduced",
    "A-adam": "differs",
    "A-adagrad-rates": "reproduced",
    "A-adagrad-stalls": "reproduced",
    "A-gradient-descent": "reproduced",
    "A-rate-too-small": "reproduced",
    "A-rate-too-large": "reproduced",
    "D-rate-diverges": "reproduced",
    "A-momentum-faster": "differs",
    "A-momentum-saddle": "reproduced",
    "D-plateau": "reproduced",
    "A-local-minima": "reproduced",
    "A-momentum-local-minima": "differs",
    "D-local-minima": "reproduced",
    "D-remedy-initialization": "reproduced",
    "D-sgd-leaves": "reproduced",
    "A-step-decay": "reproduced",
}


def test_every_claim_is_judged(found):
    verdicts = {claim["id"]: claim["verdict"] for claim in found["claims"]}
    assert {id: verdicts[id] for id in VERDICTS} == VERDICTS
    assert set(verdicts) - set(VERDICTS) == {"A-step-decay-needed", "C-optimizers-compared"}


def test_everything_promised_is_in_the_run_directory(run_directory, found):
    for picture in ("landscapes", "adam", "leaving", "step_decay", "race", "seeds"):
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    assert found["status"] == "done"
    assert [row["optimizer"] for row in found["tables"]["race"]] == list(optimizers.OPTIMIZERS)
    assert (run_directory / "adam" / "history.csv").read_text().startswith("epoch,loss")


def test_the_gaps_to_keras_are_those_of_the_rules(found):
    gaps = {row["rule"]: row for row in found["tables"]["rules"]}
    assert gaps["Adam"]["first step"] == pytest.approx(10**0.5, rel=1e-3)
    assert gaps["momentum"]["first step"] == pytest.approx(0.1)
    assert gaps["Adam, corrected"]["gap, largest gradients"] < 1e-5
    assert gaps["Adam, corrected"]["gap, smallest gradients"] > 0.9
    assert gaps["Keras's Adam by hand"]["gap, at most"] < 1e-5


def test_a_wrong_rule_is_not_taken_for_keras(monkeypatch):
    def without_square(gradient, memory, *, rate):
        return rate * gradient, memory

    monkeypatch.setattr(update_rules, "rmsprop", without_square)
    verdicts = {c.id: c.verdict for c in optimizers.check_rules(optimizers.compare_rules(0))}
    assert verdicts["A-rmsprop"] == "differs"
    assert verdicts["A-adagrad"] == "reproduced"


def test_rates_up_to_the_limit_go_down_and_beyond_it_up():
    losses = optimizers.ravine_losses([0.0199, 0.0201], 1000)
    assert losses[-1, 0] < losses[0, 0] < losses[-1, 1]
    assert optimizers.steps_to_floor(0.021) == 3000
    # The slow direction shrinks by 1 − λ: its square is a millionth of 8/80 of the loss.
    assert optimizers.steps_to_floor(0.01) == np.ceil(np.log(1e-6 * 80 / 8) / np.log(0.99) / 2)


def test_the_decayed_training_has_the_rates_of_step_decay(monkeypatch):
    with_decay = optimizers.train_with_step_decay(Config(decay_seeds=2))
    for constant, decayed in with_decay.values():
        assert constant.shape == decayed.shape == (2, 100)
        np.testing.assert_array_equal(constant[:, :30], decayed[:, :30])
        assert (constant[:, 30:] != decayed[:, 30:]).all()
        assert (decayed > 0).all()  # Nothing lies below the minimum.
    monkeypatch.setattr(callbacks.StepDecay, "rate_at", lambda self, epoch, rate: rate)
    for constant, decayed in optimizers.train_with_step_decay(Config(decay_seeds=2)).values():
        np.testing.assert_array_equal(constant, decayed)
    (rates, _) = optimizers.check_step_decay(with_decay)
    assert rates.verdict == "erratum"


def test_noise_that_leads_nowhere_is_no_proof():
    start = optimizers.local_minimum(optimizers.make_sine_fit(0))
    stay = {size: np.full(50, start) for size in optimizers.LEAVING_BATCHES}
    assert optimizers.check_leaving(stay, 50).verdict == "differs"
    away = np.full(50, 2.0)
    assert optimizers.check_leaving({**stay, 1: away}, 50).verdict == "reproduced"
    few = np.where(np.arange(50) < 20, away, start)
    assert optimizers.check_leaving({**stay, 1: few}, 50).verdict == "differs"


def racer(name, losses, test):
    train = np.array(losses)[None, :, None]
    return Racer(name, [0.1], np.ones((1, len(losses))), train, 0, np.array(test))


def test_a_winner_is_named_only_if_it_can_be_shown():
    clear = [racer("a", [0.1, 0.11, 0.1], [0.9] * 3), racer("b", [0.9, 0.8, 0.9], [0.8] * 3)]
    claim = optimizers.check_race(clear)
    assert claim.verdict == "reproduced"
    assert "a before b" in claim.note
    noisy = [racer("a", [0.1, 0.9, 0.2], [0.9] * 3), racer("b", [0.9, 0.1, 0.3], [0.8] * 3)]
    assert optimizers.check_race(noisy).verdict == "differs"


def test_a_broken_training_has_infinite_loss():
    probabilities = np.array([[[0.5, 0.5]], [[np.nan, np.nan]], [[0.0, 1.0]]])
    losses = optimizers.cross_entropy(probabilities, np.array([0]))
    assert losses == pytest.approx([np.log(2), np.inf, -np.log(1e-7)])


@pytest.mark.parametrize(
    ("setting", "value"),
    [("seeds", 1), ("rates", 2), ("rates", 0), ("epochs", 0), ("starts", 1), ("decay_seeds", 1)],
)
def test_settings_that_cannot_be_used_are_refused(setting, value):
    with pytest.raises(InputError, match=setting.replace("_", "-")):
        Config(**{setting: value})


def test_momentum_pays_in_steep_ravines_only():
    grid = np.geomspace(0.1, 100, 90)
    for steepness, pays in ((10, False), (400, True)):
        plain, heavy = (
            optimizers.steps_to_floor(grid / steepness, rule, steepness)
            for rule in (update_rules.gradient_descent, update_rules.momentum)
        )
        assert (heavy < plain) == pays

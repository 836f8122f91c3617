import pytest

import models
from labs import data
from labs.normalization_formulas import (
    Config,
    compare_batch_norm_modes,
    judge_formulas,
    judge_training,
    smallest_vector,
)
from models.by_hand import normalization
from tests.labs.quick_run import judged


@pytest.fixture
def patients():
    return data.load_diabetes(scaled=False)


def test_a_wrong_axis_is_an_erratum(monkeypatch, patients):
    monkeypatch.setattr(normalization, "batch_normalize", normalization.layer_normalize)
    errata = {
        c.id for c in judged(judge_formulas, patients.train.x, Config()) if c.verdict == "erratum"
    }
    assert errata == {"A-batch-normalization"}


def test_keras_does_otherwise_in_two_things(patients):
    epsilon, averages = compare_batch_norm_modes(patients.train.x)
    assert "ε = 0.001" in epsilon
    assert "by hand the same to" in averages


def test_the_shortest_vector_with_a_mean_and_a_variance():
    assert smallest_vector(2, 7, 1) == (0, 1, 5)  # Deviations 2, 1 and 3: 14 / 2.
    assert smallest_vector(2, 3.5, 0) == (0, 1, 2, 5)  # And 0: 14 / 4.
    assert smallest_vector(2, 100, 0) is None


def test_what_training_moves_is_part_of_it(monkeypatch, patients):
    def found():
        claims = judged(judge_training, patients.train, 0)
        return {claim.id: claim.verdict for claim in claims}

    assert found() == {"A-data-preprocessing": "reproduced", "A-gamma-beta": "reproduced"}
    monkeypatch.setattr(models, "fit", lambda net, *args, **options: net)  # It is not trained.
    assert found()["A-gamma-beta"] == "differs"


def test_data_scaled_otherwise_outside_are_not_the_same(monkeypatch, patients):
    right = normalization.standardize
    monkeypatch.setattr(normalization, "standardize", lambda x: 2 * right(x))
    claims = judged(judge_training, patients.train, 0)
    assert claims[0].verdict == "differs"

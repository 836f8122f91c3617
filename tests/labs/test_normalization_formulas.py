import pytest

from labs import data
from labs.normalization_formulas import Config, compare_batch_norm_modes, judge_formulas
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

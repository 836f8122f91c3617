import pytest

from models import one_cycle_adamw


def test_the_rate_rises_for_a_quarter_and_falls_to_zero():
    rate = one_cycle_adamw(0.1, 100).learning_rate
    schedule = one_cycle_adamw(0.1, 100)._learning_rate
    assert float(rate) == pytest.approx(0.004)
    assert float(schedule(25)) == pytest.approx(0.1)
    assert float(schedule(62.5)) == pytest.approx(0.05)
    assert float(schedule(100)) == pytest.approx(0.0, abs=1e-9)


def test_a_training_of_one_step_has_a_rate():
    assert float(one_cycle_adamw(0.1, 1)._learning_rate(0)) == pytest.approx(0.004)

import numpy as np
import pytest

from labs import data
from labs import early_stopping as lab
from labs.studies.memorizers import Nets, follow, train_kind
from tests.labs.quick_run import judged


def nets(test_error: list[float]) -> Nets:
    return Nets("x", {}, [None] * 3, np.array(test_error), np.zeros(3), np.zeros(3))


def test_stopping_that_saves_nothing_differs():
    to_the_end, better = nets([0.9, 1.0, 1.1]), nets([0.5, 0.6, 0.65])
    assert judged(lab.judge_early_stopping, to_the_end, better)[0].verdict == "reproduced"
    assert judged(lab.judge_early_stopping, better, to_the_end)[0].verdict == "differs"


@pytest.mark.slow
def test_the_callback_and_the_recorded_curve_stop_at_the_same_epoch(found):
    patients = data.load_diabetes()
    config = lab.Config.for_quick_run(seed=7)
    history = train_kind({}, patients, config).history
    monitor = follow(history["error"][0], history["val_error"][0])
    assert monitor.found_epoch is not None
    assert f"{monitor.found_epoch + 1} of 60 epochs" in found["findings"][-1]
    assert f"is that of epoch {monitor.best_epoch}," in found["findings"][-1]


def test_a_rule_stops_at_the_first_step_that_meets_both_of_its_bounds():
    losses = np.array([1.0, 0.5, 0.45, 0.44, 0.44])
    norms = np.array([3.0, 2.0, 0.5, 0.2, 0.1])
    assert lab.first_stop(losses, norms, 0.06, np.inf) == 2
    assert lab.first_stop(losses, norms, np.inf, 0.3) == 3
    assert lab.first_stop(losses, norms, 0.005, 0.3) == 4


def test_until_convergence_depends_on_the_rule(monkeypatch):
    verdicts = []
    for rules in ({"loose": (1e-3, np.inf)}, {"strict": (np.inf, 1e-4)}, lab.RULES):
        monkeypatch.setattr(lab, "RULES", rules)
        verdicts.append(judged(lab.judge_convergence, data.load_diabetes())[0].verdict)
    assert verdicts == ["differs", "reproduced", "depends"]

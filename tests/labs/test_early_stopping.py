import numpy as np

from labs import data
from labs import early_stopping as lab
from labs.studies.memorizers import Nets, follow, train_kind
from tests.labs.quick_run import judged, read_results, run_quickly


def nets(test_error: list[float]) -> Nets:
    return Nets("x", {}, [None] * 3, np.array(test_error), np.zeros(3), np.zeros(3))


def test_stopping_that_saves_nothing_differs():
    to_the_end, better = nets([0.9, 1.0, 1.1]), nets([0.5, 0.6, 0.65])
    assert judged(lab.judge_early_stopping, to_the_end, better)[0].verdict == "reproduced"
    assert judged(lab.judge_early_stopping, better, to_the_end)[0].verdict == "differs"


def test_the_callback_and_the_recorded_curve_stop_at_the_same_epoch(tmp_path):
    found = read_results(run_quickly("early_stopping", tmp_path, seed=7))
    patients = data.load_diabetes()
    config = lab.Config.for_quick_run(seed=7)
    history = train_kind({}, patients, config).history
    monitor = follow(history["error"][0], history["val_error"][0])
    assert monitor.found_epoch is not None
    assert f"{monitor.found_epoch + 1} of 60 epochs" in found["findings"][-1]
    assert f"is that of epoch {monitor.best_epoch}," in found["findings"][-1]

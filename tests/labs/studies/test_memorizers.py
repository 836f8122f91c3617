import numpy as np

from callbacks import OverfittingMonitor
from labs import data, regularization
from labs.studies import memorizers as lab


def nets(name: str, test_error: list[float], gap: list[float]) -> lab.Nets:
    return lab.Nets(name, {}, [3, None, 4], np.array(test_error), np.zeros(3), np.array(gap))


def test_a_recorded_curve_is_read_no_further_than_training_would_go():
    epochs = np.arange(60)
    val_loss = np.where(epochs < 10, 2 - epochs / 10, 1 + (epochs - 10) / 20)
    val_loss[50] = 0.1  # Training would have ended long before.
    monitor = lab.follow(1 / (1 + epochs), val_loss)
    assert isinstance(monitor, OverfittingMonitor)
    assert monitor.found_epoch is not None
    assert monitor.found_epoch < 50
    assert monitor.best_epoch == 10


def test_nets_stopped_early_are_tested_at_the_epoch_that_validation_chooses():
    epochs = np.arange(60)
    falling, rising = 1 / (1 + epochs), 1 + np.abs(epochs - 10) / 20
    history = {"error": np.stack([falling] * 2), "val_error": np.stack([rising, falling + 1])}
    both = {"val_error": np.arange(240.0).reshape(4, 60), "val_accuracy": np.zeros((4, 60))}
    as_it_is = nets("as it is", [1, 1, 1], [1, 1, 1])._replace(history=history)
    stopped = lab.stopped_early(as_it_is, both, seeds=2)
    assert stopped.test_error.tolist() == [130, 239]  # Epoch 10, and the last one.
    np.testing.assert_allclose(stopped.gap, [1 - 1 / 11, 1])


def test_training_and_validation_rows_never_meet():
    patients = data.load_diabetes()
    for rows, validation in zip(
        *lab.draw_rows(patients, regularization.Config(seeds=3)), strict=True
    ):
        assert len(rows) == lab.TRAINING_ROWS
        assert sorted([*rows, *validation]) == list(range(len(patients.train)))

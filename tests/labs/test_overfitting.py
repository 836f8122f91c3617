import numpy as np

from callbacks import OverfittingMonitor
from labs import overfitting as lab
from tests.labs.quick_run import read_results, run_quickly


def test_long_training_at_a_high_rate_overfits_and_five_epochs_do_not(tmp_path):
    directory = run_quickly("overfitting", tmp_path, seed=7)
    found = read_results(directory)
    rows = {row["net"]: row for row in found["tables"]["found"]}
    assert rows["diabetes, 64-64"]["with onset"] == rows["diabetes, 64-64"]["with gap"] == 2
    assert rows["diabetes, 5 epochs"]["with onset"] == rows["diabetes, 5 epochs"]["with gap"] == 0
    assert "diabetes, 64-64: 2 by the onset, 2 by the gap" in found["answer"]
    assert "Too few epochs to tell: 5 seen" in found["findings"][0]
    history = np.genfromtxt(
        directory / "diabetes-64-64-8" / "history.csv", delimiter=",", names=True
    )
    monitor = OverfittingMonitor.of({name: history[name] for name in ("loss", "val_loss")})
    assert str(monitor.onset_epoch) == rows["diabetes, 64-64"]["onsets"].split(", ")[1]


def test_the_picture_leaves_out_curves_too_short_to_look_at():
    flat = {"loss": [1.0] * 5, "val_loss": [1.0] * 5}
    assert lab.is_short([lab.Watched(flat, OverfittingMonitor.of(flat))])

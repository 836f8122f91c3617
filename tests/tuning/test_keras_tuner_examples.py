"""keras-tuner's own examples, searched as they are."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.tuning import own
from tests.tuning.keras_tuner_examples import data, main
from tuning import own_search

PROJECT = Path(__file__).parents[2]


def start(example: str, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.tuning.keras_tuner_examples", example, str(folder)]
    return subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("example", "appear", "how"),
    [
        pytest.param(
            "started",
            {"units_1", "units_2"},
            "4 of 4 trials trained all their nets as one program.",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "loop",
            {"batch_size", "learning_rate"},
            "4 of 4 trained one after the other: MyHyperModel.fit trains one net at a time.",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_example_is_searched_as_it_is(monkeypatch, tmp_path, example, appear, how):
    monkeypatch.setattr(own_search, "LocalWorkers", own.Here)
    monkeypatch.setattr("tuning.trial.use_threads", lambda threads: None)
    found = main(example, str(tmp_path))
    assert (found.trials["status"] == "done").all()
    assert found.how == how
    trials = found._searched.trials
    met = {entry["name"] for trial in trials for entry in trial.appeared}
    assert met
    assert met <= appear
    with np.load(tmp_path / "histories" / "trial-00000.npz") as curves:
        assert curves["my_metric" if example == "loop" else "val_accuracy"].shape == (1, 2)
    x, y = data()
    net = found.fit_best(x[:300], y[:300], validation_data=(x[300:], y[300:]))
    assert net.predict(x[:5], verbose=0).shape == (5, 10)


@pytest.mark.slow
@pytest.mark.parametrize("example", ["started", "loop"])
def test_example_that_is_killed_goes_on_to_the_same_table(tmp_path, example):
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    with start(example, killed) as program:
        journal = killed / "journal.jsonl"
        while program.poll() is None and not (journal.exists() and journal.stat().st_size):
            time.sleep(0.05)
        program.send_signal(signal.SIGKILL)
    assert len(journal.read_bytes().splitlines()) < 4
    for folder in (killed, whole):
        assert start(example, folder).wait() == 0
    assert own.table(killed) == own.table(whole)

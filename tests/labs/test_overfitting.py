import csv

import pytest

from callbacks import OverfittingMonitor
from labs import overfitting as lab
from tests.labs.quick_run import judged, make_record

CONFIG = lab.Config.for_quick_run(seed=7)


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    return make_record("overfitting", tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def large(record):
    """The large nets' kind, and what was seen of them."""
    kind = lab.diabetes_kinds(CONFIG, record)[2]
    return kind, lab.watch(kind, CONFIG, record)


@pytest.mark.slow
def test_a_large_net_overfits_and_five_epochs_do_not(record, large):
    kind = lab.diabetes_kinds(CONFIG, record)[0]
    short = lab.summarize(kind, lab.watch(kind, CONFIG, record))
    long = lab.summarize(*large)
    assert long["with onset"] == long["with gap"] == CONFIG.seeds
    assert short["with onset"] == short["with gap"] == 0
    assert long["mean gap"] > 0.2 > short["mean gap"]
    told = lab.answer([short, long], 1)
    assert told.count("in 1 (diabetes, 64-64 1 of 1)") == 2


@pytest.mark.slow
def test_histories_read_again_give_the_same_findings(record, large):
    watched = large[1][0]
    record.save_history("net", watched.history)
    with (record.directory / "net" / "history.csv").open() as file:
        stored = list(csv.DictReader(file))
    history = {name: [float(row[name]) for row in stored] for name in ("loss", "val_loss")}
    again = OverfittingMonitor.of(history)
    assert again.onset_epoch == watched.monitor.onset_epoch
    assert again.found_epoch == watched.monitor.found_epoch


@pytest.mark.parametrize(
    ("accuracies", "verdict"),
    [([0.6, 0.8, 0.7], "reproduced"), ([0.6, 0.8, 0.9], "depends"), ([0.8, 0.7, 0.7], "differs")],
)
def test_less_loss_is_better_only_if_accuracy_turns_where_the_loss_does(accuracies, verdict):
    history = {"val_loss": [0.9, 0.4, 0.8], "val_accuracy": accuracies}
    assert judged(lab.judge_loss, {"net": [history]})[0].verdict == verdict


def test_a_loss_that_never_rises_again_says_nothing_of_later_epochs():
    history = {"val_loss": [0.9, 0.4], "val_accuracy": [0.6, 0.8]}
    assert judged(lab.judge_loss, {"net": [history]})[0].verdict == "reproduced"


def test_the_picture_leaves_out_curves_too_short_to_look_at():
    flat = {"loss": [1.0] * 5, "val_loss": [1.0] * 5}
    assert lab.is_short([lab.Watched(flat, OverfittingMonitor.of(flat))])

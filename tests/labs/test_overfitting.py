import csv

from callbacks import OverfittingMonitor
from labs import overfitting as lab
from tests.labs.quick_run import make_record


def test_a_large_net_overfits_and_five_epochs_do_not(tmp_path):
    config = lab.Config.for_quick_run(seed=7)
    record = make_record("overfitting", tmp_path)
    short, _, large = lab.diabetes_kinds(config, record)
    rows = {
        kind.name: lab.summarize(kind, lab.watch(kind, config, record)) for kind in (short, large)
    }
    assert rows[large.name]["with onset"] == rows[large.name]["with gap"] == config.seeds
    assert rows[short.name]["with onset"] == rows[short.name]["with gap"] == 0
    assert rows[large.name]["mean gap"] > 0.2 > rows[short.name]["mean gap"]
    told = lab.answer(list(rows.values()), 1)
    assert told.count("in 1 (diabetes, 64-64 1 of 1)") == 2


def test_histories_read_again_give_the_same_findings(tmp_path):
    config = lab.Config.for_quick_run(seed=7)
    record = make_record("overfitting", tmp_path)
    kind = lab.diabetes_kinds(config, record)[2]
    watched = lab.watch(kind, config, record)[0]
    record.save_history("net", watched.history)
    with (record.directory / "net" / "history.csv").open() as file:
        stored = list(csv.DictReader(file))
    history = {name: [float(row[name]) for row in stored] for name in ("loss", "val_loss")}
    again = OverfittingMonitor.of(history)
    assert again.onset_epoch == watched.monitor.onset_epoch
    assert again.found_epoch == watched.monitor.found_epoch


def test_the_picture_leaves_out_curves_too_short_to_look_at():
    flat = {"loss": [1.0] * 5, "val_loss": [1.0] * 5}
    assert lab.is_short([lab.Watched(flat, OverfittingMonitor.of(flat))])

"""The page is kept up with a run that goes on, and a run is written for TensorBoard."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.graph.keras_util import keras_model_to_graph_def

import models
from labs.records import report
from labs.records.saved_model import load_saved_model
from labs.records.tensorboard import write_tensorboard
from tests.labs.pages.a_run import make_run
from tests.labs.quick_run import make_record


def data_of(page: Path, name: str) -> dict:
    text = page.read_text(encoding="utf-8").split(f'id="{name}">')[1].split("</script>")[0]
    found: dict = json.loads(text)
    return found


def test_curves_grow_on_the_page_while_a_net_is_trained(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "FEWEST_SECONDS", 0.0)
    monkeypatch.setattr(report, "SHARE", 1e9)
    seen = []
    with make_record("diabetes", tmp_path) as record:
        page = record.directory / "report.html"
        follow, refresh = record.follow("net"), record.refresh

        def look(prepare):
            refresh(prepare)
            seen.append(len(data_of(page, "curves-data")["models"][0]["curves"]["loss"]))

        monkeypatch.setattr(record, "refresh", look)
        x, y = np.eye(4, dtype="float32"), np.arange(4) % 2
        models.fit(models.build_mlp((4,), (3,), 2, seed=0), x, y, epochs=3, callbacks=[follow])
        assert seen == [1, 2, 3]
        assert 'id="running"' in page.read_text(encoding="utf-8")
    assert 'id="running"' not in page.read_text(encoding="utf-8")


def test_pages_take_a_small_share_of_the_time(tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr("labs.records.report.time.monotonic", lambda: clock[0])
    written = []

    def write(directory):
        written.append(clock[0])
        clock[0] += 0.5  # What a page takes.

    monkeypatch.setattr(report, "write_report", write)
    live = report.LiveReport(tmp_path)
    while clock[0] < 25:
        live.refresh()
        clock[0] += 0.25
    assert written == [3.0, 13.5, 24.0]


def test_an_open_page_follows_a_run_and_lets_one_stop_that(tmp_path, open_page):
    record = make_record("diabetes", tmp_path)
    record.add_findings("One thing.")
    report.write_report(record.directory)
    page = open_page(record.directory / "report.html")
    assert page.heard == []
    with record:
        record.add_findings("Another.")
    page.wait_for_selector("text=Another.", timeout=15_000)
    assert page.locator("#running").count() == 0


def test_a_run_is_written_for_tensorboard(tmp_path):
    directory = make_run(tmp_path)
    write_tensorboard(directory)
    whole = EventAccumulator(str(directory / "tensorboard")).Reload()
    assert whole.Tags()["images"] == ["first", "answer"]
    assert "_hparams_/session_start_info" in whole.PluginTagToContent("hparams")
    net = EventAccumulator(str(directory / "tensorboard" / "net"), {"tensors": 0}).Reload()
    losses = [(event.step, event.tensor_proto) for event in net.Tensors("loss")]
    assert [step for step, _ in losses] == list(range(1, 61))
    assert losses[1][1].float_val[0] == np.float32(0.5)
    (tag,) = net.PluginTagToContent("graph_keras_model")
    (graph,) = net.Tensors(tag)
    layers = keras_model_to_graph_def(json.loads(graph.tensor_proto.string_val[0])).node
    saved = load_saved_model(directory / "net" / "model.keras").layers
    assert [node.name.split("/")[-1] for node in layers][1:] == [layer.name for layer in saved]
    assert layers[-1].input == [layers[-2].name]

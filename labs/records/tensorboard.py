"""A run for TensorBoard: `tensorboard --logdir runs` shows those of all labs side by side."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.plugins.graph.metadata import PLUGIN_NAME_KERAS_MODEL
from tensorboard.plugins.hparams import api, api_pb2
from tensorboard.plugins.hparams.summary import session_end_pb
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util.tensor_util import make_tensor_proto

from labs.atomic import replacing
from labs.pages.curves import read_histories
from labs.pages.report import OWN_SETTINGS
from labs.pages.values import show
from labs.records.runs import read_run
from labs.records.saved_model import MODEL_FILE

EVENT_FILE = "events.out.tfevents.run"
"""One fixed name in each folder, as TensorBoard reads all event files it finds there."""


def write_tensorboard(directory: Path) -> None:
    """Write `tensorboard` in a run directory: HParams, pictures, each model's layers and curves.

    Raises:
        InputError: If it is no run directory.
    """
    run, folder = read_run(directory), directory / "tensorboard"
    settings = {k: v for k, v in run.config.items() if k not in OWN_SETTINGS}
    hparams = {k: v if isinstance(v, bool | int | float) else show(v) for k, v in settings.items()}
    summaries = [
        api.hparams_pb(hparams, trial_id=directory.name),
        *(
            scalar_pb(f"test_accuracy/{model['name']}", model["test_accuracy"])
            for model in run.results["models"]
            if model["test_accuracy"] is not None
        ),
        *(_picture(directory / f"{f['name']}.png", f["name"]) for f in run.results["figures"]),
        session_end_pb(api_pb2.STATUS_SUCCESS),
    ]
    write_events(folder, ((0, summary) for summary in summaries))
    histories = read_histories(directory)
    nets = {path.parent.name: path for path in sorted(directory.glob(f"*/{MODEL_FILE}"))}
    for name in histories | nets:
        graph = [(0, _graph(nets[name]))] if name in nets else []
        write_events(folder / name, [*graph, *_scalars(histories.get(name, {}))])


def write_events(folder: Path, summaries: Iterable[tuple[int, Any]]) -> None:
    """Write summaries with their steps to an event file.

    TensorFlow's own writer leaves half of one when it is killed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / EVENT_FILE) as temporary, temporary.open("wb") as file:
        writer = RecordWriter(file)
        begin = Event(wall_time=time.time(), file_version="brain.Event:2")
        writer.write(begin.SerializeToString())
        for step, summary in summaries:
            event = Event(wall_time=time.time(), step=step)
            # Two classes of the same message exist, TensorFlow's and TensorBoard's.
            event.summary.ParseFromString(summary.SerializeToString())
            writer.write(event.SerializeToString())


def _scalars(history: dict[str, list[float]]) -> Iterator[tuple[int, Any]]:
    for metric, values in history.items():
        for epoch, value in enumerate(values, start=1):
            yield epoch, scalar_pb(metric, value)


def _graph(path: Path) -> Any:
    """Return the layers of a saved Keras net as TensorBoard's conceptual graph."""
    with zipfile.ZipFile(path) as archive:
        layers = make_tensor_proto(archive.read("config.json"))
    plugin = SummaryMetadata.PluginData(plugin_name=PLUGIN_NAME_KERAS_MODEL, content=b"1")
    metadata = SummaryMetadata(plugin_data=plugin)
    return Summary(value=[Summary.Value(tag="keras", tensor=layers, metadata=metadata)])


def _picture(path: Path, name: str) -> Any:
    with Image.open(path, formats=("PNG",)) as image:
        width, height = image.size
    picture = Summary.Image(
        width=width, height=height, colorspace=4, encoded_image_string=path.read_bytes()
    )
    return Summary(value=[Summary.Value(tag=name, image=picture)])

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.hparams import api_pb2, get_experiment, list_session_groups
from tensorboard.plugins.hparams.backend_context import Context

from tests.tuning.searches import mixed_space, row
from tuning.hparams import write_hparams

ONE_LAYER = {"learning_rate": 0.01, "optimizer": "sgd", "layers": 1, "shuffle": True, "epochs": 5}
TWO_LAYERS = {**ONE_LAYER, "layers": 2, "units_2": 64, "shuffle": False}
TRIALS = [
    row(0, ONE_LAYER, 0.75),
    row(1, TWO_LAYERS, 0.875),
    row(2, TWO_LAYERS, 0.8125),
    row(3, ONE_LAYER, None, "failed"),
    row(4, ONE_LAYER, None, "diverged"),
]


def backend(directory: Path) -> tuple[Context, RequestContext]:
    """TensorBoard's own reader, as its HParams tab uses it."""
    multiplexer = EventMultiplexer()
    multiplexer.AddRunsFromDirectory(str(directory))
    multiplexer.Reload()
    provider = MultiplexerDataProvider(multiplexer, str(directory))
    return Context(SimpleNamespace(data_provider=provider)), RequestContext()


def read_sessions(directory: Path) -> dict[str, Any]:
    context, request_context = backend(directory)
    everything = api_pb2.ListSessionGroupsRequest(
        start_index=0,
        slice_size=1000,
        allowed_statuses=[api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE, api_pb2.STATUS_UNKNOWN],
    )
    response = list_session_groups.Handler(request_context, context, "", everything).run()
    assert response.total_size == len(response.session_groups)
    return {group.name: group for group in response.session_groups}


def metrics(group: Any) -> dict[str, float]:
    return {metric.name.tag: metric.value for metric in group.metric_values}


def hyperparameters(group: Any) -> dict[str, Any]:
    return {name: getattr(v, v.WhichOneof("kind")) for name, v in group.hparams.items()}


def test_tensorboard_reads_a_session_for_each_trial(tmp_path: Path) -> None:
    write_hparams(tmp_path, TRIALS, mixed_space())
    sessions = read_sessions(tmp_path)
    assert list(sessions) == [f"trial-000{number}" for number in range(5)]
    assert hyperparameters(sessions["trial-0001"]) == {
        name: value for name, value in TWO_LAYERS.items() if name != "epochs"
    }
    assert "units_2" not in hyperparameters(sessions["trial-0000"])
    assert metrics(sessions["trial-0000"]) == {"validation_accuracy": 0.75, "seconds": 2}
    # The same values twice stay two trials.
    assert metrics(sessions["trial-0001"])["validation_accuracy"] == 0.875
    assert metrics(sessions["trial-0002"])["validation_accuracy"] == 0.8125
    for group in sessions.values():
        (session,) = group.sessions
        assert session.end_time_secs - session.start_time_secs == pytest.approx(2, abs=1e-4)


def test_failed_and_diverged_trials_have_the_status_failure_and_no_accuracy(
    tmp_path: Path,
) -> None:
    write_hparams(tmp_path, TRIALS, mixed_space())
    sessions = read_sessions(tmp_path)
    for name, group in sessions.items():
        failed = name in ("trial-0003", "trial-0004")
        status = api_pb2.STATUS_FAILURE if failed else api_pb2.STATUS_SUCCESS
        assert [session.status for session in group.sessions] == [status]
        assert ("validation_accuracy" in metrics(group)) != failed


def test_tensorboard_reads_the_ranges_of_the_space(tmp_path: Path) -> None:
    write_hparams(tmp_path, TRIALS, mixed_space())
    context, request_context = backend(tmp_path)
    request = api_pb2.GetExperimentRequest()
    experiment = get_experiment.Handler(request_context, context, "", request).run()
    infos = {info.name: info for info in experiment.hparam_infos}
    assert set(infos) == {"learning_rate", "optimizer", "layers", "units_2", "shuffle"}
    rate, units = infos["learning_rate"].domain_interval, infos["units_2"].domain_interval
    assert (rate.min_value, rate.max_value) == (1e-4, 1e-1)
    assert (units.min_value, units.max_value) == (8, 100)
    assert list(infos["optimizer"].domain_discrete) == ["adam", "sgd"]
    assert list(infos["layers"].domain_discrete) == [1, 2]
    assert list(infos["shuffle"].domain_discrete) == [False, True]
    assert [info.name.tag for info in experiment.metric_infos] == [
        "validation_accuracy",
        "seconds",
    ]


def test_writing_again_adds_new_trials_and_leaves_the_old_ones(tmp_path: Path) -> None:
    write_hparams(tmp_path, TRIALS[:2], mixed_space())
    old = {path: path.read_bytes() for path in tmp_path.glob("trial-*/*")}
    write_hparams(tmp_path, TRIALS, mixed_space())
    write_hparams(tmp_path, TRIALS, mixed_space())
    assert len(read_sessions(tmp_path)) == 5
    assert {path: path.read_bytes() for path in old} == old
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 6


def test_kill_while_writing_leaves_no_half_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    write_hparams(tmp_path, TRIALS[:1], mixed_space())
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            write_hparams(tmp_path, TRIALS, mixed_space())
    assert list(read_sessions(tmp_path)) == ["trial-0000"]
    write_hparams(tmp_path, TRIALS, mixed_space())
    assert len(read_sessions(tmp_path)) == 5


def test_search_without_trials_has_no_sessions(tmp_path: Path) -> None:
    write_hparams(tmp_path / "new", [], mixed_space())
    assert read_sessions(tmp_path / "new") == {}

import dataclasses
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labs import data
from labs.errors import InputError
from labs.records import strict_json
from labs.running import Lab, LabConfig, ResumableConfig
from labs.running.resuming import alone


@dataclass(frozen=True)
class Config(ResumableConfig):
    rate: float = 0.5
    """A rate."""


@dataclass(frozen=True)
class Other(LabConfig):
    pass


def make_lab(kind: type[Any], experiment: Callable[..., None]) -> Lab[Any]:
    return Lab(kind, experiment, keras=False)


def go(config: Config, record: Any) -> None:
    """Do a part, which is not done again, and then the other."""
    path = record.state_path("net")
    if not path.exists():
        path.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt
    record.add_table("known", [{"rate": config.rate, "state": path.read_text(encoding="utf-8")}])
    record.answer("Yes.", limits="Nothing.")


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    with pytest.raises(KeyboardInterrupt) as ended:
        make_lab(Config, go)(rate=0.25, output_dir=tmp_path)
    (directory,) = (tmp_path / "test_resuming").iterdir()
    assert f"--resume {directory}" in " ".join(ended.value.__notes__)
    return directory


def test_a_run_goes_on_in_its_directory_with_its_settings(begun: Path) -> None:
    result = make_lab(Config, go)(resume=str(begun))
    assert result.directory == begun
    assert result.tables["known"].to_dict("records") == [{"rate": 0.25, "state": "half"}]
    assert strict_json.load(begun / "results.json")["status"] == "done"
    assert not [path for path in begun.rglob("*") if path.name in ("training.npz", ".lock")]


def test_latest_is_the_newest_run_of_the_lab(begun: Path) -> None:
    assert make_lab(Config, go)(resume="latest", output_dir=begun.parents[1]).directory == begun


def test_the_command_line_goes_on_as_well(
    begun: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["lab", "--resume", str(begun), "--quiet"])
    make_lab(Config, go).command_line()
    assert str(begun) in capsys.readouterr().out


def test_other_settings_are_refused_and_nothing_is_touched(begun: Path) -> None:
    before = (begun / "results.json").read_bytes()
    with pytest.raises(InputError, match=r"--rate 0.75 instead of 0.25"):
        make_lab(Config, go)(resume=str(begun), rate=0.75)
    assert (begun / "results.json").read_bytes() == before


def test_a_finished_run_is_refused(begun: Path) -> None:
    make_lab(Config, go)(resume=str(begun))
    with pytest.raises(InputError, match=r"ended early, got .* 'done'"):
        make_lab(Config, go)(resume=str(begun))


def test_a_run_of_another_lab_is_refused(begun: Path) -> None:
    def other(config: Config, record: Any) -> None:
        raise AssertionError

    code = other.__code__.replace(co_filename="/labs/other.py")
    with pytest.raises(InputError, match=r"labs\.other that ended early, got .*test_resuming"):
        make_lab(Config, types.FunctionType(code, globals()))(resume=str(begun))


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--resume must name"):
        make_lab(Config, go)(resume=str(tmp_path))


def test_two_processes_do_not_go_on_with_one_run(begun: Path) -> None:
    before = (begun / "results.json").read_bytes()
    with alone(begun), pytest.raises(InputError, match="Another process is at work"):
        make_lab(Config, go)(resume=str(begun))
    assert (begun / "results.json").read_bytes() == before


def test_a_lab_of_seconds_has_no_such_setting() -> None:
    with pytest.raises(TypeError, match="no setting 'resume'"):
        make_lab(Other, go)(resume="latest")


def test_a_run_does_not_go_on_with_other_data(begun: Path) -> None:
    name = data.load_diabetes().name

    def begin(config: Config, record: Any) -> None:
        record.use_dataset(data.load_diabetes())
        raise KeyboardInterrupt

    def other(config: Config, record: Any) -> None:
        record.use_dataset(dataclasses.replace(data.load_diabetes(), source="another file"))

    with pytest.raises(KeyboardInterrupt):
        make_lab(Config, begin)(resume=str(begun))
    with pytest.raises(InputError, match=f"began with other data than {name} .another file"):
        make_lab(Config, other)(resume=str(begun))
    with pytest.raises(KeyboardInterrupt):  # The refusal has not forgotten with which it began.
        make_lab(Config, begin)(resume=str(begun))

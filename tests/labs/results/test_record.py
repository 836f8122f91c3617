from __future__ import annotations

import csv
import errno
import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from rich.console import Console

from labs.data.dataset import Dataset, Part
from labs.errors import InputError
from labs.results import run_directory
from labs.results.model_result import ModelResult
from labs.results.record import RunRecord
from labs.results.run_directory import create_run_directory
from labs.results.statistics import Interval

PROJECT = Path(__file__).parents[3]

# Starts a process that writes without end, kills it at a random moment, and again.
KILL_WRITERS = """
import os, random, signal, sys, time
from dataclasses import dataclass
from pathlib import Path
from labs.results.record import RunRecord

@dataclass(frozen=True)
class Config:
    seed: int
    output_dir: Path = Path(sys.argv[1])

rows = [{"step": step, "text": "x" * 1000} for step in range(200)]
random.seed(0)
for attempt in range(20):
    record = RunRecord("lab", Config(attempt), "")
    child = os.fork()
    while child == 0:
        record.add_table("steps", rows)
    time.sleep(random.uniform(0.002, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


@dataclass(frozen=True)
class Config:
    output_dir: Path
    seed: int = 7
    hidden: tuple[int, ...] = (10, 5)
    rate: float = float("inf")


@dataclass(frozen=True)
class Claim:
    id: str
    lecture: str = "A"
    statement: str = "train .9962"
    published: float | None = 0.9962
    measured: object = np.float32(0.5)
    interval: Interval | None = None
    verdict: str = "differs"
    note: str = ""
    digits: int = 4


@pytest.fixture
def record(tmp_path: Path) -> RunRecord:
    return RunRecord("diabetes", Config(tmp_path), "python -m labs.diabetes --seed 7")


def stored(record: RunRecord, name: str = "results.json") -> dict[str, Any]:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    text = (record.directory / name).read_text(encoding="utf-8")
    value = json.loads(text, parse_constant=refuse)
    assert isinstance(value, dict)
    return value


def test_new_record_says_what_is_running(record: RunRecord, tmp_path: Path) -> None:
    assert record.directory.parent == tmp_path / "diabetes"
    results = stored(record)
    assert results.pop("seconds") >= 0
    assert results == {
        "lab": "diabetes",
        "status": "running",
        "dataset": None,
        "models": [],
        "claims": [],
        "tables": {},
        "findings": [],
    }
    assert stored(record, "environment.json")["python"].startswith("3.")


def test_config_holds_every_setting_and_the_commands(record: RunRecord, tmp_path: Path) -> None:
    config = stored(record, "config.json")
    assert config.pop("command_line")
    assert config == {
        "output_dir": str(tmp_path),
        "seed": 7,
        "hidden": [10, 5],
        "rate": None,
        "replay_command": "python -m labs.diabetes --seed 7",
    }


def test_run_id_is_time_and_seed(record: RunRecord) -> None:
    name = record.directory.name
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-seed7", name)
    started = datetime.strptime(name.removesuffix("-seed7"), "%Y-%m-%dT%H-%M-%S")
    assert abs((datetime.now(UTC) - started.replace(tzinfo=UTC)).total_seconds()) < 60


def test_runs_of_one_second_get_directories_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StoppedClock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> StoppedClock:
            assert tz is UTC
            return cls(2026, 11, 21, 10, 15, 30, tzinfo=tz)

    monkeypatch.setattr(run_directory, "datetime", StoppedClock)
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: create_run_directory(tmp_path / "lab", 7), range(40)))
    names = {path.name for path in made}
    first = "2026-11-21T10-15-30-seed7"
    assert names == {first, *(f"{first}-{number}" for number in range(2, 41))}


def test_run_that_ends_is_done(record: RunRecord) -> None:
    with record:
        assert stored(record)["status"] == "running"
    assert stored(record)["status"] == "done"


@pytest.mark.parametrize(
    ("error", "status"),
    [(KeyboardInterrupt, "interrupted"), (ZeroDivisionError, "failed"), (SystemExit, "failed")],
)
def test_run_that_is_cut_short_keeps_what_was_finished(
    record: RunRecord, error: type[BaseException], status: str
) -> None:
    def run() -> None:
        with record:
            record.add_models(ModelResult("net", "Keras"))
            raise error

    with pytest.raises(error) as raised:
        run()
    assert raised.value.__notes__ == [f"What was finished is kept in {record.directory}"]
    assert stored(record)["status"] == status
    assert [model["name"] for model in stored(record)["models"]] == ["net"]


def test_each_add_is_on_disk_at_once(record: RunRecord) -> None:
    part = Part(np.zeros((2, 3)), np.array([0, 1]))
    record.use_dataset(Dataset("diabetes", part, part, ("low", "high"), "scikit-learn, sha256 1f"))
    assert stored(record)["dataset"] == {
        "name": "diabetes",
        "source": "scikit-learn, sha256 1f",
        "class_names": ["low", "high"],
    }
    accuracy: Any = np.float32(0.75)
    record.add_models(ModelResult("net", "Keras", 177, accuracy, None, 0.5, (0.25, 1.0), 1.5))
    assert stored(record)["models"] == [
        {
            "name": "net",
            "library": "Keras",
            "parameters": 177,
            "train_accuracy": 0.75,
            "validation_accuracy": None,
            "test_accuracy": 0.5,
            "test_interval": [0.25, 1.0],
            "seconds": 1.5,
        }
    ]
    record.add_claims(Claim("A1"), Claim("A2", measured=float("nan"), published=None))
    record.add_claims(Claim("A3", interval=Interval(0.25, 1)))
    first, second, third = stored(record)["claims"]
    assert first == {
        "id": "A1",
        "lecture": "A",
        "statement": "train .9962",
        "published": 0.9962,
        "measured": 0.5,
        "interval": None,
        "verdict": "differs",
        "note": "",
    }
    assert (second["measured"], second["published"]) == (None, None)
    assert third["interval"] == [0.25, 1]
    assert len(stored(record)["models"]) == 1


def test_second_model_or_claim_of_a_name_is_refused(record: RunRecord) -> None:
    record.add_models(ModelResult("net", "Keras"))
    with pytest.raises(ValueError, match=r"models needs its own name, got \['net'\] twice"):
        record.add_models(ModelResult("net", "Keras"))
    with pytest.raises(ValueError, match=r"claims needs its own id, got \['A1'\] twice"):
        record.add_claims(Claim("A1"), Claim("A1"))
    assert (len(stored(record)["models"]), stored(record)["claims"]) == (1, [])


def test_value_that_cannot_be_stored_leaves_the_record_as_it_was(record: RunRecord) -> None:
    with pytest.raises(TypeError, match="object"):
        record.add_claims(Claim("A1", measured=object()))
    record.add_claims(Claim("A2"))
    assert [claim["id"] for claim in stored(record)["claims"]] == ["A2"]


@pytest.mark.parametrize("accuracy", [98.4, -0.1, float("nan")])
def test_accuracy_outside_0_to_1_is_refused(accuracy: float) -> None:
    with pytest.raises(ValueError, match="train_accuracy of 'net' must be from 0 to 1"):
        ModelResult("net", "Keras", train_accuracy=accuracy)


@pytest.mark.parametrize("interval", [(0.8, 0.7), (-0.1, 0.5), (0.5, 71.0)])
def test_interval_that_is_none_is_refused(interval: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="test_interval of 'net'"):
        ModelResult("net", "Keras", test_interval=interval)


def test_table_is_stored_as_json_and_csv(record: RunRecord) -> None:
    record.add_table("rates", [{"rate": np.float64(0.5)}, {"rate": np.nan, "steps": 3}])
    assert stored(record)["tables"] == {"rates": [{"rate": 0.5}, {"rate": None, "steps": 3}]}
    with (record.directory / "rates.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["rate", "steps"], ["0.5", ""], ["", "3"]]


def test_history_has_one_row_per_epoch_and_known_columns_first(record: RunRecord) -> None:
    history: dict[str, Any] = {
        "gradient_norm": [3.0, 2.0],
        "learning_rate": [np.float32(0.5), np.float32(0.25)],
        "generalization_gap": [0.0, np.float64(0.125)],
        "accuracy": [0.5, 0.75],
        "loss": [0.1 + 0.2, float("nan")],
        "val_accuracy": [0.5, 0.625],
        "val_loss": [1.0, 2.0],
    }
    record.save_history("keras", history)
    with (record.directory / "keras" / "history.csv").open(newline="") as file:
        header, first, second = csv.reader(file)
    assert header == [
        "epoch", "loss", "accuracy", "val_accuracy", "val_loss", "learning_rate",
        "generalization_gap", "gradient_norm",
    ]  # fmt: skip
    assert first == ["1", "0.30000000000000004", "0.5", "0.5", "1.0", "0.5", "0.0", "3.0"]
    assert second == ["2", "nan", "0.75", "0.625", "2.0", "0.25", "0.125", "2.0"]


def test_history_of_no_epochs_is_only_a_header(record: RunRecord) -> None:
    record.save_history("keras", {"loss": []})
    assert (record.directory / "keras" / "history.csv").read_text().split() == ["epoch,loss"]


def test_history_of_unequal_lengths_is_refused(record: RunRecord) -> None:
    with pytest.raises(ValueError, match=r"'loss': 2, 'val_loss': 1"):
        record.save_history("keras", {"loss": [1.0, 2.0], "val_loss": [1.0]})


def test_figures_are_written_and_closed(record: RunRecord) -> None:
    with mpl.rc_context({"backend": "agg"}):
        figure = plt.figure(figsize=(4, 2))
        other = plt.figure(figsize=(1, 1))
        record.add_figures(curves=figure, confusion=other)
        assert not plt.fignum_exists(figure.number)
    assert (record.directory / "confusion.png").exists()
    assert mpl.image.imread(record.directory / "curves.png").shape[:2] == (400, 800)


def test_model_is_saved_in_one_step(record: RunRecord) -> None:
    class Model:
        def __init__(self, text: str) -> None:
            self.text = text

        def save(self, path: Path) -> None:
            assert str(path).endswith(".keras")
            path.write_text(self.text)
            if self.text == "half":
                raise OSError("disk full")

    path = record.directory / "keras" / "model.keras"
    record.save_model("keras", Model("whole"))
    with pytest.raises(OSError, match="disk full"):
        record.save_model("keras", Model("half"))
    assert path.read_text() == "whole"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "a\\b", "/etc/x", ".hidden", "-x", "a b", "a\n", "이름"]
)
def test_names_that_could_leave_the_directory_are_refused(record: RunRecord, name: str) -> None:
    before = sorted(record.directory.parent.rglob("*"))
    with pytest.raises(ValueError, match="name of a file"):
        record.save_history(name, {})
    with pytest.raises(ValueError, match="name of a file"):
        record.add_table(name, [])
    with pytest.raises(ValueError, match="name of a file"):
        record.add_figures(**{name: plt.figure()})
    with pytest.raises(ValueError, match="name of a file"):
        record.save_model(name, None)
    plt.close("all")
    assert sorted(record.directory.parent.rglob("*")) == before


@pytest.mark.parametrize("below", ["", "x", "x/y"])
def test_output_folder_that_is_a_file_is_the_users_to_mend(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file.*name another with --output-dir"):
        RunRecord("lab", Config(tmp_path / "file" / below), "")


def test_output_folder_without_permission_is_the_users_to_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)  # Mode bits would not stop root.
    with pytest.raises(InputError, match=r"Permission denied.*--output-dir"):
        RunRecord("lab", Config(tmp_path), "")


def test_summary_shows_what_was_added(record: RunRecord) -> None:
    record.add_models(ModelResult("net", "Keras", test_accuracy=0.75))
    record.add_table("rates", [{"rate": 0.5}])
    record.add_claims(Claim("A1"))
    file = StringIO()
    record.print_summary(Console(file=file, width=80))
    for part in ("net", "0.7500", "rates", "A1", "differs"):
        assert part in file.getvalue()


def test_kill_leaves_whole_files(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILL_WRITERS, str(tmp_path)]
    subprocess.run(command, cwd=PROJECT, check=True)
    results = [json.loads(path.read_text()) for path in tmp_path.glob("lab/*/results.json")]
    assert [result["status"] for result in results] == ["running"] * 20
    sizes = {len(result["tables"].get("steps", [])) for result in results}
    assert 200 in sizes  # Some had come to write the table,
    assert sizes <= {0, 200}  # and none had written half of it.
    for path in tmp_path.glob("lab/*/steps.csv"):
        assert path.read_text().count("\n") == 201


def test_findings_are_kept_in_order_and_printed(record: RunRecord) -> None:
    record.add_findings("First, 0.5.")
    record.add_findings("Second [0.6].", "Third.")
    assert stored(record)["findings"] == ["First, 0.5.", "Second [0.6].", "Third."]
    assert "Second [0.6]." in printed(record)


def test_table_not_to_be_printed_is_stored_all_the_same(record: RunRecord) -> None:
    record.add_table("long", [{"row": 123456}], printed=False)
    assert stored(record)["tables"] == {"long": [{"row": 123456}]}
    assert "123456" not in printed(record)


def printed(record: RunRecord) -> str:
    console = Console(file=StringIO(), width=80)
    record.print_summary(console)
    return console.file.getvalue()  # type: ignore[attr-defined]

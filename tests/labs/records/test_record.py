from __future__ import annotations

import csv
import errno
import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from labs import lectures
from labs.data.dataset import Dataset, Part
from labs.errors import InputError, OutputError
from labs.lectures.entries import Entry
from labs.records import run_directory
from labs.records.model_result import ModelResult
from labs.records.record import RunRecord
from labs.records.run_directory import create_run_directory
from labs.records.runs import read_run
from labs.stats.intervals import Interval, mean_interval, prediction_interval

PROJECT = Path(__file__).parents[3]

# Starts a process that writes without end, kills it at a random moment, and again.
KILL_WRITERS = """
import os, random, signal, sys, time
from dataclasses import dataclass
from pathlib import Path
from labs.records.record import RunRecord

@dataclass(frozen=True)
class Config:
    seed: int
    output_dir: Path = Path(sys.argv[1])
    quiet: bool = True

rows = [{"step": step, "text": "x" * 1000} for step in range(200)]
random.seed(0)
for attempt in range(20):
    record = RunRecord("lab", Config(attempt), "")
    child = os.fork()
    while child == 0:
        record.add_table("steps", rows)
    while attempt % 2 and '"text"' not in (record.directory / "results.json").read_text():
        time.sleep(0.001)
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
    quiet: bool = False


# Three claims of one lab, as a lecture's file has them.
ENTRIES = {
    "A-loss": Entry(
        "A-loss", "A, title", "h", "It ends here.", "labs.diabetes", ".52", ("hidden",)
    ),
    "A-slope": Entry(
        "A-slope", "A, title", "h", "σ'", "labs.diabetes", "σ", wrong="No slope.", right="σ(1 − σ)"
    ),
    "A-words": Entry("A-words", "A, title", "h", "It learns.", "labs.diabetes", data="diabetes"),
}


@pytest.fixture(autouse=True)
def entries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put claims of ours in place of the lectures'."""
    monkeypatch.setattr(lectures, "claims_of", lambda command: ENTRIES if "diab" in command else {})


def patients(name: str = "diabetes") -> Dataset:
    part = Part(np.zeros((2, 3)), np.array([0, 1]))
    return Dataset(name, part, part, ("low", "high"), "scikit-learn, sha256 1f")


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
        "cpu_seconds": None,
        "question": None,
        "answer": None,
        "limits": None,
        "dataset": None,
        "models": [],
        "claims": [],
        "tables": {},
        "formats": {},
        "unprinted": [],
        "figures": [],
        "findings": [],
        "marks": {},
        "try": [],
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
        "quiet": False,
        "changed": ["output_dir"],
        "replay_command": "python -m labs.diabetes --seed 7",
    }


def test_settings_equal_to_the_defaults_are_the_lectures(tmp_path: Path) -> None:
    config = Config(tmp_path, hidden=tuple(map(int, ("10", "5"))), rate=float("inf"))
    record = RunRecord("diabetes", config, "")
    assert stored(record, "config.json")["changed"] == ["output_dir"]
    record.judge("A-loss", 0.56, how="One seed.")
    assert stored(record)["claims"][0]["verdict"] == "differs"


def test_time_since_the_beginning_is_kept_in_milliseconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 10.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    record = RunRecord("diabetes", Config(tmp_path), "")
    now = 12.34567
    record.add_findings("Later.")
    assert stored(record)["seconds"] == 2.346


@pytest.mark.parametrize("name", ["environment.json", "results.json", "config.json"])
def test_who_finds_the_settings_of_a_run_that_was_cut_short_can_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write, config = RunRecord._write_json, Config(tmp_path)

    def write_until(record: RunRecord, file: str, value: Any) -> None:
        if file == name:
            raise KeyboardInterrupt
        write(record, file, value)

    monkeypatch.setattr(RunRecord, "_write_json", write_until)
    with pytest.raises(KeyboardInterrupt):
        RunRecord("lab", config, "python -m labs.lab")
    (directory,) = (tmp_path / "lab").iterdir()
    assert not (directory / "config.json").exists()
    monkeypatch.undo()
    with RunRecord("lab", config, "python -m labs.lab", directory=directory):
        pass
    assert read_run(directory).results["status"] == "done"


def test_a_run_counts_the_work_of_its_processes_ended_or_not(record: RunRecord) -> None:
    code = "import time; sum(range(10**7)); print(time.process_time(), flush=True); input()"
    command = [sys.executable, "-c", code]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, stdin=subprocess.PIPE, **pipes) as living:
        with record:
            ended = float(subprocess.run(command, input="\n", check=True, **pipes).stdout)
            assert living.stdout
            going_on = float(living.stdout.readline())
        living.communicate("\n")
    rounding = 0.05  # The system counts hundredths of a second, for each process.
    assert stored(record)["cpu_seconds"] > ended + going_on - rounding > max(ended, going_on)


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


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("ends", [False, True])
def test_full_or_closed_disk_is_told_and_keeps_what_was_finished(
    record: RunRecord, monkeypatch: pytest.MonkeyPatch, number: int, ends: bool
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    record.add_table("early", [{"a": 1}])

    def run() -> None:
        with record:
            monkeypatch.setattr(os, "fsync", full)
            if not ends:
                record.add_table("late", [{"a": 2}])

    with pytest.raises(OutputError, match=re.escape(os.strerror(number))) as caught:
        run()
    assert str(record.directory) in str(caught.value)
    assert caught.value.__notes__ == [f"What was finished is kept in {record.directory}"]
    stored = json.loads((record.directory / "results.json").read_text())
    assert list(stored["tables"]) == ["early"]
    assert sorted(path.name for path in record.directory.iterdir()) == [
        "config.json", "early.csv", "environment.json", "report.html", "results.json",
    ]  # fmt: skip


def test_directory_that_vanishes_is_told(record: RunRecord) -> None:
    shutil.rmtree(record.directory)
    with pytest.raises(OutputError, match="No such file or directory"), record:
        record.add_findings("lost")


def test_disk_error_while_a_bug_is_recorded_hides_no_bug(record: RunRecord) -> None:
    shutil.rmtree(record.directory)
    with pytest.raises(ZeroDivisionError), record:
        _ = 1 / 0
    with pytest.raises(FileNotFoundError, match="elsewhere"), record:
        raise FileNotFoundError(errno.ENOENT, "no such file", "elsewhere")


def test_figure_that_cannot_be_written_is_not_listed(record: RunRecord) -> None:
    figure = Figure()
    figure.savefig = None  # type: ignore[method-assign,assignment]
    with pytest.raises(TypeError):
        record.add_figure("a", figure, caption="Nothing.")
    assert record.results["figures"] == []


def test_each_add_is_on_disk_at_once(record: RunRecord) -> None:
    record.use_dataset(patients())
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


def test_second_model_or_claim_of_a_name_is_refused(record: RunRecord) -> None:
    record.add_models(ModelResult("net", "Keras"))
    with pytest.raises(ValueError, match=r"models needs its own name, got \['net'\] twice"):
        record.add_models(ModelResult("net", "Keras"))
    record.judge("A-loss", 0.5, how="once")
    with pytest.raises(ValueError, match=r"claims needs its own id, got \['A-loss'\] twice"):
        record.judge("A-loss", 0.5, how="twice")
    assert [len(stored(record)[section]) for section in ("models", "claims")] == [1, 1]


def test_value_that_cannot_be_stored_leaves_the_record_as_it_was(record: RunRecord) -> None:
    with pytest.raises(TypeError, match="object"):
        record.add_models(ModelResult("net", "Keras", parameters=cast(Any, object())))
    record.add_models(ModelResult("net", "Keras"))
    assert [model["parameters"] for model in stored(record)["models"]] == [None]


def test_a_printed_number_is_judged_by_the_values_of_all_seeds(record: RunRecord) -> None:
    values = np.array([0.5, 0.51, 0.54])
    record.judge("A-loss", values, how="Mean of 3 seeds.")
    (claim,) = stored(record)["claims"]
    assert claim == {
        "id": "A-loss",
        "lecture": "A, title",
        "statement": "It ends here.",
        "published": ".52",
        "measured": pytest.approx(values.mean()),
        "interval": pytest.approx(list(mean_interval(values))),
        "p": pytest.approx(1.0, abs=0.5),
        "detectable": pytest.approx(0.0741, abs=1e-3),
        "verdict": "undecided",
        "note": "Mean of 3 seeds.",
    }


def test_what_others_publish_stands_beside_what_was_measured(tmp_path: Path) -> None:
    record = RunRecord("mnist", Config(tmp_path), "")
    record.compare("mnist-dropout", 0.98144, how="Five seeds.")
    (finding,) = stored(record)["findings"]
    assert "mnist_mlp.py: 98.40%; here 0.9814. Five seeds." in finding
    assert stored(record)["claims"] == []


def test_best_model_is_named(record: RunRecord) -> None:
    record.recommend("all-rows")
    assert stored(record)["best_model"] == "all-rows"


def test_the_lectures_own_seed_is_judged_beside_ten_others_or_more(record: RunRecord) -> None:
    values = np.linspace(0.5, 0.56, 10)
    record.judge("A-loss", 0.56, seeds=values, how="One seed.")
    (claim,) = stored(record)["claims"]
    assert (claim["measured"], claim["verdict"]) == (0.56, "within noise")
    assert claim["interval"] == pytest.approx(list(prediction_interval(values)))


def test_fewer_than_ten_others_do_not_tell_that_it_differs(record: RunRecord) -> None:
    record.judge("A-loss", 0.56, seeds=np.linspace(0.5, 0.56, 9), how="One seed.")
    (claim,) = stored(record)["claims"]
    assert (claim["verdict"], claim["interval"]) == ("undecided", None)


@pytest.mark.parametrize(("highest", "verdict"), [(0.54, "within noise"), (0.51, "differs")])
def test_what_one_seed_in_a_skewed_sample_gives_is_within_noise(record, highest, verdict) -> None:
    values = [*np.linspace(0.5, 0.502, 39), highest]
    assert prediction_interval(values).high < 0.515  # The printed number begins there.
    record.judge("A-loss", values, how="Forty seeds.")
    assert stored(record)["claims"][0]["verdict"] == verdict


def test_an_erratum_tells_what_is_wrong_and_right(record: RunRecord) -> None:
    record.judge("A-slope", [0.5, 0.7], right=[0.25, 0.21], how="By autodiff.")
    (claim,) = stored(record)["claims"]
    assert (claim["verdict"], claim["measured"]) == ("erratum", "[0.25, 0.21]")
    assert claim["note"] == "By autodiff. No slope. Right: σ(1 − σ)"


def test_a_statement_is_judged_by_what_holds_or_by_an_interval(tmp_path: Path) -> None:
    def judged(measured: Any, **how: Any) -> dict[str, Any]:
        record = RunRecord("diabetes", Config(tmp_path), "")
        record.use_dataset(patients())
        record.judge("A-words", measured, how="Counted.", **how)
        claim: dict[str, Any] = stored(record)["claims"][0]
        return claim

    holds = judged("from .7 to .5", holds=True, interval=Interval(0.1, 0.2))
    assert (holds["verdict"], holds["measured"]) == ("reproduced", "from .7 to .5")
    assert (holds["interval"], holds["published"]) == ([0.1, 0.2], None)
    assert judged("no", holds=False)["verdict"] == "differs"
    assert judged([0.3, 0.4, 0.5], below=0.5)["verdict"] == "undecided"
    assert judged([0.3, 0.4, 0.5], above=0.1)["verdict"] == "reproduced"


def test_other_settings_or_data_than_the_lectures_are_not_judged(tmp_path: Path) -> None:
    record = RunRecord("diabetes", Config(tmp_path, seed=3, hidden=(20, 20)), "")
    record.use_dataset(patients("drawn"))
    record.judge("A-loss", 0.52, how="One seed.")
    record.judge("A-words", "yes", holds=True, how="Counted.")
    record.judge("A-slope", 1.0, right=1.0, how="By autodiff.")
    loss, words, slope = stored(record)["claims"]
    assert loss["verdict"] == words["verdict"] == "not the lecture's settings"
    assert loss["measured"] == 0.52
    assert loss["note"] == (
        "Not judged, since it was run with hidden 20 20 (the lecture's: 10 5). One seed."
    )
    assert "data drawn (the lecture's: diabetes)" in words["note"]
    assert slope["verdict"] == "reproduced"


@pytest.mark.parametrize(("id", "how"), [("A-other", "Counted."), ("A-loss", " ")])
def test_only_the_labs_own_claims_are_judged_and_never_without_a_word(
    record: RunRecord, id: str, how: str
) -> None:
    with pytest.raises(ValueError, match=r"whose command is 'labs\.diabetes'"):
        record.judge(id, 0.5, how=how)


def test_a_number_is_judged_against_a_printed_one_only(record: RunRecord) -> None:
    with pytest.raises(ValueError, match="A-words prints no number"):
        record.judge("A-words", 0.5, how="Counted.")


def test_a_finished_lab_has_judged_all_its_claims_and_answers(record: RunRecord) -> None:
    record.use_dataset(patients())
    record.judge("A-loss", 0.5, how="One seed.")
    with pytest.raises(ValueError, match=r"has not judged \['A-slope', 'A-words'\]"):
        record.require_complete()
    record.judge("A-slope", 1.0, right=1.0, how="By autodiff.")
    record.judge("A-words", "yes", holds=True, how="Counted.")
    with pytest.raises(ValueError, match="answers None"):
        record.require_complete()
    record.answer("It does.", limits="Other data.")
    record.require_complete()
    assert (stored(record)["answer"], stored(record)["limits"]) == ("It does.", "Other data.")


@pytest.mark.parametrize("accuracy", [98.4, -0.1, float("nan")])
def test_accuracy_outside_0_to_1_is_refused(accuracy: float) -> None:
    with pytest.raises(ValueError, match="train_accuracy of 'net' must be from 0 to 1"):
        ModelResult("net", "Keras", train_accuracy=accuracy)


@pytest.mark.parametrize("interval", [(0.8, 0.7), (-0.1, 0.5), (0.5, 71.0)])
def test_interval_that_is_none_is_refused(interval: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="test_interval of 'net'"):
        ModelResult("net", "Keras", test_interval=interval)


def test_table_is_stored_as_json_and_csv(record: RunRecord) -> None:
    rows: list[dict[str, Any]] = [{"rate": np.float64(0.5)}, {"rate": np.nan, "steps": 3}]
    record.add_table("rates", rows, formats={"rate": ".1f"})
    assert stored(record)["formats"] == {"rates": {"rate": ".1f"}}
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


def test_a_figure_is_written_with_its_caption(record: RunRecord) -> None:
    figure = Figure(figsize=(4, 2))
    record.add_figure("curves", figure, caption="It falls.")
    assert mpl.image.imread(record.directory / "curves.png").shape[:2] == (400, 800)
    row = {"name": "curves", "caption": "It falls.", "key": False}
    assert stored(record)["figures"] == [row]
    assert record.figures == {"curves": figure}
    with pytest.raises(ValueError, match="figures needs its own name"):
        record.add_figure("curves", figure, caption="Again.")
    with pytest.raises(ValueError, match="'other' needs a caption"):
        record.add_figure("other", figure, caption=" ")


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
        record.add_figure(name, Figure(), caption="Nothing.")
    with pytest.raises(ValueError, match="name of a file"):
        record.save_model(name, None)
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


def test_summary_shows_what_was_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = RunRecord("diabetes", Config(tmp_path), "", question="Does it learn?")
    record.add_models(ModelResult("net", "Keras", test_accuracy=0.75))
    record.add_table("rates", [{"rate": 0.5}])
    record.judge("A-loss", 0.7, how="One seed.")
    record.add_figure("curves", Figure(), caption="It falls.")
    record.answer("It does.", limits="Other data.")
    text = printed(record, capsys)
    for part in ("net", "0.7500", "rates", "A-loss", "differs", "Does it learn?", "It does."):
        assert part in text
    assert "curves.png" in text


def test_a_quiet_run_prints_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = RunRecord("lab", Config(tmp_path, quiet=True), "")
    record.add_findings("First, 0.5.")
    assert list(record.track([1, 2], "counting")) == [1, 2]
    assert printed(record, capsys) == ""


def test_without_color_not_even_bold_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich: as on a terminal
    record = RunRecord("lab", Config(tmp_path), "")
    with record.console.capture() as capture:
        record.console.print("[bold red]text")
    assert capture.get() == "text\n"


def test_bars_pass_on_what_they_track(record: RunRecord) -> None:
    assert list(record.track((x for x in "abc"), "letters", total=3)) == ["a", "b", "c"]
    with record.bar("steps", total=2) as advance:
        advance()
        advance()


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


def test_findings_are_kept_in_order_and_printed(
    record: RunRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    record.add_findings("First, 0.5.")
    record.add_findings("Second [0.6].", "Third.")
    assert stored(record)["findings"] == ["First, 0.5.", "Second [0.6].", "Third."]
    assert "Second [0.6]." in printed(record, capsys)


def test_table_not_to_be_printed_is_stored_all_the_same(
    record: RunRecord, capsys: pytest.CaptureFixture[str]
) -> None:
    record.add_table("long", [{"row": 123456}], printed=False)
    assert stored(record)["tables"] == {"long": [{"row": 123456}]}
    assert "123456" not in printed(record, capsys)


def printed(record: RunRecord, capsys: pytest.CaptureFixture[str]) -> str:
    record.print_summary()
    return capsys.readouterr().out

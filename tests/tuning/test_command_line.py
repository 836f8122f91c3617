import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labs.errors import InputError
from labs.records import RunRecord
from labs.running.resuming import load_config
from tuning.__main__ import main
from tuning.config import Config, refuse_other_settings
from tuning.journal import Journal

PROJECT = Path(__file__).parents[2]
SMALL = ("--quick", "--compare", "no", "--trials", "4")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tuning", *arguments]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=PROJECT, capture_output=True, text=True, timeout=300
    )


def directory_of(folder: Path) -> Path:
    (directory,) = (folder / "tuning-diabetes").iterdir()
    return directory


def test_the_command_alone_shows_what_it_can_do(capsys):
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert "python -m tuning diabetes --strategy random" in shown
    assert "--strategy" in shown


@pytest.mark.slow
@pytest.mark.parametrize("lab", ["mnist", "sign_language"])
def test_a_quick_search_on_the_real_data_finishes(tmp_path, lab):
    names = ("mnist.npz", "sign_mnist_train.csv.gz", "sign_mnist_test.csv.gz")
    folder = os.environ.get("LABS_DATA_DIR")
    if not folder or not all((Path(folder) / name).is_file() for name in names):
        pytest.skip(f"LABS_DATA_DIR names no folder with {', '.join(names)}")
    done = run(lab, "--quick", "--output-dir", str(tmp_path))
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_killed_search_goes_on_and_ends_with_the_same_table(tmp_path):
    whole = run("diabetes", *SMALL, "--output-dir", str(tmp_path / "whole"), "--workers", "1")
    assert whole.returncode == 0, whole.stderr
    assert whole.stderr == ""
    killed = subprocess.Popen(
        command("diabetes", *SMALL, "--output-dir", str(tmp_path / "killed")),
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    journal = None
    for _ in range(1500):  # Until the first trial is on disk.
        time.sleep(0.1)
        journal = next((tmp_path / "killed").glob("*/*/journal.jsonl"), None)
        if journal is not None and journal.stat().st_size:
            break
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    directory = directory_of(tmp_path / "killed")
    resumed = run("diabetes", "--resume", str(directory))
    assert resumed.returncode == 0, resumed.stderr
    first, second = directory_of(tmp_path / "whole"), directory
    assert (second / "trials.csv").read_bytes() == (first / "trials.csv").read_bytes()
    found = json.loads((second / "results.json").read_text())
    assert found["status"] == "done"
    assert found["tables"]["certificate"][0]["asked"] == 4
    assert {path.name for path in second.glob("*.png")} >= {
        "best_so_far.png", "parallel_coordinates.png", "hyperparameters.png", "curves.png",
    }  # fmt: skip
    assert (second / "best" / "model.keras").exists()


def test_other_settings_are_an_error_that_names_them():
    stored = Config(lab="diabetes", trials=40, seed=3).complete()
    refuse_other_settings(Config(**{**stored.__dict__, "workers": 7}), stored)
    with pytest.raises(InputError, match="--trials 30 instead of 40"):
        refuse_other_settings(Config(**{**stored.__dict__, "trials": 30}), stored)


@pytest.mark.parametrize(("strategy", "more"), [("tpe", True), ("grid", False), ("halving", False)])
def test_only_some_searches_go_on_with_more_trials(strategy, more):
    stored = Config(lab="diabetes", trials=10, strategy=strategy).complete()
    given = Config(**{**stored.__dict__, "trials": 60})
    if more:
        refuse_other_settings(given, stored)
    else:
        with pytest.raises(InputError, match="--trials 60 instead of 10"):
            refuse_other_settings(given, stored)


def test_resume_needs_the_directory_of_a_search(tmp_path):
    with pytest.raises(InputError, match="--resume must name the directory of such a run"):
        load_config(tmp_path, Config)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "--lab must be diabetes or mnist or sign_language, got nothing"),
        (["diabetes", "--strategy", "manual"], "manual"),
        (["diabetes", "--model", "convnet"], "--model must be dense for diabetes"),
        (["diabetes", "--strategy", "tpe", "--trials", "all"], "--trials must be a number for"),
        (["diabetes", "--strategy", "halving", "--compare", "yes"], "--compare must be no"),
        (["diabetes", "--ask", "0"], "--ask must be 1 or more"),
        (
            ["mnist", "--dataset", "drawn_hands"],
            "must be auto or mnist or digits for mnist",
        ),
        (["diabetes", "--most-epochs", "1"], "--most-epochs must be 2 or more, got 1"),
        (["diabetes", "--final-seeds", "1"], "--final-seeds must be 2 or more, got 1"),
        (["diabetes", "--resume", "/nowhere"], "--resume must name"),
    ],
)
def test_wrong_arguments_give_one_line(arguments, message, capsys):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_a_search_that_another_process_is_at_work_on_stays_as_it_is(tmp_path, capsys):
    config = Config(output_dir=tmp_path).complete()
    record = RunRecord("tuning-diabetes", config, "")
    before = (record.directory / "results.json").read_bytes()
    with Journal(record.directory / "journal.jsonl"), pytest.raises(SystemExit, match="2"):
        main(["diabetes", "--resume", str(record.directory)])
    assert "Another process is at work on" in capsys.readouterr().err
    assert (record.directory / "results.json").read_bytes() == before


def test_too_few_rows_are_one_line_as_well(tmp_path, capsys):
    few = ["sign_language", "--dataset", "drawn_hands", "--quick", "--training-rows", "10"]
    with pytest.raises(SystemExit, match="2"):
        main([*few, "--output-dir", str(tmp_path)])
    *_, line = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert "cannot be split as asked. 10 rows cannot hold one of each of 24" in line


def test_help_answers_without_tensorflow():
    code = (
        "import sys; from tuning.__main__ import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: assert 'tensorflow' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT).returncode == 0


def test_replay_command_names_the_lab_first():
    from labs.running.command_line import parse, replay_command

    config = Config(lab="mnist", strategy="grid").complete()
    words = shlex.split(replay_command("python -m tuning", config))
    start = words.index("tuning") + 1
    assert words[start] == "mnist" or words[start].startswith("--")
    assert parse(Config, "Doc", "python -m tuning", words[start:]) == config

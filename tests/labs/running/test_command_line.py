from __future__ import annotations

import errno
import json
import os
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from typing import Annotated, Any, ClassVar, Literal

import pytest

import labs
from labs.errors import InputError
from labs.running.bounds import Above, AtLeast, Below, Each
from labs.running.command_line import parse, replay_command
from labs.running.config import LabConfig
from labs.running.exit_status import READABLE, exit_status
from models.processes import starting_processes

PROJECT = Path(__file__).parents[3]
PROGRAM = "python -m labs.fake"
DOC = """Does it work?

Run:   python -m labs.fake
Quick: python -m labs.fake --quick
"""

FAKE_LAB = '''
"""Does it work?"""
from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from labs import records
from labs.errors import InputError
from labs.running import LabConfig, lab


@dataclass(frozen=True)
class Config(LabConfig):
    QUICK: ClassVar = {"epochs": 6}
    epochs: int = 1005
    end: str = ""


class Dropped:
    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)


def experiment(config: Config, record: records.RunRecord) -> None:
    record.add_models(records.ModelResult(name="net", library="none", parameters=config.epochs))
    assert "tensorflow" not in sys.modules
    match config.end:
        case "interrupt":
            os.kill(os.getpid(), signal.SIGINT)
        case "terminate":
            os.kill(os.getpid(), signal.SIGTERM)
        case "dropped":
            Dropped()
            time.sleep(60)
        case "replaced":
            try:
                os.kill(os.getpid(), signal.SIGINT)
            except KeyboardInterrupt:
                raise OSError("what a library makes of it") from None
        case "unnoticed":
            with suppress(KeyboardInterrupt):
                os.kill(os.getpid(), signal.SIGINT)
        case "importing":
            import interrupted_module

            assert interrupted_module.is_whole
            time.sleep(60)
        case "bug":
            raise ZeroDivisionError("a bug")
        case "input":
            raise InputError("The folder\\nis missing.")
    record.answer("It does — ✓.", limits="Nothing else.")


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()
'''

INTERRUPTED_MODULE = """
import os, signal
os.kill(os.getpid(), signal.SIGINT)
is_whole = True
"""


@dataclass(frozen=True)
class Config(LabConfig):
    QUICK: ClassVar = {"epochs": 6, "hidden": (4, 2)}

    epochs: Annotated[int, AtLeast(0)] = 1005
    """Passes over the training set."""
    hidden: Annotated[tuple[int, ...], Each(AtLeast(1))] = (10, 5)
    rate: Annotated[float, Above(0), Below(2, because="from 2 on it diverges")] = 0.1
    offset: float = -0.5
    label: str | None = None
    kind: Literal["adam", "sgd"] = "adam"
    rows: Annotated[int, AtLeast(1)] | Literal["all"] = "all"
    shuffle: bool = True


def parsed(*arguments: str) -> Config:
    return parse(Config, DOC, PROGRAM, arguments)


def run_fake_lab(
    folder: Path, *options: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    script = folder / "fake.py"
    script.write_text(FAKE_LAB.lstrip())
    (folder / "interrupted_module.py").write_text(INTERRUPTED_MODULE)
    here = {name: value for name, value in os.environ.items() if name != "LABS_DATA_DIR"}
    return subprocess.run(
        [sys.executable, str(script), *options],
        cwd=folder,
        env={**here, "PYTHONPATH": str(PROJECT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def only_record(folder: Path) -> dict[str, Any]:
    (path,) = folder.glob("runs/fake/*/results.json")
    record = json.loads(path.read_text())
    assert isinstance(record, dict)
    return record


def test_defaults_are_the_full_run() -> None:
    assert parsed() == Config()
    assert parsed().epochs == 1005


def test_quick_sets_small_values() -> None:
    config = parsed("--quick")
    assert (config.quick, config.epochs, config.hidden) == (True, 6, (4, 2))
    assert config == Config.for_quick_run()


@pytest.mark.parametrize(
    "arguments", [("--quick", "--epochs", "1005"), ("--epochs=1005", "--quick")]
)
def test_given_value_wins_over_quick_even_if_it_is_the_default(arguments: tuple[str, ...]) -> None:
    config = parsed(*arguments)
    assert (config.quick, config.epochs, config.hidden) == (True, 1005, (4, 2))


def test_last_of_quick_and_no_quick_counts() -> None:
    assert parsed("--quick", "--no-quick") == Config()
    assert parsed("--no-quick", "--quick") == Config.for_quick_run()


def test_quick_run_in_a_test_takes_other_settings() -> None:
    config = Config.for_quick_run(seed=3, epochs=2)
    assert (config.quick, config.seed, config.epochs, config.hidden) == (True, 3, 2, (4, 2))


def test_help_shows_question_full_and_quick_values(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_request:
        parsed("--help")
    text = capsys.readouterr().out
    assert exit_request.value.code in (0, None)
    assert "\nDoes it work?\n" in text
    assert "\n  Quick: python -m labs.fake --quick\n" in text
    assert "--quick means --epochs 6 --hidden 4 2" in text
    words = " ".join(text.replace("│", " ").split())
    assert "Passes over the training set. (default: 1005; 0 or more)" in words
    assert "(default: 0.1; above 0, below 2: from 2 on it diverges)" in words
    assert "(default: 10 5; 1 or more each)" in words


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--epoch", "3"], ["'--epoch'", "Did you mean --epochs?", f"{PROGRAM} --help"]),
        (["--epoch=3"], ["'--epoch=3'", "Did you mean --epochs?"]),
        (["--zzz"], ["'--zzz'", f"{PROGRAM} --help"]),
        (["diabetes"], ["argument 'diabetes'", f"{PROGRAM} --help"]),
        (["--quick", "yes"], ["argument 'yes'"]),
        (["--epochs", "-3"], ["--epochs must be 0 or more, got -3"]),
        (["--epochs", "3.5"], ["'3.5'", "--epochs INT", f"{PROGRAM} --help"]),
        (["--epochs"], ["'--epochs'", "Expected 1 value"]),
        (["--kind", "lbfgs"], ["'lbfgs'", "--kind", "'adam', 'sgd'"]),
        (["--rate", "2"], ["--rate must be above 0, below 2: from 2 on it diverges, got 2.0"]),
        (["--hidden", "4", "0"], ["--hidden must be 1 or more each, got 4 0"]),
        (["--rows", "0"], ["--rows must be 1 or more, got 0"]),
        (["--seed", "-1"], ["--seed must be 0 to 4,294,967,295, got -1"]),
        (["--seed", "4294967296"], ["--seed must be 0 to 4,294,967,295, got 4294967296"]),
    ],
)
@pytest.mark.parametrize("color", ["0", "1"])
def test_wrong_arguments_give_one_plain_sentence(
    arguments: list[str], parts: list[str], color: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")  # tyro wraps its boxes.
    monkeypatch.setattr(sys.stdout, "isatty", lambda: color == "1", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(InputError) as error:
        parsed(*arguments)
    message = str(error.value)
    for part in parts:
        assert part in message
    assert not set(message) & set("\n\x1b│─╭╰")


def test_largest_seed_is_accepted() -> None:
    assert parsed("--seed", "4294967295").seed == 4294967295


@pytest.mark.parametrize(
    "config",
    [
        Config(),
        Config.for_quick_run(),
        Config(hidden=(), rate=1e-05, offset=-1e-05, shuffle=False, kind="sgd"),
        Config(output_dir=Path("my runs/of today"), label="it's -x"),
        Config(label="-x", output_dir=Path("-o")),
    ],
)
def test_replay_command_gives_the_same_settings(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LABS_DATA_DIR", raising=False)
    command = shlex.split(replay_command(PROGRAM, config))
    assert command[:3] == PROGRAM.split()
    assert parsed(*command[3:]) == config


def test_replay_command_writes_out_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABS_DATA_DIR", "/my data")
    assert replay_command(PROGRAM, LabConfig(seed=7)) == (
        "LABS_DATA_DIR='/my data' python -m labs.fake --no-quick --no-quiet --seed 7 "
        "--output-dir runs --no-open --no-tensorboard"
    )


def test_finished_lab_exits_0_and_names_its_directory_last(tmp_path: Path) -> None:
    done = run_fake_lab(tmp_path, "--quick", "--seed", "7")
    assert (done.returncode, done.stderr) == (0, "")
    last = done.stdout.splitlines()[-1]
    directory = tmp_path / last.removeprefix("Run directory: ")
    assert directory.parent == tmp_path / "runs" / "fake"
    assert json.loads((directory / "results.json").read_text())["status"] == "done"
    config = json.loads((directory / "config.json").read_text())
    assert (config["epochs"], config["seed"], config["quick"]) == (6, 7, True)
    assert config["replay_command"].startswith("python -m labs.fake --quick --no-quiet --seed 7 ")
    assert config["command_line"].endswith("fake.py --quick --seed 7")


def test_quiet_lab_prints_its_directory_only(tmp_path: Path) -> None:
    (line,) = run_fake_lab(tmp_path, "--quiet").stdout.splitlines()
    assert line.startswith("Run directory: ")


def test_version_is_printed_instead_of_a_run(tmp_path: Path) -> None:
    done = run_fake_lab(tmp_path, "--version")
    assert (done.returncode, done.stdout) == (0, f"Deep-learning labs {labs.__version__}\n")
    assert not (tmp_path / "runs").exists()


def test_a_terminal_that_knows_ascii_only_gets_what_is_like_the_rest(tmp_path: Path) -> None:
    done = run_fake_lab(tmp_path, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "It does - ?." in done.stdout


def test_letters_that_cannot_be_written_are_told_apart() -> None:
    text = "• 10 × 2 − é² “σ” 당뇨 …☃"
    written = text.encode("ascii", READABLE).decode()
    assert written == '* 10 x 2 - e2 "\\u03c3" \\ub2f9\\ub1e8 ...?'


@pytest.mark.parametrize(
    ("end", "exit_code"),
    [
        ("interrupt", 130),
        ("terminate", 143),
        ("dropped", 130),
        ("replaced", 130),
        ("unnoticed", 130),
        ("importing", 130),
    ],
)
def test_interrupted_lab_keeps_what_was_finished(tmp_path: Path, end: str, exit_code: int) -> None:
    done = run_fake_lab(tmp_path, "--end", end)
    assert done.returncode == exit_code
    (line,) = done.stderr.splitlines()
    assert "Interrupted" in line
    assert "runs/fake/" in line
    record = only_record(tmp_path)
    assert record["status"] == "interrupted"
    assert [model["name"] for model in record["models"]] == ["net"]


@pytest.mark.parametrize(
    ("program", "last_import"),
    [
        ("labs.diabetes", "numpy"),
        ("labs.diabetes", "tyro"),
        ("tuning", "labs.running.bounds"),
    ],
)
def test_ctrl_c_while_libraries_load_ends_a_program_at_once(
    tmp_path: Path, program: str, last_import: str
) -> None:
    command = [sys.executable, "-X", "importtime", "-m", program, "diabetes", "--output-dir"]
    if program != "tuning":
        command.remove("diabetes")
    with subprocess.Popen(
        [*command, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as started:
        assert started.stderr is not None
        for line in started.stderr:
            if line.split("|")[-1].strip() == last_import:
                break
        started.send_signal(signal.SIGINT)
        printed, errors = started.communicate()
    said = [line for line in errors.splitlines() if not line.startswith("import time:")]
    assert (started.returncode, printed, said) == (130, "", ["Interrupted."])


def test_a_process_started_here_never_sees_ctrl_c_and_what_came_is_raised_then() -> None:
    sleeper = "import time; print(1, flush=True); time.sleep(1); print(2)"
    children = []

    def start() -> None:
        with starting_processes():
            signal.raise_signal(signal.SIGINT)
            children.append(subprocess.Popen([sys.executable, "-c", sleeper], stdout=PIPE))

    with pytest.raises(KeyboardInterrupt):
        start()
    with children[0] as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.send_signal(signal.SIGINT)
        assert child.communicate()[0] == b"2\n"


def test_bug_shows_its_traceback_and_exits_1(tmp_path: Path) -> None:
    done = run_fake_lab(tmp_path, "--end", "bug")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert "ZeroDivisionError: a bug" in done.stderr
    assert only_record(tmp_path)["status"] == "failed"


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--end", "input"], "The folder is missing."),
        (["--output-dir", "fake.py"], "'fake.py/fake'"),
        (["--epochs", "many"], "'many'"),
    ],
)
def test_what_the_user_can_mend_is_one_line_and_status_2(
    tmp_path: Path, options: list[str], part: str
) -> None:
    done = run_fake_lab(tmp_path, *options)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert part in line


@pytest.mark.parametrize(
    "arguments",
    [
        ["labs"],
        pytest.param(["labs", "--help"], marks=pytest.mark.slow),
        ["labs.line_fit", "--help"],
        pytest.param(["tuning", "--help"], marks=pytest.mark.slow),
    ],
)
def test_a_pipe_that_nobody_reads_is_no_bug(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)  # As `| head -1` does, after its line.
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=PROJECT,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize(
    "arguments",
    [
        ["labs"],
        pytest.param(["labs", "--help"], marks=pytest.mark.slow),
        ["labs.line_fit", "--help"],
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_output_that_cannot_be_written_is_one_line_and_status_2(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=PROJECT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: The output cannot be written (No space left on device)")


def test_a_lab_runs_without_standard_output_and_error(tmp_path: Path) -> None:
    (tmp_path / "fake.py").write_text(FAKE_LAB)
    command = f"{shlex.quote(sys.executable)} -m fake --quick >&- 2>&-"
    environment = os.environ | {"PYTHONPATH": str(PROJECT)}
    subprocess.run(command, shell=True, cwd=tmp_path, check=True, env=environment)
    assert only_record(tmp_path)["status"] == "done"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS])
def test_exit_status_tells_a_full_disk_from_a_bug(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"), exit_status():
        raise OSError(number, os.strerror(number), "some/file")
    assert capsys.readouterr().err == (
        f"error: some/file cannot be written ({os.strerror(number)}); make space or mend it "
        "there, or name another folder with --output-dir.\n"
    )
    with pytest.raises(FileNotFoundError), exit_status():
        raise OSError(errno.ENOENT, "no such file", "some/file")


def test_exit_status_lets_success_and_bugs_pass() -> None:
    with exit_status():
        pass
    with pytest.raises(ZeroDivisionError), exit_status():
        _ = 1 / 0


def test_a_program_ends_without_a_last_garbage_collection() -> None:
    program = """
import atexit, gc
atexit.register(lambda: print(gc.get_freeze_count() > 0))  # Registered first, called last.
from labs.running.exit_status import exit_status
with exit_status():
    print(gc.get_freeze_count())
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "True"]

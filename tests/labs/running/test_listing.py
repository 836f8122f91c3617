from __future__ import annotations

import ast
import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from labs.__main__ import list_labs, main
from labs.errors import InputError
from labs.running.catalog import DURATIONS, TOPICS, Listed, find_labs
from labs.running.lab import tries_of

PROJECT = Path(__file__).parents[3]

# Runs each named module with `--help` in one interpreter and reports which heavy packages
# it has imported; a module is charged for what the ones before it did not import.
WHAT_HELP_IMPORTS = """
import contextlib, io, json, runpy, sys
heavy = {"tensorflow", "keras", "sklearn", "pandas", "matplotlib", "scipy"}
# A package that waits to be loaded stands in sys.modules already, its submodules do not.
loaded = lambda: heavy & {name.split(".")[0] for name in sys.modules if "." in name}
report = {}
for module in sys.argv[1:]:
    sys.argv = [module, "--help"]
    status = 0
    before = loaded()
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        except SystemExit as request:
            status = request.code or 0
    imported = sorted(loaded() - before)
    report[module] = [status, imported, out.getvalue() != ""]
print(json.dumps(report))
"""


@pytest.fixture
def lab_folder(tmp_path: Path) -> Path:
    lab = (
        '"""{question}\n\nTopic: {topic}     Time: seconds\nRun:   x\n"""\n'
        "run = lab(Config, experiment)\n"
    )
    (tmp_path / "mnist.py").write_text(lab.format(question="Are 99% [of digits]?", topic="losses"))
    (tmp_path / "diabetes.py").write_text(
        lab.format(question="당뇨병: how far?", topic="practical labs"), encoding="utf-8"
    )
    (tmp_path / "broken_import.py").write_text(
        lab.format(question="Not imported?", topic="new") + "import no_such_module\n"
    )
    (tmp_path / "predict.py").write_text('"""No lab."""\nrun = make(1)\nclass Config: ...\n')
    (tmp_path / "errors.py").write_text('"""No lab."""\ndef run(): ...\n')
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "data").mkdir()
    return tmp_path


def test_labs_are_found_by_topic_with_their_question_and_without_import(lab_folder: Path) -> None:
    assert list(find_labs(lab_folder).values()) == [
        Listed("diabetes", "당뇨병: how far?", "practical labs", "seconds"),
        Listed("mnist", "Are 99% [of digits]?", "losses", "seconds"),
        Listed("broken_import", "Not imported?", "new", "seconds"),
    ]


def test_every_lab_of_the_project_has_a_question_a_topic_and_a_time() -> None:
    for lab in find_labs().values():
        assert lab.question.endswith("?"), f"labs/{lab.name}.py must begin with a question"
        assert lab.topic in TOPICS
        assert lab.time in DURATIONS


def test_every_docstring_says_how_to_run_and_what_to_try() -> None:
    for name in find_labs():
        doc = ast.get_docstring(ast.parse((PROJECT / "labs" / f"{name}.py").read_text())) or ""
        assert f"Run:   python -m labs.{name}\n" in doc, name
        assert f"Quick: python -m labs.{name} --quick\n" in doc, name
        tries = tries_of(doc, f"labs.{name}")
        assert len(tries) >= 2, name
        for one in tries:
            assert one["command"].startswith(f"python -m labs.{name} --"), name
            assert "  " not in one["command"] + one["look"], name


def test_list_names_labs_and_questions(lab_folder: Path) -> None:
    console = Console(width=80, file=StringIO())
    with console.capture() as capture:
        console.print(list_labs(find_labs(lab_folder)))
    text = capture.get()
    assert "Practical labs" in text
    assert "Are 99% [of digits]?" in text


def test_wrong_name_suggests_the_nearest() -> None:
    labs = {name: Listed(name, "?", "losses", "seconds") for name in ("diabetes", "mnist")}
    with pytest.raises(InputError, match=r"'diabets'. Did you mean diabetes\?"):
        main(["diabets"], labs)
    with pytest.raises(InputError, match=r"'--quick'. All labs: python -m labs"):
        main(["--quick"], labs)


def test_name_of_a_lab_tells_how_to_run_it() -> None:
    with pytest.raises(InputError, match=r"run python -m labs\.mnist --seed 3$"):
        main(["mnist", "--seed", "3"], {"mnist": Listed("mnist", "?", "losses", "seconds")})


def test_help_tells_how_to_list_and_run(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--help"], {})
    assert "python -m labs.NAME" in capsys.readouterr().out


@pytest.mark.parametrize(
    "names",
    [
        ("exercises", "lectures", "results", "claims", "diabetes", "mnist", "line_fit"),
        pytest.param(tuple(find_labs()), marks=pytest.mark.slow),
    ],
    ids=["some", "every lab"],
)
def test_list_and_help_of_a_lab_import_nothing_heavy(names: tuple[str, ...]) -> None:
    modules = ["labs", *(f"labs.{name}" for name in names)]
    answer = subprocess.run(
        [sys.executable, "-c", WHAT_HELP_IMPORTS, *modules],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    report = json.loads(answer.stdout)
    assert report == {module: [0, [], True] for module in modules}


def test_listing_runs_as_a_program() -> None:
    command = [sys.executable, "-m", "labs"]
    listing = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert "python -m labs.NAME" in listing.stdout
    wrong = subprocess.run(
        [*command, "no-such-lab"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.count("\n") == 1

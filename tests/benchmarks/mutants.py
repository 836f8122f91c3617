"""Which changes of the code does no test notice?

Run:   python -m tests.benchmarks.mutants
Quick: python -m tests.benchmarks.mutants --quick
Try:   --strata journal statistics    two parts of the code only
       --mutants 300 --seconds 3600   as many as an hour allows, and with --seed 1 another hour's

Cosmic Ray's operators change one place of a copy of the project, such as a sign, a comparison, a
number, a loop; the tests of that place must fail. Of each stratum as many changes are drawn.
Changes of annotations, which mean nothing at run time, are none.
"""

from __future__ import annotations

import ast
import difflib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

import psutil

from labs.errors import InputError
from labs.running import AtLeast, LabConfig, Such, lab
from labs.stats import wilson_interval

if TYPE_CHECKING:
    from labs.records import RunRecord

PROJECT = Path(__file__).parents[2]
ALIVE = "none"
"""In place of the test that noticed a change."""
IMPORTED = "ignore::pytest.PytestAssertRewriteWarning"  # Of typeguard, which tyro has imported.
STRATA: dict[str, dict[str, str]] = {
    "callbacks": {
        "callbacks/gradient_monitor.py": "tests/callbacks/test_gradient_monitor.py",
        "callbacks/overfitting_monitor.py": "tests/callbacks/test_overfitting_monitor.py",
        "callbacks/progress_bar.py": "tests/callbacks/test_progress_bar.py",
        "callbacks/resumable.py": "tests/callbacks/test_resumable.py",
        "callbacks/step_decay.py": "tests/callbacks/test_step_decay.py",
        "callbacks/turning_point.py": "tests/callbacks/test_overfitting_monitor.py",
    },
    "training": {
        "models/training.py": "tests/models/test_training.py",
        "models/compiled_epoch.py": "tests/models/test_training.py tests/models/test_blocks.py",
        "models/blocks.py": "tests/models/test_blocks.py",
        "models/replicas.py": "tests/models/test_replicas.py",
        "models/stacked_model.py": "tests/models/test_replicas.py",
    },
    "statistics": {
        "labs/stats/comparisons.py": "tests/labs/stats/test_comparisons.py",
        "labs/stats/intervals.py": "tests/labs/stats/test_intervals.py",
    },
    "claims": {
        "labs/lectures/verdicts.py": (
            "tests/labs/lectures/test_verdicts.py tests/labs/records/test_record.py"
        ),
        "labs/lectures/judging.py": "tests/labs/records/test_record.py",
        "labs/records/record.py": "tests/labs/records/test_record.py",
        "labs/records/run_files.py": (
            "tests/labs/records/test_record.py tests/labs/running/test_resuming.py"
        ),
    },
    "journal": {"tuning/journal.py": "tests/tuning/test_journal.py"},
    "search": {
        "tuning/trial_loop.py": "tests/tuning/test_search.py",
        "tuning/schedule.py": "tests/tuning/test_halving.py tests/tuning/test_search.py",
        "tuning/oracles.py": "tests/tuning/test_oracles.py tests/tuning/test_search.py",
        "tuning/validation.py": "tests/tuning/test_validation.py",
    },
}
"""Modules, and the tests that must notice a change."""
EQUIVALENT: dict[str, str] = {
    "tuning/journal.py: - text = self._file.read(LARGEST + 1) | "
    "+ text = self._file.read(LARGEST + 2)": "what is longer is refused, however much longer",
    "tuning/journal.py: - if damaged or whole < len(text): | "
    "+ if damaged or whole != len(text):": "whole lines are never longer than the text",
    "tuning/journal.py: "
    "-assert FIELDS.keys() == {field.name for field in dataclasses.fields(TrialRow)} | "
    "+assert FIELDS.keys() is not {field.name for field in dataclasses.fields(TrialRow)}": (
        "the assertion holds either way; it is for a field that someone adds"
    ),
}
"""Changes, as findings name them, that mean the same as before, and why."""


@dataclass(frozen=True)
class Config(LabConfig):
    """How many changes are tried, and for how long."""

    QUICK: ClassVar = {"mutants": 1, "strata": ("journal",)}

    mutants: Annotated[int, AtLeast(1)] = 60
    """Changes in all, as many of each stratum."""
    seconds: Annotated[int, AtLeast(1)] = 3600
    """Time after which no other is begun."""
    slowest: Annotated[int, AtLeast(10)] = 300
    """Seconds of computing, or tens of seconds, after which a change is taken for noticed: it may
    loop for ever."""
    strata: Annotated[
        tuple[str, ...], Such(set(STRATA).issuperset, f"some of {', '.join(STRATA)}")
    ] = tuple(STRATA)
    """Parts of the code."""


class Mutant(NamedTuple):
    """A changed module."""

    stratum: str
    module: str
    operator: str
    code: str
    change: str

    def __str__(self) -> str:
        return f"{self.module}: {self.change}"


def experiment(config: Config, record: RunRecord) -> None:
    """Try changes, those of all strata in turn, and list those that no test noticed."""
    until = time.monotonic() + config.seconds
    tried: list[tuple[Mutant, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        project = copy_project(Path(folder))
        prepare_imports()
        for tests in {tests for name in config.strata for tests in STRATA[name].values()}:
            if (end := outcome(tests, project, config.slowest)) != ALIVE:
                raise InputError(f"{tests} must pass before anything is changed, got: {end}.")
        draws = [draw(name, config.seed) for name in config.strata]
        for number in record.track(range(config.mutants), "mutants"):
            mutant = next(draws[number % len(draws)])
            if time.monotonic() > until:
                break
            tried.append((mutant, try_out(mutant, project, config.slowest)))
            record.add_table("mutants", [_row(*one) for one in tried], printed=False)
    alive = [mutant for mutant, end in tried if end == ALIVE]
    same = [mutant for mutant in alive if str(mutant) in EQUIVALENT]
    counts = []
    for name in config.strata:
        n, left, equal = (
            sum(mutant.stratum == name for mutant in mutants)
            for mutants in ([mutant for mutant, _ in tried], alive, same)
        )
        interval = wilson_interval(left - equal, n) if n else None
        row = {"stratum": name, "mutants": n, "alive": left, "the same as before": equal}
        counts.append(row | {"95% interval of others": interval})
    record.add_table("strata", counts, formats={"95% interval of others": ".2f"})
    if alive:
        rows = [{"change": str(m), "the same because": EQUIVALENT.get(str(m), "")} for m in alive]
        record.add_table("alive", rows)
    record.add_findings(*(str(mutant) for mutant in alive if mutant not in same))
    record.answer(
        f"Of {len(tried)} changes {len(alive)} were noticed by no test, of which {len(same)} mean "
        "the same as before.",
        limits="Only the module's own quick tests were run.",
    )


def _row(mutant: Mutant, end: str) -> dict[str, Any]:
    return {k: v for k, v in mutant._asdict().items() if k != "code"} | {"noticed by": end}


def copy_project(folder: Path) -> Path:
    """Copy what git knows, and return the copy."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, check=True, capture_output=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT / name, folder / name)
    return folder


def prepare_imports() -> None:
    """Import once what takes seconds; what is ours is imported by each child."""
    import tensorflow  # noqa: F401


def draw(stratum: str, seed: int) -> Iterator[Mutant]:
    """Give the changes of a stratum in random order, those that change nothing left out."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    places = []
    operators = {name: get_operator(name) for name in sorted(operator_names())}
    operators = {
        name: make()
        for name, make in operators.items()
        if not make.arguments() and not re.search("Bit|Shift", name)  # Of floats an error.
    }
    for module in STRATA[stratum]:
        nodes = list(ast_nodes(get_ast((PROJECT / module).read_text(encoding="utf-8"))))
        for name, operator in operators.items():
            count = sum(1 for node in nodes for _ in operator.mutation_positions(node))
            places += [(module, name, number) for number in range(count)]
    random.Random(f"{seed} {stratum}").shuffle(places)
    for module, name, number in places:
        old = (PROJECT / module).read_text(encoding="utf-8")
        new = mutate_code(old, operators[name], number)
        if new is not None and meaning(new) not in (None, meaning(old)):
            yield Mutant(stratum, module, name.partition("/")[2], new, describe(old, new))


def meaning(code: str) -> str | None:
    """Return code without annotations, None if it is none."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            if getattr(node, name, None) is not None:
                setattr(node, name, ast.Constant(None))
    return ast.dump(tree)


def describe(old: str, new: str) -> str:
    """Return the lines that differ, without their numbers, which other changes shift."""
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm=""))[2:]
    return " | ".join(" ".join(line.split()) for line in lines if not line.startswith("@@"))


def try_out(mutant: Mutant, project: Path, slowest: float) -> str:
    """Change a module of the copy, run its tests, and change it back."""
    path = project / mutant.module
    old = path.read_bytes()
    path.write_text(mutant.code, encoding="utf-8")
    try:
        return outcome(STRATA[mutant.stratum][mutant.module], project, slowest)
    finally:
        path.write_bytes(old)


def outcome(tests: str, project: Path, slowest: float) -> str:
    """Run tests in a child: the first that fails, "the clock", or "none"."""
    failed = project / "failed"
    failed.write_text("")
    child = os.fork()
    if not child:
        run_tests(project, tests.split(), failed)
    done, until, spent = 0, time.monotonic() + 10 * slowest, psutil.Process(child).cpu_times
    try:
        while not done and sum(spent()[:2]) < slowest and time.monotonic() < until:
            time.sleep(0.1)
            done, status = os.waitpid(child, os.WNOHANG)
    finally:
        if not done:  # Too slow, or Ctrl-C, which a process in a group of its own does not get.
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
    if not done:
        return "the clock"
    return (failed.read_text() or "its import") if status else ALIVE


def run_tests(project: Path, tests: list[str], failed: Path) -> None:
    """Run tests in this process, which ends with their status."""

    class Note:
        def pytest_runtest_logreport(self, report: Any) -> None:
            if report.failed:
                failed.write_text(report.nodeid)

    status = 1
    try:
        os.setsid()
        import pytest

        os.chdir(project)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        rooms = ("callbacks", "labs", "models", "tests", "tuning")
        for name in [name for name in sys.modules if name.partition(".")[0] in rooms]:
            del sys.modules[name]
        sys.path[:] = [str(project), *(path for path in sys.path if path not in ("", str(PROJECT)))]
        sys.dont_write_bytecode = True
        options = ["-x", "-q", "-p", "no:cacheprovider", "-W", IMPORTED, *tests]
        status = int(pytest.main(options, plugins=[Note()]))
    except BaseException:
        failed.write_text(traceback.format_exc())
    finally:
        os._exit(status)


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

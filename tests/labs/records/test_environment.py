from __future__ import annotations

import json
import os
import platform
import subprocess
from pathlib import Path

import numpy as np
import pytest

from labs.records import environment
from labs.records.environment import describe_environment


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    project = tmp_path / "project"
    project.mkdir()
    git(project, "init", "--quiet")
    return project


def git(project: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    answer = subprocess.run(
        ["git", "-C", str(project), *identity, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout.strip()


def commit_a_file(project: Path) -> str:
    (project / "lab.py").write_text("1")
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "first")
    return git(project, "rev-parse", "HEAD")


def test_python_packages_and_machine_are_named() -> None:
    described = describe_environment()
    assert described["python"] == platform.python_version()
    assert described["packages"]["numpy"] == np.__version__
    assert {"tensorflow", "keras", "scikit-learn"} <= set(described["packages"])
    assert described["cpu"]["model"]
    assert 1 <= described["cpu"]["usable_cores"] <= described["cpu"]["cores"]
    assert described["platform"] == platform.platform()
    json.dumps(described, allow_nan=False)


def test_memory_is_that_of_the_kernel() -> None:
    meminfo = Path("/proc/meminfo")
    if not meminfo.exists():
        pytest.skip("needs Linux")
    kilobytes = int(meminfo.read_text().split("MemTotal:")[1].split()[0])
    assert describe_environment()["memory_bytes"] == kilobytes * 1024


def test_missing_package_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "PACKAGES", ("numpy", "no-such-package"))
    assert describe_environment()["packages"] == {
        "numpy": np.__version__,
        "no-such-package": None,
    }


def test_variables_that_change_numbers_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    variables = describe_environment()["variables"]
    assert variables["OMP_NUM_THREADS"] == "3"
    assert variables["TF_ENABLE_ONEDNN_OPTS"] is None


def test_cpu_model_is_read_where_linux_tells_it(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel\t\t: 1\nmodel name\t: Fast CPU: 3 GHz\n")
    assert environment._cpu_model(cpuinfo) == "Fast CPU: 3 GHz"
    cpuinfo.write_text("processor\t: 0\nCPU part\t: 0xd0c\n")
    assert environment._cpu_model(cpuinfo) == (platform.processor() or platform.machine())


def test_clean_commit_is_named(checkout: Path) -> None:
    commit = commit_a_file(checkout)
    assert describe_environment(checkout)["git"] == {"commit": commit, "clean": True}


@pytest.mark.parametrize("changed", ["lab.py", "new.py"])
def test_changed_and_unknown_files_are_not_clean(checkout: Path, changed: str) -> None:
    commit = commit_a_file(checkout)
    (checkout / changed).write_text("2")
    assert describe_environment(checkout)["git"] == {"commit": commit, "clean": False}


def test_checkout_without_commit_has_none(checkout: Path) -> None:
    assert describe_environment(checkout)["git"] == {"commit": None, "clean": None}


def test_checkout_around_the_project_is_not_its_own(checkout: Path) -> None:
    commit_a_file(checkout)
    inner = checkout / "unpacked"
    inner.mkdir()
    assert describe_environment(inner)["git"] == {"commit": None, "clean": None}


def test_folder_outside_git_has_no_commit(tmp_path: Path) -> None:
    assert describe_environment(tmp_path)["git"] == {"commit": None, "clean": None}


def test_machine_without_git_has_no_commit(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit_a_file(checkout)
    monkeypatch.setitem(os.environ, "PATH", "/nowhere")
    assert describe_environment(checkout)["git"] == {"commit": None, "clean": None}

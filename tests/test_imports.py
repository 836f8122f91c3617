"""Which package may import which: tuning → labs.data, labs.results → models, callbacks."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
PACKAGES = ("callbacks", "models", "labs", "tuning", "tests")

# What is shared by labs and searches, below both.
SHARED = {
    "labs.data",
    "labs.results",
    "labs.cli",
    "labs.exit_status",
    "labs.errors",
}

# What each part of the project may import of the project, besides itself.
ALLOWED: dict[str, set[str]] = {
    "callbacks": set(),
    "models": set(),
    "labs": {"labs.tensorflow_import"},
    "labs.errors": set(),
    "labs.exit_status": {"labs.errors"},
    "labs.data": {"labs.errors", "models", "callbacks"},
    "labs.results": {"labs.errors", "labs.data", "models", "callbacks"},
    "labs.tensorflow_import": set(),
    "labs.cli": {"labs.results", "labs.exit_status", "labs.errors"},
    "labs.__main__": {"labs.exit_status", "labs.errors"},
    "labs.claims": {"labs.__main__", *SHARED},
    "tuning": {*SHARED, "labs.tensorflow_import", "models", "callbacks"},
}
ALLOWED_IN_A_LAB = {"labs.image_study", *SHARED, "models", "callbacks"}


def part_of(module: str) -> str:
    """Return the part that a module belongs to: a package, or a module of `labs`."""
    names = module.split(".")
    return ".".join(names[:2]) if names[0] == "labs" else names[0]


def module_name(path: Path, project: Path) -> str:
    names = path.relative_to(project).with_suffix("").parts
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


def is_module(name: str, project: Path) -> bool:
    path = project.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").exists()


def imported_modules(path: Path, project: Path) -> set[str]:
    """Return the project's modules that a file imports, in every form of `import`."""
    package = module_name(path, project).split(".")
    if path.stem != "__init__":
        package = package[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            for alias in node.names:
                member = f"{base}.{alias.name}"
                found.add(member if is_module(member, project) else base)
    return {name for name in found if name.split(".")[0] in PACKAGES}


def violations(project: Path) -> list[str]:
    """Return each import that goes against the direction, as `importer imports imported`."""
    found = []
    for package in ("callbacks", "models", "labs", "tuning"):
        for path in sorted(
            [*project.glob(f"{package}/**/*.py"), *project.glob(f"{package}/**/*.pyi")]
        ):
            importer = module_name(path, project)
            allowed = ALLOWED.get(part_of(importer), ALLOWED_IN_A_LAB) | {part_of(importer)}
            for imported in sorted(imported_modules(path, project)):
                if part_of(imported) not in allowed:
                    found.append(f"{importer} imports {imported}")
    return found


def test_imports_keep_the_direction() -> None:
    assert violations(PROJECT) == []


FORBIDDEN = [
    ("callbacks/step_decay.py", "import models", "callbacks.step_decay imports models"),
    ("models/mlp.py", "from callbacks import StepDecay", "models.mlp imports callbacks"),
    ("models/by_hand/net.py", "import labs.data.a", "models.by_hand.net imports labs.data.a"),
    ("models/__init__.pyi", "from labs import cli as cli", "models imports labs.cli"),
    ("labs/mnist.py", "from labs import diabetes", "labs.mnist imports labs.diabetes"),
    ("labs/mnist.py", "from . import diabetes", "labs.mnist imports labs.diabetes"),
    ("labs/mnist.py", "from .diabetes import run", "labs.mnist imports labs.diabetes"),
    ("labs/mnist.py", "def f():\n    import tuning", "labs.mnist imports tuning"),
    ("labs/data/splits.py", "from ..mnist import run", "labs.data.splits imports labs.mnist"),
    ("labs/data/splits.py", "from labs import results", "labs.data.splits imports labs.results"),
    ("labs/results/__init__.pyi", "from ..cli import x as x", "labs.results imports labs.cli"),
    ("labs/cli.py", "import labs.mnist", "labs.cli imports labs.mnist"),
    ("tuning/trial.py", "from labs.mnist import Config", "tuning.trial imports labs.mnist"),
    ("models/mlp.py", "from tests.models import x", "models.mlp imports tests.models"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "code", "violation"), FORBIDDEN)
def test_import_against_the_direction_is_found(
    tmp_path: Path, file: str, code: str, violation: str
) -> None:
    for name in ("labs/mnist.py", "labs/diabetes.py", "labs/cli.py", "labs/data/splits.py", file):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for package in ("labs/results", "tests/models", "callbacks", "models", "tuning"):
        (tmp_path / package).mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(code)
    assert violations(tmp_path) == [violation]


def test_import_along_the_direction_is_accepted(tmp_path: Path) -> None:
    for name in ("labs/data/splits.py", "labs/mnist.py", "tuning/trial.py", "models/mlp.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "labs" / "results").mkdir()
    (tmp_path / "callbacks").mkdir()
    (tmp_path / "labs/mnist.py").write_text(
        "import callbacks, models\nimport keras\nfrom labs import data, results\n"
        "from labs.cli import run_lab\nfrom models.mlp import build_mlp\n"
    )
    (tmp_path / "labs/data/splits.py").write_text("from .dataset import Part\nimport numpy\n")
    (tmp_path / "tuning/trial.py").write_text("from labs import data, results\nfrom . import a\n")
    assert violations(tmp_path) == []

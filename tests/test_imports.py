"""Which room may import which; the direction is that of README's tree."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
PACKAGES = ("callbacks", "models", "labs", "tuning", "tests")

# From top to bottom: a room imports those on lower steps, none beside it, none above.
STEPS = (
    {"tests"},
    {"experiments", "commands", "tuning"},
    {"labs.running", "labs.studies", "labs.exercises"},
    {"labs.records"},
    {"labs.pages"},
    {"labs.lectures", "labs.plots"},
    {"labs.stats", "labs.data"},
    {"labs.errors", "labs"},
    {"labs.interrupts", "labs.atomic"},
    {"models", "callbacks"},
)


def part_of(module: str) -> str:
    """Return the room a module belongs to; a room's `__main__` is a command."""
    package, *names = module.split(".")
    if package != "labs":
        return package
    if names[-1:] == ["__main__"]:
        return "commands"
    if not names or names[0] == "errors":
        return ".".join([package, *names])
    room = f"labs.{names[0]}"
    return room if any(room in step for step in STEPS) else "experiments"


def may_import(importer: str, imported: str) -> bool:
    """Tell whether a module keeps to the direction: its own room, or one below."""
    own, other = part_of(importer), part_of(imported)
    if own == other:
        return own not in ("experiments", "commands") or importer == imported
    step = {room: number for number, rooms in enumerate(STEPS) for room in rooms}
    return step[own] < step[other]


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
            for imported in sorted(imported_modules(path, project)):
                if not may_import(importer, imported):
                    found.append(f"{importer} imports {imported}")
    return found


def test_imports_keep_the_direction() -> None:
    assert violations(PROJECT) == []


FORBIDDEN = [
    ("callbacks/step_decay.py", "import models", "callbacks.step_decay imports models"),
    ("models/mlp.py", "from callbacks import StepDecay", "models.mlp imports callbacks"),
    ("models/mlp.py", "from labs import errors", "models.mlp imports labs.errors"),
    ("models/by_hand/net.py", "import labs.data.a", "models.by_hand.net imports labs.data.a"),
    ("models/__init__.pyi", "from labs import stats as s", "models imports labs.stats"),
    ("labs/mnist.py", "from labs import diabetes", "labs.mnist imports labs.diabetes"),
    ("labs/mnist.py", "from . import diabetes", "labs.mnist imports labs.diabetes"),
    ("labs/mnist.py", "from .diabetes import run", "labs.mnist imports labs.diabetes"),
    ("labs/mnist.py", "def f():\n    import tuning", "labs.mnist imports tuning"),
    ("labs/data/splits.py", "from ..mnist import run", "labs.data.splits imports labs.mnist"),
    ("labs/data/splits.py", "from labs import stats", "labs.data.splits imports labs.stats"),
    ("labs/stats/a.py", "from labs import plots", "labs.stats.a imports labs.plots"),
    ("labs/plots/a.py", "from labs import lectures", "labs.plots.a imports labs.lectures"),
    ("labs/pages/a.py", "from labs.records import x", "labs.pages.a imports labs.records"),
    ("labs/records/__init__.pyi", "from ..running import x", "labs.records imports labs.running"),
    ("labs/studies/a.py", "from labs import running", "labs.studies.a imports labs.running"),
    ("labs/running/lab.py", "import labs.mnist", "labs.running.lab imports labs.mnist"),
    ("tuning/trial.py", "from labs.mnist import Config", "tuning.trial imports labs.mnist"),
    ("models/mlp.py", "from tests.models import x", "models.mlp imports tests.models"),
]  # fmt: skip


def make_house(folder: Path, *files: str) -> None:
    """Make empty rooms, and the named files in them."""
    rooms = ("running", "studies", "records", "pages", "lectures", "plots", "stats", "data")
    for name in (*(f"labs/{room}" for room in rooms), "tests/models", "callbacks", "models"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "tuning").mkdir()
    for name in ("labs/mnist.py", "labs/diabetes.py", "labs/errors.py", *files):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


@pytest.mark.parametrize(("file", "code", "violation"), FORBIDDEN)
def test_import_against_the_direction_is_found(
    tmp_path: Path, file: str, code: str, violation: str
) -> None:
    make_house(tmp_path, file)
    (tmp_path / file).write_text(code)
    assert violations(tmp_path) == [violation]


def test_import_along_the_direction_is_accepted(tmp_path: Path) -> None:
    make_house(tmp_path, "models/mlp.py", "labs/records/record.py", "labs/lectures/__main__.py")
    (tmp_path / "labs/mnist.py").write_text(
        "import callbacks, models\nimport keras\nfrom labs import data, plots, stats\n"
        "from labs.running import lab\nfrom labs.studies import x\nfrom models.mlp import y\n"
    )
    (tmp_path / "labs/data/splits.py").write_text("from .dataset import Part\nimport numpy\n")
    (tmp_path / "labs/records/record.py").write_text("from labs import lectures, pages, errors\n")
    (tmp_path / "labs/lectures/__main__.py").write_text("from labs.running import parse\n")
    (tmp_path / "tuning/trial.py").write_text("from labs import data, records\nfrom . import a\n")
    assert violations(tmp_path) == []

"""Run the script that a run has left, as somebody would who has nothing of ours."""

from __future__ import annotations

import ast
import runpy
from pathlib import Path
from typing import Any

FOREIGN = {"keras", "numpy", "pandas", "pathlib", "sklearn"}


def run_script(run_directory: Path) -> dict[str, Any]:
    """Run `as_keras.py`, which imports others' packages alone; return its names."""
    path = run_directory / "as_keras.py"
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", None) or node.names[0].name
            assert module.split(".")[0] in FOREIGN
    return runpy.run_path(str(path))

"""What a run has left, to look at in Python code or a notebook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from labs.pages.notebook import notebook_html
from labs.records.saved_model import MODEL_FILE, load_saved_model

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure


class Result:
    """A finished run, read from its directory.

    Attributes:
        directory: The run directory.
        figures: The figures by name, as matplotlib has them; empty for a run of another
            process, whose pictures are PNG files in the directory.
    """

    def __init__(self, directory: Path, figures: Mapping[str, Figure] | None = None) -> None:
        self.directory = directory
        self.figures = dict(figures or {})

    @cached_property
    def record(self) -> dict[str, Any]:
        """What `results.json` holds."""
        return self._read("results.json")

    @cached_property
    def settings(self) -> dict[str, Any]:
        """Every setting that shaped the run."""
        return self._read("config.json")

    @property
    def answer(self) -> str:
        """The answer to the lab's question."""
        return str(self.record["answer"])

    @property
    def findings(self) -> list[str]:
        """What the run shows besides, in sentences."""
        return list(self.record["findings"])

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The lab's own tables by name."""
        return {name: pd.DataFrame(rows) for name, rows in self.record["tables"].items()}

    @property
    def models(self) -> pd.DataFrame:
        """The trained models, a row each."""
        return pd.DataFrame(self.record["models"])

    @property
    def claims(self) -> pd.DataFrame:
        """The judged claims of the lectures, a row each."""
        return pd.DataFrame(self.record["claims"])

    @property
    def histories(self) -> dict[str, pd.DataFrame]:
        """Training curves by the name of the model, a row an epoch."""
        paths = sorted(self.directory.glob("*/history.csv"))
        return {path.parent.name: pd.read_csv(path, index_col="epoch") for path in paths}

    @property
    def nets(self) -> list[str]:
        """Names of the saved nets, for `net`."""
        return [path.parent.name for path in sorted(self.directory.glob(f"*/{MODEL_FILE}"))]

    def net(self, name: str) -> keras.Model:
        """Load a saved net.

        Raises:
            InputError: If there is none of that name.
        """
        net: keras.Model = load_saved_model(self.directory / name / MODEL_FILE)
        return net

    def __repr__(self) -> str:
        return (
            f"<Result of labs.{self.record['lab']}, {self.record['status']}: "
            f"{self.record['answer']} {self.directory}>"
        )

    def _repr_html_(self) -> str:
        return notebook_html(self.record, self.directory)

    def _read(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.directory / name).read_text(encoding="utf-8"))
        return found

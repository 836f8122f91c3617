"""The run directory: everything a run leaves behind, kept whole at every moment."""

from __future__ import annotations

import dataclasses
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self

import matplotlib.pyplot as plt

from labs.results import strict_json
from labs.results.atomic import replacing
from labs.results.csv_files import write_history, write_rows
from labs.results.environment import describe_environment
from labs.results.model_result import ModelResult
from labs.results.run_directory import check_file_name, create_run_directory
from labs.results.summary import summarize

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure
    from rich.console import Console

    from labs.data.dataset import Dataset

CLAIM_FIELDS = (
    "id",
    "lecture",
    "statement",
    "published",
    "measured",
    "interval",
    "verdict",
    "note",
)
# 8 by 5 inches become 1,600 by 1,000 pixels, enough for a full slide.
FIGURE_DPI = 200


class RunConfig(Protocol):
    """A dataclass of settings, with at least these two."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def seed(self) -> int:
        """Seed of everything random."""

    @property
    def output_dir(self) -> Path:
        """Folder that holds the runs of all labs."""


class RunRecord:
    """A run directory `<output_dir>/<lab>/<run-id>/` and what has been put into it.

    Each file is replaced in one step, so a kill leaves the old one or the new one. Each
    `add_*` rewrites `results.json`, so whatever was finished before a kill is kept.

    The run id is the start in UTC and the seed, `2026-11-21T10-15-30-seed7`.

    Used as a context manager it records how the run ended, as `status`: "done",
    "interrupted" (Ctrl-C) or "failed" (any other exception); until then it is "running".

    Attributes:
        directory: The run directory.
        results: What `results.json` holds.
    """

    def __init__(self, lab: str, config: RunConfig, replay_command: str) -> None:
        """Create the run directory with `config.json`, `environment.json`, `results.json`.

        Args:
            lab: Name of the lab, the folder of its runs.
            config: Every setting, as a dataclass.
            replay_command: Command line that gives the same run.

        Raises:
            InputError: If the output folder cannot be written.
        """
        self._begin(lab, create_run_directory(config.output_dir / lab, config.seed))
        settings = {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}
        settings["command_line"] = shlex.join(sys.orig_argv)
        settings["replay_command"] = replay_command
        self._write_json("config.json", settings)
        self._write_json("environment.json", describe_environment())
        self._write_results()

    @classmethod
    def reopen(cls, directory: Path) -> Self:
        """Go on with a run that has ended early, in its own directory.

        Its settings and environment stay as they are written there; results are collected
        anew, so whoever goes on adds again what the run had added.
        """
        record = cls.__new__(cls)
        record._begin(directory.parent.name, directory)
        record._write_results()
        return record

    def _begin(self, lab: str, directory: Path) -> None:
        self._start = time.perf_counter()
        self._not_printed: set[str] = set()
        self.directory = directory
        self.results: dict[str, Any] = {
            "lab": lab,
            "status": "running",
            "seconds": 0.0,
            "dataset": None,
            "models": [],
            "claims": [],
            "tables": {},
            "findings": [],
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is None:
            self.results["status"] = "done"
        else:
            interrupted = isinstance(error, KeyboardInterrupt)
            self.results["status"] = "interrupted" if interrupted else "failed"
            error.add_note(f"What was finished is kept in {self.directory}")
        self._write_results()

    def use_dataset(self, dataset: Dataset) -> None:
        """Record name and classes of the data set, and where its arrays came from."""
        self.results["dataset"] = {
            "name": dataset.name,
            "source": dataset.source,
            "class_names": list(dataset.class_names),
        }
        self._write_results()

    def add_models(self, *models: ModelResult) -> None:
        """Record trained models, one row each.

        Raises:
            ValueError: If a model of that name is already recorded.
        """
        self._add_rows("models", "name", [dataclasses.asdict(model) for model in models])

    def add_claims(self, *claims: Any) -> None:
        """Record checked claims of the lectures.

        Args:
            *claims: Objects with the attributes `id`, `lecture`, `statement`, `published`,
                `measured`, `interval`, `verdict` and `note`.

        Raises:
            ValueError: If a claim of that id is already recorded.
        """
        rows = [{field: getattr(claim, field) for field in CLAIM_FIELDS} for claim in claims]
        self._add_rows("claims", "id", rows)

    def add_findings(self, *sentences: str) -> None:
        """Record what the run shows, in sentences that carry their numbers."""
        self.results["findings"] += sentences
        self._write_results()

    def add_table(
        self, name: str, rows: Sequence[Mapping[str, Any]], *, printed: bool = True
    ) -> None:
        """Record a table of the lab's own, in `results.json` and as `<name>.csv`.

        Args:
            name: Name of the table, letters, digits, `.`, `_` and `-`.
            rows: One mapping of column name to value per row. A column that a row lacks
                stays empty.
            printed: Whether the summary on the terminal shows it.
        """
        plain = strict_json.to_plain(list(rows))
        write_rows(self._path(name, ".csv"), plain)
        self.results["tables"][name] = plain
        if not printed:
            self._not_printed.add(name)
        self._write_results()

    def add_figures(self, **figures: Figure) -> None:
        """Write each figure to `<name>.png` and close it.

        Args:
            **figures: Matplotlib figures by name, e.g. `curves=plot_curves(...)`.
        """
        for name, figure in figures.items():
            with replacing(self._path(name, ".png")) as path:
                figure.savefig(path, dpi=FIGURE_DPI)
            plt.close(figure)

    def save_model(self, name: str, model: keras.Model) -> None:
        """Write a Keras model to `<name>/model.keras`, for `keras.saving.load_model`."""
        with replacing(self._model_directory(name) / "model.keras") as path:
            model.save(path)

    def save_history(self, name: str, history: Mapping[str, Sequence[float]]) -> None:
        """Write the training curves to `<name>/history.csv`.

        The columns are `epoch` (from 1, as in Keras's progress bar), `loss`, `accuracy`,
        the `val_*` columns, `learning_rate` and `generalization_gap`, as far as there are
        any, then all others.

        Args:
            name: Name of the model.
            history: One value per epoch for each metric, as Keras's `History.history`.

        Raises:
            ValueError: If the metrics have different numbers of values.
        """
        write_history(self._model_directory(name) / "history.csv", history)

    def print_summary(self, console: Console) -> None:
        """Print models, tables, claims and findings, as they stand in `results.json`."""
        tables = self.results["tables"].items()
        shown = {name: rows for name, rows in tables if name not in self._not_printed}
        console.print(summarize(self.results | {"tables": shown}))

    def _add_rows(
        self, section: Literal["models", "claims"], key: str, rows: list[dict[str, Any]]
    ) -> None:
        plain = strict_json.to_plain(rows)
        names = [row[key] for row in [*self.results[section], *plain]]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"Each of the {section} needs its own {key}, got {twice} twice.")
        self.results[section] += plain
        self._write_results()

    def _write_results(self) -> None:
        self.results["seconds"] = round(time.perf_counter() - self._start, 3)
        self._write_json("results.json", self.results)

    def _write_json(self, name: str, value: Any) -> None:
        with replacing(self.directory / name) as path:
            strict_json.dump(value, path)

    def _path(self, name: str, suffix: str) -> Path:
        """Return `<name><suffix>` in the run directory; nothing is written elsewhere."""
        check_file_name(name)
        return self.directory / f"{name}{suffix}"

    def _model_directory(self, name: str) -> Path:
        directory = self._path(name, "")
        directory.mkdir(exist_ok=True)
        return directory

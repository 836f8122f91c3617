"""The run directory: kept whole at every moment, from its beginning to its end."""

from __future__ import annotations

import dataclasses
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

from labs.atomic import replacing
from labs.errors import UNWRITABLE, InputError, OutputError
from labs.records import strict_json
from labs.records.console import make_console
from labs.records.environment import cpu_seconds, describe_environment
from labs.records.report import LiveReport, write_report
from labs.records.run_directory import check_file_name, create_run_directory

if TYPE_CHECKING:
    from matplotlib.figure import Figure


STATE = "training.npz"
"""What a training needs to go on; a finished run has none."""


class RunConfig(Protocol):
    """A dataclass of settings, with at least these."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def seed(self) -> int:
        """Seed of everything random."""

    @property
    def quiet(self) -> bool:
        """Whether to print nothing on the way."""

    @property
    def output_dir(self) -> Path:
        """Folder that holds the runs of all labs."""


class RunFiles:
    """A run directory `<output_dir>/<lab>/<run-id>/`, and how its run began and ended.

    Each file is replaced in one step, so a kill leaves the old one or the new one.

    The run id is the start in UTC and the seed, `2026-11-21T10-15-30-seed7`.

    Used as a context manager it records how the run ended, as `status`: "done",
    "interrupted" (Ctrl-C) or "failed" (any other exception); until then it is "running". An
    error of the disk becomes an `OutputError`.

    Attributes:
        directory: The run directory.
        results: What `results.json` holds.
        figures: The figures, by name, as matplotlib has them.
        console: Where to print on the way, which a quiet run does not.
    """

    def __init__(
        self,
        lab: str,
        config: RunConfig,
        replay_command: str,
        *,
        question: str | None = None,
        directory: Path | None = None,
        tries: Sequence[Mapping[str, str]] = (),
    ) -> None:
        """Create the run directory with `config.json`, `environment.json`, `results.json`.

        Args:
            lab: Name of the lab, the folder of its runs.
            config: Every setting, as a dataclass.
            replay_command: Command line that gives the same run.
            question: The question that the run answers.
            directory: Where, if not in a new directory of the output folder.
            tries: What to run next, each with `command` and `look`, what to look for.

        Raises:
            InputError: If the output folder cannot be written.
        """
        own = directory or create_run_directory(config.output_dir / lab, config.seed)
        self._begin(lab, own, config)
        self.results |= {"question": question, "try": list(tries)}
        fields = dataclasses.fields(config)
        settings = {field.name: getattr(config, field.name) for field in fields}
        settings["changed"] = [f.name for f in fields if settings[f.name] != f.default]
        settings["command_line"] = shlex.join(sys.orig_argv)
        settings["replay_command"] = replay_command
        self._write_json("environment.json", describe_environment())
        self._write_results(shown=False)
        self._write_json("config.json", settings)  # Last: who finds it can go on with the run.
        write_report(self.directory)

    @classmethod
    def reopen(cls, directory: Path, config: RunConfig) -> Self:
        """Go on with a run that has ended early, in its own directory.

        Its settings and environment stay as they are written there; results are collected
        anew, so whoever goes on adds again what the run had added.
        """
        record = cls.__new__(cls)
        record._begin(directory.parent.name, directory, config)
        stated = strict_json.load(directory / "results.json")
        record.results |= {key: stated.get(key) for key in ("question", "try", "dataset")}
        record._began_on = stated.get("dataset")
        record._write_results()
        return record

    def _begin(self, lab: str, directory: Path, config: RunConfig) -> None:
        self._start, self._cpu_start = time.perf_counter(), cpu_seconds()
        self._config = config
        self._began_on: Any = None  # The first data set of a run that goes on.
        self.directory = directory
        self.console = make_console(config.quiet)
        self.figures: dict[str, Figure] = {}
        self._report = LiveReport(directory)
        self.results: dict[str, Any] = {
            "lab": lab,
            "status": "running",
            "seconds": 0.0,
            "cpu_seconds": None,
            "question": None,
            "answer": None,
            "limits": None,
            "dataset": None,
            "models": [],
            "claims": [],
            "tables": {},
            "formats": {},
            "unprinted": [],
            "figures": [],
            "findings": [],
            "marks": {},
            "try": [],
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if error is None:
            self.results["status"] = "done"
        else:
            interrupted = isinstance(error, KeyboardInterrupt)
            self.results["status"] = "interrupted" if interrupted else "failed"
        self.results["cpu_seconds"] = round(cpu_seconds() - self._cpu_start, 3)
        failure = error
        try:
            self._write_results()
            write_report(self.directory)
            if error is None:
                for path in self.directory.glob(f"*/{STATE}"):
                    path.unlink()
        except OSError as second:
            failure = error or second
        if self._cannot_be_written(failure):
            assert isinstance(failure, OSError)
            failure = OutputError(self.directory, failure)
        if failure is not None:
            failure.add_note(f"What was finished is kept in {self.directory}")
            if failure is not error:
                raise failure from error

    def _set_dataset(self, dataset: dict[str, Any]) -> None:
        began_on, self._began_on = self._began_on, None
        if began_on not in (None, dataset):
            raise InputError(
                f"{self.directory} began with other data than {dataset['name']} "
                f"({dataset['source']}); let LABS_DATA_DIR name the folder of its data, or begin "
                "a new run."
            )
        self.results["dataset"] = dataset

    def _cannot_be_written(self, error: BaseException | None) -> bool:
        """Tell whether an error is the disk's, or is about a file of a directory that is gone."""
        if not isinstance(error, OSError):
            return False
        return error.errno in UNWRITABLE or (
            isinstance(error.filename, str | Path)
            and Path(error.filename).is_relative_to(self.directory)
        )

    @contextmanager
    def writing(self, name: str, suffix: str) -> Iterator[Path]:
        """Give a path to write a file of the run's own to, such as an animation.

        Args:
            name: Name of the file, letters, digits, `.`, `_` and `-`.
            suffix: Its suffix, such as `".gif"`.
        """
        with replacing(self._path(name, suffix)) as path:
            yield path

    def refresh(self, prepare: Callable[[], None] = lambda: None) -> None:
        """Write the page of a run that goes on, if the last one is a few seconds old.

        Args:
            prepare: Called before, to write what the page shows.
        """
        self._report.refresh(prepare)

    def _write_results(self, *, shown: bool = True) -> None:
        self.results["seconds"] = round(time.perf_counter() - self._start, 3)
        self._write_json("results.json", self.results)
        if shown and self.results["status"] == "running":
            self.refresh()

    def _write_json(self, name: str, value: Any) -> None:
        with replacing(self.directory / name) as path:
            strict_json.dump(value, path)

    def _path(self, name: str, suffix: str) -> Path:
        """Return `<name><suffix>` in the run directory; nothing is written elsewhere."""
        check_file_name(name)
        return self.directory / f"{name}{suffix}"

    def state_path(self, name: str) -> Path:
        """Return where the state of a model's training is kept until the run is done."""
        return self._model_directory(name) / STATE

    def _model_directory(self, name: str) -> Path:
        directory = self._path(name, "")
        directory.mkdir(exist_ok=True)
        return directory

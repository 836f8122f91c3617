"""The run directory: everything a run leaves behind, kept whole at every moment."""

from __future__ import annotations

import dataclasses
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from labs import lectures
from labs.errors import UNWRITABLE, OutputError
from labs.pages.terminal import summarize
from labs.records import strict_json
from labs.records.atomic import replacing
from labs.records.console import make_console, progress_bars
from labs.records.csv_files import write_history, write_rows
from labs.records.environment import describe_environment
from labs.records.marks import marks_of
from labs.records.model_result import ModelResult
from labs.records.page_net import EXAMPLES, examples_of
from labs.records.report import LiveReport, write_report
from labs.records.result import Result
from labs.records.run_directory import check_file_name, create_run_directory
from labs.stats import Interval, mean_interval, prediction_interval

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from labs.data.dataset import Dataset
    from labs.lectures import Entry, Judgement

T = TypeVar("T")

# 8 by 5 inches become 1,600 by 1,000 pixels, enough for a full slide.
FIGURE_DPI = 200
# A search's lab is the one on whose data it works; its claims belong to the command.
SEARCHES = "tuning"


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


class RunRecord:
    """A run directory `<output_dir>/<lab>/<run-id>/` and what has been put into it.

    Each file is replaced in one step, so a kill leaves the old one or the new one. Each
    `add_*` rewrites `results.json`, so whatever was finished before a kill is kept.

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
        self._write_json("config.json", settings)
        self._write_json("environment.json", describe_environment())
        self._write_results()
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
        record.results |= {key: stated.get(key) for key in ("question", "try")}
        record._write_results()
        return record

    def _begin(self, lab: str, directory: Path, config: RunConfig) -> None:
        self._start = time.perf_counter()
        self._config = config
        self.directory = directory
        self.console = make_console(config.quiet)
        self.figures: dict[str, Figure] = {}
        self._report = LiveReport(directory)
        self.results: dict[str, Any] = {
            "lab": lab,
            "status": "running",
            "seconds": 0.0,
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
        failure = error
        try:
            self._write_results()
            write_report(self.directory)
        except OSError as second:
            failure = error or second
        if self._cannot_be_written(failure):
            assert isinstance(failure, OSError)
            failure = OutputError(self.directory, failure)
        if failure is not None:
            failure.add_note(f"What was finished is kept in {self.directory}")
            if failure is not error:
                raise failure from error

    def _cannot_be_written(self, error: BaseException | None) -> bool:
        """Tell whether an error is the disk's, or is about a file of a directory that is gone."""
        if not isinstance(error, OSError):
            return False
        return error.errno in UNWRITABLE or (
            isinstance(error.filename, str | Path)
            and Path(error.filename).is_relative_to(self.directory)
        )

    def use_dataset(self, dataset: Dataset) -> None:
        """Record name and classes of the data set, and where its arrays came from."""
        self.results["dataset"] = {
            "name": dataset.name,
            "source": dataset.source,
            "class_names": list(dataset.class_names),
        }
        examples = examples_of(dataset)
        if examples is not None:
            self._write_json(EXAMPLES, examples)
        self._write_results()

    def add_models(self, *models: ModelResult) -> None:
        """Record trained models, one row each.

        Raises:
            ValueError: If a model of that name is already recorded.
        """
        self._add_rows("models", "name", [dataclasses.asdict(model) for model in models])

    def judge(
        self,
        id: str,
        measured: ArrayLike,
        *,
        how: str,
        right: ArrayLike | None = None,
        holds: bool | Sequence[bool] | None = None,
        below: float | None = None,
        above: float | None = None,
        seeds: ArrayLike | None = None,
        interval: Interval | None = None,
    ) -> None:
        """Give a verdict on what a lecture says; its words stand in `labs/lectures`.

        Without `right`, `holds`, `below` and `above` the entry's printed number is compared
        with `measured`. Where settings that the entry names do not have their defaults, or its
        data set could not be had, the verdict is "not the lecture's settings".

        Args:
            id: The entry's id.
            measured: What was measured: a number; one value a seed, `(seeds,)`; with `right`
                what the slide's formula gives; with `holds` a text with its numbers.
            how: How it was measured, and what explains a difference.
            right: What the right formula gives, in the shape of `measured`.
            holds: Whether the experiment bears a statement in words out; or for each setting that
                the lecture leaves open whether it does: if not with all or none, it depends.
            below: The mean of `measured` is said to lie below it; its interval decides. With an
                `interval`, `measured` may be a text with its numbers.
            above: The mean of `measured` is said to lie above it, likewise.
            seeds: Results of the same experiment from other seeds, `(seeds,)`, where `measured`
                is that of the lecture's own seed.
            interval: The 95% interval on which `holds` rests, or of the mean of `measured`.

        Raises:
            ValueError: If the lab has no such claim, has judged it already, or `how` is empty.
        """
        entry = self._entries().get(id)
        if entry is None or not how.strip():
            raise ValueError(
                f"Expected a claim of labs/lectures whose command is {self._command!r}, and how it "
                f"was measured, got {id!r} and {how!r}."
            )
        if right is not None:
            judgement = lectures.judge_formula(measured, right)
        elif holds is not None:
            judgement = lectures.judge_statement(holds, str(measured), interval)
        elif below is not None or above is not None:
            judgement = lectures.judge_bound(measured, below=below, above=above, interval=interval)
        else:
            judgement = _judge_printed(entry, measured, seeds, interval)
        self._add_rows("claims", "id", [self._claim(entry, judgement, how)])

    def compare(self, id: str, measured: float, *, how: str) -> None:
        """Record what others publish beside what was measured; no lecture is judged by it.

        Args:
            id: Name of a `[comparisons.NAME]` of the lectures.
            measured: The same quantity of ours.
            how: How it was measured, and what explains a difference.
        """
        comparison = lectures.comparisons_of(self._command)[id]
        self.add_findings(
            f"{comparison.says} {comparison.source}: {comparison.prints}; here {measured:.4f}. "
            f"{how}"
        )

    def recommend(self, model: str) -> None:
        """Name the saved model that `labs.predict` takes unless told otherwise."""
        self.results["best_model"] = model
        self._write_results()

    def _claim(self, entry: Entry, judgement: Judgement, how: str) -> dict[str, Any]:
        """Return a row of `claims`, not judged where the settings are not the lecture's."""
        changed = self._unlike_the_lecture(entry)
        explanation = entry.explanation if judgement.verdict == "erratum" else ""
        return {
            "id": entry.id,
            "lecture": entry.lecture,
            "statement": entry.says,
            "published": entry.prints,
            "measured": judgement.measured,
            "interval": judgement.interval,
            "p": judgement.p,
            "detectable": judgement.detectable,
            "verdict": "not the lecture's settings" if changed else judgement.verdict,
            "note": " ".join(filter(None, [changed, how, explanation])),
        }

    def _unlike_the_lecture(self, entry: Entry) -> str:
        """Say what the entry depends on and this run has otherwise; nothing if all is alike."""
        defaults = {field.name: field.default for field in dataclasses.fields(self._config)}
        ours = {name: getattr(self._config, name) for name in entry.settings}
        others = [
            f"{name} {_words(value)} (the lecture's: {_words(defaults[name])})"
            for name, value in ours.items()
            if value != defaults[name]
        ]
        data = (self.results["dataset"] or {}).get("name")
        if entry.data is not None and data != entry.data:
            others.append(f"data {data} (the lecture's: {entry.data})")
        return f"Not judged, since it was run with {', '.join(others)}." if others else ""

    @property
    def _command(self) -> str:
        lab = str(self.results["lab"])
        return SEARCHES if lab.startswith(f"{SEARCHES}-") else f"labs.{lab}"

    def _entries(self) -> dict[str, Entry]:
        return lectures.claims_of(self._command)

    def require_complete(self) -> None:
        """Require what a finished lab states: all its claims judged, an answer, captions.

        Raises:
            ValueError: If something is missing, which is a mistake in the lab.
        """
        missing = sorted(self._entries().keys() - {claim["id"] for claim in self.results["claims"]})
        if missing or not self.results["answer"]:
            raise ValueError(
                f"A lab judges all claims whose command it is and gives an answer; {self._command} "
                f"has not judged {missing} and answers {self.results['answer']!r}."
            )

    def answer(self, answer: str, *, limits: str) -> None:
        """Record the answer to the lab's question.

        Args:
            answer: At most two sentences, made from the run's numbers.
            limits: What the run does not show.
        """
        self.results["answer"], self.results["limits"] = answer, limits
        self._write_results()

    def add_findings(self, *sentences: str) -> None:
        """Record what the run shows, in sentences that carry their numbers."""
        self.results["findings"] += sentences
        self._write_results()

    def add_table(
        self,
        name: str,
        rows: Sequence[Mapping[str, Any]],
        *,
        formats: Mapping[str, str] | None = None,
        printed: bool = True,
    ) -> None:
        """Record a table of the lab's own, in `results.json` and as `<name>.csv`.

        Args:
            name: Name of the table, letters, digits, `.`, `_` and `-`.
            rows: One mapping of column name to value per row. A column that a row lacks
                stays empty. Numbers come as they are and are rounded where they are shown.
            formats: How columns are shown, as format specs by name, e.g. `{"test": ".3f"}`;
                others with four digits.
            printed: Whether summaries show it, on the terminal and elsewhere.
        """
        plain = strict_json.to_plain(list(rows))
        write_rows(self._path(name, ".csv"), plain)
        self.results["tables"][name] = plain
        self.results["formats"][name] = dict(formats or {})
        if not printed:
            self.results["unprinted"].append(name)
        self._write_results()

    def add_figure(self, name: str, figure: Figure, *, caption: str, key: bool = False) -> None:
        """Write a figure to `<name>.png`.

        Args:
            name: Name of the file, letters, digits, `.`, `_` and `-`.
            figure: A matplotlib figure.
            caption: What to see in it, in a sentence or two.
            key: Whether it shows the answer, and stands beside it; else the first one does.

        Raises:
            ValueError: If a figure of that name is already there, or the caption is empty.
        """
        if not caption.strip():
            raise ValueError(f"The figure {name!r} needs a caption that says what to see.")
        with self.writing(name, ".png") as path:
            figure.savefig(path, dpi=FIGURE_DPI)
            row = {"name": name, "caption": caption, "key": key}
            self._add_rows("figures", "name", [row])
        self.figures[name] = figure
        self.refresh()

    @contextmanager
    def writing(self, name: str, suffix: str) -> Iterator[Path]:
        """Give a path to write a file of the run's own to, such as an animation.

        Args:
            name: Name of the file, letters, digits, `.`, `_` and `-`.
            suffix: Its suffix, such as `".gif"`.
        """
        with replacing(self._path(name, suffix)) as path:
            yield path

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
        self._write_history(name, history)
        self.results["marks"][name] = marks_of(history)
        self._write_results()

    def follow(self, name: str) -> keras.callbacks.Callback:
        """Return a callback that lets the page show a training's curves while it goes on.

        Args:
            name: Name of the model, as for `save_history`, which has the last word.
        """
        from labs.records.live_curves import LiveCurves

        return LiveCurves(lambda curves: self.refresh(lambda: self._write_history(name, curves)))

    def refresh(self, prepare: Callable[[], None] = lambda: None) -> None:
        """Write the page of a run that goes on, if the last one is a few seconds old.

        Args:
            prepare: Called before, to write what the page shows.
        """
        self._report.refresh(prepare)

    def _write_history(self, name: str, history: Mapping[str, Sequence[float]]) -> None:
        write_history(self._model_directory(name) / "history.csv", history)

    def track(
        self, sequence: Iterable[T], description: str, total: int | None = None
    ) -> Iterator[T]:
        """Yield from a sequence, with a bar that shows how far it is.

        Args:
            sequence: What to go through.
            description: What is done, shown before the bar.
            total: Its length, where it has none of its own.
        """
        with progress_bars(self.console) as bars:
            yield from bars.track(sequence, total=total, description=description)

    @contextmanager
    def bar(self, description: str, total: int) -> Iterator[Callable[[], None]]:
        """Show a bar; give a function that moves it on by one."""
        with progress_bars(self.console) as bars:
            task = bars.add_task(description, total=total)
            yield lambda: bars.advance(task)

    def result(self) -> Result:
        """Return what the run has left, to look at in Python code or a notebook."""
        return Result(self.directory, self.figures)

    def print_summary(self) -> None:
        """Print tables, claims, findings and the answer, as they stand in `results.json`."""
        self.console.print(summarize(self.results))

    def _add_rows(
        self,
        section: Literal["models", "claims", "figures"],
        key: str,
        rows: list[dict[str, Any]],
    ) -> None:
        plain = strict_json.to_plain(rows)
        names = [row[key] for row in [*self.results[section], *plain]]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"Each of the {section} needs its own {key}, got {twice} twice.")
        self.results[section] += plain
        self._write_results(shown=section != "figures")  # Its file has not its name yet.

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

    def _model_directory(self, name: str) -> Path:
        directory = self._path(name, "")
        directory.mkdir(exist_ok=True)
        return directory


def _judge_printed(
    entry: Entry, measured: ArrayLike, seeds: ArrayLike | None, interval: Interval | None
) -> Judgement:
    """Compare a printed number with a number, or with the mean of one value a seed."""
    if entry.prints is None:
        raise ValueError(f"{entry.id} prints no number; give right, holds, below or above.")
    values = np.asarray(measured, dtype=np.float64)
    if values.ndim:
        own = interval or mean_interval(values)
        return lectures.judge_number(
            entry.prints, float(values.mean()), own, _one_more(values, entry)
        )
    others = None if seeds is None else _one_more(seeds, entry)
    judgement = lectures.judge_number(entry.prints, float(values), interval, others)
    if judgement.verdict == "differs" and seeds is not None and others is None:
        return judgement._replace(verdict="undecided")  # Too few seeds to tell.
    return judgement


def _one_more(values: ArrayLike, entry: Entry) -> Interval | None:
    """Return where one more seed is expected, or one has been; too few do not tell."""
    if np.size(values) < lectures.FEWEST_SEEDS:
        return None
    low, high = prediction_interval(values, share=entry.share)
    # Early losses are skewed: of a dozen nets one lies beyond an interval for normal values.
    return Interval(min(low, float(np.min(values))), max(high, float(np.max(values))))


def _words(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)

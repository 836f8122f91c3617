"""What a lab says about its run: tables, claims, figures, nets and curves, the answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from numpy.typing import ArrayLike

from labs import lectures
from labs.atomic import replacing
from labs.pages.terminal import summarize
from labs.records import strict_json
from labs.records.console import progress_bars
from labs.records.csv_files import write_history, write_rows
from labs.records.marks import marks_of
from labs.records.model_result import ModelResult
from labs.records.page_net import EXAMPLES, examples_of
from labs.records.result import Result
from labs.records.run_files import RunFiles
from labs.stats import Interval

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from labs.data.dataset import Dataset
    from labs.lectures import Entry

T = TypeVar("T")

# 8 by 5 inches become 1,600 by 1,000 pixels, enough for a full slide.
FIGURE_DPI = 200


class RunRecord(RunFiles):
    """What a lab puts into its run directory.

    Each `add_*` rewrites `results.json`, so whatever was finished before a kill is kept.
    """

    def use_dataset(self, dataset: Dataset) -> None:
        """Record name and classes of the data set, and where its arrays came from.

        Raises:
            InputError: If the run goes on, and began with other data.
        """
        told = {"name": dataset.name, "source": dataset.source}
        self._set_dataset(told | {"class_names": list(dataset.class_names)})
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
            judgement = lectures.judge_printed(entry, measured, seeds, interval)
        data = (self.results["dataset"] or {}).get("name")
        unlike = lectures.unlike_the_lecture(entry, self._config, data)
        self._add_rows("claims", "id", [lectures.claim_row(entry, judgement, how, unlike)])

    def compare(self, id: str, measured: float, *, how: str) -> None:
        """Record what others publish beside what was measured; no lecture is judged by it.

        Args:
            id: Name of a `[comparisons.NAME]` of the lectures.
            measured: The same quantity of ours.
            how: How it was measured, and what explains a difference.
        """
        comparison = lectures.comparisons_of(self._command)[id]
        self.add_findings(
            f"{comparison.says} {comparison.source}: {comparison.prints}; here {measured:.4g}. "
            f"{how}"
        )

    def recommend(self, model: str) -> None:
        """Name the saved model that `labs.predict` takes unless told otherwise."""
        self.results["best_model"] = model
        self._write_results()

    @property
    def _command(self) -> str:
        lab = str(self.results["lab"])
        # A search's lab is the one on whose data it works; its claims belong to the command.
        return "tuning" if lab.startswith("tuning-") else lectures.command_of(lab)

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

    def follow(
        self, name: str, before: Mapping[str, Sequence[float]] | None = None
    ) -> keras.callbacks.Callback:
        """Return a callback that lets the page show a training's curves while it goes on.

        Args:
            name: Name of the model, as for `save_history`, which has the last word.
            before: The curves of the epochs before, of a training that goes on.
        """
        from labs.records.live_curves import LiveCurves

        def show(curves: dict[str, list[float]]) -> None:
            self.refresh(lambda: self._write_history(name, curves))

        return LiveCurves(show, before)

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

"""Write report.html, at the end of a run and every few seconds while it goes on."""

from __future__ import annotations

import io
import time
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labs import plots
from labs.atomic import replacing
from labs.pages.curves import read_histories, representatives
from labs.pages.report import REPORT, report_html
from labs.pages.web import data_address
from labs.records.page_net import page_net
from labs.records.runs import Run, as_written, read_run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FEWEST_SECONDS, SHARE = 3.0, 0.05
"""Between two pages of a run that goes on, and the share of its time that they may take."""


def write_report(directory: Path) -> None:
    """Write the page of a run from what its directory holds.

    Raises:
        InputError: If it is no run directory.
    """
    run = read_run(directory)
    done = run.results["status"] == "done"
    page = report_html(
        directory,
        run.results,
        run.config,
        run.environment,
        net=page_net(run) if done else None,
        static_curves=_static_curves(run) if done else None,
    )
    with replacing(directory / REPORT) as temporary:
        temporary.write_text(page, encoding="utf-8")


def show_page(directory: Path) -> str:
    """Open the page of a run in the browser, and say where it is."""
    page = directory / REPORT
    if not page.exists():  # Of a run by an earlier version.
        with as_written(read_run(directory)):
            write_report(directory)
    opened = webbrowser.open(page.resolve().as_uri())
    return f"Page: {page}" if opened else f"No browser could be started; the page is {page}"


class LiveReport:
    """Writes the page of a run that goes on, now and then.

    Args:
        directory: The run directory.
    """

    def __init__(self, directory: Path) -> None:
        self._directory, self._next = directory, time.monotonic() + FEWEST_SECONDS

    def refresh(self, prepare: Callable[[], None] = lambda: None) -> None:
        """Write the page if the last one is old enough, and before it call `prepare`."""
        start = time.monotonic()
        if start >= self._next:
            prepare()
            write_report(self._directory)
            end = time.monotonic()
            self._next = end + max(FEWEST_SECONDS, (end - start) / SHARE)


def draw_histories(
    title: str, histories: Mapping[str, Mapping[str, Sequence[float]]], marks: Mapping[str, Any]
) -> Figure | None:
    """Draw the curves of some models, of many a few; None where there is neither loss nor accuracy.

    Args:
        title: What they are trained on.
        histories: Curves by the name of the model.
        marks: For each model epochs by what happens there.
    """
    known = {
        name: histories[name]
        for name in representatives(histories)
        if histories[name].keys() & {"loss", "accuracy", "val_loss", "val_accuracy"}
    }
    if not known:
        return None
    kinds = dict.fromkeys(kind for name in known for kind in marks.get(name, {}))
    first = {
        kind: {n: marks[n][kind][0] for n in known if kind in marks.get(n, {})} for kind in kinds
    }
    return plots.plot_curves(title, known, first)


def _static_curves(run: Run) -> dict[str, Any] | None:
    """Return a picture of the curves where the run has none of its own."""
    histories = read_histories(run.directory)
    if not histories or any(figure["name"] == "curves" for figure in run.results["figures"]):
        return None
    figure = draw_histories(run.lab, histories, run.results.get("marks", {}))
    if figure is None:
        return None
    return static_picture(figure)


def static_picture(figure: Figure) -> dict[str, Any]:
    """Return a figure of curves as a page shows it where no script runs."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    data, (width, height) = data_address(buffer.getvalue())
    caption = "Training curves: training dashed, validation solid."
    return {"caption": caption, "data": data, "width": width, "height": height}

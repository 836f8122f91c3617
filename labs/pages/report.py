"""report.html: a run as one page, made from the plain data of its directory."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from labs.pages.curves import curves_data, read_histories
from labs.pages.markdown import claim_row
from labs.pages.values import printed_tables, show
from labs.pages.web import picture, render, table

REPORT, NEURONS = "report.html", "neurons"
HEADINGS = {
    "move": "Move the weights",
    "numbers": "Key numbers",
    "curves-section": "Training curves",
    "try-it": "Ask the net",
    "trials": "Trials",
    "claims": "What the lectures say",
    "figures": "Figures",
    "findings": "What else the run shows",
    "more": "Try",
    "repeat": "Repeat it",
}
"""Sections in the order of the page."""
OWN_SETTINGS = frozenset(
    {"command_line", "replay_command", "changed"}
    | {"output_dir", "quiet", "open", "tensorboard", "resume"}
)
"""What `config.json` holds beside the settings of the experiment."""


def report_html(
    directory: Path,
    results: Mapping[str, Any],
    config: Mapping[str, Any],
    environment: Mapping[str, Any],
    *,
    net: Mapping[str, Any] | None = None,
    static_curves: Mapping[str, Any] | None = None,
) -> str:
    """Return the page of a run.

    Args:
        directory: The run directory, from which pictures, curves and trials are read.
        results: What `results.json` holds.
        config: What `config.json` holds.
        environment: What `environment.json` holds.
        net: A net that answers in the page, see `labs.records.page_net`.
        static_curves: Picture of the curves where no script runs.
    """
    histories, trials = read_histories(directory), read_trials(directory)
    neurons = directory / f"{NEURONS}.json"
    figures = {
        figure["name"]: (figure, picture(directory / f"{figure['name']}.png", figure["caption"]))
        for figure in results["figures"]
    }
    key = next((name for name, (figure, _) in figures.items() if figure.get("key")), None)
    key = key or next(iter(figures), None)
    settings = {name: value for name, value in config.items() if name not in OWN_SETTINGS}
    changed = [name for name in config.get("changed", ()) if name in settings]
    running = results["status"] == "running"
    present = {
        "move": neurons.is_file(),
        "try-it": net,
        "numbers": results["models"] or printed_tables(results),
        "claims": results["claims"],
        "curves-section": histories,
        "trials": trials,
        "figures": figures.keys() - {key},
        "findings": results["findings"],
        "more": results.get("try"),
        "repeat": True,
    }
    data: dict[str, Any] = {}
    scripts = ["drawing.js", "tables.js"]
    if histories:
        data["curves-data"] = curves_data(histories, results.get("marks"))
        scripts.append("curves.js")
    if present["move"]:
        data["neurons-data"] = json.loads(neurons.read_text(encoding="utf-8"))
        scripts.append("neurons.js")
    if net:
        data["net-data"] = net
        scripts += ["preparation.js", "net.js"]
    if trials:
        scripts.append("parallel.js")
    if running:
        scripts.append("live.js")
    models, scale = models_part(results["models"])
    return render(
        "report.html",
        tuple(scripts),
        data,
        lab=str(results["lab"]),
        status=results["status"],
        question=results.get("question"),
        answer=results.get("answer"),
        limits=results.get("limits"),
        dataset=results.get("dataset"),
        began=began(directory),
        running=running,
        notices=notices(results, config, {name: own.rows for name, own in trials.items()}),
        contents=[(id, heading) for id, heading in HEADINGS.items() if present[id]],
        key=figures[key][1] if key else None,
        figures=[part for name, (_, part) in figures.items() if name != key],
        static_curves=static_curves,
        models=models,
        scale=scale,
        tables=[
            table(_title(name), rows, results.get("formats", {}).get(name))
            for name, rows in printed_tables(results).items()
        ],
        trials=[
            table(name, own.rows) | {"least": own.least_is_best} for name, own in trials.items()
        ],
        claims=[claim_row(claim) for claim in results["claims"]],
        counts=count_verdicts(results["claims"]),
        findings=results["findings"],
        tries=results.get("try", []),
        command=config.get("replay_command", ""),
        changed=_settings(
            "Settings that are not the defaults", {name: settings[name] for name in changed}
        ),
        settings=_settings(
            "Settings", {name: settings[name] for name in settings if name not in changed}
        ),
        environment=_settings("Environment", _flat(environment)),
        machine=_machine(environment),
        directory=directory.name,
    )


def began(directory: Path) -> str:
    """Return when a run began, which the name of its directory tells."""
    try:
        start = datetime.strptime(directory.name[:19], "%Y-%m-%dT%H-%M-%S").replace(tzinfo=UTC)
    except ValueError:
        return directory.name
    return f"{start.day} {start:%B %Y, %H:%M} UTC"


class Trials(NamedTuple):
    """The trials of a search, and whether a lower score is a better one."""

    rows: list[dict[str, Any]]
    least_is_best: bool


def read_trials(directory: Path) -> dict[str, Trials]:
    """Return the trials of searches by what was searched, without what only programs need."""
    found = {}
    for path in (directory / "trials.csv", *sorted(directory.glob("*/trials.csv"))):
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            config = path.with_name("config.json")  # A search of one's own says what it goes by.
            stated = json.loads(config.read_text(encoding="utf-8")) if config.is_file() else {}
            name = "Keras net" if path.parent == directory else path.parent.name.replace("_", " ")
            if rows:
                least = stated.get("direction") == "min"
                found[f"Trials of {stated.get('name', name)}"] = Trials(_shown(rows), least)
    return found


def _shown(rows: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    hidden = {"fold_scores", "epochs", "seed", "repeats", "group"}
    if not any(row.get("continues") for row in rows):
        hidden.add("continues")
    return [{k: _number(value) for k, value in row.items() if k not in hidden} for row in rows]


def _number(text: str) -> Any:
    if not text:
        return None
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    try:
        return float(text)
    except ValueError:
        return text


def notices(
    results: Mapping[str, Any], config: Mapping[str, Any], trials: Mapping[str, Any]
) -> list[str]:
    """Return what a reader must know before believing a number."""
    found = []
    data = (results.get("dataset") or {}).get("name", "")
    if config.get("quick"):
        found.append("A quick run: it only checks that everything runs; its numbers say nothing.")
    if "in place of" in data:
        found.append(f"Data: {data}. The numbers say nothing about what they stand in for.")
    if results["status"] in ("interrupted", "failed"):
        found.append(f"This run was {results['status']}; what was finished is shown.")
    scoreless = sum(row.get("status") != "done" for rows in trials.values() for row in rows)
    if scoreless:
        found.append(f"{scoreless} trials have no score; the table of trials says why.")
    undecided = sum(claim["verdict"] == "undecided" for claim in results["claims"])
    if undecided:
        found.append(f"{undecided} of {len(results['claims'])} claims stay undecided.")
    return found


def count_verdicts(claims: Sequence[Mapping[str, Any]]) -> str:
    """Return how often each verdict was given, in words."""
    counts = Counter(claim["verdict"] for claim in claims)
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())


def models_part(
    models: Sequence[Mapping[str, Any]],
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows of the table of models, and the range that the bars of all cover."""
    ends = [end for model in models if model["test_interval"] for end in model["test_interval"]]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    formats = {"parameters": ",", "seconds": ".1f"}
    columns = ("validation_accuracy", "train_accuracy", "parameters", "seconds")

    def place(value: float) -> float:
        return round(99 * (value - low) / ((high - low) or 1), 2)

    rows = []
    for model in models:
        cells = [show(model[column], formats.get(column, ".4f")) for column in columns]
        interval, at, strip = model["test_interval"], model["test_accuracy"], None
        if interval and at is not None:
            start, end = map(place, interval)
            strip = {"low": start, "width": round(end - start + 1, 2), "at": place(at)}
        rows.append(
            {
                "name": model["name"],
                "test": show(at, ".4f"),
                "interval": show(interval, ".3f"),
                "strip": strip,
                "cells": cells,
            }
        )
    return rows, [f"{low:.3f}", f"{high:.3f}"] if ends else []


def _title(name: str) -> str:
    words = name.replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]


def _settings(title: str, values: Mapping[str, Any]) -> dict[str, Any] | None:
    rows = [{"setting": name, "value": show(value)} for name, value in values.items()]
    return table(title, rows) if rows else None


def _flat(environment: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested values under one name each, without those that are not set."""
    found: dict[str, Any] = {}
    for name, value in environment.items():
        inner = value if isinstance(value, Mapping) else {"": value}
        found |= {f"{name} {key}".strip(): item for key, item in inner.items()}
    return {name: item for name, item in found.items() if item is not None}


def _machine(environment: Mapping[str, Any]) -> str:
    cpu, packages = environment["cpu"], environment["packages"]
    versions = ", ".join(f"{name} {packages[name]}" for name in ("tensorflow", "keras"))
    return (
        f"{cpu['usable_cores']} cores of {cpu['model']}, Python {environment['python']}, {versions}"
    )

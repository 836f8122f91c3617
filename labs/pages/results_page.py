"""RESULTS.md: the figures of runs, a section for each lab, search or benchmark.

A section stands between two marks, so that a page that is written again keeps those of runs
that were not given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from labs.pages.markdown import tabulate
from labs.pages.report import OWN_SETTINGS
from labs.pages.values import column_names, printed_tables, show

LONGEST_TABLE = 40
NOT_SHOWN = OWN_SETTINGS | {"seed"}
"""What a section does not name among the settings that were changed."""
MODEL_COLUMNS = {
    "model": "name",
    "parameters": "parameters",
    "train": "train_accuracy",
    "validation": "validation_accuracy",
    "test": "test_accuracy",
    "95% interval": "test_interval",
    "seconds": "seconds",
}
"""Headings of the table of models, and what they show of `results.json`."""
CLAIM_COLUMNS = {
    "claim": "id",
    "what the lecture says": "statement",
    "printed": "published",
    "measured": "measured",
    "95% interval": "interval",
    "verdict": "verdict",
}
"""Headings of the table of claims."""

_FORMATS = {"parameters": ",", "seconds": ".1f"} | dict.fromkeys(
    ("train", "validation", "test", "95% interval"), ".4f"
)
_SECTION = re.compile(r"<!-- run: (\S+) -->\n(.*?)\n<!-- end -->", flags=re.DOTALL)


def read_sections(page: str) -> dict[str, str]:
    """Return the sections of a page by the names of their labs."""
    return dict(_SECTION.findall(page))


def write_page(head: str, sections: Mapping[str, str], order: Sequence[str]) -> str:
    """Return the page.

    Args:
        head: What stands above the first section.
        sections: Texts by the names of their labs.
        order: Names in the order of the page; others follow.
    """
    names = dict.fromkeys([*(name for name in order if name in sections), *sorted(sections)])
    parts = [head, *(f"<!-- run: {name} -->\n{sections[name]}\n<!-- end -->" for name in names)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def section(
    results: Mapping[str, Any],
    config: Mapping[str, Any],
    environment: Mapping[str, Any],
    run_id: str,
    picture: str | None = None,
) -> str:
    """Return a run as a section.

    Args:
        results: What `results.json` holds.
        config: What `config.json` holds.
        environment: What `environment.json` holds.
        run_id: Name of the run directory, which begins with the date.
        picture: Path of a picture to show, as the page links it.
    """
    parts = [f"## {results['lab']}"]
    if results.get("question"):
        parts.append(f"*{results['question']}*")
    if results.get("answer"):
        parts.append(results["answer"])
    if results.get("limits"):
        parts.append(f"Not shown: {results['limits']}")
    parts.append(_origin(results, config, environment, run_id))
    if picture is not None:
        parts.append(f"![{_caption(results, picture)}]({picture})")
    if results["models"]:
        parts.append(_select(results["models"], MODEL_COLUMNS))
    for name, rows in printed_tables(results).items():
        shown = rows[:LONGEST_TABLE]
        left = f" ({len(shown)} of {len(rows)} rows)" if len(rows) > len(shown) else ""
        formats = results.get("formats", {}).get(name, {})
        parts += [f"{name}{left}:", tabulate(column_names(rows), shown, formats)]
    if results["claims"]:
        parts.append(_select(results["claims"], CLAIM_COLUMNS))
    return "\n\n".join(parts)


def _select(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> str:
    chosen = [{heading: row.get(key) for heading, key in columns.items()} for row in rows]
    formats = _FORMATS if columns is MODEL_COLUMNS else {}
    return tabulate(list(columns), chosen, formats)


def _caption(results: Mapping[str, Any], picture: str) -> str:
    captions = {figure["name"]: str(figure["caption"]) for figure in results.get("figures", ())}
    stem = picture.rpartition("/")[2].removesuffix(".png").partition("-")[2]
    return captions.get(stem, "").replace("[", "(").replace("]", ")")


def _origin(
    results: Mapping[str, Any],
    config: Mapping[str, Any],
    environment: Mapping[str, Any],
    run_id: str,
) -> str:
    """Return command, what was set otherwise, seed, data, date, time and machine in one line."""
    cpu, packages = environment["cpu"], environment["packages"]
    commit = (environment.get("git") or {}).get("commit")
    versions = ", ".join(f"{name} {packages[name]}" for name in ("tensorflow", "keras"))
    data = results.get("dataset")
    words = [
        f"`{_command(str(config['replay_command']))}`",
        *(f"{n} {config[n]}" for n in config.get("changed", ()) if n not in NOT_SHOWN),
        f"seed {config['seed']}",
        *([] if data is None else [f"data {data['name']}"]),
        run_id[:10],
        f"{show(results['seconds'], '.0f')} s",
        f"{cpu['usable_cores']} cores of {cpu['model']}",
        f"Python {environment['python']}, {versions}",
        *([] if commit is None else [f"commit {commit[:10]}"]),
    ]
    return "; ".join(words)


def _command(replay: str) -> str:
    """Return the command without its settings, all of which stand in the run's config.json."""
    match = re.search(r"python -m \S+(?: [a-z_]+)?", replay)
    return match[0] if match else replay

"""The run directory of a search of one's own: begun, gone on with, and what it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from labs.errors import InputError
from labs.records import RunRecord, strict_json
from tuning.engine import Searched, Settings, report
from tuning.found import Found
from tuning.journal import Journal
from tuning.own_study import OwnStudy

LAB = "tuning-own"
QUESTION = "Which hyperparameters suit this model?"
MAY_CHANGE = ("quiet", "output_dir", "trials")
"""Settings with which a search may go on that began with others."""


@dataclass(frozen=True)
class OwnConfig:
    """What a search of one's own began with, as its run directory keeps it."""

    name: str
    strategy: str
    trials: int | None
    objective: str
    direction: str
    seeds: int
    seed: int
    epochs: int | None
    batch_size: int | None
    patience: int | None
    class_weight: Mapping[str, float] | None
    factor: int
    ask: int
    threads: int
    enqueue: Sequence[Mapping[str, Any]]
    data: str
    splits: str
    space: Any
    build: str
    quiet: bool = False
    output_dir: Path = Path()


def config_of(study: OwnStudy, settings: Settings, quiet: bool) -> OwnConfig:
    """Return what a search begins with."""
    weights = study.options.class_weight
    return OwnConfig(
        name=study.label,
        strategy=settings.strategy,
        trials=settings.trials,
        objective=study.objective.name,
        direction=study.objective.direction,
        seeds=study.seeds,
        seed=study.seed,
        epochs=study.options.epochs,
        batch_size=study.options.batch_size,
        patience=study.options.patience,
        class_weight=None if weights is None else {str(k): float(v) for k, v in weights.items()},
        factor=settings.factor,
        ask=settings.at_once,
        threads=study.threads,
        enqueue=settings.enqueue,
        quiet=quiet,
        **study.fingerprints,
    )


def begin_record(config: OwnConfig, folder: Path, mend: bool) -> RunRecord:
    """Begin a run directory, or go on with one that holds the same search.

    Raises:
        InputError: If it holds another one.
    """
    if not (folder / "config.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        return RunRecord(LAB, config, "tuning.search(...)", question=QUESTION, directory=folder)
    stored = _stored(folder)
    plain = {field.name: getattr(config, field.name) for field in fields(config)}
    differ = [
        name
        for name, value in strict_json.to_plain(plain).items()
        if name not in MAY_CHANGE and value != stored.get(name)
    ]
    if differ:
        raise InputError(
            f"{folder} holds a search with other {', '.join(differ)}; search in another directory, "
            "or with what it began with."
        )
    with Journal(folder / "journal.jsonl", mend=mend):
        pass  # Refuses a search that another process is at work on, which stays as it is.
    record = RunRecord.reopen(folder, config)
    record.results["lab"] = LAB  # Not the name of the folder that it lies in.
    return record


def planned_trials(folder: Path, settings: Settings) -> int | None:
    """Return how many trials the search began with.

    Raises:
        InputError: If there are to be fewer now, or more where that would change the first ones.
    """
    planned: int | None = _stored(folder)["trials"]
    more = planned is not None and (settings.trials is None or settings.trials > planned)
    if settings.trials == planned or (more and settings.strategy != "halving"):
        return planned
    raise InputError(
        f"{folder} holds a search of {planned} trials, got {settings.trials}: there can be more, "
        "but not fewer, and with halving not more either, since they would change who goes on."
    )


def _stored(folder: Path) -> dict[str, Any]:
    """Return what a search in a folder began with.

    Raises:
        InputError: If there is none.
    """
    try:
        stored = strict_json.load(folder / "config.json")
        if isinstance(stored, dict) and isinstance(stored.get("trials"), int | None):
            return stored
        reason = "no number of trials"
    except (OSError, ValueError) as error:
        reason = str(error)
    raise InputError(
        f"directory must hold a search or none, got {folder}, whose config.json is of no search "
        f"({reason}); name another one."
    )


def report_found(found: Found, searched: Searched[OwnStudy], record: RunRecord) -> None:
    """Record what a search of one's own shows."""
    study, best = searched.study, found.best
    report(searched, study.label, record)
    patience = "patience" in best.hyperparameters or study.options.patience
    record.add_findings(
        found.how,
        f"A score is the {study.objective.label} of the "
        f"{'epoch of the lowest validation loss, with patience' if patience else 'last epoch'}.",
    )
    record.add_table(
        "winners_curse",
        [
            {
                "objective": study.objective.name,
                "in the search": best.score,
                "95% interval": best.interval,
                "fresh splits and seeds": best.fresh_score,
                "95% interval of that": best.fresh_interval,
            }
        ],
    )
    record.answer(
        f"{study.objective.label} {best.score:.4f} in the search, "
        f"{'none' if best.fresh_score is None else f'{best.fresh_score:.4f}'} on fresh splits and "
        "seeds, by " + ", ".join(f"{k} {v}" for k, v in best.hyperparameters.items()) + ".",
        limits="No test rows were read; what another strategy or a larger budget would find.",
    )

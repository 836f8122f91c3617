"""Which of the lectures' claims hold?

Topic: all lectures                   Time: an hour
Run:   python -m labs.claims
Quick: python -m labs.claims --quick
Try:   --labs line_fit losses      the claims of two labs only
       --resume RUN                go on with a ledger that ended early
       --seed 1 --against RUN      which verdicts does another seed turn? RUN is a ledger's

Each claim is judged by the lab that it belongs to. This ledger runs the labs as programs of
their own, side by side but for those that judge times, and collects their claims: claims.md by
lecture, claims.csv. A lab that fails does not stop the others.
"""

from __future__ import annotations

import shlex
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import lazy_loader
from rich import box
from rich.table import Table
from rich.text import Text

from labs import lectures, pages
from labs.atomic import replacing
from labs.errors import InputError
from labs.pages.terminal import VERDICT_STYLES
from labs.records.runs import Run, as_written, every_run, read_run
from labs.running import AtLeast, LabConfig, Such, find_labs, lab
from labs.running.catalog import longest_first
from labs.running.process import Ended, run_in_processes

if TYPE_CHECKING:
    from labs.records import RunRecord

scipy = lazy_loader.load("scipy")

FALSE_DISCOVERIES = 0.05
"""Share of false ones among the contradictions that are kept."""
Claims = list[dict[str, Any]]
"""Claims as `results.json` has them, each with its `lab`."""


def labs_with_claims() -> tuple[str, ...]:
    """Return every lab but this one, and the commands of `tuning` that judge claims."""
    names = dict.fromkeys([*find_labs(), *lectures.commands()])
    return tuple(name for name in names if name != Path(__file__).stem)


def _are_labs(names: tuple[str, ...]) -> bool:
    return set(names) <= set(labs_with_claims())


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of the ledger."""

    labs: Annotated[tuple[str, ...], Such(_are_labs, "names that `python -m labs` lists")] = ()
    """Labs to run; all of them unless given."""
    against: tuple[str, ...] = ()
    """Run directories of earlier ledgers; verdicts that are not theirs are listed."""
    resume: tuple[str, ...] = ()
    """Run directories of ledgers that ended early; the labs that they have finished with the same
    seed, and --quick or not, are taken from there."""
    at_once: Annotated[int, AtLeast(1)] = 2
    """Most labs that run side by side; each takes 1 to 2 GB of memory."""


def experiment(config: Config, record: RunRecord) -> None:
    """Run the labs and collect their claims, writing down what there is after each lab."""
    earlier = [read_run(Path(directory)) for directory in config.against]
    finished = finished_labs(config)
    claims: Claims = []
    times: list[dict[str, Any]] = []
    failed: dict[str, str] = {}
    names = config.labs or labs_with_claims()
    runs = run_all(names, finished, config, record.directory / "labs")
    for name, outcome, others in record.track(runs, "labs", total=len(names)):
        if isinstance(outcome, InputError):
            failed[name] = str(outcome)
            record.console.print(Text(f"{name}: {outcome}\n", style="red"))
            continue
        run = read_run(outcome)
        found = [{"lab": name, **claim} for claim in run.results["claims"]]
        seconds, cpu = run.results["seconds"], run.results.get("cpu_seconds")
        busy = cpu and cpu / seconds  # None for runs of versions that did not count.
        times.append({"lab": name, "claims": len(found), "seconds": seconds, "cores busy": busy})
        title = f"{name}, {seconds:.0f} s" + "".join(f"; {other} goes on" for other in others)
        record.console.print(list_claims(title, found))
        claims = in_lectures_order([*claims, *found])
        write_down(record, claims, times)
    corrected = correct_for_many(claims)
    record.add_table("by_interval", corrected, formats={"p": ".2g", "corrected p": ".2g"})
    record.add_findings(describe_corrected(corrected))
    if earlier:
        turned = turned_verdicts(claims, {run.directory.name: verdicts_of(run) for run in earlier})
        record.add_table("turned", turned)
        record.add_findings(f"{len(turned)} verdicts are not those of all earlier ledgers.")
    verdicts = Counter(claim["verdict"] for claim in claims)
    record.answer(
        f"Of {len(claims)} claims {verdicts['reproduced']} are reproduced and "
        f"{verdicts['within noise']} lie within noise; {verdicts['differs']} differ, "
        f"{verdicts['erratum']} are errata of the slides, {verdicts['depends']} depend on what the "
        f"lecture leaves open, and {verdicts['undecided']} stay undecided.",
        limits="One seed of everything; each lab says what its own verdicts do not show.",
    )
    if failed:
        raise InputError(
            f"{', '.join(failed)} failed, so their claims are missing; see why with: "
            + "; ".join(
                shlex.join(["python", "-m", lectures.command_of(name), *options(config)])
                for name in failed
            )
        )


def run_all(
    names: Sequence[str], finished: Mapping[str, Run], config: Config, labs: Path
) -> Iterator[Ended]:
    """Take over the labs that are finished and run the others."""
    for name in names:
        if name in finished:
            yield Ended(name, copy(finished[name], labs), ())
    others = longest_first(name for name in names if name not in finished)
    yield from run_in_processes(others, options(config), labs, config.at_once)


def finished_labs(config: Config) -> dict[str, Run]:
    """Return what earlier ledgers have finished with the same options, by lab."""
    ledgers = [read_run(Path(directory)).directory for directory in config.resume]
    runs = [run for ledger in ledgers for run in every_run(ledger / "labs")]
    same = {"quick": config.quick, "seed": config.seed}
    return {
        run.lab: run
        for run in runs
        if run.results["status"] == "done" and same.items() <= run.config.items()
    }


def copy(run: Run, labs: Path) -> Path:
    """Copy a lab's run into a ledger, whole or not at all, and return where it is."""
    temporary, target = labs / f".{run.lab}", labs / run.lab / run.directory.name
    shutil.copytree(run.directory, temporary)
    target.parent.mkdir()
    temporary.rename(target)
    return target


def verdicts_of(run: Run) -> dict[str, str]:
    """Return the verdicts of an earlier ledger, by the claims' ids."""
    with as_written(run):
        return {claim["id"]: claim["verdict"] for claim in run.results["tables"]["claims"]}


def turned_verdicts(
    claims: Claims, earlier: Mapping[str, Mapping[str, str]]
) -> list[dict[str, Any]]:
    """List the claims whose verdict is another in one of the earlier ledgers.

    Args:
        claims: Those of this ledger.
        earlier: For each ledger its verdicts.
    """
    rows = []
    for claim in claims:
        others = {
            name: verdicts[claim["id"]]
            for name, verdicts in earlier.items()
            if verdicts.get(claim["id"], claim["verdict"]) != claim["verdict"]
        }
        if others:
            rows.append({"id": claim["id"], "here": claim["verdict"], **others})
    return rows


def correct_for_many(claims: Claims) -> list[dict[str, Any]]:
    """Return the claims judged by an interval with p-values corrected for their number.

    Benjamini and Hochberg (1995), "Controlling the false discovery rate", Journal of the Royal
    Statistical Society B 57.
    """
    tested = [claim for claim in claims if claim["p"] is not None]
    if not tested:
        return []
    p = scipy.stats.false_discovery_control([claim["p"] for claim in tested])
    return [
        {
            "id": claim["id"],
            "verdict": claim["verdict"],
            "p": claim["p"],
            "corrected p": float(corrected),
            "detectable difference": claim["detectable"],
        }
        for claim, corrected in zip(tested, p, strict=True)
    ]


def describe_corrected(corrected: Sequence[Mapping[str, Any]]) -> str:
    """Say how many verdicts chance would turn, and which contradictions are left without it."""
    kept = [
        row["id"]
        for row in corrected
        if row["verdict"] == "differs" and row["corrected p"] < FALSE_DISCOVERIES
    ]
    return (
        f"{len(corrected)} verdicts rest on 95% intervals of means. Were the lectures right in all "
        f"of them, about {0.025 * len(corrected):.1f} would be called otherwise by chance. With a "
        f"false discovery rate of {FALSE_DISCOVERIES:.0%} these contradict a lecture: "
        f"{', '.join(kept) or 'none'}. p tells how likely an interval so far from what the lecture "
        "says is if it is right to the digit; a mean within 1% of a printed value counts as "
        "reproduced all the same."
    )


def options(config: Config) -> list[str]:
    """Return the options that every lab is run with."""
    return ["--seed", str(config.seed), *(["--quick"] if config.quick else [])]


def in_lectures_order(claims: Claims) -> Claims:
    """Return claims in the order in which the lectures make them."""
    everything = [id for lecture in lectures.load_lectures().values() for id in lecture.claims]
    places = {id: place for place, id in enumerate(everything)}
    return sorted(claims, key=lambda claim: places[claim["id"]])


def list_claims(title: str, claims: Claims) -> Table | Text:
    """Return the claims of a lab as a table with a row for each, however narrow the terminal."""
    if not claims:
        return Text(f"{title}: no claims\n", style="italic")
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.expand = True
    table.add_column("id", no_wrap=True, min_width=30)
    for heading, ratio in (("published", 1), ("measured", 2)):
        table.add_column(heading, no_wrap=True, overflow="ellipsis", ratio=ratio)
    table.add_column("verdict", no_wrap=True, min_width=12)
    for claim in claims:
        words = (Text(pages.show(claim[column])) for column in ("id", "published", "measured"))
        table.add_row(*words, Text(claim["verdict"], style=VERDICT_STYLES[claim["verdict"]]))
    return table


def write_down(record: RunRecord, claims: Claims, times: list[dict[str, Any]]) -> None:
    """Put what there is so far into the run directory."""
    record.add_table("claims", claims, printed=False)
    record.add_table("labs", times, formats={"seconds": ".1f", "cores busy": ".2f"})
    verdicts = count_verdicts(claims)
    record.add_table("verdicts", verdicts)
    with replacing(record.directory / "claims.md") as temporary:
        temporary.write_text(page(claims, verdicts), encoding="utf-8")


def count_verdicts(claims: Claims) -> list[dict[str, Any]]:
    """Count the verdicts of each lecture and of all."""
    groups = {
        letter: [claim for claim in claims if claim["id"][0] == letter]
        for letter in lectures.load_lectures()
    }
    return [
        {"lecture": name, "claims": len(group)}
        | {verdict: sum(c["verdict"] == verdict for c in group) for verdict in lectures.VERDICTS}
        for name, group in [*groups.items(), ("all", claims)]
    ]


def page(claims: Claims, verdicts: Sequence[dict[str, Any]]) -> str:
    """Return the claims as a Markdown page, a table for each lecture."""
    parts = ["# Claims of the lectures", pages.tabulate(list(verdicts[0]), verdicts)]
    for letter, lecture in lectures.load_lectures().items():
        rows = [pages.claim_row(claim) for claim in claims if claim["id"][0] == letter]
        if rows:
            parts += [f"## {letter}: {lecture.title}", pages.tabulate(list(rows[0]), rows)]
    return "\n\n".join(parts) + "\n"


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()

"""Which hyperparameters suit a net? Search them, and compare with MLPClassifier.

Run:   python -m tuning diabetes --strategy random
Grid:  python -m tuning diabetes --strategy grid
Hands: python -m tuning sign_language --strategy bayesian
Yours: python -m tuning my.csv --target outcome    # all of it: python -m tuning my.csv --help
Go on: python -m tuning diabetes --resume runs/tuning-diabetes/RUN-ID
More:  python -m tuning diabetes --resume runs/tuning-diabetes/RUN-ID --trials 60

What to take when:
  grid      a dozen points that you all want to see
  halving   nets whose first epochs already tell bad from good; the most for the same time
  random    to learn what matters; a yardstick for the others
  tpe       as bayesian, by Optuna; also for more than a hundred trials
  bayesian  few hyperparameters, and trials that take minutes
  gp        as bayesian, by Optuna; needs torch, and takes conditions less well
Which of them finds more, measured: python -m tuning.strategies

The result depends on the seed and the settings, not on the number of workers; a search that
was killed goes on with --resume and ends as if nothing had happened.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, get_args, get_type_hints

import tuning
from labs.data.table_files import is_table
from labs.interrupts import interrupts
from labs.running.command_line import parse, print_version, replay_command
from labs.running.exit_status import exit_status
from labs.running.lab import end
from labs.running.resuming import begun, telling_how_to_go_on
from labs.running.start import start_keras
from tuning import tables
from tuning.config import Config, ConfigT, SearchConfig, refuse_other_settings
from tuning.tables.config import TableConfig

if TYPE_CHECKING:
    from labs.records import RunRecord

PROGRAM = "python -m tuning"


def main(arguments: Sequence[str]) -> None:
    """Search from the command line."""
    with exit_status():
        if not arguments:
            arguments = ["--help"]  # A search takes minutes; nobody starts one by mistake.
        print_version(arguments)
        if any(map(is_table, arguments)):
            run(TableConfig, tables.__doc__, arguments, lambda *own: tuning.search_table(*own))
        else:
            run(Config, __doc__, arguments, lambda *own: tuning.run_search(*own))


def run(
    kind: type[ConfigT],
    doc: str | None,
    arguments: Sequence[str],
    search: Callable[[ConfigT, RunRecord], None],
) -> None:
    """Search on a lab's data or on a table, with settings of their own."""
    doc = doc or ""
    config = parse(kind, doc, PROGRAM, arguments)
    if config.resume:
        stored, directory = begun(config, f"tuning-{config.subject}")
        config = parse(kind, doc, PROGRAM, arguments, stored)
        refuse_other_settings(config, stored)
    else:
        config = config.complete()
    start_keras()
    from labs.records import RunRecord  # Costs what `--help` need not wait for.
    from tuning.journal import Journal

    if config.resume:
        for path in [*directory.glob("journal.jsonl"), *directory.glob("*/journal.jsonl")]:
            with Journal(path, mend=config.mend):
                pass  # Refuses a search that another process is at work on, which stays as it is.
        record = RunRecord.reopen(directory, config)
    else:
        command = replay_command(PROGRAM, config)
        question, tries = doc.partition("\n")[0], other_strategies(config)
        name = f"tuning-{config.subject}"
        record = RunRecord(name, config, command, question=question, tries=tries)
    command = f"{PROGRAM} {shlex.join(config.words)}"
    with (
        telling_how_to_go_on(command, record.directory),
        record,
        interrupts.arriving(keeps=True),
    ):
        search(config, record)
    record.print_summary()
    end(record, config)


def other_strategies(config: SearchConfig) -> list[dict[str, str]]:
    """Return what to try next: the other ways of proposing trials."""
    return [
        {
            "command": f"{PROGRAM} {shlex.join([*config.words, '--strategy', other])}",
            "look": "Does another way of proposing trials find better settings?",
        }
        for other in get_args(get_type_hints(type(config))["strategy"])
        if other != config.strategy
    ]


if __name__ == "__main__":
    main(sys.argv[1:])

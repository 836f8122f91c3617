"""Which hyperparameters suit a net? Search them, and compare with MLPClassifier.

Run:   python -m tuning diabetes --strategy random
Grid:  python -m tuning diabetes --strategy grid
Hands: python -m tuning sign_language --strategy bayesian
Go on: python -m tuning diabetes --resume runs/tuning-diabetes/RUN-ID

More:  python -m tuning diabetes --resume runs/tuning-diabetes/RUN-ID --trials 60

What to take when:
  grid      a dozen points that you all want to see
  halving   nets whose first epochs already tell bad from good; the most for the same time
  random    to learn what matters; a yardstick for the others
  tpe       as bayesian, and it thinks in no time
  bayesian  few hyperparameters, and trials that take minutes; it thinks for seconds itself

The result depends on the seed and the settings, not on the number of workers; a search that
was killed goes on with --resume and ends as if nothing had happened.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import tuning
from labs.errors import OutputError
from labs.interrupts import interrupts
from labs.records.runs import named_run
from labs.running.command_line import parse, print_version, replay_command
from labs.running.exit_status import exit_status
from labs.running.lab import end
from labs.running.start import start_keras
from tuning.config import Config, load_config, refuse_other_settings

PROGRAM = "python -m tuning"


def main(arguments: Sequence[str]) -> None:
    """Search from the command line."""
    with exit_status():
        if not arguments:
            arguments = ["--help"]  # A search takes minutes; nobody starts one by mistake.
        print_version(arguments)
        config = parse(Config, __doc__, PROGRAM, arguments)
        if config.resume:
            run = named_run(Path(config.resume), f"tuning-{config.lab}", config.output_dir)
            stored = load_config(run)
            config = parse(Config, __doc__, PROGRAM, arguments, stored)
            refuse_other_settings(config, stored)
        else:
            config = config.complete()
        start_keras()
        from labs.records import RunRecord  # Costs what `--help` need not wait for.
        from tuning.journal import Journal

        if config.resume:
            with Journal(run / "journal.jsonl", mend=config.mend):
                pass  # Refuses a search that another process is at work on, which stays as it is.
            record = RunRecord.reopen(run, config)
        else:
            command = replay_command(PROGRAM, config)
            question = (__doc__ or "").partition("\n")[0]
            name, tries = f"tuning-{config.lab}", other_strategies(config)
            record = RunRecord(name, config, command, question=question, tries=tries)
        try:
            with record, interrupts.arriving(keeps=True):
                tuning.run_search(config, record)
        except (KeyboardInterrupt, OutputError) as ended:
            ended.add_note(f"Go on: {PROGRAM} {config.lab} --resume {record.directory}")
            raise
        record.print_summary()
        end(record, config)


def other_strategies(config: Config) -> list[dict[str, str]]:
    """Return what to try next: the other ways of proposing trials."""
    return [
        {
            "command": f"{PROGRAM} {config.lab} --strategy {strategy}",
            "look": "Does another way of proposing trials find better settings?",
        }
        for strategy in ("grid", "random", "bayesian")
        if strategy != config.strategy
    ]


if __name__ == "__main__":
    main(sys.argv[1:])

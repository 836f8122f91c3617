"""What is lost when programs are killed at random moments?

Run:   python -m tests.benchmarks.faults
Quick: python -m tests.benchmarks.faults --quick
Try:   --kinds ledger download --kills 5    two kinds only

Each kind of program runs once to its end. Then it is started, killed by SIGKILL at a random
moment, started again as a user would, with --resume where there is such an option, and killed
again, until it ends before its moment comes; then it begins anew. After each kill every file is
read, and what was finished before is looked for; at each end the tables are compared with those
of the program that was not killed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import numpy as np

from labs.running import AtLeast, LabConfig, Such, lab
from tests.faults import PROJECT, Kind, Words, attack, checksums, newest, tables
from tests.labs.data.sign_files import table, write_pair
from tests.labs.data.test_table import good, text

if TYPE_CHECKING:
    from labs.records import RunRecord


def _lab(name: str) -> Kind:
    words = ["-m", f"labs.{name}", "--quick", "--quiet", "--output-dir"]
    return Kind(lambda given, written: [*words, written], tables)


def _resumable(*words: str, fresh: Words, prepare: Any = Kind.prepare) -> Kind:
    """Return a kind that goes on with --resume where a run has begun."""

    def command(given: Path, written: Path) -> Words:
        begun = newest(written)
        own = [given / word if word == "my.csv" else word for word in words]
        more = ["--resume", begun] if begun else [*fresh, "--output-dir", written]
        return ["-m", *own, *more, "--quiet"]

    return Kind(command, tables, prepare)


def _search(strategy: str) -> Kind:
    few = ["--quick", "--trials", 4, "--compare", "no", "--strategy", strategy]
    return _resumable("tuning", "diabetes", fresh=few)


def _write_csv(given: Path) -> None:
    (given / "my.csv").write_bytes(text(good(60)))


def _write_images(given: Path) -> None:
    write_pair(given, table(0, 2000))


def _in_cache(code: str, *arguments: Any, prepare: Any = Kind.prepare) -> Kind:
    """Return a kind that runs some code with a cache of its own."""
    start = 'import os, sys\nfrom pathlib import Path\nos.environ["XDG_CACHE_HOME"] = sys.argv[1]\n'

    def command(given: Path, written: Path) -> Words:
        words = (word() if callable(word) else word for word in arguments)
        return ["-c", start + code, written, given, *words]

    return Kind(command, checksums, prepare)


CONTENT = np.random.default_rng(0).bytes(2_000_000)


@cache
def _serve() -> str:
    """Start a server that takes a second for a file; return its address."""

    class Slow(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            with suppress(OSError):  # The program was killed.
                for start in range(0, len(CONTENT), 20_000):
                    self.wfile.write(CONTENT[start : start + 20_000])
                    time.sleep(0.01)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/thing.bin"


OWN = """
import sys
import tuning
from tests.tuning.own import dense, rows
options = dict(trials=4, folds=2, epochs=3, quiet=True)
tuning.search(dense, *rows(), directory=sys.argv[1] + "/own/search", **options)
"""
DOWNLOAD = """
from labs.data.download import download
download(sys.argv[3], sys.argv[4], int(sys.argv[5]))
"""
IMAGES = """
from labs.data.sign_cache import load_sign_parts
load_sign_parts(*(Path(sys.argv[2]) / f"sign_mnist_{part}.csv" for part in ("train", "test")))
"""


def _ledger(given: Path, written: Path) -> Words:
    words = ["-m", "labs.claims", "--quick", "--quiet", "--labs", "nand", "line_fit", "losses"]
    begun = [path.parent for path in sorted(written.glob("*/*/config.json"))]
    return [*words, "--output-dir", written, *(["--resume", *begun] if begun else [])]


def _run_nand(given: Path) -> None:
    words = [sys.executable, "-m", "labs.nand", "--quiet", "--output-dir", str(given)]
    subprocess.run(words, cwd=PROJECT, check=True, stdout=subprocess.DEVNULL)


def _report(given: Path, written: Path) -> Words:
    page = written / "RESULTS.md"
    if not page.exists():
        shutil.copy(PROJECT / "RESULTS.md", page)
    return ["-m", "labs.results", newest(given), "--page", page, "--pictures", written]


KINDS: dict[str, Kind] = {
    "lab": _lab("nand"),
    "lab with nets": _lab("playground"),
    "image lab": _resumable("labs.mnist", fresh=["--quick", "--dataset", "digits"]),
    "report": Kind(_report, checksums, _run_nand),
    "random search": _search("random"),
    "grid search": _search("grid"),
    "bayesian search": _search("bayesian"),
    "tpe search": _search("tpe"),
    "halving search": _search("halving"),
    "own search": Kind(lambda given, written: ["-c", OWN, written], tables),
    "table search": _resumable(
        "tuning", "my.csv", fresh=["--target", "outcome", "--quick"], prepare=_write_csv
    ),
    "ledger": Kind(_ledger, tables),
    "download": _in_cache(DOWNLOAD, _serve, sha256(CONTENT).hexdigest(), len(CONTENT)),
    "image cache": _in_cache(IMAGES, prepare=_write_images),
}


@dataclass(frozen=True)
class Config(LabConfig):
    """What is killed how often."""

    QUICK: ClassVar = {"kills": 1}

    kills: Annotated[int, AtLeast(1)] = 50
    """Kills of each kind."""
    kinds: Annotated[
        tuple[str, ...], Such(set(KINDS).issuperset, f"some of {', '.join(KINDS)}")
    ] = tuple(KINDS)
    """Kinds of programs."""


def experiment(config: Config, record: RunRecord) -> None:
    """Kill each kind, and count."""
    rows: list[dict[str, Any]] = []
    for name in record.track(config.kinds, "kinds"):
        with tempfile.TemporaryDirectory() as folder:
            count = attack(KINDS[name], config.kills, Path(folder), config.seed)
        lists = {key: value for key, value in vars(count).items() if isinstance(value, list)}
        record.add_findings(*(f"{name}, {key}: {v}" for key, v in lists.items() if v))
        rows.append(
            {
                "program": name,
                "seconds of a whole run": count.seconds,
                "killed": count.kills,
                "ended after kills": count.ends,
                "files damaged": len(count.damaged),
                "finished and lost": len(count.lost),
                "other tables": len(count.different),
                "temporary files left": len(count.temporary),
                "processes left": len(count.processes),
            }
        )
        record.add_table("faults", rows, formats={"seconds of a whole run": ".1f"})
    harm = {key: sum(row[key] for row in rows) for key in list(rows[0])[4:]}
    record.answer(
        f"{sum(row['killed'] for row in rows)} kills of {len(rows)} kinds of programs: "
        f"{', '.join(f'{key} {number}' for key, number in harm.items())}.",
        limits="The machine itself was not switched off; programs of seconds, not of hours.",
    )


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()

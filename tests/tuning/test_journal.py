from __future__ import annotations

import errno
import json
import os
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from labs.errors import InputError
from tests.tuning.searches import mixed_space, row
from tuning import journal as journals
from tuning.journal import Journal
from tuning.space_entries import entries_of

TRIALS = [row(number, {"rate": 0.1, "units": 8}) for number in range(3)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with Journal(tmp_path / "journal.jsonl") as journal:
        for trial in TRIALS:
            journal.append(trial)
    return tmp_path / "journal.jsonl"


def sealed(**changes: Any) -> bytes:
    """A line as a journal writes it, with the right checksum of whatever it holds."""
    fields = {
        "number": 1, "hyperparameters": {"rate": 0.1}, "status": "done", "score": 0.5,
        "fold_scores": [0.5], "seconds": 2.0, "seed": 0, "epochs": [3], "error": "",
        "repeats": None, "group": 1, "continues": None, "oracle": "x 1", "appeared": [],
        "one_by_one": "",
    }  # fmt: skip
    text = json.dumps(fields | changes)
    return json.dumps(
        {"checksum": f"{zlib.crc32(text.encode()):08x}", **fields, **changes}
    ).encode()


def with_second_line(path: Path, line: bytes) -> None:
    lines = path.read_bytes().splitlines()
    path.write_bytes(b"\n".join([lines[0], line, lines[2], b""]))


def test_a_journal_gives_back_what_was_written(path: Path) -> None:
    with_second_line(path, sealed())
    with Journal(path) as journal:
        assert [journal.trials[0], journal.trials[2]] == [TRIALS[0], TRIALS[2]]
        assert (journal.trials[1].score, journal.trials[1].epochs) == (0.5, (3,))


def test_line_is_the_fields_and_their_checksum_and_at_once_on_disk(path: Path) -> None:
    for number in (3, 4):
        with Journal(path) as journal:
            journal.append(replace(row(number, {}), error="größer"))
            line = path.read_text(encoding="utf-8").splitlines()[number]
        fields = json.loads(line)
        checksum = fields.pop("checksum")
        text = json.dumps(fields, ensure_ascii=False)
        assert checksum == f"{zlib.crc32(text.encode()):08x}"
        assert line == f'{{"checksum": "{checksum}", {text[1:]}'
        path.write_bytes(path.read_bytes() + b"half")  # which is dropped, and the file replaced


def test_whole_journal_is_not_written_again(path: Path) -> None:
    before = path.stat()
    with Journal(path):
        assert os.path.samestat(path.stat(), before)


def test_journal_that_is_too_large_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    length = path.stat().st_size
    monkeypatch.setattr(journals, "LARGEST", length)
    with Journal(path) as journal:
        assert len(journal.trials) == 3
    monkeypatch.setattr(journals, "LARGEST", length - 1)
    with pytest.raises(InputError, match=f"more than {length - 1:,} bytes; start a new search"):
        Journal(path)


LARGEST = sys.float_info.max


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "failed", "score": None, "fold_scores": [], "error": "out of memory"},
        {"status": "diverged", "score": None, "seconds": 0, "epochs": []},
        {"score": LARGEST, "fold_scores": [-LARGEST, 0], "seed": 2**53 - 1, "seconds": LARGEST},
        {"hyperparameters": {"a": None, "b": "x", "c": True, "d": 8, "e": 0.5}},
        {"repeats": 0, "continues": 0, "group": 0, "one_by_one": "own train_step"},
        {"appeared": entries_of(mixed_space())},
    ],
)
def test_whatever_a_trial_may_have_is_read(path: Path, changes: dict[str, Any]) -> None:
    with_second_line(path, sealed(**changes))
    with Journal(path) as journal:
        read = vars(journal.trials[1])
    assert {n: list(v) if isinstance(v, tuple) else v for n, v in read.items() if n in changes} == (
        changes
    )


@pytest.mark.parametrize("length", [1, 2, 100])
def test_what_a_kill_has_left_of_a_line_makes_room_for_the_next(path: Path, length: int) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:length])
    with Journal(path) as journal:
        journal.append(row(3, {"rate": 0.1, "units": 8}))
    assert path.read_bytes().startswith(whole + b'{"checksum"')
    with Journal(path) as journal:
        assert len(journal.trials) == 4


DAMAGED = {
    "brackets": b"[" * 100_000,
    "no object": b"3",
    "not UTF-8": b"\xff\xfe",
    "empty": b"",
    "list as number": sealed(number=[1]),
    "Boolean as number": sealed(number=True),
    "twice": sealed(number=2),
    "score of 400 digits": sealed(score=10**400),
    "infinite score": sealed(score=10**309),
    "entry that is none": sealed(appeared=[{"kind": "Int"}]),
    "score of 5,000 digits": sealed().replace(b'"score": 0.5', b'"score": ' + b"9" * 5_000),
    "score that is not finite": sealed(score=float("nan")),
    "done without a score": sealed(score=None),
    "values that are none": sealed(hyperparameters=[1]),
    "value that is a list": sealed(hyperparameters={"rate": [1]}),
    "infinite time": sealed(seconds=float("inf")),
    "negative time": sealed(seconds=-0.5),
    "negative number": sealed(number=-1),
    "number that is none elsewhere": sealed(seed=2**53),
    "score below all numbers": sealed(score=-(10**309)),
    "score in words": sealed(score="0.5"),
    "scores of folds that are none": sealed(fold_scores=[None]),
    "no list of scores": sealed(fold_scores=0.5),
    "epochs that are none": sealed(epochs=[0.5]),
    "no list of epochs": sealed(epochs=3),
    "repeats itself": sealed(repeats="1"),
    "continues in part": sealed(continues=0.5),
    "no list of entries": sealed(appeared="none"),
    "condition that is none": sealed(
        appeared=[{**entries_of(mixed_space())[0], "conditions": [["layers", [[1]]]]}]
    ),
    "other status": sealed(status=["done"]),
    "another field": sealed(more=1),
    "changed digit": sealed().replace(b'"score": 0.5', b'"score": 0.9'),
    "no checksum": json.dumps({"number": 1}).encode(),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_damaged_line_is_refused_and_dropped_only_if_told_to(
    path: Path, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    with_second_line(path, DAMAGED[kind])
    damaged = path.read_bytes()
    told = "damaged in 1 of 3 lines, first in line 2 .*; trials without a whole line: 1"
    with pytest.raises(InputError, match=told if kind != "twice" else "line 3") as caught:
        Journal(path)
    assert len(str(caught.value)) <= 1_010
    assert path.read_bytes() == damaged
    with Journal(path, mend=True) as journal:
        assert len(journal.trials) == 2
        assert caplog.text.endswith("They are trained again.\n")
        journal.append(row(1, {"rate": 0.2}))
    with Journal(path) as journal:
        assert sorted(journal.trials) == [0, 1, 2]


def test_full_disk_leaves_whole_lines(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = path.read_bytes()
    with Journal(path) as journal:
        file = journal._file

        class Full:
            """Takes ten bytes, then none, as a disk that fills up."""

            def __init__(self) -> None:
                self.space = 10

            def write(self, line: bytes) -> int:
                if not self.space:
                    raise OSError(errno.ENOSPC, "No space left on device")
                self.space = 0
                return file.write(line[:10])

            def __getattr__(self, name: str) -> Any:
                return getattr(file, name)

        monkeypatch.setattr(journal, "_file", Full())
        with pytest.raises(OSError, match="No space"):
            journal.append(row(3, {"rate": 0.1}))
        assert path.read_bytes() == whole
        monkeypatch.setattr(journal, "_file", file)
        journal.append(row(3, {"rate": 0.1}))
    with Journal(path) as journal:
        assert sorted(journal.trials) == [0, 1, 2, 3]


def test_journal_is_free_again_after_an_error(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(b"damaged\n")
    for _ in range(2):
        with pytest.raises(InputError, match="damaged"):
            Journal(path)
    path.write_bytes(whole)
    with Journal(path), pytest.raises(InputError, match="Another process is at work"):
        Journal(path)
    assert len(os.listdir(path.parent)) <= 2  # noqa: PTH208

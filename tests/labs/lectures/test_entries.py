"""What the lectures say is kept whole: every entry has its lab, every lab its settings."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from labs import lectures
from labs.lectures import entries
from labs.running.catalog import find_labs

LABS = Path(entries.__file__).parents[1]
ID = re.compile(r"[A-E]\d?(-[a-z0-9]+)+")
CLAIMS = {
    id: entry
    for lecture in lectures.load_lectures().values()
    for id, entry in lecture.claims.items()
}


def judged_in(path: Path) -> set[str]:
    """Return the ids, written out, with which a file calls something named `judge…`."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    return {
        str(argument.value)
        for call in calls
        if ast.unparse(call.func).rpartition(".")[2].startswith("judge")
        for argument in call.args
        if isinstance(argument, ast.Constant) and ID.fullmatch(str(argument.value))
    }


def test_each_entry_is_judged_in_its_lab_by_its_literal_id() -> None:
    files = {f"labs.{name}": LABS / f"{name}.py" for name in find_labs()}
    files |= {f"tuning.{path.stem}": path for path in (LABS.parent / "tuning").glob("*.py")}
    judged = {id: command for command, path in files.items() for id in judged_in(path)}
    assert judged == {id: entry.command for id, entry in CLAIMS.items()}


def test_every_lecture_has_entries_in_order_with_headings_and_words() -> None:
    assert {id[0] for id in CLAIMS} == set(entries.LETTERS)
    assert all(ID.fullmatch(id) for id in CLAIMS)
    assert all(entry.heading and entry.says for entry in CLAIMS.values())
    for lecture in lectures.load_lectures().values():
        assert lecture.title


def test_every_statement_says_what_would_have_refuted_it() -> None:
    """Of a printed value that is its digits, of an erratum what is right."""
    silent = {id for id, e in CLAIMS.items() if not (e.prints or e.wrong or e.refuted_by)}
    assert silent == set()


def test_an_erratum_says_what_is_wrong_and_what_is_right() -> None:
    wrong = {id for id, entry in CLAIMS.items() if entry.wrong}
    assert wrong == {id for id, entry in CLAIMS.items() if entry.right}
    assert wrong >= {
        "A-loss-sign",  # The cross-entropy lacks its minus.
        "A-softmax-derivative",  # p₁(1 − p₁) in place of −p₁p₂,
        "A-chain-rule-w221",  # and the gradient in which it is used.
        "B-error-derivative",  # A sum over the rows among factors that belong to one row.
        "C-gradient",  # −7 and −3 in place of −3 and −1.
        "C-step-sign",  # m = −1 − 7λ is no step of the slide's own rule,
        "C-step-values",  # nor −1.7, 5.3 where the right one leads.
        "C-sigmoid-range",  # −1 to 1, the range of tanh.
        "C-log-zero-sign",  # log(0) is −∞.
        "C-one-hot-places",  # Nine places for ten digits.
        "C-code-names",  # wx for w * x.
        "C-hypothesis",  # y for true value and prediction.
        "C-mse-brackets",  # 2.5 is 3 without brackets.
        "C-true-value-sign",  # ŷ for the true value.
        "E-threshold-formula",  # f is 0 or 1 and compared with 100.
        "E-forward-step-5",  # A step that takes its own output.
    }
    assert entries.Entry("A-x", "A", "h", "s", "c", wrong="No.", right="1").explanation == (
        "No. Right: 1"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('title = "t"\n[A-x]\nheading = "h"\nsays = "s"\n', "command"),
        ('title = "t"\n[A-x]\nheading = "h"\nsays = "s"\ncommand = "c"\nsez = 1\n', "sez"),
        ('title = "t"\n[B-x]\nheading = "h"\nsays = "s"\ncommand = "c"\n', "begin with A"),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    (tmp_path / "a.toml").write_text(text)
    monkeypatch.setattr(entries, "__file__", str(tmp_path / "entries.py"))
    with pytest.raises(ValueError, match=message):
        entries.load_lecture.__wrapped__("A")


def test_comparisons_stand_beside_the_claims(tmp_path, monkeypatch):
    (tmp_path / "a.toml").write_text(
        'title = "t"\n[A-x]\nheading = "h"\nsays = "s"\ncommand = "labs.x"\n'
        '[comparisons.copies]\nsource = "a page"\nsays = "s"\nprints = ".5"\ncommand = "labs.x"\n'
    )
    monkeypatch.setattr(entries, "__file__", str(tmp_path / "entries.py"))
    lecture = entries.load_lecture.__wrapped__("A")
    assert list(lecture.claims) == ["A-x"]
    assert lecture.comparisons["copies"].prints == ".5"

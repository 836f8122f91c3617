"""Every claim of the lectures is judged by a lab, whose own test says so.

The labs' tests run them small and compare all that they judge with ids written out there, so that
it takes no run to see here which ids there are.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from tests.labs.checklist import ERRATA, ID, TOPICS

PROJECT = Path(__file__).parents[2]
LABS = sorted((PROJECT / "labs").glob("*.py"))
LABS_TESTS = sorted((PROJECT / "tests" / "labs").glob("test_*.py"))


def ids_in(paths: Iterable[Path]) -> set[str]:
    """Return the ids that are written out in the code of the files."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    values = [
        node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)
    ]
    return {value for value in values if isinstance(value, str) and ID.fullmatch(value)}


def begins_an_id(text: str) -> bool:
    """Tell whether a text, such as "A-activation", is what ids are put together from."""
    return any(id.startswith(f"{text}-") for id in TOPICS)


def test_every_claim_of_the_checklist_is_pinned_by_a_labs_test() -> None:
    assert sorted(TOPICS.keys() - ids_in(LABS_TESTS)) == []


def test_no_lab_judges_what_the_checklist_lacks() -> None:
    unexpected = ids_in([*LABS, *LABS_TESTS]) - TOPICS.keys()
    assert sorted(id for id in unexpected if not begins_an_id(id)) == []


def test_the_checklist_is_in_order() -> None:
    assert all(topic[0] == id[0] for id, topic in TOPICS.items())
    assert all(ID.fullmatch(id) for id in TOPICS)
    assert {topic[0] for topic in TOPICS.values()} == set("ABCDE")
    assert TOPICS.keys() >= ERRATA

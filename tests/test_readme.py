"""README opens with two commands that must work as written."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    return re.findall(r"```sh\n(.*)\n```", README)


def test_readme_opens_with_the_two_commands():
    first, second = commands()[:2]
    assert first.endswith("&& .venv/bin/python -m labs.diabetes")
    assert second.startswith(".venv/bin/python -m pytest")


def test_ci_runs_the_second_command():
    matches = [
        line for line in README.splitlines() if line.startswith(".venv/bin/python -m pytest")
    ]
    assert matches[:1] == commands()[1:2]


def test_every_lab_is_in_the_table():
    from labs.__main__ import find_labs

    for name, question in find_labs().items():
        assert f"`labs.{name}` | {question}" in README


def test_every_file_that_the_tree_names_exists():
    tree = README.split("## The house")[1].split("```")[1]
    folder = PROJECT
    for line in tree.strip().splitlines():
        top = re.match(r"([a-z]+)/ ", line)
        folder = PROJECT / top[1] if top and top[1] != "runs" else folder
        for name in re.findall(r"\b[a-z_]+\.py\b", line):
            assert (folder / name).is_file(), f"{folder.name}/{name}"

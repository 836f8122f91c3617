"""`python -m labs.runs`: list, show, compare, plot, open, prune."""

from __future__ import annotations

import io
import json
import webbrowser
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from labs.errors import InputError
from labs.pages.web import data_address
from labs.records.comparison import compare
from labs.records.runs import Run, named_run, read_run
from labs.runs import main
from tests.labs.pages.a_run import HOSTILE, make_run
from tests.labs.pages.axe import violations
from tests.labs.quick_run import make_record


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two runs, the newer one last; its test accuracy is one hundredth higher."""
    folder = tmp_path_factory.mktemp("runs")
    made = [make_run(folder, seed=seed, units=16 + seed) for seed in (0, 1)]
    return [
        path.rename(path.with_name(f"2026-01-0{day}T00-00-00-seed{day - 1}"))
        for day, path in enumerate(made, start=1)
    ]


@pytest.fixture
def command(runs: list[Path], capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run the command on a terminal of 200 columns, and return what it prints."""

    def run(*arguments: object, folder: Path = runs[0].parents[1]) -> str:
        terminal = io.StringIO()
        words = [*map(str, arguments), "--output-dir", str(folder)]
        main(words, Console(file=terminal, width=200))
        return terminal.getvalue() + capsys.readouterr().out

    return run


def test_runs_are_listed_the_newest_first_and_filtered(command):
    listed = command()
    assert listed.index("2026-01-02") < listed.index("2026-01-01")
    assert "Yes. </script>" in listed
    assert "2026-01-01" in command("list", "--lab", "diabetes", "--status", "done")
    with pytest.raises(InputError, match="No such run is in"):
        command("list", "--status", "failed")


@pytest.mark.parametrize("name", ["latest", "diabetes/latest"])
def test_latest_is_the_newest_run(runs, name):
    assert named_run(Path(name), output_dir=runs[0].parents[1]) == runs[1]
    assert named_run(runs[0].parent / "latest") == runs[1]
    assert named_run(Path("latest"), "diabetes", runs[0].parents[1]) == runs[1]
    assert named_run(runs[0]) == runs[0]


def test_of_no_runs_none_is_the_latest(tmp_path):
    with pytest.raises(InputError, match="run a lab first"):
        named_run(Path("latest"), output_dir=tmp_path)


def test_a_comparison_shows_what_differs_and_nothing_else(command, runs):
    printed = command("compare", *runs)
    settings = printed.split("Settings that differ")[1].split("Results")[0]
    words = ["setting", *"AB", "seed", *"01", "hidden_units", "16", "17"]
    assert settings.replace("─", "").split() == words
    assert "Verdicts that differ" not in printed
    row = next(line for line in printed.splitlines() if "net: test" in line).split()
    # 0.01 and its interval: hypot of the distances from each estimate to its interval's ends.
    assert row == ["net:", "test", "0.7", "0.71", "+0.0100", "-0.1760", "to", "+0.1820"]


def record_seeds(folder: Path, values: list[float], **settings: object) -> Run:
    with make_record("diabetes", folder, **settings) as record:
        rows = [{"kind": "net", "seed": seed, "test": v} for seed, v in enumerate(values)]
        record.add_table("seeds", rows, printed=False)
    return read_run(record.directory)


def test_values_of_the_same_seeds_are_paired_where_the_rows_are_the_same(tmp_path):
    first = record_seeds(tmp_path, [0.1, 0.2, 0.3])
    second = record_seeds(tmp_path, [0.35, 0.7, 1.05], hidden_units=(5,))
    (row,) = compare([first, second])["Results by seed"]
    low, high = row.pop("95% interval of B − A")
    assert list(row.values()) == pytest.approx(["seeds, net: test", 3, 0.2, 0.7, 0.5], abs=1e-12)
    # Differences of ¼, ½ and ¾: ½ ± 4.3027 · ¼ / √3, Student's t for two degrees of freedom.
    assert [low, high] == pytest.approx([-0.1210, 1.1210], abs=1e-4)
    for other in (record_seeds(tmp_path, [0.1, 0.2, 0.3], seed=1), record_seeds(tmp_path, [0.1])):
        assert "Results by seed" not in compare([first, other])


def test_the_page_of_a_comparison_is_as_closed_and_readable(command, runs, open_page):
    command("compare", *runs)
    path = runs[0].parents[1] / "comparison.html"
    assert HOSTILE not in path.read_text(encoding="utf-8")
    page = open_page(path, width=360)
    assert page.heard == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert violations(page) == []
    names = page.locator("#curves tbody td:first-child").all_inner_texts()
    assert names == ["A net", "B net", "A other", "B other"]


def test_tables_are_exported(command, runs):
    assert "net,keras,9,0.9,0.8,0.71" in command("show", "latest", "--format", "csv")
    assert r"\caption{Models}" in command("show", "latest", "--format", "latex")
    assert "| hidden_units | 16 | 17 |" in command("compare", *runs, "--format", "markdown")
    with pytest.raises(InputError, match="2 to 26 runs, got 1"):
        command("compare", runs[0])


def test_curves_are_drawn_again_from_the_histories_alone(command, runs, tmp_path):
    command("plot", *runs, "--to", tmp_path / "both.png")
    assert data_address((tmp_path / "both.png").read_bytes())[1][0] > 1500


def test_a_page_is_opened_and_of_an_old_run_made(command, runs, monkeypatch):
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda uri: opened.append(uri) is None)  # type: ignore[func-returns-value]
    page = runs[1] / "report.html"
    page.unlink()
    assert "Page: " in command("open")
    assert opened == [page.as_uri()]
    assert "2 January 2026, 00:00 UTC" in page.read_text(encoding="utf-8")


def test_runs_are_deleted_only_if_chosen_and_agreed_to(command, tmp_path, monkeypatch):
    done, failed = (make_fake(tmp_path / "nand" / status, status) for status in ("done", "failed"))
    with pytest.raises(InputError, match="Name the runs to delete"):
        command("prune", folder=tmp_path)
    for answer, left in (("", [done, failed]), ("y", [done])):
        monkeypatch.setattr("builtins.input", lambda prompt="", answer=answer: answer)
        assert "Delete 1 runs" in command("prune", "--status", "failed", folder=tmp_path)
        assert sorted(path for path in (tmp_path / "nand").iterdir()) == left
    with pytest.raises(InputError, match="Only runs in"):
        command("prune", done, "--yes", folder=tmp_path / "other")
    assert done.exists()


def make_fake(directory: Path, status: str) -> Path:
    directory.mkdir(parents=True)
    results = {"lab": "nand", "status": status}
    for name, content in {"results": results, "config": {}, "environment": {}}.items():
        (directory / f"{name}.json").write_text(json.dumps(content))
    return directory

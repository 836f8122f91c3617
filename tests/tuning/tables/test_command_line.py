from __future__ import annotations

import csv
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from keras_tuner import HyperParameters

import models
from labs.data.table_files import read_table
from labs.records import RunRecord, find_saved_model, load_table_model
from tests.labs.data.test_table import BAD, good, text
from tuning.__main__ import main
from tuning.tables import run as table_run
from tuning.tables.config import TableConfig
from tuning.tables.reading import read
from tuning.tables.run import search_table

PROJECT = Path(__file__).parents[3]


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What standard error says of a command that ends with status 2."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize("name", BAD)
def test_a_bad_table_is_one_line_and_status_2_and_leaves_no_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    content, _ = BAD[name]
    (tmp_path / "my.csv").write_bytes(content if isinstance(content, bytes) else content())
    output = tmp_path / "runs"
    line = refusal(
        capsys, str(tmp_path / "my.csv"), "--target", "outcome", "--output-dir", str(output)
    )
    assert line.startswith("error: ")
    assert not output.exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "--target must name the column of"),
        (("--target", "fate"), "--target must name a column of .*, got 'fate'; it has age, dose"),
        (("--target", "outcome", "--group", "x"), "--group must name a column"),
        (("--target", "outcome", "--drop", "age", "x"), "--drop must name a column of .*, got 'x'"),
        (("--target", "outcome", "--task", "regression"), "expected finite numbers only"),
        (("--target", "outcome", "--drop", "age", "dose", "city"), "No column is left"),
        (("--target", "outcome", "--folds", "17"), "'no' of 'outcome' has 16 rows beside the test"),
        (("--target", "age", "--task", "classification"), "has .* classes in 40 rows"),
    ],
)
def test_settings_that_do_not_fit_the_table_are_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    expected: str,
) -> None:
    path = tmp_path / "my.csv"
    path.write_bytes(text(good()))
    assert re.search(expected, refusal(capsys, str(path), *arguments))
    missing = refusal(capsys, str(tmp_path / "none.csv"), "--target", "outcome")
    assert "none.csv cannot be read (No such file or directory)" in missing


def test_help_explains_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["my.csv", "--help"]):
        with pytest.raises(SystemExit):
            main(arguments)
        assert "python -m tuning my.csv --target outcome" in capsys.readouterr().out


def defaults_found(build: Any, x: np.ndarray, y: np.ndarray, **settings: Any) -> Any:
    """In place of a search: the defaults of what it would have searched."""

    def fit_best(x: np.ndarray, y: np.ndarray, seed: int) -> Any:
        keras.utils.set_random_seed(seed)
        named = {"x_train": x} if build.func.__name__ in ("build_dense", "build_mlp") else {}
        model = build(HyperParameters(), **named)
        if isinstance(model, keras.Model):
            models.fit(model, x, y, epochs=30, seed=seed)
            return model
        return model.fit(x, y)

    best = SimpleNamespace(score=0.25, fresh_score=0.25)
    return SimpleNamespace(
        best=best,
        trials=pd.DataFrame({"seconds": [1.0]}),
        fit_best=fit_best,
        how="",
        settings=settings,
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("target", ["city", pytest.param("age", marks=pytest.mark.slow)])
def test_the_saved_net_answers_to_raw_columns_as_it_was_tested(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    frame = good(120).assign(site=np.arange(120) % 30)
    frame.loc[::7, "dose"] = np.nan
    frame["dose"] += frame["age"] / 10
    path = tmp_path / "my.csv"
    frame.to_csv(path, index=False)
    monkeypatch.setattr(table_run, "search", defaults_found)
    config = TableConfig(table=str(path), target=target, group="site", quiet=True, final_seeds=2)
    with RunRecord("tuning-my", TableConfig(output_dir=tmp_path, quiet=True), "") as record:
        search_table(config, record)
    tables = record.result().tables
    assert list(tables["comparison"]["model"])[::4] == [
        "dense Keras net",
        "majority class" if target == "city" else "mean",
    ]
    net = load_table_model(find_saved_model(record.directory))
    table = read(config)
    answers = net.predict(read_table(path), path)["prediction"].iloc[table.test]
    score = list(tables["comparison"].iloc[0])[3]
    truth = frame[target].iloc[table.test]
    if target == "city":
        assert score == pytest.approx((answers == truth).mean())
    else:
        assert score == pytest.approx(np.mean((answers - truth) ** 2) ** 0.5, rel=1e-4)
        assert score < 8  # Of ages with a standard deviation of 10; the dose tells something.


@pytest.mark.slow
def test_a_search_goes_on_where_it_was_and_its_net_answers(tmp_path: Path) -> None:
    path = tmp_path / "my.csv"
    path.write_bytes(text(good(60)))

    def command(line: str) -> str:
        words = [sys.executable, "-m", *shlex.split(line)]
        done = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=True)
        return done.stdout

    said = command(f"tuning {path} --target outcome --quick --output-dir {tmp_path}")
    run = Path(said.split("Run directory: ")[1].strip())
    tables = {p: p.read_bytes() for p in [*run.glob("*/trials.csv"), run / "comparison.csv"]}
    assert len(tables) == 5
    journal = run / "mlp" / "journal.jsonl"
    journal.write_bytes(journal.read_bytes().splitlines(keepends=True)[0])
    command(f"tuning {path} --resume {run}")
    assert {p: p.read_bytes() for p in tables} == tables
    answers = list(csv.DictReader(command(f"labs.predict {run} {path}").splitlines()))
    assert len(answers) == 60
    assert {*answers[0]} == {"prediction", "probability_no", "probability_yes"}

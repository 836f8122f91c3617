from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image, ImageDraw
from rich.console import Console

import models
from labs import data, plots, records
from labs.errors import InputError
from labs.predict import parse, predict, tabulate

PROJECT = Path(__file__).parents[2]

# Pen strokes on a sheet of 300×200.
STROKES = {
    0: [[(150, 30), (120, 55), (112, 100), (120, 145), (150, 170), (180, 145), (188, 100),
         (180, 55), (150, 30)]],
    3: [[(115, 40), (150, 30), (182, 52), (172, 85), (145, 97), (178, 112), (188, 145), (155, 170),
         (112, 158)]],
    4: [[(165, 30), (108, 120), (192, 120)], [(168, 75), (162, 172)]],
    5: [[(182, 32), (125, 32), (118, 92), (150, 85), (184, 108), (180, 150), (145, 170),
         (110, 155)]],
    8: [[(150, 98), (118, 65), (150, 32), (182, 65), (150, 98), (112, 138), (150, 170), (188, 138),
         (150, 98)]],
}  # fmt: skip
PAPER, INK = (236, 226, 200), (25, 40, 120)
CHALK, BOARD = (230, 230, 210), (20, 60, 45)

# What `--help` imports, and what it says.
HELP = """
import contextlib, runpy, sys
sys.argv = ["labs.predict", "--help"]
with contextlib.suppress(SystemExit):
    runpy.run_module("labs.predict", run_name="__main__", alter_sys=True)
heavy = {"tensorflow", "keras", "sklearn", "pandas", "matplotlib", "scipy", "PIL"}
loaded = heavy & {name.split(".")[0] for name in sys.modules if "." in name}
print("imported:", *sorted(loaded))
"""


@dataclass(frozen=True)
class Config:
    output_dir: Path
    seed: int = 0
    quiet: bool = True


def photograph(
    path: Path,
    digit: int,
    ink: tuple[int, int, int] = INK,
    paper: tuple[int, int, int] = PAPER,
    noise: float = 4,
) -> Path:
    """Write a digit in color on a sheet that is darker to the right and grainy."""
    sheet = Image.new("RGB", (300, 200), paper)
    for stroke in STROKES[digit]:
        ImageDraw.Draw(sheet).line(stroke, fill=ink, width=14, joint="curve")
    shade = np.linspace(1, 0.85, 300)[:, None]
    grain = np.random.default_rng(digit).normal(0, noise, (200, 300, 3))
    Image.fromarray((np.asarray(sheet) * shade + grain).clip(0, 255).astype(np.uint8)).save(path)
    return path


def build_net(seed: int) -> Any:
    initializers = [keras.initializers.GlorotUniform(2 * seed + layer) for layer in (0, 1)]
    net = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Flatten(),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Dense(64, activation="relu", kernel_initializer=initializers[0]),
            keras.layers.Dense(10, activation="softmax", kernel_initializer=initializers[1]),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return net


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run directory of a lab that trained a net on 8×8 digits, and left one untrained."""
    digits = data.load_mnist("digits")
    record = records.RunRecord("mnist", Config(tmp_path_factory.mktemp("runs")), "")
    record.use_dataset(digits)
    untrained, trained = build_net(0), build_net(1)
    models.fit(trained, digits.train.x, digits.train.y, epochs=30, seed=0)
    record.save_model("a-guess", untrained)
    record.save_model("dense", trained)
    record.add_models(
        records.ModelResult("a guess", "keras", validation_accuracy=0.1),
        records.ModelResult("dense", "keras", validation_accuracy=0.97),
    )
    return record.directory


def printed(*arguments: str | Path) -> list[str]:
    """Run the command in this process, and return the lines it prints."""
    console = Console(file=StringIO(), width=100)
    predict(parse([str(argument) for argument in arguments]), console)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def likeliest(lines: list[str], picture: str) -> tuple[str, float]:
    """Class and probability in the first column of a picture."""
    (line,) = [line for line in lines if picture in line]
    name, probability = line.split(picture)[1].split()[:2]
    return name, float(probability.rstrip("%")) / 100


@pytest.mark.parametrize("digit", STROKES)
@pytest.mark.parametrize(("ink", "paper"), [(INK, PAPER), (CHALK, BOARD)])
def test_photo_of_a_digit_is_read_rightly(
    run: Path, tmp_path: Path, digit: int, ink: tuple, paper: tuple
) -> None:
    photo = photograph(tmp_path / "photo.png", digit, ink, paper)
    assert data.read_picture(photo).shape == (200, 300)
    name, probability = likeliest(printed(run, photo), "photo.png")
    assert name == str(digit)
    assert probability > 0.8


def test_table_shows_the_three_likeliest_classes_of_each_picture(run: Path, tmp_path: Path) -> None:
    four, zero = (photograph(tmp_path / f"{digit}.png", digit) for digit in (4, 0))
    lines = printed(run, four, zero)
    net = keras.saving.load_model(run / "dense" / "model.keras")
    for path in (four, zero):
        seen = data.prepare_digit(data.read_picture(path))
        probabilities = net.predict(seen[None], verbose=0)[0]
        order = probabilities.argsort()[::-1][:3]
        (line,) = [line for line in lines if path.name in line]
        expected = [part for k in order for part in (str(k), f"{probabilities[k]:.1%}")]
        assert line.split() == [path.name, *expected]
    assert lines.index(next(line for line in lines if "4.png" in line)) < lines.index(line)


def test_net_and_its_alternatives_are_named(run: Path, tmp_path: Path) -> None:
    photo = photograph(tmp_path / "photo.png", 4)
    text = "\n".join(printed(run, photo))
    assert "Net: digits (8×8, enlarged), in place of MNIST, dense" in text
    assert "--model a-guess" in text
    other = "\n".join(printed(run, photo, "--model", "a-guess"))
    assert "in place of MNIST, a-guess" in other
    assert "--model dense" in other


def test_model_folder_and_file_give_what_the_run_gives(run: Path, tmp_path: Path) -> None:
    photo = photograph(tmp_path / "photo.png", 5)
    copy = tmp_path / "mine.keras"
    copy.write_bytes((run / "dense" / "model.keras").read_bytes())
    expected = likeliest(printed(run, photo), "photo.png")
    for place in (run / "dense", run / "dense" / "model.keras", copy):
        assert likeliest(printed(place, photo), "photo.png") == expected


def test_names_of_the_classes_come_from_the_run(run: Path, tmp_path: Path) -> None:
    names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    other = tmp_path / "run" / "dense"
    other.mkdir(parents=True)
    (other / "model.keras").write_bytes((run / "dense" / "model.keras").read_bytes())
    dataset = {"name": "words", "class_names": names}
    (other.parent / "results.json").write_text(json.dumps({"dataset": dataset}))
    photo = photograph(tmp_path / "photo.png", 4)
    with pytest.raises(InputError, match="--kind digit or --kind hand"):
        printed(other, photo)
    assert likeliest(printed(other, photo, "--kind", "digit"), "photo.png")[0] == "four"


@pytest.mark.parametrize("kind", ["auto", "digit", "hand"])
@pytest.mark.parametrize("units", [10, 24])
def test_pictures_are_prepared_by_the_classes_of_the_net_or_as_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, units: int, kind: str
) -> None:
    used: list[str] = []

    def note(name: str) -> Callable[[np.ndarray], np.ndarray]:
        def prepare(picture: np.ndarray) -> np.ndarray:
            used.append(name)
            return np.zeros((28, 28), np.uint8)

        return prepare

    monkeypatch.setattr(data, "prepare_digit", note("digit"), raising=False)
    monkeypatch.setattr(data, "prepare_hand", note("hand"), raising=False)
    softmax = keras.layers.Dense(units, activation="softmax")
    keras.Sequential([keras.Input((28, 28)), keras.layers.Flatten(), softmax]).save(
        tmp_path / "net.keras"
    )
    photo = photograph(tmp_path / "photo.png", 4)
    printed(tmp_path / "net.keras", photo, "--kind", kind)
    assert used == [{10: "digit", 24: "hand"}[units] if kind == "auto" else kind]


def test_what_the_net_saw_is_drawn(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: dict[str, Any] = {}

    def spy(title: str, *arguments: Any) -> Any:
        names = ("pictures", "inputs", "probabilities", "class_names", "picture_names")
        drawn.update(zip(names, arguments, strict=True), title=title)
        return plot(title, *arguments)

    plot = plots.plot_predictions
    monkeypatch.setattr(plots, "plot_predictions", spy)
    monkeypatch.setattr("labs.predict.MOST_DRAWN", 2)
    photos = [photograph(tmp_path / f"{digit}.png", digit) for digit in (3, 5, 8)]
    lines = printed(run, *photos, "--save-input", tmp_path / "seen.png")
    assert lines[-1].startswith("What the net saw: ")
    assert data.read_picture(tmp_path / "seen.png").shape == (960, 1600)
    assert drawn["title"].endswith("dense: the first 2 of 3 pictures")
    assert drawn["picture_names"] == ["3.png", "5.png"]
    picture = data.read_picture(photos[0])
    np.testing.assert_array_equal(drawn["pictures"][0], picture)
    np.testing.assert_array_equal(drawn["inputs"][0], data.prepare_digit(picture))
    assert drawn["probabilities"].argmax(axis=1).tolist() == [3, 5]


def test_two_classes_have_two_columns() -> None:
    table = tabulate(["a.png"], np.array([[0.25, 0.75]]), ("low", "high"))
    assert [column.header for column in table.columns] == ["picture", "likeliest", "second"]
    assert [str(cell) for cell in table.columns[1].cells] == ["high  75.0%"]


def test_name_that_would_confuse_a_terminal_is_made_harmless(run: Path, tmp_path: Path) -> None:
    name = "a\x1b[31m[red]b\udcff이.png"
    photograph(tmp_path / "photo.png", 4).rename(tmp_path / name)
    text = "\n".join(printed(run, tmp_path / name, "--save-input", tmp_path / "seen.png"))
    assert "a?[31m[red]b?이.png" in text


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "RUN_OR_MODEL"),
        (["run"], "picture files or a table behind run"),
        (["run", "a.png", "--kind", "foot"], "'auto', 'digit', 'hand'"),
        (["run", "a.png", "--modle", "x"], "--modle"),
        (["run", "a.png", "--save-input", "seen.gif"], "must be a .png file"),
        (["run", "a.png", "--save-input", "missing/seen.png"], "in a folder that exists"),
        (["run", "a.png"], "run must be a run directory or a .keras file"),
    ],
)
def test_wrong_arguments_give_one_line(arguments: list[str], part: str) -> None:
    with pytest.raises(InputError) as error:
        printed(*arguments)
    assert part in str(error.value)
    assert "\n" not in str(error.value)


def test_picture_is_not_overwritten(tmp_path: Path) -> None:
    photo = photograph(tmp_path / "photo.png", 4)
    before = photo.read_bytes()
    with pytest.raises(InputError, match="would overwrite a picture"):
        printed("run", photo, "--save-input", tmp_path / "." / "photo.png")
    assert photo.read_bytes() == before


def test_picture_that_cannot_be_used_is_named(run: Path, tmp_path: Path) -> None:
    good = photograph(tmp_path / "good.png", 4)
    (tmp_path / "text.png").write_text("no picture")
    Image.new("RGB", (300, 200), PAPER).save(tmp_path / "blank.png")
    for name in ("text.png", "blank.png", "missing.png", "."):
        with pytest.raises(InputError, match=(tmp_path / name).name):
            printed(run, good, tmp_path / name)


def test_net_of_the_diabetes_lab_is_refused(tmp_path: Path) -> None:
    record = records.RunRecord("diabetes", Config(tmp_path), "")
    record.use_dataset(replace(data.load_diabetes(), name="diabetes"))
    record.save_model("lecture-net", models.build_mlp((10,), (10, 5), 2, seed=0))
    photo = photograph(tmp_path / "photo.png", 4)
    with pytest.raises(InputError, match=r"takes inputs of shape \(None, 10\)"):
        printed(record.directory, photo)


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    command = [sys.executable, "-c", HELP]
    answer = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert "RUN_OR_MODEL FILE..." in answer.stdout
    assert answer.stdout.endswith("imported:\n")


def run_program(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "labs.predict", *map(str, arguments)],
        cwd=PROJECT,
        env={name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_program_exits_0_and_prints_only_what_it_found(run: Path, tmp_path: Path) -> None:
    done = run_program(run, photograph(tmp_path / "photo.png", 4))
    assert (done.returncode, done.stderr) == (0, "")
    assert likeliest(done.stdout.splitlines(), "photo.png")[0] == "4"


def test_what_the_user_can_mend_is_one_line_and_status_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["labs.predict", str(tmp_path), "photo.png"])
    monkeypatch.delitem(sys.modules, "labs.predict")  # It runs as a program here.
    with pytest.raises(SystemExit, match="2"):
        runpy.run_module("labs.predict", run_name="__main__", alter_sys=True)
    printed, errors = capsys.readouterr()
    assert printed == ""
    (line,) = errors.splitlines()
    assert line.startswith("error: ")

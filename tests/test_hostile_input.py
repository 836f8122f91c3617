"""Whatever a file or a command line holds: it is read, or refused in one short line.

`HYPOTHESIS_PROFILE=thorough` tries 10,000 inputs of each kind in place of a few.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from labs import line_fit, perceptron
from labs.data.mnist import read_mnist
from labs.data.pictures import MOST_KEPT, read_picture
from labs.data.point_files import read_points
from labs.data.sign_csv import read_sign_csv
from labs.data.table import load_table
from labs.errors import InputError
from labs.pages.report import report_html
from labs.pages.results_page import section
from labs.records.runs import as_written, read_run
from labs.records.saved_model import find_saved_model, load_saved_model
from labs.running.command_line import parse
from labs.running.resuming import load_config
from tests.labs.data.sign_files import table, to_text
from tests.tuning.searches import row
from tuning.config import Config
from tuning.journal import FIELDS, Journal, _line

settings.register_profile(
    "quick",
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
settings.register_profile(
    "thorough", settings.get_profile("quick"), max_examples=10_000, derandomize=False
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@st.composite
def damaged(draw: Any, whole: bytes) -> bytes:
    """A file with some places overwritten, lengthened, shortened, or its end cut off."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(content)))
        end = place + draw(st.sampled_from([0, 1, 2, 4, 100]))
        content[place:end] = draw(st.binary(max_size=8))
    return bytes(content[: draw(st.none() | st.integers(0, len(content)))])


@st.composite
def altered(draw: Any, tree: Any) -> Any:
    """A JSON tree with some values, anywhere in it, replaced by any others."""
    tree = json.loads(json.dumps(tree))
    for _ in range(draw(st.integers(1, 3))):
        node = tree
        while isinstance(node, dict | list) and node:
            key = draw(
                st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node)))
            )
            if not isinstance(node[key], dict | list) or draw(st.integers(0, 3)) == 0:
                node[key] = draw(JSON)
                break
            node = node[key]
    return tree


def is_read_or_refused(read: Callable[[], Any]) -> Any:
    """Return what is read, None if it is refused; anything else is a bug."""
    try:
        return read()
    except InputError as error:
        refusal = str(error)
    assert len(refusal) <= 1_010
    return None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hostile")


@given(content=damaged(to_text(table(0))), zipped=st.booleans())
def test_table_of_hands(folder: Path, content: bytes, zipped: bool) -> None:
    path = folder / ("signs.csv.gz" if zipped else "signs.csv")
    path.write_bytes(gzip.compress(content, 1) if zipped else content)
    found = is_read_or_refused(lambda: read_sign_csv(path))
    if found:
        assert (found[0].dtype, found[0].shape[1:]) == (np.uint8, (28, 28))
        assert set(found[1]) == set(range(24))


@given(content=damaged(gzip.compress(to_text(table(0)))))
def test_gzipped_table_of_hands(folder: Path, content: bytes) -> None:
    path = folder / "signs.csv.gz"
    path.write_bytes(content)
    is_read_or_refused(lambda: read_sign_csv(path))


POINTS = "나이,혈당,kind\n" + "".join(f"{r}.5,{r * 7 % 50},{'ab'[r % 2]}\n" for r in range(24))


@given(content=damaged(POINTS.encode()), classes=st.booleans())
def test_table_of_points(folder: Path, content: bytes, classes: bool) -> None:
    path = folder / "points.csv"
    path.write_bytes(content)
    found = is_read_or_refused(lambda: read_points(path, classes=classes))
    assert found is None or (np.isfinite(found.points).all() and len(found.target) >= 20)


TABLE = pd.DataFrame(
    {"age": np.arange(24) / 7, "city": ["a", "b", "c"] * 8, "target": ["no", "yes"] * 12}
)
TABLES = {
    ".csv": TABLE.to_csv(index=False).encode(),
    ".tsv": TABLE.to_csv(index=False, sep="\t").encode(),
    ".parquet": TABLE.to_parquet(),
}


@given(data=st.data(), ending=st.sampled_from([*TABLES]))
def test_tables(folder: Path, data: Any, ending: str) -> None:
    path = folder / f"my{ending}"
    path.write_bytes(data.draw(damaged(TABLES[ending])))
    found = is_read_or_refused(lambda: load_table(path, "target"))
    if found is not None:
        numbers = found.frame.select_dtypes("number")
        assert not np.isinf(numbers).any(axis=None)
        assert len(found.search) + len(found.test) == len(found.y) >= 20


def arrays() -> dict[str, bytes]:
    members = {}
    for name, array in {
        "x_train": np.zeros((20, 28, 28), np.uint8), "y_train": np.arange(20, dtype=np.uint8) % 10,
        "x_test": np.ones((10, 28, 28), np.uint8), "y_test": np.arange(10, dtype=np.uint8),
    }.items():  # fmt: skip
        buffer = io.BytesIO()
        np.save(buffer, array)
        members[f"{name}.npy"] = buffer.getvalue()
    return members


def packed(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@given(data=st.data(), inside=st.booleans())
def test_arrays_of_digits(folder: Path, data: Any, inside: bool) -> None:
    members = arrays()
    if inside:  # The archive is right, and its checksums are.
        name = data.draw(st.sampled_from([*members]))
        head, rest = members[name][:128], members[name][128:]
        members[name] = data.draw(damaged(head)) + rest
    content = packed(members)
    path = folder / "mnist.npz"
    path.write_bytes(content if inside else data.draw(damaged(content)))
    found = is_read_or_refused(lambda: read_mnist(path))
    assert found is None or found.train.x.shape[1:] == (28, 28)


def pictures() -> dict[str, bytes]:
    """Small files of each format and kind of pixels."""
    files = {}
    pixels = np.random.default_rng(0).integers(0, 256, (9, 12, 4), np.uint8)
    for name, modes in {
        "PNG": ("1", "LA", "P", "RGB", "RGBA", "I;16"), "JPEG": ("L", "RGB", "CMYK"),
        "GIF": ("L", "P"), "TIFF": ("L", "RGB", "CMYK", "F", "I;16"), "WEBP": ("RGB", "RGBA"),
        "BMP": ("P", "RGB"), "PPM": ("L", "RGB"),
    }.items():  # fmt: skip
        for mode in modes:
            image = Image.fromarray(pixels)
            image = image.convert("L").convert(mode) if mode in "FI;16" else image.convert(mode)
            for options in [{}, {"compression": "tiff_lzw"}, {"compression": "tiff_deflate"}]:
                if options and name != "TIFF":
                    continue
                buffer = io.BytesIO()
                image.save(buffer, name, **options)
                files[f"{name} {mode} {options}"] = buffer.getvalue()
    return files


PICTURES = pictures()


@settings(max_examples=3 * settings().max_examples)
@given(data=st.data(), kind=st.sampled_from([*PICTURES]))
def test_pictures(folder: Path, capfd: pytest.CaptureFixture[str], data: Any, kind: str) -> None:
    path = folder / "picture"
    path.write_bytes(data.draw(damaged(PICTURES[kind])))
    found = is_read_or_refused(lambda: read_picture(path))
    assert found is None or (found.dtype == np.uint8 and found.size <= MOST_KEPT)
    assert capfd.readouterr() == ("", "")


@pytest.fixture(scope="module")
def saved(folder: Path) -> dict[str, bytes]:
    layers = keras.layers
    net = keras.Sequential(
        [keras.Input((28, 28)), layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(2)]
    )
    net.save(folder / "net.keras")
    with zipfile.ZipFile(folder / "net.keras") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@settings(max_examples=max(9, settings().max_examples // 10))  # Keras takes its time.
@given(data=st.data(), part=st.sampled_from(["config", "weights", "archive"]))
def test_saved_nets(folder: Path, saved: dict[str, bytes], data: Any, part: str) -> None:
    members = dict(saved)
    if part == "config":
        config = data.draw(altered(json.loads(saved["config.json"])))
        members["config.json"] = json.dumps(config).encode()
    elif part == "weights":
        members["model.weights.h5"] = data.draw(damaged(saved["model.weights.h5"]))
    content = packed(members)
    path = folder / "damaged.keras"
    path.write_bytes(data.draw(damaged(content)) if part == "archive" else content)
    is_read_or_refused(lambda: load_saved_model(path))


RESULTS = {
    "lab": "line_fit", "status": "done", "question": "Why?", "answer": "So.", "limits": "None.",
    "seconds": 1.0, "dataset": {"name": "MNIST", "source": "", "class_names": ["a"]},
    "models": [{
        "name": "net", "parameters": 3, "seconds": 1.0, "train_accuracy": None,
        "validation_accuracy": 0.5, "test_accuracy": 0.15, "test_interval": [0.1, 0.2],
    }],
    "claims": [{
        "id": "A-x", "statement": "<script>", "published": "1", "measured": 0.5,
        "interval": [0.1, 0.2], "verdict": "differs", "note": "",
    }], "tables": {"t": [{"a": 1}]},
    "formats": {"t": {"a": ".1f"}}, "unprinted": [], "findings": [], "best_model": "net",
    "figures": [{"name": "f", "caption": "c"}],
}  # fmt: skip
CONFIG = {"seed": 0, "quick": False, "replay_command": "python -m labs.line_fit"}
ENVIRONMENT = {
    "python": "3", "git": {"commit": "0"}, "cpu": {"model": "c", "usable_cores": 2},
    "packages": {"tensorflow": "2", "keras": "3"},
}  # fmt: skip


@given(data=st.data(), part=st.integers(0, 2))
def test_runs(folder: Path, data: Any, part: int) -> None:
    def read() -> None:
        run = read_run(directory)
        with as_written(run):
            section(run.results, run.config, run.environment, "2026-01-01", "x/line_fit-f.png")
            page = report_html(directory, run.results, run.config, run.environment)
            assert page.count("<script") == 1  # Its own.

    directory = folder / "run"
    (directory / "net").mkdir(parents=True, exist_ok=True)
    (directory / "net" / "model.keras").touch()
    Image.new("L", (2, 2)).save(directory / "f.png")
    trees: list[Any] = [RESULTS, CONFIG, ENVIRONMENT]
    trees[part] = data.draw(altered(trees[part]))
    for name, tree in zip(("results", "config", "environment"), trees, strict=True):
        (directory / f"{name}.json").write_text(json.dumps(tree))
    is_read_or_refused(read)
    is_read_or_refused(lambda: find_saved_model(directory))


STORED = json.loads(json.dumps({**vars(Config()), "output_dir": "runs"}))


@given(tree=altered(STORED) | JSON)
def test_settings_of_a_search(folder: Path, tree: Any) -> None:
    (folder / "config.json").write_text(json.dumps(tree))
    found = is_read_or_refused(lambda: load_config(folder, Config))
    assert found is None or isinstance(found, Config)


TRIAL = json.loads(_line(vars(row(1, {"rate": 0.1, "units": 3}))))
del TRIAL["checksum"]


@given(tree=altered(TRIAL) | JSON, sealed=st.booleans(), mend=st.booleans())
def test_journals(folder: Path, tree: Any, sealed: bool, mend: bool) -> None:
    def read() -> dict[int, Any]:
        with Journal(path, mend=mend) as journal:
            return journal.trials

    line = json.dumps(tree).encode() + b"\n"
    if sealed and isinstance(tree, dict):
        with suppress(ValueError):  # NaN is never written.
            line = _line(tree)
    path = folder / "journal.jsonl"
    path.write_bytes(_line(vars(row(0, {"rate": 0.2}))) + line)
    trials = is_read_or_refused(read)
    assert trials is not None or not mend
    for trial in (trials or {}).values():
        assert all(FIELDS[name](value) or name in ("fold_scores", "epochs", "appeared")
                   for name, value in vars(trial).items())  # fmt: skip


WORDS = st.sampled_from(
    ["--seed", "--quick", "--rate", "--help", "-h", "--trials", "--", "-", "0", "-1", "nan",
     "1e999", "all", "--strategy", "grid", "diabetes", "--seed=1", "--seeds", "3", "--output-dir"]
)  # fmt: skip


@pytest.mark.parametrize("config", [line_fit.Config, perceptron.Config, Config])
@given(arguments=st.lists(WORDS | st.text(max_size=12), max_size=6))
def test_command_lines(config: Any, arguments: list[str]) -> None:
    status: object = None
    with redirect_stdout(io.StringIO()):
        try:
            is_read_or_refused(lambda: parse(config, "Does it?\n", "python -m x", arguments))
        except SystemExit as end:  # After `--help`.
            status = end.code
    assert status in (0, None)

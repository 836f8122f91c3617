from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from labs.errors import InputError
from labs.records import saved_model
from labs.records.saved_model import find_saved_model, load_saved_model


def make_run(folder: Path, *models: str, **results: Any) -> Path:
    """A run directory with empty model files."""
    for name in models:
        (folder / name).mkdir(parents=True)
        (folder / name / "model.keras").touch()
    folder.mkdir(exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results))
    return folder


@pytest.fixture(scope="module")
def net_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("net") / "net.keras"
    net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
    net.save(path)
    return path


def repacked(path: Path, source: Path, **members: bytes | None) -> Path:
    """A copy of an archive with members changed, or left out where None."""
    names = {"config": "config.json", "weights": "model.weights.h5"}
    changed = {names[key]: content for key, content in members.items()}
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = changed.get(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return path


def test_single_model_of_a_run_is_found_with_its_data_set(tmp_path: Path) -> None:
    run = make_run(tmp_path, "dense", dataset={"name": "MNIST", "class_names": ["0", "1"]})
    saved = find_saved_model(run)
    assert saved.path == tmp_path / "dense" / "model.keras"
    assert (saved.name, saved.dataset_name, saved.class_names) == ("dense", "MNIST", ("0", "1"))
    assert saved.other_models == ()


@pytest.mark.parametrize("place", ["run/dense", "run/dense/model.keras"])
def test_folder_or_file_of_a_model_knows_its_run(tmp_path: Path, place: str) -> None:
    dataset = {"name": "MNIST", "class_names": ["0", "1"]}
    make_run(tmp_path / "run", "dense", "convnet", dataset=dataset)
    saved = find_saved_model(tmp_path / place)
    assert saved.path == tmp_path / "run" / "dense" / "model.keras"
    assert (saved.name, saved.dataset_name, saved.class_names) == ("dense", "MNIST", ("0", "1"))


def test_file_of_its_own_knows_no_data_set(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.keras").touch()
    make_run(tmp_path, dataset={"name": "not its own", "class_names": ["a", "b"]})
    saved = find_saved_model(tmp_path / "run" / "mine.keras")
    assert (saved.name, saved.dataset_name, saved.class_names) == ("mine", None, None)


def test_model_with_best_validation_accuracy_is_taken(tmp_path: Path) -> None:
    rows = [
        {"name": "A dense", "validation_accuracy": 0.8, "test_accuracy": 0.9},
        {"name": "Convnet, dropout 0.2", "validation_accuracy": 0.9, "test_accuracy": 0.8},
        {"name": "no model file", "validation_accuracy": 1.0},
    ]
    run = make_run(tmp_path, "a-dense", "convnet-dropout-0-2", "other", models=rows)
    saved = find_saved_model(run)
    assert saved.name == "convnet-dropout-0-2"
    assert saved.other_models == ("a-dense", "other")


def test_model_that_the_lab_calls_its_best_is_taken(tmp_path: Path) -> None:
    rows = [{"name": "held out", "validation_accuracy": 0.88}, {"name": "all rows"}]
    run = make_run(tmp_path, "held-out", "all-rows", models=rows, best_model="all-rows")
    assert find_saved_model(run).name == "all-rows"


def test_without_validation_accuracy_the_first_recorded_is_taken(tmp_path: Path) -> None:
    rows = [{"name": name, "validation_accuracy": None} for name in ("net 3", "net 1")]
    run = make_run(tmp_path, "net-1", "net-2", "net-3", models=rows)
    assert find_saved_model(run).other_models == ("net-1", "net-2")


@pytest.mark.parametrize("models", [None, [], {}, "x", [3], [{"name": []}], [{"name": "b"}]])
def test_strange_list_of_models_does_not_matter(tmp_path: Path, models: object) -> None:
    run = make_run(tmp_path, "b", "c", models=models)
    assert find_saved_model(run).name == "b"


def test_named_model_is_taken(tmp_path: Path) -> None:
    rows = [{"name": "a", "validation_accuracy": 0.9}]
    saved = find_saved_model(make_run(tmp_path, "a", "b", models=rows), "b")
    assert (saved.name, saved.other_models) == ("b", ("a",))


@pytest.mark.parametrize("name", ["c", "", "..", "../run/a", "/"])
def test_name_that_the_run_has_not_is_refused(tmp_path: Path, name: str) -> None:
    make_run(tmp_path / "run", "a", "b")
    with pytest.raises(InputError, match="expected one of a, b"):
        find_saved_model(tmp_path / "run", name)


def test_name_for_a_single_file_is_refused(tmp_path: Path) -> None:
    make_run(tmp_path, "a")
    with pytest.raises(InputError, match="--model a has no meaning"):
        find_saved_model(tmp_path / "a", "a")


def test_run_without_models_and_missing_run_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"The run .* holds no NAME/model\.keras"):
        find_saved_model(make_run(tmp_path / "run", lab="line_fit"))
    with pytest.raises(InputError, match=r"The folder .* holds no NAME/model\.keras"):
        find_saved_model(tmp_path)
    with pytest.raises(InputError, match="there is nothing"):
        find_saved_model(tmp_path / "missing")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"dataset": 3}',
        b'{"dataset": {"class_names": ["a"]}}',
        b'{"dataset": {"name": "a\\u001b[31m"}}',
        b'{"dataset": {"name": "a", "class_names": "ab"}}',
        b'{"dataset": {"name": "a", "class_names": {"a": 1}}}',
        b'{"dataset": {"name": "a", "class_names": ["a", 1]}}',
        b'{"dataset": {"name": "a", "class_names": ["a", ""]}}',
        b'{"dataset": {"name": "a", "class_names": ["a", "\\u0007"]}}',
        b'{"dataset": {"name": "a", "class_names": ["%s"]}}' % (b"x" * 41),
    ],
)
def test_results_that_no_run_has_written_are_refused(tmp_path: Path, text: bytes) -> None:
    run = make_run(tmp_path, "a")
    (run / "results.json").write_bytes(text)
    with pytest.raises(InputError, match=r"results\.json is not as a run writes it"):
        find_saved_model(run)


@pytest.mark.parametrize("dataset", [None, {"name": "MNIST", "source": "older run"}])
def test_run_that_recorded_no_class_names_has_none(tmp_path: Path, dataset: object) -> None:
    assert find_saved_model(make_run(tmp_path, "a", dataset=dataset)).class_names is None


def test_model_is_loaded_to_give_the_same_outputs(net_file: Path) -> None:
    x = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    expected = keras.saving.load_model(net_file).predict(x, verbose=0)
    np.testing.assert_array_equal(load_saved_model(net_file).predict(x, verbose=0), expected)


def test_file_that_is_no_keras_archive_is_refused(tmp_path: Path, net_file: Path) -> None:
    renamed = tmp_path / "net.h5"
    renamed.write_bytes(net_file.read_bytes())
    text, truncated = tmp_path / "text.keras", tmp_path / "truncated.keras"
    text.write_text("no zip")
    truncated.write_bytes(net_file.read_bytes()[:-50])
    cases = {
        renamed: r"must end in \.keras",
        text: "no archive of JSON and HDF5",
        truncated: "no archive of JSON and HDF5",
        repacked(tmp_path / "a.keras", net_file, config=None): r"has no config\.json",
        repacked(tmp_path / "c.keras", net_file, weights=b"no HDF5"): "no archive of JSON and HDF5",
        repacked(tmp_path / "b.keras", net_file, weights=None): r"has no model\.weights\.h5",
    }
    for path, problem in cases.items():
        with pytest.raises(InputError, match=problem):
            load_saved_model(path)


@pytest.mark.parametrize(
    ("member", "name"), [("config", "config.json"), ("weights", "model.weights.h5")]
)
def test_member_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, net_file: Path, monkeypatch: pytest.MonkeyPatch, member: str, name: str
) -> None:
    monkeypatch.setitem(saved_model.LARGEST, name, 1_000_000)
    bomb = repacked(tmp_path / "bomb.keras", net_file, **{member: b" " * 1_000_001})
    with pytest.raises(InputError, match=rf"{name} has 1,000,001 bytes, expected at most 1,000"):
        load_saved_model(bomb)


def test_array_that_unpacks_to_too_much_is_refused(tmp_path: Path, net_file: Path) -> None:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.create_dataset("layers/dense/vars/0", (2**30,), "f4", compression="gzip")
    path = repacked(tmp_path / "bomb.keras", net_file, weights=buffer.getvalue())
    assert path.stat().st_size < 100_000
    with pytest.raises(InputError, match=r"model\.weights\.h5 unpacks to 4,294,967,296 bytes"):
        load_saved_model(path)


def test_archive_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, net_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(saved_model.LARGEST, "model.weights.h5", 1_000_000)
    path = repacked(tmp_path / "bomb.keras", net_file)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("assets/other", bytes(1_000_001))
    with pytest.raises(InputError, match=r"it unpacks to 1,00\d,\d{3} bytes beside model"):
        load_saved_model(path)


@pytest.mark.parametrize("units", [10**6, 10**15])
def test_small_file_that_asks_for_huge_layers_is_refused_before_they_are_made(
    tmp_path: Path, units: int
) -> None:
    net = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
    net.save(tmp_path / "net.keras")
    with zipfile.ZipFile(tmp_path / "net.keras") as archive:
        config = json.loads(archive.read("config.json"))
    for layer in config["config"]["layers"][1:]:
        layer["config"]["units"] = units
        layer["build_config"] = None
    path = repacked(
        tmp_path / "huge.keras", tmp_path / "net.keras", config=json.dumps(config).encode()
    )
    made: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keras.initializers.GlorotUniform, "__call__", made.append)
        with pytest.raises(InputError, match=r"huge\.keras cannot be loaded \(its weights take "):
            load_saved_model(path)
    assert not made
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])  # Nothing waits to be made.


@pytest.mark.parametrize(
    "changes",
    [{"config": b"{"}, {"config": b"[]"}, {"config": b"{}"}],
)
def test_archive_that_keras_cannot_load_is_refused_in_one_line(
    tmp_path: Path, net_file: Path, changes: dict[str, bytes]
) -> None:
    path = repacked(tmp_path / "broken.keras", net_file, **changes)
    with pytest.raises(InputError, match=r"broken\.keras cannot be loaded") as error:
        load_saved_model(path)
    assert "\n" not in str(error.value)


def test_archive_with_code_in_it_is_not_run(tmp_path: Path) -> None:
    witness = tmp_path / "was-run"
    path = str(witness)
    code = keras.layers.Lambda(lambda x: [open(path, "w").close(), x][1])  # type: ignore # noqa
    inputs = keras.Input((4,))
    keras.Model(inputs, code(inputs)).save(tmp_path / "code.keras")
    witness.unlink(missing_ok=True)
    with pytest.raises(InputError, match=r"cannot be loaded.*[Ll]ambda"):
        load_saved_model(tmp_path / "code.keras")
    assert not witness.exists()

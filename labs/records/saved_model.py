"""Models that a run has left, found and loaded again; files are not taken on trust."""

from __future__ import annotations

import io
import json
import math
import re
import textwrap
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lazy_loader

from labs.errors import InputError
from labs.records import strict_json
from labs.records.runs import named_run

h5py = lazy_loader.load("h5py")
keras = lazy_loader.load("keras")

MODEL_FILE = "model.keras"
WEIGHTS = "model.weights.h5"
LARGEST = {"config.json": 2**22, WEIGHTS: 2**28}
"""Bytes of what a model file must hold; those of the labs' nets have thousands and millions."""
LONGEST_NAME = 40


@dataclass(frozen=True)
class SavedModel:
    """A model file, and what its run says about it.

    Attributes:
        path: The `.keras` file.
        other_models: Names of the models that the same run has besides.
        dataset_name: Name of the data set that the run used, None if there is no run.
        class_names: Its class names in the order of the labels, None if not recorded.
    """

    path: Path
    other_models: tuple[str, ...] = ()
    dataset_name: str | None = None
    class_names: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """Name of the model: of its folder in a run, else of the file."""
        return self.path.resolve().parent.name if self.path.name == MODEL_FILE else self.path.stem


def find_saved_model(place: Path, name: str | None = None) -> SavedModel:
    """Find a model file in a run directory, or take the one that is named.

    Of several models in a run it is the one that the lab calls its best; else the one with the
    best validation accuracy, then the one recorded first. `results.json` tells all this, of a
    model whose folder is named after it.

    Args:
        place: A run directory, a model's folder in it, or a `.keras` file.
        name: Name of the model's folder, for a run directory that holds several.

    Raises:
        InputError: If there is no model, or `results.json` is none that a run has written.
    """
    place = named_run(place)
    if not place.exists():
        raise InputError(
            f"{place} must be a run directory or a .keras file, but there is nothing; correct "
            "the path."
        )
    path = place / MODEL_FILE if (place / MODEL_FILE).is_file() else place
    if path.is_file():
        if name is not None:
            raise InputError(f"{place} is one model, so --model {name} has no meaning; leave it.")
        run = path.parent.parent
        results = _read_results(run) if path.name == MODEL_FILE else {}
        return SavedModel(path, (), *_dataset(results, run))
    results = _read_results(place)
    ranked = _rank([path.parent.name for path in sorted(place.glob(f"*/{MODEL_FILE}"))], results)
    if not ranked:
        kind = "The run" if results else "The folder"
        raise InputError(
            f"{kind} {place} holds no NAME/{MODEL_FILE}; name a run directory of a lab that saves "
            "models, such as runs/mnist/RUN-ID."
        )
    if name is not None and name not in ranked:
        raise InputError(f"{place} has no model {name!r}; expected one of {', '.join(ranked)}.")
    chosen = name or ranked[0]
    others = tuple(other for other in ranked if other != chosen)
    return SavedModel(place / chosen / MODEL_FILE, others, *_dataset(results, place))


def load_saved_model(path: Path) -> Any:
    """Load a `.keras` file for prediction, without running code that it brings.

    Raises:
        InputError: If the file is no Keras archive or Keras refuses to load it.
    """
    _require_archive(path)
    try:
        _require_small(path)
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # What a changed file makes Keras raise is of any type.
        reason = str(error).rpartition("Exception encountered: ")[2]  # It may quote the model.
        raise InputError(
            f"{path} cannot be loaded ({textwrap.shorten(reason, 160, placeholder='…')}); give a "
            "model of Keras's own layers that is whole and brings no code."
        ) from error


def _require_archive(path: Path) -> None:
    """Refuse what is no .keras archive before Keras guesses what else it might be."""
    problem: str | None = "its name must end in .keras"
    if path.suffix == ".keras":
        try:
            with zipfile.ZipFile(path) as archive:
                problem = _archive_problem(archive)
        except Exception as error:  # What a changed file makes its readers raise is of any type.
            problem = f"it is no archive of JSON and HDF5: {error}"
    if problem is None:
        return
    raise InputError(
        f"{path} is not a model saved by Keras ({problem}); give a file that model.save() has "
        "written, such as a run's model.keras."
    )


def _archive_problem(archive: zipfile.ZipFile) -> str | None:
    """Say what is missing, or unpacks to too much; zipfile unpacks no more than is said here."""
    sizes = {member.filename: member.file_size for member in archive.infolist()}
    for name, largest in LARGEST.items():
        if name not in sizes:
            return f"it has no {name}"
        if sizes[name] > largest:
            return f"{name} has {sizes[name]:,} bytes, expected at most {largest:,}"
    others = sum(sizes.values()) - sizes[WEIGHTS]
    if others > LARGEST[WEIGHTS]:
        return f"it unpacks to {others:,} bytes beside {WEIGHTS}"
    arrays: list[int] = []  # HDF5 packs arrays once more.
    with h5py.File(io.BytesIO(archive.read(WEIGHTS))) as file:
        file.visititems(lambda _, item: arrays.append(getattr(item, "nbytes", 0)))
    if sum(arrays) > LARGEST[WEIGHTS]:
        return f"{WEIGHTS} unpacks to {sum(arrays):,} bytes, expected at most {LARGEST[WEIGHTS]:,}"
    return None


def _require_small(path: Path) -> None:
    """Refuse a net whose few bytes of `config.json` ask for more weights than a file may hold."""
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    # Keras notes what has no values yet by the thread, and would make the values later.
    with ThreadPoolExecutor(1) as thread:
        weights = thread.submit(_weights_without_values, config).result()
    size = sum(4 * math.prod(weight.shape) for weight in weights)
    if size > LARGEST[WEIGHTS]:
        raise ValueError(f"its weights take {size:,} bytes, expected at most {LARGEST[WEIGHTS]:,}")


def _weights_without_values(config: dict[str, Any]) -> list[Any]:
    with keras.StatelessScope(initialize_variables=False):
        net = keras.saving.deserialize_keras_object(_uncompiled(config), safe_mode=True)
        weights: list[Any] = net.weights
    return weights


def _uncompiled(config: Any) -> Any:
    """Leave out how a net and those inside of it were compiled: optimizers make values at once."""
    if isinstance(config, list):
        return [_uncompiled(part) for part in config]
    if not isinstance(config, dict):
        return config
    return {k: None if k == "compile_config" else _uncompiled(v) for k, v in config.items()}


def _read_results(run: Path) -> dict[str, Any]:
    """Return what `results.json` holds, nothing if there is none."""
    path = run / "results.json"
    if not path.is_file():
        return {}
    try:
        results = strict_json.load(path)
    except (OSError, ValueError) as error:
        raise _damaged(run, str(error)) from error
    if not isinstance(results, dict):
        raise _damaged(run, "no JSON object")
    return results


def _dataset(results: dict[str, Any], run: Path) -> tuple[str | None, tuple[str, ...] | None]:
    """Return name and class names of the data set, as far as they are recorded."""
    dataset = results.get("dataset")
    if dataset is None:
        return None, None
    if not isinstance(dataset, dict) or not _is_name(dataset.get("name"), 200):
        raise _damaged(run, "dataset.name is no name")
    names = dataset.get("class_names")
    if names is None:
        return dataset["name"], None
    if not isinstance(names, list) or not all(_is_name(name, LONGEST_NAME) for name in names):
        raise _damaged(run, "dataset.class_names is no list of short names")
    return dataset["name"], tuple(names)


def _rank(folders: list[str], results: dict[str, Any]) -> list[str]:
    """Return the folders of models, the best one first."""
    recorded = results.get("models")
    rows = recorded if isinstance(recorded, list) else []
    keys = {}
    for number, row in enumerate(rows):
        if isinstance(row, dict) and isinstance(row.get("name"), str):
            accuracy = row.get("validation_accuracy")
            score = accuracy if isinstance(accuracy, int | float) else -1.0
            keys[_words(row["name"])] = (-score, number)
    best = results.get("best_model")
    return sorted(
        folders,
        key=lambda folder: (folder != best, *keys.get(_words(folder), (1.0, len(rows)))),
    )


def _words(name: str) -> tuple[str, ...]:
    """Return the words of a name; a folder named after a model has the same ones."""
    return tuple(re.findall(r"[^\W_]+", name.lower()))


def _is_name(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()


def _damaged(run: Path, problem: str) -> InputError:
    return InputError(
        f"{run / 'results.json'} is not as a run writes it ({problem}); give the model.keras "
        "file itself, copied to another folder."
    )

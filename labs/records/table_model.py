"""A loaded net that takes the raw columns of a table, as a search on a table leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import models
from labs.data.table_columns import as_numbers, as_texts
from labs.errors import InputError, shorten
from labs.records.saved_model import SavedModel, load_saved_model


@dataclass(frozen=True)
class TableModel:
    """A net and what its outputs mean; made by `load_table_model`.

    Attributes:
        net: The Keras model; its inputs are named like the columns it takes.
        class_names: K names, in the order of the net's outputs; empty for a net of numbers.
    """

    net: Any
    class_names: tuple[str, ...]

    def predict(self, frame: pd.DataFrame, source: Path) -> pd.DataFrame:
        """Return a row for each row: the likeliest class and all probabilities, or the number.

        Args:
            frame: The net's columns at least, as `read_table` reads them.
            source: Where they are from, for messages.

        Raises:
            InputError: If a column is missing, or holds texts where numbers are expected.
        """
        rows = pd.DataFrame(self._convert(frame, source))
        outputs = self.net.predict(models.table_inputs(self.net, rows), batch_size=4096, verbose=0)
        if not self.class_names:
            return pd.DataFrame({"prediction": outputs[:, 0]})
        likeliest = np.array(self.class_names, object)[outputs.argmax(axis=1)]
        probabilities = [f"probability_{name}" for name in self.class_names]
        answers = pd.DataFrame(outputs, columns=probabilities)
        answers.insert(0, "prediction", likeliest)
        return answers

    def _convert(self, frame: pd.DataFrame, source: Path) -> dict[str, pd.Series]:
        missing = [name for name in self.net.input if name not in frame]
        if missing:
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            raise InputError(
                f"{source} lacks {', '.join(map(shorten, missing[:5]))}{more}, expected the "
                "columns that the net was trained on; add them, empty where nothing is known."
            )
        converted = {}
        for name, tensor in self.net.input.items():
            column = frame[name]
            converted[name] = as_texts(column) if models.takes_texts(tensor) else as_numbers(column)
            wrong = column.notna() & ~np.isfinite(as_numbers(column))
            if wrong.any() and not models.takes_texts(tensor):
                row = int(wrong.to_numpy().argmax())
                raise InputError(
                    f"{source} has {shorten(str(column.iloc[row]))} in row {row + 1} of "
                    f"{shorten(name)}, expected a number as in training; correct it or leave it "
                    "empty."
                )
        return converted


def load_table_model(saved: SavedModel) -> TableModel:
    """Load a net that takes the columns of a table.

    The names of the classes are those that the run recorded; where there are none, they are
    numbered.

    Raises:
        InputError: If the file cannot be loaded, takes no columns by name or gives neither numbers
            nor probabilities.
    """
    with models.names_may_differ():
        net = load_saved_model(saved.path)
    outputs = getattr(net, "output_shape", None)
    columns = getattr(net, "input", None)
    by_name = isinstance(columns, dict) and all(i.shape == (None, 1) for i in columns.values())
    if not by_name or not isinstance(outputs, tuple) or len(outputs) != 2:
        raise InputError(
            f"{saved.path} does not take the columns of a table by name; give a run of "
            "python -m tuning TABLE --target COLUMN."
        )
    names = saved.class_names or tuple(map(str, range(outputs[1])) if outputs[1] > 1 else ())
    if len(names) != (outputs[1] if outputs[1] > 1 else 0):
        raise InputError(
            f"{saved.path} tells {outputs[1]} classes apart, but its run records {len(names)} "
            "names; copy the file to another folder to use it without the run."
        )
    return TableModel(net, names)

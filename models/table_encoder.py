"""Raw columns of a table become numbers, by a Keras model that can be joined with a net."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from keras import layers, ops

MOST_LEVELS = 50
"""Categories of a column with an output of their own, the most frequent; others share one."""


def build_table_encoder(frame: pd.DataFrame) -> keras.Model:
    """Build what turns raw columns into numbers, fitted on the rows of a frame.

    A number becomes itself, and where it is missing the median of its column; of a column with
    gaps a mark tells which they were. A category becomes one-hot, a missing one is a category
    like the others where the frame has it; categories that the frame does not have, or
    seldom, share an output. Nothing is standardized, see `standardization`.

    Args:
        frame: Columns of numbers (float64, NaN for a missing value) and of texts (empty for a
            missing value).

    Returns:
        A model from a dict, one input `(batch, 1)` a column, float32 or string, to
        `(batch, outputs)` float32: all numbers first, then marks, then categories.
    """
    inputs = {str(name): _input(str(name), column) for name, column in frame.items()}
    numbers = frame.select_dtypes("number")
    parts = []
    if len(numbers.columns):
        values = [inputs[str(name)] for name in numbers]
        values = layers.Concatenate(name="numbers")(values) if len(values) > 1 else values[0]
        missing = ops.isnan(values)
        parts.append(ops.where(missing, numbers.median().to_numpy(np.float32), values))
        gaps = np.flatnonzero(numbers.isna().any()).tolist()
        if gaps:
            parts.append(ops.take(ops.cast(missing, "float32"), gaps, axis=1))
    for number, (name, texts) in enumerate(frame.select_dtypes(exclude="number").items()):
        one_hot = layers.StringLookup(
            # Counted, and in the order of the alphabet where equally frequent.
            vocabulary=texts.value_counts().sort_index().nlargest(MOST_LEVELS).index.to_list(),
            mask_token=None,
            output_mode="one_hot",
            name=f"categories_{number}",
        )
        parts.append(one_hot(inputs[str(name)]))
    outputs = layers.Concatenate(name="encoded")(parts) if len(parts) > 1 else parts[0]
    with names_may_differ():
        return keras.Model(inputs, ops.cast(outputs, "float32"), name="table_encoder")


def table_inputs(model: keras.Model, frame: pd.DataFrame) -> dict[str, tf.Tensor]:
    """Return the columns of a frame as a model's inputs.

    Args:
        model: A table encoder, or one joined with a net.
        frame: The model's columns at least, numbers and texts as `build_table_encoder` has them.
    """
    return {
        name: tf.constant(frame[name].to_list(), tf.string)[:, None]
        if takes_texts(tensor)
        else tf.constant(frame[name].to_numpy(np.float32))[:, None]
        for name, tensor in model.input.items()
    }


def takes_texts(tensor: keras.KerasTensor) -> bool:
    """Tell whether an input is one of categories."""
    return bool(tensor.dtype == "string")


def standardization(x_train: np.ndarray, numbers: int) -> layers.Normalization:
    """Return a layer that standardizes numbers, and leaves marks and categories alone.

    Args:
        x_train: Encoded training rows, `(rows, outputs)`, whose means and variances it takes.
        numbers: How many of the outputs, the first ones, are numbers.
    """
    mean, variance = np.zeros(x_train.shape[1]), np.ones(x_train.shape[1])
    mean[:numbers] = x_train[:, :numbers].mean(axis=0, dtype=np.float64)
    spread = x_train[:, :numbers].var(axis=0, dtype=np.float64)
    variance[:numbers] = np.where(spread > 0, spread, 1)  # A fold may hold one value only.
    return layers.Normalization(mean=mean, variance=variance)


def join_encoder(
    encoder: keras.Model, net: Callable[[keras.KerasTensor], keras.KerasTensor]
) -> keras.Model:
    """Return a model that takes raw columns, and gives what a net makes of them encoded."""
    with names_may_differ():
        return keras.Model(encoder.input, net(encoder.output), name="table_net")


def _input(name: str, column: pd.Series) -> keras.KerasTensor:
    dtype = "float32" if pd.api.types.is_numeric_dtype(column) else "string"
    return keras.Input((1,), name=name.replace("/", "∕"), dtype=dtype)  # Keras refuses "/".


@contextmanager
def names_may_differ() -> Iterator[None]:
    """Within the block, Keras does not remark that an input is not named as its column is."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "When providing `inputs` as a dict", UserWarning)
        yield

"""What `fit` takes as data: arrays, data frames and structures of them, turned into tensors."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

Arrays = Any  # An array, or a nested tuple, list or dict of arrays, or None.


def as_tensors(x: Arrays, y: Arrays = None, sample_weight: Arrays = None) -> tuple[Any, Any, Any]:
    """Turn arrays into tensors, floats into Keras's float type, as `model.fit` does.

    Raises:
        ValueError: If the arrays have no rows or unlike numbers of rows.
    """
    weights = sample_weight
    if weights is not None and keras.tree.is_nested(y) and not keras.tree.is_nested(weights):
        weights = map_arrays(lambda _: sample_weight, y)  # A row's weight counts for all outputs.
    data = map_arrays(_as_tensor, keras.tree.lists_to_tuples((x, y, weights)))
    lengths = {len(array) for array in keras.tree.flatten(data) if array is not None}
    if len(lengths) != 1 or lengths == {0}:
        raise ValueError(
            "x, y and sample_weight must have the same number of rows, at least one, "
            f"got {sorted(lengths)}."
        )
    return data


def split_rows(data: Arrays, share: float) -> tuple[Arrays, Arrays]:
    """Split off the last rows for validation, as `validation_split` of stock `fit` does."""
    rows = row_count(data)
    first = math.floor(rows * (1 - share))
    if not 0 < first < rows:
        raise ValueError(
            f"validation_split={share} of {rows} rows leaves none for training or for validation: "
            "give a share between 0 and 1, or more rows."
        )
    return map_arrays(lambda leaf: leaf[:first], data), map_arrays(lambda leaf: leaf[first:], data)


def weigh_classes(data: Arrays, class_weight: Mapping[int, float] | None) -> Arrays:
    """Return `(x, y, sample_weight)` with the weight of each row's class.

    Raises:
        ValueError: If rows have weights already, or there are several outputs.
    """
    x, y, sample_weight = data
    if class_weight is None:
        return data
    if sample_weight is not None:
        raise ValueError("Got class_weight and sample_weight: give one of the two.")
    if keras.tree.is_nested(y):
        raise ValueError(
            "class_weight is only supported for models with a single output, got y as "
            f"{type(y).__name__} of {len(y)}: give sample_weight in the form of y instead."
        )
    labels = np.asarray(y)
    if labels.ndim > 1:
        labels = labels.argmax(axis=-1) if labels.shape[-1] > 1 else labels[..., 0]
    weights = [class_weight.get(int(label), 1.0) for label in np.round(labels)]
    return x, y, tf.constant(weights, keras.config.floatx())


def row_count(data: Arrays) -> int:
    """Return the number of rows of a structure of arrays or tensors."""
    return int(next(leaf for leaf in keras.tree.flatten(data) if leaf is not None).shape[0])


def map_arrays(function: Callable[[Any], Any], data: Arrays) -> Arrays:
    """Apply the function to every array; what is not given stays None."""
    return keras.tree.map_structure(function, data, none_is_leaf=False)


def numbers_of(leaf: Any) -> Any:
    """Return a leaf as an array of numbers or truth values; None if it is something else.

    A data frame gives `(rows, columns)`, its missing values NaN; a series `(rows, 1)`, as in
    stock `fit`.
    """
    if isinstance(leaf, tf.Tensor):
        return leaf
    if not hasattr(leaf, "__array__"):
        return None
    dtypes = getattr(leaf, "dtypes", None)  # Of pandas; a frame has one for each column.
    if dtypes is None:
        array = np.asarray(leaf)
        return array if array.dtype.kind in "biuf" else None
    kinds = [getattr(dtype, "kind", "O") for dtype in np.atleast_1d(np.asarray(dtypes, object))]
    if not set(kinds) <= set("biuf"):
        return None
    array = leaf.to_numpy()
    if array.dtype == object:  # Truth values beside numbers, or types of pandas with missing values
        array = leaf.to_numpy(keras.config.floatx(), na_value=math.nan)
    return array if array.ndim > 1 else array[:, None]


def _as_tensor(leaf: Any) -> tf.Tensor:
    array = numbers_of(leaf)
    tensor = tf.convert_to_tensor(leaf if array is None else array)
    return tf.cast(tensor, keras.config.floatx()) if tensor.dtype.is_floating else tensor

"""Data on which training would go on without a word, and come to nothing: refused before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from .arrays import Arrays, map_arrays, numbers_of
from .keras_internals import losses_by_path

_TRIED = 32  # Rows with NaN on which the model shows whether it makes finite outputs of them.
_SMALL = 2**18  # Values that NumPy sums sooner than TensorFlow.
_NAMED = 3  # Rows and columns that a message names.


def check_rows(
    model: keras.Model, x: Arrays, y: Arrays, *, given: Any = None, of: str = ""
) -> None:
    """Refuse inputs that are not finite, and labels for which the model has no output.

    XLA does not check indices, so a label out of range would train on NaN; TensorFlow's other
    kernels do, in words about themselves.

    Args:
        model: A built model.
        x: Inputs as tensors.
        y: Targets as tensors.
        given: The inputs as they were given, for the names of a data frame's columns.
        of: What the rows are, such as "validation_data".

    Raises:
        ValueError: With the rows and columns, if a floating-point input is NaN or infinite and the
            model does not make finite outputs of such rows, or a label is out of range.
    """
    check_finite(model, x, given=given, of=of)
    for name, labels, classes, ignored in _sparse_labels(model, x, y):
        if ignored is None and labels.min() >= 0 and labels.max() < classes:
            continue
        wrong = ~((labels >= 0) & (labels < classes) | (labels == ignored))
        if wrong.any():
            rows = np.unique(np.nonzero(wrong)[0])
            raise ValueError(
                f"{_named('y', of, name)} has labels {_some(np.unique(labels[wrong]))} in rows "
                f"{_some(rows)}, but the model has {classes} outputs, for labels 0 to "
                f"{classes - 1}: number the classes by numpy.unique(y, return_inverse=True)[1], or "
                "give the model more outputs."
            )


def check_finite(model: keras.Model, x: Arrays, *, given: Any = None, of: str = "") -> None:
    """Refuse inputs that are NaN or infinite, see `check_rows`."""
    columns = dict(keras.tree.flatten_with_path(given))
    for path, leaf in keras.tree.flatten_with_path(x):
        if leaf is None or not leaf.dtype.is_floating:
            continue
        # The sum is not finite if one value is not, and costs a tenth of looking at each.
        # TensorFlow sums on all cores, but needs a tenth of a millisecond to begin.
        small = leaf.shape.num_elements() < _SMALL
        if np.isfinite(np.asarray(leaf).sum() if small else tf.reduce_sum(leaf).numpy()):
            continue
        wrong = ~np.isfinite(leaf)
        rows = np.unique(np.nonzero(wrong)[0])
        if len(rows) == 0 or _makes_finite_outputs(model, x, rows[:_TRIED]):
            continue
        where = ""
        if wrong.ndim == 2:
            names = getattr(columns.get(path), "columns", range(wrong.shape[1]))
            where = f", columns {_some([names[i] for i in np.nonzero(wrong.any(axis=0))[0]])}"
        raise ValueError(
            f"{_named('x', of, path)} is NaN or infinite in rows {_some(rows)}{where}, and the "
            "model makes no finite output of them: drop or impute them first, or let a layer of "
            "the model do it."
        )


def check_numbers(x: Arrays, y: Arrays, validation: Any) -> None:
    """Refuse text where numbers are needed, in labels and data frames, and labels left out.

    Args:
        x: Inputs as they were given.
        y: Targets likewise.
        validation: `(x, y, sample_weight)` to validate on, of None where not given.

    Raises:
        ValueError: With the columns, or some of the labels.
    """
    no_targets = y is not None and validation[0] is not None and validation[1] is None
    if no_targets and all(hasattr(leaf, "__array__") for leaf in keras.tree.flatten(validation[0])):
        raise ValueError(
            "validation_data has inputs only, but the loss needs targets: pass (x_val, y_val)."
        )
    data = {"x": x, "y": y, "validation_data x": validation[0], "validation_data y": validation[1]}
    for name, structure in data.items():
        for path, leaf in keras.tree.flatten_with_path(structure):
            if not hasattr(leaf, "__array__") or numbers_of(leaf) is not None:
                continue
            if hasattr(leaf, "columns"):
                text = [c for c in leaf.columns if numbers_of(leaf[c]) is None]
                raise ValueError(
                    f"{_named(name, '', path)} has columns that hold no numbers, {_some(text)}: "
                    "encode them (pandas.get_dummies), or give each as an input of its own."
                )
            if name.endswith("y"):
                raise ValueError(
                    f"{_named(name, '', path)} holds no numbers but "
                    f"{_some(np.asarray(leaf).ravel()[:9])}: number the classes by "
                    "numpy.unique(y, return_inverse=True)[1]."
                )


def may_index_out_of_range(model: keras.Model, x: Arrays, y: Arrays) -> bool:
    """Tell whether a loss of the user's own could take integer targets for positions of outputs.

    Then XLA must not be chosen, which would go on where TensorFlow's other kernels raise.
    """
    functions = [function for _, function, _ in losses_by_path(model)]
    keras_only = all(getattr(f, "__module__", "").startswith("keras.") for f in functions)
    whole = [leaf for leaf in keras.tree.flatten(y) if leaf is not None and leaf.dtype.is_integer]
    if (keras_only and type(model).train_step is keras.Model.train_step) or not whole:
        return False
    try:
        outputs = [leaf.shape[-1] or 0 for leaf in keras.tree.flatten(_outputs(model, x))]
    except NotImplementedError:
        return True
    return any(np.min(leaf) < 0 or np.max(leaf) >= max(outputs) for leaf in whole)


def _sparse_labels(
    model: keras.Model, x: Arrays, y: Arrays
) -> Iterator[tuple[Sequence[Any], np.ndarray, int, int | None]]:
    """Yield where labels are class numbers: path, labels, number of classes, label to ignore."""
    losses = [
        (path, options)
        for path, function, options in losses_by_path(model)
        if function is keras.losses.sparse_categorical_crossentropy
    ]
    if not losses or y is None:
        return
    outputs = _outputs(model, x)
    names = getattr(model, "output_names", ())
    for path, options in losses:
        labels, output = _at(y, path, names), _at(outputs, path, names)
        if not isinstance(labels, tf.Tensor) or output is None:
            continue
        classes = output.shape[options.get("axis", -1)]
        if classes is not None:
            named = [names[k] if isinstance(y, dict) and isinstance(k, int) else k for k in path]
            yield named, np.asarray(labels), classes, options.get("ignore_class")


def _outputs(model: keras.Model, x: Arrays) -> Any:
    """Return the model's outputs for these rows by shape and type alone."""
    match getattr(model, "outputs", None):
        case [keras.KerasTensor() as output]:  # Of a model of layers; asking takes longer.
            return output
    as_symbols = map_arrays(lambda leaf: keras.KerasTensor((None, *leaf.shape[1:]), leaf.dtype), x)
    return model.compute_output_spec(as_symbols)


def _at(structure: Any, path: Sequence[Any], names: Sequence[str]) -> Any:
    """Follow a loss's path, in which an output of a list may stand by its name."""
    for key in path:
        if isinstance(structure, (list, tuple)) and key in names:
            key = names.index(key)
        if isinstance(structure, dict) and key not in structure and isinstance(key, int):
            key = names[key]
        try:
            structure = structure[key] if keras.tree.is_nested(structure) else structure
        except (KeyError, IndexError, TypeError):
            return None  # Keras says itself that y does not have the form of the outputs.
    return structure


def _makes_finite_outputs(model: keras.Model, x: Arrays, rows: np.ndarray) -> bool:
    try:
        outputs = model(map_arrays(lambda leaf: tf.gather(leaf, rows), x), training=False)
    except NotImplementedError:
        return True  # A model without outputs, whose train_step does all by itself.
    leaves = [keras.ops.convert_to_numpy(leaf) for leaf in keras.tree.flatten(outputs)]
    return all(np.isfinite(leaf).all() for leaf in leaves)


def _named(name: str, of: str, path: Sequence[Any]) -> str:
    return " ".join(filter(None, [of, name + "".join(f"[{key!r}]" for key in path)]))


def _some(values: Sequence[Any] | np.ndarray) -> str:
    """Name the first values, and how many more there are."""
    plain = [v.item() if isinstance(v, np.generic) else v for v in values]
    rest = f" and {len(plain) - _NAMED} more" if len(plain) > _NAMED else ""
    return ", ".join(map(repr, plain[:_NAMED])) + rest

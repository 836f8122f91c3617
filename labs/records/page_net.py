"""A net of a run as plain data, so small that it answers inside report.html."""

from __future__ import annotations

import base64
import json
import math
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np

from labs.records import strict_json
from labs.records.image_classifier import subject_of
from labs.records.runs import Run
from labs.records.saved_model import MODEL_FILE, find_saved_model, load_saved_model

if TYPE_CHECKING:
    import keras

    from labs.data.dataset import Dataset

EXAMPLES = "examples.json"
ACTIVATIONS = frozenset({"linear", "relu", "tanh", "sigmoid", "softmax"})
PASSED = frozenset({"InputLayer", "Flatten", "Reshape", "Dropout"})
"""Layers that leave a row's numbers as they are when a trained net is asked."""
SCALES = frozenset({"Rescaling", "Normalization", "BatchNormalization"})
LAYERS = PASSED | SCALES | {"Dense", "Conv2D", "MaxPooling2D", "Activation", "ReLU"}
PLAIN_SETTINGS: dict[str, dict[str, Any]] = {
    "Conv2D": {"kernel_size": (3, 3), "strides": (1, 1), "padding": "same", "groups": 1}
    | {"dilation_rate": (1, 1), "data_format": "channels_last"},
    "MaxPooling2D": {"pool_size": (2, 2), "strides": (2, 2), "padding": "valid"}
    | {"data_format": "channels_last"},
    "ReLU": {"max_value": None, "negative_slope": 0, "threshold": 0},
}
"""What the page's few lines can do of these layers."""
A_CLASS, MOST_ROWS, MOST_FEATURES, MOST_WEIGHTS = 2, 20, 16, 1_000_000
MOST_EXACT = 250_000
"""Weights of a net that come as float32; those of a larger one come as float16."""


def examples_of(dataset: Dataset) -> dict[str, Any] | None:
    """Return some test rows and what the page needs to make others; None for other data.

    Args:
        dataset: Grey images `(rows, 28, 28)` uint8, or a table of few named columns.
    """
    x, test = dataset.train.x, dataset.test
    common = {"class_names": list(dataset.class_names)}
    if x.shape[1:] == (28, 28) and x.dtype == np.uint8:
        rows = [row for k in range(dataset.num_classes) for row in _first(test.y == k, A_CLASS)]
        images = [base64.b64encode(test.x[row].tobytes()).decode() for row in rows]
        return common | {"labels": test.y[rows], "images": images}
    if x.ndim == 2 and x.shape[1] == len(dataset.feature_names) <= MOST_FEATURES:
        columns = zip(dataset.feature_names, *np.quantile(x, (0, 0.5, 1), axis=0), strict=True)
        features = [dict(zip(("name", "low", "middle", "high"), c, strict=True)) for c in columns]
        rows = list(range(min(MOST_ROWS, len(test))))
        return common | {"labels": test.y[rows], "features": features, "rows": test.x[rows]}
    return None


def page_net(run: Run) -> dict[str, Any] | None:
    """Return the best net of a run that fits, with rows to try it on, None where there is none."""
    path = run.directory / EXAMPLES
    if not path.is_file() or not any(run.directory.glob(f"*/{MODEL_FILE}")):
        return None
    examples = strict_json.load(path)
    saved = find_saved_model(run.directory)
    for name in (saved.name, *saved.other_models):
        net = _plain_net(run, name)
        width = len(examples["features"]) if "features" in examples else 28 * 28
        if net and net["shape"] == (width, len(examples["class_names"])):
            return examples | net | {"subject": subject_of(examples["class_names"])}
    return None


def _plain_net(run: Run, name: str) -> dict[str, Any] | None:
    path = run.directory / name / MODEL_FILE
    with zipfile.ZipFile(path) as archive:  # Loading Keras for a net of other layers takes seconds.
        config = json.loads(archive.read("config.json"))
    layers = config.get("config", {}).get("layers", [])
    if not layers or not {layer.get("class_name") for layer in layers} <= LAYERS:
        return None
    net = load_saved_model(path)
    if net.count_params() > MOST_WEIGHTS:
        return None
    plain = plain_net(net)
    if plain is None:
        return None
    found = [m for m in run.results["models"] if _words(m["name"]) == _words(name)]
    accuracy = f", right about {found[0]['test_accuracy']:.1%} of the test rows" if found else ""
    return plain | {"about": f"{name}: {net.count_params():,} weights{accuracy}."}


def plain_net(net: keras.Sequential) -> dict[str, Any] | None:
    """Return a net as scales, kernels, biases and activations; None for other nets.

    Returns:
        `shape`, the numbers of a row and of its answer; `layers`, each with some of: `scale` and
        `offset` for each channel; `kernel` (little-endian, base64, `(..., units)`) and `bias`,
        with `side`, that of the image, where it is a convolution of 3×3 places; `pool`, the side
        of an image that is halved by maxima; `activation`. `bytes` is 2 or 4, those of a weight.
    """
    size = 4 if net.count_params() <= MOST_EXACT else 2
    layers = [_plain_layer(layer, f"<f{size}") for layer in net.layers]
    steps = [layer for layer in layers if layer]
    if None in layers or not {step.get("activation", "linear") for step in steps} <= ACTIVATIONS:
        return None
    shape = math.prod(net.input_shape[1:]), net.output_shape[-1]
    return {"shape": shape, "layers": steps, "bytes": size}


def _plain_layer(layer: keras.layers.Layer, dtype: str) -> dict[str, Any] | None:
    """Return what a layer does, nothing if it does nothing, None if the page cannot do it."""
    kind, shape = type(layer).__name__, layer.input.shape
    asked = PLAIN_SETTINGS.get(kind, {})
    if any(getattr(layer, name) != value for name, value in asked.items()):
        return None
    if kind in PASSED:
        return {}
    axes = np.ravel(getattr(layer, "axis", -1)).astype(int) % len(shape)  # One, several or none.
    if kind in SCALES and (axes == len(shape) - 1).all():
        scale, offset = _affine(layer)
        return {"scale": scale.ravel().tolist(), "offset": offset.ravel().tolist()}
    if kind == "MaxPooling2D" and shape[1] == shape[2]:
        return {"pool": shape[1]}
    if kind == "ReLU":
        return {"activation": "relu"}
    if kind == "Activation":
        return {"activation": layer.activation.__name__}
    if (kind == "Dense" and len(shape) == 2) or (kind == "Conv2D" and shape[1] == shape[2]):
        kernel, *bias = layer.get_weights()
        return {
            "kernel": base64.b64encode(kernel.astype(dtype).tobytes()).decode(),
            "bias": (bias[0] if bias else np.zeros(kernel.shape[-1])).tolist(),
            "activation": layer.activation.__name__,
        } | ({"side": shape[1]} if kind == "Conv2D" else {})
    return None


def _affine(layer: keras.layers.Layer) -> tuple[np.ndarray, np.ndarray]:
    """Return by what a layer multiplies its inputs, and what it then adds."""
    if type(layer).__name__ == "Rescaling":
        return np.asarray(layer.scale), np.asarray(layer.offset)
    if type(layer).__name__ == "Normalization":
        factor = 1 / np.sqrt(np.asarray(layer.variance))
        return factor, -np.asarray(layer.mean) * factor
    center, spread = np.asarray(layer.moving_mean), np.asarray(layer.moving_variance)
    factor = np.asarray(layer.gamma) / np.sqrt(spread + layer.epsilon)
    return factor, np.asarray(layer.beta) - center * factor


def _first(chosen: np.ndarray, most: int) -> list[int]:
    return [int(row) for row in np.flatnonzero(chosen)[:most]]


def _words(name: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in name.lower()).split()

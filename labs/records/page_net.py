"""A dense net of a run as plain data, so small that it answers inside report.html."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from labs.records import strict_json
from labs.records.runs import Run
from labs.records.saved_model import MODEL_FILE, find_saved_model, load_saved_model

if TYPE_CHECKING:
    import keras

    from labs.data.dataset import Dataset

EXAMPLES = "examples.json"
ACTIVATIONS = frozenset({"linear", "relu", "tanh", "sigmoid", "softmax"})
PASSED = frozenset({"InputLayer", "Flatten", "Dropout"})
"""Layers that leave a row as it is when a trained net is asked."""
LAYERS = PASSED | {"Rescaling", "Normalization", "Dense", "BatchNormalization", "Activation"}
A_CLASS, MOST_ROWS, MOST_FEATURES, MOST_WEIGHTS = 2, 20, 16, 1_000_000


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
    """Return the best dense net of a run with rows to try it on, None where there is none."""
    path = run.directory / EXAMPLES
    if not path.is_file() or not any(run.directory.glob(f"*/{MODEL_FILE}")):
        return None
    examples = strict_json.load(path)
    saved = find_saved_model(run.directory)
    for name in (saved.name, *saved.other_models):
        net = _plain_net(run, name)
        width = len(examples["features"]) if "features" in examples else 28 * 28
        if net and (net["inputs"], len(net["layers"][-1]["bias"])) == (
            width,
            len(examples["class_names"]),
        ):
            return examples | net
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
    plain = dense_chain(net.layers)
    if plain is None:
        return None
    found = [m for m in run.results["models"] if _words(m["name"]) == _words(name)]
    accuracy = f", right about {found[0]['test_accuracy']:.1%} of the test rows" if found else ""
    return plain | {"about": f"{name}: {net.count_params():,} weights{accuracy}."}


def dense_chain(layers: Iterable[keras.layers.Layer]) -> dict[str, Any] | None:
    """Return the layers of a net as kernels, biases and activations; None for other nets.

    What scales the inputs stays apart; batch normalization becomes a part of the kernel before it.

    Args:
        layers: Those of a sequential net.

    Returns:
        `inputs`, the values of a row; `input` with `scale` and `offset`; `layers`, each with
        `kernel` (float16, little-endian, base64, `(inputs, units)`), `bias`, `activation`.
    """
    scale, offset = np.ones(1), np.zeros(1)
    dense: list[tuple[np.ndarray, np.ndarray, str]] = []
    for layer in layers:
        kind = type(layer).__name__
        if kind == "Dense":
            kernel, *bias = layer.get_weights()
            offsets = bias[0] if bias else np.zeros(kernel.shape[1])
            dense.append((kernel, offsets, layer.activation.__name__))
        elif kind in ("Rescaling", "Normalization") and not dense:
            factor, shift = _affine(layer)
            scale, offset = scale * factor, offset * factor + shift
        elif kind == "BatchNormalization" and dense and dense[-1][2] == "linear":
            kernel, bias, _ = dense[-1]
            factor, shift = _affine(layer)
            dense[-1] = (kernel * factor, bias * factor + shift, "linear")
        elif kind == "Activation" and dense and dense[-1][2] == "linear":
            dense[-1] = (*dense[-1][:2], layer.activation.__name__)
        elif kind not in PASSED:
            return None
    if not dense or not {activation for *_, activation in dense} <= ACTIVATIONS:
        return None
    return {
        "inputs": len(dense[0][0]),
        "input": {"scale": scale.ravel().tolist(), "offset": offset.ravel().tolist()},
        "layers": [
            {
                "kernel": base64.b64encode(kernel.astype("<f2").tobytes()).decode(),
                "bias": bias.tolist(),
                "activation": activation,
            }
            for kernel, bias, activation in dense
        ],
    }


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

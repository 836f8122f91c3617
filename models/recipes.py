"""Two recipes for small grey images: a net, and what changes its images while it trains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras

from models.augmentation import RandomChanges
from models.convnet import build_convnet
from models.mlp import build_mlp
from models.one_cycle import one_cycle_adamw

DENSE_BATCH, CONVNET_BATCH = 128, 64
"""Rows a step for which the rates of the recipes are meant."""
CHANGES: Mapping[str, float] = {"shift": 2, "rotation": 10, "zoom": 0.1}
"""What moves digits without making others of them; see `RandomChanges`."""


def dense_recipe(
    rows: int, epochs: int, seed: int, *, num_classes: int = 10
) -> tuple[keras.Model, RandomChanges]:
    """Return a 784-512-512 net with a rate that rises and falls, and what moves its images.

    Args:
        rows: Training rows, in batches of `DENSE_BATCH`.
        epochs: Passes over them; the rate falls to zero in the last one.
        seed: Seed of the weights and of the changes.
        num_classes: Number of classes.
    """
    optimizer = one_cycle_adamw(2e-3, -(-rows // DENSE_BATCH) * epochs)
    net = build_mlp(
        (28, 28), (512, 512), num_classes, scale=1 / 255, optimizer=optimizer, seed=seed
    )
    return net, RandomChanges(**CHANGES, seed=seed)


def convnet_recipe(
    rows: int,
    epochs: int,
    seed: int,
    *,
    num_classes: int = 10,
    changes: Mapping[str, Any] = CHANGES,
) -> tuple[keras.Model, RandomChanges]:
    """Return a convolutional net likewise.

    Args:
        rows: Training rows, in batches of `CONVNET_BATCH`.
        epochs: Passes over them; the rate falls to zero in the last one.
        seed: Seed of the weights and of the changes.
        num_classes: Number of classes.
        changes: Arguments of `RandomChanges`.
    """
    optimizer = one_cycle_adamw(1e-2, -(-rows // CONVNET_BATCH) * epochs)
    net = build_convnet((28, 28), num_classes, optimizer=optimizer, seed=seed)
    return net, RandomChanges(**changes, seed=seed)

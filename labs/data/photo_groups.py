"""Find the images that are slightly changed copies of one photo.

Sign Language MNIST was made by cropping, rotating and brightening some 1,700 photos many
times over, and does not say which images belong together. Copies correlate far more than
photos of different hands do.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SAME_PHOTO = 0.985
"""Correlation above which two images of one letter are taken for copies of one photo."""


def find_photo_groups(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Number the photos that images were made from.

    Images of the same label are linked if the Pearson correlation of their pixels is above
    0.985; a group is a connected component of these links. So brightness and contrast do
    not matter, and two images far apart are in one group if a chain of copies joins them.

    Args:
        x: Images `(rows, ...)`.
        y: Labels `(rows,)`.

    Returns:
        Group ids 0, 1, … `(rows,)` int64.
    """
    pixels = x.reshape(len(x), math.prod(x.shape[1:]))
    groups = np.full(len(x), -1, dtype=np.int64)
    num_groups = 0
    for label in np.unique(y):
        rows = np.flatnonzero(y == label)
        found, components = connected_components(_links(pixels[rows]), directed=False)
        groups[rows] = num_groups + components
        num_groups += found
    return groups


def _links(pixels: np.ndarray) -> coo_array:
    """Return which images correlate above the threshold, as a sparse `(rows, rows)` matrix."""
    centered = pixels - pixels.mean(axis=1, keepdims=True, dtype=np.float32)
    norms = np.linalg.norm(centered, axis=1, keepdims=True)
    unit = centered / np.maximum(norms, np.float32(1e-6))  # A uniform image is like no other.
    first, second = np.nonzero(unit @ unit.T > SAME_PHOTO)
    return coo_array((np.ones(len(first), dtype=bool), (first, second)), shape=2 * (len(pixels),))

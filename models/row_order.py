"""In which order an epoch visits the rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def row_order(rows: int, shuffle: bool, seed: int | None) -> Callable[[int], np.ndarray]:
    """Return the function that gives an epoch's order of rows.

    The order of epoch `e` depends on `(seed, e)` alone. So training resumed at epoch
    `e` sees what an unbroken run sees, and a replica what a net trained alone sees.

    Args:
        rows: Number of rows.
        shuffle: False keeps the rows as they are.
        seed: Non-negative seed; None draws one from NumPy's global state, which
            `keras.utils.set_random_seed` sets.

    Returns:
        A function from the epoch, counted from 0, to a permutation, `(rows,)` int32.

    Raises:
        ValueError: If the seed is negative.
    """
    if not shuffle:
        in_order = np.arange(rows, dtype=np.int32)
        return lambda epoch: in_order
    if seed is None:
        seed = int(np.random.randint(2**31))
    if seed < 0:
        raise ValueError(f"seed is a non-negative integer or None, got {seed}.")
    return lambda epoch: np.random.default_rng((seed, epoch)).permutation(rows).astype(np.int32)

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from labs.data.fingerprint import fingerprint


def test_digest_covers_dtype_shape_and_bytes() -> None:
    array = np.array([[1, 2]], dtype=np.uint8)
    assert fingerprint(array) == hashlib.sha256(b"|u1(1, 2)\x01\x02").hexdigest()


def test_byte_order_and_memory_layout_do_not_matter() -> None:
    array = np.arange(6, dtype="<i8").reshape(2, 3)
    assert fingerprint(array) == fingerprint(array.astype(">i8"))
    assert fingerprint(array) == fingerprint(np.asfortranarray(array))
    assert fingerprint(array) == fingerprint(np.repeat(array, 2, axis=0)[::2])


@pytest.mark.parametrize(
    "other",
    [
        np.array([0, 1, 2, 4]),
        np.array([[0, 1], [2, 3]]),
        np.array([0, 1, 2, 3], dtype=np.int32),
        np.array([0.0, 1.0, 2.0, 3.0]),
        np.array([3, 2, 1, 0]),
    ],
)
def test_another_array_has_another_digest(other: np.ndarray) -> None:
    assert fingerprint(np.array([0, 1, 2, 3])) != fingerprint(other)


def test_order_of_the_arrays_counts() -> None:
    first, second = np.array([1]), np.array([2])
    assert fingerprint(first, second) != fingerprint(second, first)


def test_python_objects_are_refused() -> None:
    with pytest.raises(TypeError, match="dtype object"):
        fingerprint(np.array(["a", None], dtype=object))

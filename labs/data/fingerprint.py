"""A checksum of arrays or of a file, to say which numbers an experiment really saw."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from labs.errors import InputError


def fingerprint(*arrays: np.ndarray) -> str:
    """Return the SHA-256 of the arrays' dtypes, shapes and values.

    The same arrays in the same order give the same digest on every machine: byte order
    and memory layout do not matter, dtype and shape do.

    Args:
        *arrays: Arrays of numbers or fixed-width text.

    Returns:
        64 hexadecimal digits.

    Raises:
        TypeError: If an array holds Python objects, whose bytes are mere addresses.
    """
    digest = hashlib.sha256()
    for array in arrays:
        if array.dtype.hasobject:
            raise TypeError(
                f"Expected arrays of numbers, got dtype {array.dtype} with shape {array.shape}; "
                "convert it first, e.g. with astype('float64')."
            )
        portable = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        digest.update(f"{portable.dtype.str}{array.shape}".encode())
        digest.update(portable.tobytes())
    return digest.hexdigest()


def file_fingerprint(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, 64 hexadecimal digits.

    Raises:
        InputError: If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error}); correct or replace it.") from error

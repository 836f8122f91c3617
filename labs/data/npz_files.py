"""Arrays in .npz files: read with distrust, written whole or not at all."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from labs.atomic import replacing
from labs.errors import InputError, shorten

LARGEST = 2**29
"""Bytes of the unpacked arrays; those of MNIST have 55 million."""


def read_npz(
    path: Path, keys: tuple[str, ...] | None = None, *, packed: bool = True
) -> dict[str, np.ndarray]:
    """Read arrays from an .npz file, without ever unpickling anything.

    Args:
        path: The file.
        keys: Names of the arrays that must be there, others are not read; None reads all.

        packed: Whether it may unpack to more than its own size, up to `LARGEST`. What `write_npz`
            has written does not, and may be of any size.

    Raises:
        InputError: If the file cannot be read, lacks an array, holds Python objects or
            unpacks to too much.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {name.removesuffix(".npy"): name for name in archive.namelist()}
            keys = tuple(members) if keys is None else keys
            missing = [key for key in keys if key not in members]
            if missing:
                raise InputError(
                    f"{path} has no array {missing[0]!r} but {shorten([*members])}, expected "
                    f"{list(keys)}; save them with numpy.savez_compressed."
                )
            size = sum(archive.getinfo(members[key]).file_size for key in keys)
            most = LARGEST if packed else path.stat().st_size
            if size > most:  # More than is said here is never unpacked.
                raise InputError(
                    f"{path} unpacks to {size:,} bytes, expected at most {most:,}; save only "
                    "what is needed, images as uint8."
                )
            return {key: _read_array(archive, members[key]) for key in keys}
    except InputError:
        raise
    except Exception as error:  # What a changed file makes NumPy raise is of any type.
        raise InputError(
            f"{path} cannot be read as an .npz file of plain arrays ({error}); replace it."
        ) from error


def _read_array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    with archive.open(name) as member:
        return np.lib.format.read_array(member, allow_pickle=False)


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays to an .npz file that is either whole or not there.

    Args:
        path: The file; its folder is made if it does not exist.
        arrays: The arrays by name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        np.savez(temporary, allow_pickle=False, **arrays)

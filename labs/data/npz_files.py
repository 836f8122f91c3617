"""Arrays in .npz files: read with distrust, written whole or not at all."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np

from labs.errors import InputError

UNREADABLE = (
    OSError, ValueError, EOFError, KeyError, RuntimeError, MemoryError,
    zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What NumPy raises for files that are cut short, altered, or of another kind."""


def read_npz(path: Path, keys: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Read arrays from an .npz file, without ever unpickling anything.

    Args:
        path: The file.
        keys: Names of the arrays that must be there; others are not read.

    Raises:
        InputError: If the file cannot be read, lacks an array or holds Python objects.
    """
    try:
        with path.open("rb") as file:  # NumPy leaves a broken file open if it opens it itself.
            arrays = np.load(file, allow_pickle=False)
            if not isinstance(arrays, np.lib.npyio.NpzFile):
                raise InputError(f"{path} holds one array, expected an .npz file with {keys}.")
            missing = [key for key in keys if key not in arrays.files]
            if missing:
                raise InputError(
                    f"{path} has no array {missing[0]!r} but {arrays.files}, expected "
                    f"{list(keys)}; save them with numpy.savez_compressed."
                )
            found = {key: arrays[key] for key in keys}
    except UNREADABLE as error:
        raise InputError(
            f"{path} cannot be read as an .npz file of plain arrays ({error}); replace it."
        ) from error
    strangers = [key for key in keys if not isinstance(found[key], np.ndarray)]
    if strangers:
        raise InputError(f"{path}: {strangers[0]!r} is no array; save it with numpy.savez.")
    return found


def write_npz(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays to an .npz file that is either whole or not there.

    Args:
        path: The file; its folder is made if it does not exist.
        arrays: The arrays by name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npz", delete=False) as file:
        temporary = Path(file.name)
    try:
        np.savez(temporary, allow_pickle=False, **arrays)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

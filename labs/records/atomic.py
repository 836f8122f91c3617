"""Files that are either the old one or the new one, never half of one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write a file in one step, whatever writes it.

    The block fills a temporary file beside `path`, with the same suffix because savers
    such as Keras's look at it. When the block ends, the file is forced to disk and takes
    the place of `path`; when it raises, `path` stays as it was. A kill in between leaves
    a hidden `.name.PID.suffix` file beside the untouched old one.

    Args:
        path: The file to write. Its folder exists.

    Yields:
        The temporary path to write to.
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)

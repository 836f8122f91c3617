"""Small CSV files in the form of Sign Language MNIST."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

RAW_LABELS = [label for label in range(25) if label != 9]
HEADER = ["label", *(f"pixel{number}" for number in range(1, 785))]

Table = list[list[str]]


def table(seed: int, rows: int = 48) -> Table:
    pixels = np.random.default_rng(seed).integers(0, 256, (rows, 784))
    labels = [RAW_LABELS[row % 24] for row in range(rows)]
    return [HEADER, *([str(v) for v in (y, *x)] for y, x in zip(labels, pixels, strict=True))]


def to_text(rows: Table) -> bytes:
    return "".join(",".join(row) + "\r\n" for row in rows).encode()


def write_pair(folder: Path, train: Table | None = None, zipped: bool = False) -> tuple[Path, Path]:
    paths = []
    for part, rows in (("train", train or table(0)), ("test", table(1, 24))):
        path = folder / f"sign_mnist_{part}.csv{'.gz' if zipped else ''}"
        path.write_bytes(gzip.compress(to_text(rows)) if zipped else to_text(rows))
        paths.append(path)
    return paths[0], paths[1]

"""Points in a plane as a net gets them: features of both coordinates, and three parts of rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split

from labs.data.dataset import Dataset, Part, RowsCode
from labs.data.fingerprint import fingerprint
from labs.data.formulas import as_numpy, evaluate
from labs.data.point_files import read_points, reading_code
from labs.data.points import DRAWN, Points, draw_points, drawing_code
from labs.errors import InputError

SHORT = {"x1x2": "x1*x2"}
"""What TensorFlow Playground calls a feature, and its formula."""


def compute_features(formulas: Sequence[str], points: np.ndarray) -> np.ndarray:
    """Return features of points.

    Args:
        formulas: Such as `"x1"`, `"x1^2"` or `"sin(x1)"`; `"x1x2"` is their product.
        points: `(rows, 2)`.

    Returns:
        `(rows, features)` float32.

    Raises:
        InputError: If one is no formula, or no finite number somewhere, or the same everywhere.
    """
    known = {"x1": points[:, 0], "x2": points[:, 1]}
    values = [evaluate(SHORT.get(text, text), known) for text in formulas]
    columns = [np.broadcast_to(column, len(points)) for column in values]
    with np.errstate(over="ignore"):  # It is said below.
        x = np.column_stack(columns).astype(np.float32)
    for text, column in zip(formulas, x.T, strict=True):
        if not np.isfinite(column).all() or np.ptp(column) == 0:
            raise InputError(
                f"--features {text} goes from {column.min():g} to {column.max():g}, expected "
                "finite numbers that differ; leave it out, or give another formula in x1 and x2."
            )
    return x


class Plane(NamedTuple):
    """Points, and what a net gets of them.

    Attributes:
        points: All points; a target that is a number is in standard deviations from its mean over
            the training points.
        dataset: Their features, `(rows, features)` float32, without class names where the target
            is a number.
        validation: Rows that are neither in its training nor in its test part.
        learned: The training points alone.
        code: How a script comes by the training and the validation rows, from a `SEED`.
    """

    points: Points
    dataset: Dataset
    validation: Part
    learned: Points
    code: RowsCode


def load_plane(
    data: str, formulas: Sequence[str], seed: int, *, rows: int, noise: float, classes: bool
) -> Plane:
    """Draw or read points, compute their features, and divide them, classes in proportion.

    Args:
        data: A key of `DRAWN`, or the path of a CSV file.
        formulas: The features, as for `compute_features`.
        seed: Seed of points that are drawn, and of the division.
        rows: How many are drawn; a file has its own.
        noise: As for `draw_points`.
        classes: Whether the target is a class, or a number.

    Raises:
        InputError: If the file or a feature cannot be used.
    """
    path, imports = Path(data).resolve(), ["from sklearn.model_selection import train_test_split"]
    if data in DRAWN:
        points = draw_points(data, rows, noise, seed, classes=classes)
        code = drawing_code(data, rows, noise, classes=classes)
    else:
        points, code = read_points(path, classes=classes), reading_code(path, classes=classes)
        imports.insert(0, "import pandas as pd")
    x, target = compute_features(formulas, points.points), points.target
    draw = partial(train_test_split, random_state=seed)
    rest, test = draw(np.arange(len(x)), test_size=1 / 4, stratify=target if classes else None)
    kept = target[rest] if classes else None
    train, validation = draw(rest, test_size=1 / 3, stratify=kept)
    if not classes:
        target = ((target - target[train].mean()) / target[train].std()).astype(np.float32)
    parts = [Part(x[part], target[part]) for part in (train, validation, test)]
    dataset = Dataset(
        name=path.name,
        train=parts[0],
        test=parts[2],
        class_names=points.class_names or (),
        source=f"{points.source}, sha256 {fingerprint(x, target)}",
        feature_names=tuple(formulas),
    )
    return Plane(
        points._replace(target=target),
        dataset,
        parts[1],
        points._replace(points=points.points[train], target=target[train]),
        RowsCode(f"{code}\n{plane_code(formulas, classes=classes)}", imports),
    )


def plane_code(formulas: Sequence[str], *, classes: bool) -> str:
    """Return code that does what this module does, from `points` and `target` on, with `SEED`.

    Args:
        formulas: The features, as for `compute_features`.
        classes: Whether the target is a class.
    """
    columns = ", ".join(as_numpy(SHORT.get(text, text)) for text in formulas)
    of_all, of_rest = ("stratify=target, ", "stratify=target[rest], ") if classes else ("", "")
    y = "" if classes else "target = (target - target[train].mean()) / target[train].std()\n"
    return f"""x1, x2 = points.T
x = np.column_stack([{columns}]).astype("float32")
rest, test = train_test_split(np.arange(len(x)), test_size=1 / 4, {of_all}random_state=SEED)
train, val = train_test_split(rest, test_size=1 / 3, {of_rest}random_state=SEED)
{y}x_train, y_train, x_val, y_val = x[train], target[train], x[val], target[val]"""

"""Find the usual mistakes in a data set before a net is trained on it.

Each mistake below was made in public by somebody and cost a result: validation pixels not
divided by 255 while training pixels were, labels divided by 255, a label missing from the
numbering, a transform fitted on training and test rows together, the test set used as
validation data. Whether the model scales its inputs at all cannot be seen from the data;
here scaling is a layer of the model, and raw inputs are what is expected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from labs.data.dataset import Dataset, Part
from labs.data.label_checks import find_label_problems
from labs.data.leak_checks import find_leaks
from labs.data.problem import Problem
from labs.data.scale_checks import find_scale_problems


def check(dataset: Dataset, validation: Part | None = None) -> list[str]:
    """Stop if the data set has a problem that is not among its known ones.

    Args:
        dataset: The data set; its training part must not hold the validation rows any
            more: `dataclasses.replace(dataset, train=train)` after `split`.
        validation: The validation part, if rows were split off already.

    Returns:
        A sentence for each known problem that was found, to be printed and recorded.

    Raises:
        ValueError: If there is a problem whose kind is not in `dataset.known_problems`;
            the message lists all of these.
    """
    problems = find_problems(dataset, validation)
    unknown = [p.sentence for p in problems if p.kind not in dataset.known_problems]
    if unknown:
        raise ValueError("\n- ".join([f"Problems in the data set {dataset.name!r}:", *unknown]))
    return [p.sentence for p in problems]


def find_problems(dataset: Dataset, validation: Part | None = None) -> list[Problem]:
    """Return everything that is wrong with the data set, known problems included.

    Parts that cannot be compared (without rows, with inputs that are no finite numbers, or
    of different shapes) are not compared any further.

    Args:
        dataset: The data set, its training part without the validation rows.
        validation: The validation part, if rows were split off already.

    Returns:
        The problems in the order of the checks; empty if there are none.
    """
    parts = {"training": dataset.train, "validation": validation, "test": dataset.test}
    given = {name: part for name, part in parts.items() if part is not None}
    empty = [
        Problem("empty-part", f"The {name} part has no rows: load or split the data again.")
        for name, part in given.items()
        if not len(part)
    ]
    if empty:
        return empty
    problems = [
        *_find_unlike_inputs(given),
        *_find_non_finite(given, dataset.feature_names),
    ]
    comparable = all(p.kind == "unlike-dtype" for p in problems)
    problems += find_label_problems(given, dataset.num_classes)
    if comparable:
        problems += find_scale_problems(given, is_table=bool(dataset.feature_names))
        problems += find_leaks(given)
    return problems


def _find_unlike_inputs(parts: Mapping[str, Part]) -> Iterator[Problem]:
    expected = parts["training"].x
    for name, part in parts.items():
        if part.x.dtype.kind not in "buif":
            yield Problem(
                "not-numeric",
                f"The {name} inputs have dtype {part.x.dtype}: turn them into numbers first.",
            )
        elif part.x.dtype != expected.dtype:
            yield Problem(
                "unlike-dtype",
                f"The {name} inputs are {part.x.dtype} but the training inputs are "
                f"{expected.dtype}: load and convert both the same way.",
            )
        if part.x.shape[1:] != expected.shape[1:]:
            yield Problem(
                "unlike-shape",
                f"A {name} sample has shape {part.x.shape[1:]} but a training sample has "
                f"{expected.shape[1:]}: reshape both the same way.",
            )


def _find_non_finite(
    parts: Mapping[str, Part], feature_names: tuple[str, ...]
) -> Iterator[Problem]:
    for name, part in parts.items():
        bad = np.argwhere(~np.isfinite(part.x)) if part.x.dtype.kind == "f" else np.empty((0, 2))
        if len(bad):
            row, *place = (int(index) for index in bad[0])
            where = f"feature {feature_names[place[0]]!r}" if feature_names else f"place {place}"
            yield Problem(
                "not-finite",
                f"The {name} inputs hold {len(bad)} NaN or infinite values, the first in row "
                f"{row}, {where}: drop these rows or fill in values learned from training rows.",
            )

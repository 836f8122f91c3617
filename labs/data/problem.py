"""One thing that is wrong with a data set, in words a reader can act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ProblemKind = Literal[
    "empty-part",  # a part without rows
    "not-numeric",  # inputs that are not numbers
    "not-finite",  # NaN or infinite inputs
    "unlike-shape",  # samples of different shape
    "unlike-dtype",  # inputs of different dtype
    "label-type",  # labels that are not one integer per row, e.g. divided by 255
    "label-range",  # labels outside 0..K−1
    "label-gap",  # a label that no part has
    "missing-class",  # a class that one part lacks and another has
    "unlike-scale",  # inputs of one part on another scale than the training inputs
    "own-scaling",  # validation or test inputs scaled by their own statistics
    "pooled-scaling",  # a transform fitted on training rows and others together
    "test-as-validation",  # the test set used as validation data
    "shared-rows",  # equal rows in two parts
    "shared-groups",  # one group in the training and the validation part
    "test-shares-groups",  # one group in the test part and another one
]


@dataclass(frozen=True)
class Problem:
    """A finding of `find_problems`.

    Attributes:
        kind: What sort of problem, for programs; see `ProblemKind`.
        sentence: What was found, where, and the remedy, for readers.
    """

    kind: ProblemKind
    sentence: str

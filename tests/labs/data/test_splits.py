from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from labs.data.dataset import Part, join
from labs.data.splits import fewer, folds, random_split, split

Divide = Callable[[Part, float, int], tuple[Part, Part]]


def rows(*counts: int) -> Part:
    """A part with that many rows of class 0, 1, ...; x is the row number."""
    y = np.repeat(np.arange(len(counts)), counts)
    return Part(np.arange(len(y)), y)


def photos(copies: int = 7, photos_per_class: int = 20, num_classes: int = 3) -> Part:
    """Like Sign Language MNIST: each group is one photo's copies, all of one class."""
    groups = np.repeat(np.arange(photos_per_class * num_classes), copies)
    y = groups % num_classes
    order = np.random.default_rng(0).permutation(len(y))
    return Part(np.arange(len(y)), y[order], groups[order])


def shared_groups(train: Part, validation: Part) -> set[object]:
    assert train.groups is not None
    assert validation.groups is not None
    return set(train.groups) & set(validation.groups)


def test_split_keeps_classes_in_proportion() -> None:
    train, validation = split(rows(80, 20), 0.25, seed=0)
    assert np.bincount(train.y).tolist() == [60, 15]
    assert np.bincount(validation.y).tolist() == [20, 5]


@pytest.mark.parametrize("divide", [split, random_split])
def test_every_row_is_on_one_side_with_its_own_label_and_group(divide: Divide) -> None:
    part = photos()
    train, validation = divide(part, 0.3, 1)
    assert sorted([*train.x, *validation.x]) == list(range(len(part)))
    for side in (train, validation):
        assert side.y.tolist() == part.y[side.x].tolist()
        assert part.groups is not None
        assert side.groups is not None
        assert side.groups.tolist() == part.groups[side.x].tolist()


@pytest.mark.parametrize("divide", [split, random_split])
def test_seed_decides_the_split(divide: Divide) -> None:
    part = photos()
    first, again, other = (divide(part, 0.2, seed)[1].x for seed in (5, 5, 6))
    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


@pytest.mark.parametrize("seed", range(5))
def test_split_keeps_groups_together_and_classes_in_proportion(seed: int) -> None:
    train, validation = split(photos(), 0.2, seed)
    assert not shared_groups(train, validation)
    # 4 of each class's 20 photos with 7 copies each.
    assert np.bincount(validation.y).tolist() == [28, 28, 28]


def test_split_comes_near_the_fraction_with_groups_of_mixed_classes_and_sizes() -> None:
    rng = np.random.default_rng(0)
    groups = rng.choice(40, size=4000, p=rng.dirichlet(np.full(40, 2.0)))
    part = Part(np.zeros((4000, 1)), rng.integers(0, 5, 4000), groups)
    largest = np.bincount(groups).max() / 4000
    for seed in range(10):
        _, validation = split(part, 0.25, seed)
        # Whole groups cannot come nearer for sure than half of the largest one.
        assert abs(len(validation) / len(part) - 0.25) <= largest / 2


def test_groups_may_be_text() -> None:
    part = Part(np.arange(8), np.array([0, 0, 0, 0, 1, 1, 1, 1]), np.array(list("aabbccdd")))
    train, validation = split(part, 0.5, 0)
    assert not shared_groups(train, validation)
    assert np.bincount(train.y).tolist() == np.bincount(validation.y).tolist() == [2, 2]


def test_random_split_tears_groups_apart() -> None:
    train, validation = random_split(photos(), 0.2, 0)
    assert len(shared_groups(train, validation)) > 40


def test_fewer_rows_are_of_as_many_photos_and_classes_as_before() -> None:
    part = photos(copies=7, photos_per_class=20)
    kept = fewer(part, 60, seed=0)
    assert len(kept) == 60
    assert np.bincount(kept.y).tolist() == [20, 20, 20]
    assert kept.groups is not None
    assert len(np.unique(kept.groups)) > 30
    assert len(split(kept, 0.2, seed=0)[1])
    assert fewer(part, 1000, seed=0) is part
    assert len(fewer(part, len(part) - 1, seed=0)) == len(part) - 1


@pytest.mark.parametrize("part", [rows(30, 20), photos()])
def test_folds_hold_out_every_row_once(part: Part) -> None:
    pairs = folds(part, 5, seed=0)
    held_out = np.concatenate([validation for _, validation in pairs])
    assert sorted(held_out) == list(range(len(part)))
    for train, validation in pairs:
        assert sorted([*train, *validation]) == list(range(len(part)))


def test_folds_keep_classes_in_proportion() -> None:
    part = rows(30, 20)
    for _, validation in folds(part, 5, seed=0):
        assert np.bincount(part.y[validation]).tolist() == [6, 4]


def test_folds_keep_groups_together_and_classes_in_proportion() -> None:
    part = photos()
    assert part.groups is not None
    for train, validation in folds(part, 5, seed=0):
        assert not np.intersect1d(part.groups[train], part.groups[validation]).size
        assert np.bincount(part.y[validation]).tolist() == [28, 28, 28]


def test_seed_decides_the_folds() -> None:
    first, again, other = (folds(photos(), 4, seed)[0][1].tolist() for seed in (0, 0, 1))
    assert first == again != other


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, 20, float("nan")])
@pytest.mark.parametrize("part", [rows(10, 10), photos()])
def test_fraction_out_of_range_is_refused(part: Part, fraction: float) -> None:
    with pytest.raises(ValueError, match="fraction must lie between 0 and 1"):
        split(part, fraction, 0)


def test_fewer_rows_than_classes_is_refused() -> None:
    with pytest.raises(ValueError, match="1 validation rows for 3 classes"):
        split(rows(3, 3, 3), 0.1, 0)
    with pytest.raises(ValueError, match="0 rows"):
        split(rows(), 0.5, 0)


def test_class_with_one_row_is_refused() -> None:
    with pytest.raises(ValueError, match="Class 1 has 1 rows, but 2 are needed"):
        split(rows(50, 1), 0.2, 0)


def test_class_that_misses_one_side_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Class 1 has too few rows .* validation part got none"):
        split(rows(98, 2), 0.1, 0)


def test_class_with_one_group_is_refused() -> None:
    part = Part(np.arange(6), np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 2, 2]))
    with pytest.raises(ValueError, match="Class 1 has too few groups"):
        split(part, 0.5, 0)


def test_more_folds_than_members_are_refused() -> None:
    with pytest.raises(ValueError, match="Class 1 has 3 rows, but 4 are needed"):
        folds(rows(10, 3), 4, 0)
    with pytest.raises(ValueError, match="Class 0 has 20 groups, but 21 are needed"):
        folds(photos(), 21, 0)
    with pytest.raises(ValueError, match="at least 2 folds, got 1"):
        folds(rows(10, 10), 1, 0)


def test_parts_can_be_joined_again() -> None:
    part = Part(np.arange(6).reshape(3, 2), np.array([0, 1, 0]), np.array([7, 8, 9]))
    again = join(part.take(np.array([0])), part.take(np.array([1, 2])))
    np.testing.assert_array_equal(again.x, part.x)
    np.testing.assert_array_equal(again.y, part.y)
    np.testing.assert_array_equal(again.groups, part.groups)
    ungrouped = join(part, Part(part.x, part.y))
    assert len(ungrouped) == 6
    assert ungrouped.groups is None

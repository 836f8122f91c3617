from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from labs.data.checks import check
from labs.data.dataset import Dataset, Part
from labs.data.drawn_hands import load_drawn_hands
from labs.data.fingerprint import fingerprint
from labs.data.hand_poses import POSES, build_limbs
from labs.data.sign_csv import LETTERS
from labs.data.splits import random_split, split


@pytest.fixture(scope="module")
def hands() -> Dataset:
    return load_drawn_hands()


def one_neighbor_accuracy(train: Part, other: Part) -> float:
    x_train, x_other = (p.x.reshape(len(p), -1).astype(np.float32) for p in (train, other))
    neighbor = KNeighborsClassifier(1).fit(x_train, train.y)
    return float(neighbor.score(x_other, other.y))


def groups_of(part: Part) -> set[int]:
    assert part.groups is not None
    return set(part.groups.tolist())


def test_every_signer_shows_every_letter(hands: Dataset) -> None:
    assert hands.class_names == LETTERS
    assert (len(hands.train), len(hands.test)) == (2400, 720)
    for part, signers in ((hands.train, range(20)), (hands.test, range(20, 26))):
        assert part.x.dtype == np.uint8
        assert part.x.shape[1:] == (28, 28)
        assert part.y.dtype == np.int64
        assert groups_of(part) == set(signers)
        assert part.groups is not None
        pairs = np.stack([part.y, part.groups], axis=1)
        _, copies = np.unique(pairs, axis=0, return_counts=True)
        assert copies.tolist() == [5] * 24 * len(signers)
    assert check(hands) == []


def test_name_and_source_tell_of_the_stand_in(hands: Dataset) -> None:
    arrays = hands.train.x, hands.train.y, hands.test.x, hands.test.y
    assert hands.name == "drawn hands, in place of Sign Language MNIST"
    assert hands.source == (
        "drawn with seed 0: 20 and 6 signers, 5 copies a photo, sha256 " + fingerprint(*arrays)
    )


def test_seed_decides_the_drawing() -> None:
    first, again, other = (load_drawn_hands(2, 1, 1, seed) for seed in (3, 3, 4))
    assert np.array_equal(first.train.x, again.train.x)
    assert np.array_equal(first.test.x, again.test.x)
    assert not np.array_equal(first.train.x, other.train.x)


def test_grey_levels_are_like_the_published_images(hands: Dataset) -> None:
    # Sign Language MNIST: mean 159; standard deviation within an image 26 to 59.
    assert 145 < hands.train.x.mean() < 175
    assert 20 < np.median(hands.train.x.std(axis=(1, 2))) < 50
    assert (hands.train.x.max(axis=(1, 2)) - hands.train.x.min(axis=(1, 2))).min() > 50


def test_a_grouped_split_never_shares_a_signer_and_a_random_one_does(hands: Dataset) -> None:
    train, validation = split(hands.train, 0.2, 0)
    assert not groups_of(train) & groups_of(validation)
    assert len(groups_of(validation)) == 4
    train, validation = random_split(hands.train, 0.2, 0)
    assert groups_of(train) == groups_of(validation)


@pytest.mark.parametrize("seed", range(3))
def test_random_validation_flatters_and_grouped_validation_does_not(
    hands: Dataset, seed: int
) -> None:
    random = one_neighbor_accuracy(*random_split(hands.train, 0.2, seed))
    grouped = one_neighbor_accuracy(*split(hands.train, 0.2, seed))
    test = one_neighbor_accuracy(hands.train, hands.test)
    assert random > 0.95
    assert random - grouped > 0.2
    # Far above the 1/24 of guessing: letters are alike across people.
    assert grouped > 0.45
    assert test > 0.45
    assert abs(grouped - test) < abs(random - test)


def limbs_of(letter: str) -> np.ndarray:
    """Return where the tips of the index, middle, ring and little finger and thumb are."""
    pose = POSES[letter]
    limbs = build_limbs(
        np.array([pose.fingers], dtype=float),
        np.array([pose.thumb]),
        np.array([pose.turn], dtype=float),
        np.ones(1),
        np.ones(1),
    )
    return limbs.ends[0, [2, 5, 8, 11, 18]]


def test_fingers_point_where_the_manual_alphabet_has_them() -> None:
    up = {"B": (0, 1, 2, 3), "D": (0,), "I": (3,), "U": (0, 1), "W": (0, 1, 2), "Y": (3,)}
    for letter, fingers in up.items():
        tips = limbs_of(letter)[:4, 1]
        assert [finger for finger in range(4) if tips[finger] > 1.2] == list(fingers)
    assert limbs_of("G")[0, 0] > 1.5  # to the right
    assert limbs_of("Q")[0, 1] < -1.5  # down
    assert limbs_of("P")[0, 0] < -1.0  # to the left
    crossed, apart = limbs_of("R"), limbs_of("V")
    assert crossed[0, 0] < crossed[1, 0]
    assert apart[0, 0] > apart[1, 0] + 0.5
    circle = limbs_of("O")
    assert np.linalg.norm(circle[0] - circle[4]) < 0.35


def test_straight_finger_is_as_long_as_its_phalanges() -> None:
    # Middle finger: knuckle at height 1.06, phalanges 0.57 + 0.36 + 0.27.
    assert limbs_of("B")[1] == pytest.approx((0.12, 2.26, 0))

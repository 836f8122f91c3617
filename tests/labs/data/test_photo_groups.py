from __future__ import annotations

import numpy as np

from labs.data.photo_groups import find_photo_groups


def at_correlation(first: np.ndarray, correlation: float, seed: int) -> np.ndarray:
    """Return a vector of mean 0 and norm 1 with this correlation to another such vector."""
    other = np.random.default_rng(seed).normal(size=first.shape)
    other -= other.mean()
    other -= (other @ first) * first
    return correlation * first + np.sqrt(1 - correlation**2) * other / np.linalg.norm(other)


def unit(seed: int) -> np.ndarray:
    x = np.random.default_rng(seed).normal(size=784)
    x -= x.mean()
    return x / np.linalg.norm(x)


def images(*vectors: np.ndarray) -> np.ndarray:
    return (np.stack(vectors) * 2000 + 128).reshape(-1, 28, 28)


def test_images_are_linked_above_the_threshold_only() -> None:
    photo = unit(0)
    x = images(photo, at_correlation(photo, 0.987, 1), at_correlation(photo, 0.983, 2))
    groups = find_photo_groups(x, np.zeros(3, dtype=np.int64))
    assert groups.tolist() == [0, 0, 1]
    assert groups.dtype == np.int64


def test_a_chain_of_copies_is_one_group() -> None:
    first = unit(0)
    second = at_correlation(first, 0.99, 1)
    third = at_correlation(second, 0.99, 2)
    assert first @ third < 0.985
    assert find_photo_groups(images(first, third, second), np.zeros(3)).tolist() == [0, 0, 0]


def test_images_of_different_letters_are_never_linked() -> None:
    photo = unit(0)
    groups = find_photo_groups(images(photo, photo, unit(1), photo), np.array([3, 5, 3, 5]))
    assert groups.tolist() == [0, 2, 1, 2]


def test_brightness_and_contrast_do_not_matter() -> None:
    photo = images(unit(0))
    x = np.concatenate([photo, photo * 0.3 + 90, 255 - photo]).clip(0, 255).astype(np.uint8)
    assert find_photo_groups(x, np.zeros(3)).tolist() == [0, 0, 1]


def test_uniform_images_are_like_no_other() -> None:
    x = np.stack([np.full((28, 28), level, dtype=np.uint8) for level in (0, 0, 255)])
    assert sorted(find_photo_groups(x, np.zeros(3))) == [0, 1, 2]


def test_no_images_have_no_groups() -> None:
    assert find_photo_groups(np.zeros((0, 28, 28), np.uint8), np.zeros(0)).tolist() == []

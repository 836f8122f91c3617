"""Drawn hands, to stand in for Sign Language MNIST where there is no network."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from labs.data.dataset import Dataset, Part
from labs.data.fingerprint import fingerprint
from labs.data.hand_drawing import draw_hands
from labs.data.hand_poses import POSES, Limbs, build_limbs

SIDE = 28
FINE = 2 * SIDE  # photos are drawn at this size and shrunk when they are copied


def load_drawn_hands(
    train_signers: int = 20, test_signers: int = 6, copies: int = 5, seed: int = 0
) -> Dataset:
    """Draw the 24 letters as signed by people who differ in hand, habit, light and place.

    Each person is photographed once per letter; as in Sign Language MNIST, each photo is
    then copied several times with small changes of place, rotation, brightness and noise.
    Groups are the people: what must not be separated is the same hand in the same light.

    Args:
        train_signers: Number of people in the training part, at least 1.
        test_signers: Number of other people in the test part, at least 1.
        copies: Number of copies of each photo, at least 1.
        seed: Seed of everything drawn.

    Returns:
        2,400 training and 720 test rows unless told otherwise, `x` `(rows, 28, 28)` uint8,
        `y` `(rows,)` int64 0–23, `groups` `(rows,)` int64.
    """
    rng = np.random.default_rng(seed)
    signers = train_signers + test_signers
    photos = _take_photos(signers, rng)
    x = _copy(photos, copies, rng)
    letters, people = (
        np.repeat(index.ravel(), copies) for index in np.indices((len(POSES), signers))
    )
    is_train = people < train_signers
    train, test = (
        Part(x[rows], letters[rows], people[rows])
        for rows in (np.flatnonzero(is_train), np.flatnonzero(~is_train))
    )
    return Dataset(
        name="drawn hands, in place of Sign Language MNIST",
        train=train,
        test=test,
        class_names=tuple(POSES),
        source=f"drawn with seed {seed}: {train_signers} and {test_signers} signers, {copies} "
        f"copies a photo, sha256 {fingerprint(train.x, train.y, test.x, test.y)}",
    )


def _take_photos(signers: int, rng: np.random.Generator) -> np.ndarray:
    """Return a photo of each letter by each signer, `(letters, signers, FINE, FINE)`."""
    shape = (len(POSES), signers)

    def vary(mean: float, person: float, photo: float, *size: int) -> np.ndarray:
        """Draw a trait that differs by person and, a little, from photo to photo."""
        habit = rng.normal(0, person, (1, signers, *size))
        mood = rng.normal(0, photo, (*shape, *size))
        return (mean + habit + mood).reshape(-1, *size)

    joints, thumbs, turns, arms = (
        np.repeat(np.array(values, dtype=float), signers, axis=0)
        for values in zip(
            *((p.fingers, p.thumb, p.turn, p.arm) for p in POSES.values()), strict=True
        )
    )
    limbs = build_limbs(
        joints=joints + vary(0, 2, 3, 4, 4) * (1, 1, 1, 0.5),
        thumbs=thumbs + vary(0, 0.03, 0.03, 2, 3),
        turns=turns + vary(0, 4, 2.5, 3),
        lengths=vary(1, 0.07, 0),
        widths=vary(1, 0.08, 0),
    )
    limbs = _frame(
        limbs, np.radians(arms + vary(0, 8, 5)), vary(1.06, 0.04, 0.02), vary(0, 0.8, 0.8, 2)
    )
    skin, cloth = np.clip(vary(170, 24, 6), 90, 255), np.clip(vary(90, 50, 5), 20, 230)
    levels = np.repeat(skin[:, None], limbs.radii.shape[1], axis=1)
    levels[:, -1] = cloth
    light = vary(0, 0.35, 0.15, 3) * (1, 1, 0) + (0.1, -0.45, 0.8)
    light /= np.linalg.norm(light, axis=1, keepdims=True)
    backgrounds = _paint_backgrounds(vary(180, 16, 5), vary(0, 14, 5, 2), rng)
    return draw_hands(limbs, levels, light, backgrounds)


def _frame(limbs: Limbs, arms: np.ndarray, zoom: np.ndarray, shift: np.ndarray) -> Limbs:
    """Scale hands to fill the picture, center them, and add a wrist and a sleeve.

    Args:
        limbs: Hands in palm lengths, y up.
        arms: Direction to the elbow in radians `(hands,)`.
        zoom: Size, 1 is average, `(hands,)`.
        shift: Displacement from the center in pixels `(hands, 2)`.
    """
    toward = np.stack([np.cos(arms), np.sin(arms), np.full_like(arms, -0.1)], axis=-1)
    wrist, sleeve, elbow = (toward * reach for reach in (0.0, 0.75, 3.0))
    joined = Limbs(
        np.concatenate([limbs.starts, wrist[:, None], sleeve[:, None]], axis=1),
        np.concatenate([limbs.ends, sleeve[:, None], elbow[:, None]], axis=1),
        np.concatenate(
            [limbs.radii, np.broadcast_to([(0.27, 0.28), (0.36, 0.44)], (len(arms), 2, 2))], axis=1
        ),
    )
    ends = np.concatenate([limbs.starts, limbs.ends], axis=1)[..., :2]
    low, high = ends.min(axis=1) - 0.12, ends.max(axis=1) + 0.12
    extent = (high - low).max(axis=1)
    scale = (0.82 * FINE * zoom / 2.3 * (2.3 / extent) ** 0.6)[:, None, None] * (1, -1, 1)
    center = np.zeros((len(arms), 1, 3))
    center[:, 0, :2] = (low + high) / 2
    place = np.zeros_like(center)
    place[:, 0, :2] = (FINE - 1) / 2 + shift
    return Limbs(
        (joined.starts - center) * scale + place,
        (joined.ends - center) * scale + place,
        joined.radii * scale[..., :1],
    )


def _paint_backgrounds(
    level: np.ndarray, slope: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return walls with a gradient of light and faint spots `(photos, FINE, FINE)`."""
    y, x = np.linspace(-1, 1, FINE)[:, None], np.linspace(-1, 1, FINE)
    gradient = slope[:, 0, None, None] * x + slope[:, 1, None, None] * y
    spots = ndimage.gaussian_filter(rng.normal(0, 60, (len(level), FINE, FINE)), (0, 6, 6))
    return level[:, None, None] + gradient + spots


def _copy(photos: np.ndarray, copies: int, rng: np.random.Generator) -> np.ndarray:
    """Return changed copies of each photo `(photos * copies, 28, 28)` uint8."""
    smooth = ndimage.uniform_filter(photos, (0, 2, 2))
    number = len(photos) * copies
    angles = np.radians(rng.uniform(-3, 3, number))
    centers = (FINE - 1) / 2 + rng.uniform(-1, 1, (number, 2))
    turned = np.empty((number, SIDE, SIDE), dtype=np.float32)
    for row, (angle, center) in enumerate(zip(angles, centers, strict=True)):
        cos, sin = np.cos(angle), np.sin(angle)
        matrix = FINE / SIDE * np.array([[cos, -sin], [sin, cos]])
        offset = center - matrix @ np.full(2, (SIDE - 1) / 2)
        ndimage.affine_transform(
            smooth[row // copies], matrix, offset, output=turned[row], order=1, mode="nearest"
        )
    mean = turned.mean(axis=(1, 2), keepdims=True)
    brightness, contrast = rng.uniform(0.92, 1.08, (2, number, 1, 1))
    changed = mean * brightness + (turned - mean) * contrast + rng.normal(0, 2.5, turned.shape)
    return np.clip(np.round(changed), 0, 255).astype(np.uint8)

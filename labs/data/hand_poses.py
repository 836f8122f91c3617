"""Finger positions of the 24 letters of the American manual alphabet that need no motion.

The hand is a right hand seen by the person it speaks to: x points to the thumb's side,
y up along the palm, z out of the palm. The wrist is the origin and the palm is about 1 long.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

Joints = tuple[float, float, float, float]
"""Flexion of a finger's three joints, and its spread to the thumb's side, in degrees."""

STRAIGHT: Joints = (0, 0, 0, 0)
FIST: Joints = (85, 100, 60, 0)
DRAPED: Joints = (80, 75, 20, 0)  # over the thumb
CUPPED: Joints = (30, 42, 25, 0)
TOUCHING: Joints = (55, 60, 40, 0)  # the tip of the thumb

# Where the thumb's knuckle and tip are.
BESIDE = ((0.60, 0.62, 0.25), (0.60, 1.05, 0.32))
ACROSS = ((0.50, 0.52, 0.52), (0.05, 0.68, 0.70))
INSIDE = ((0.35, 0.50, 0.30), (-0.05, 0.60, 0.34))
OUT = ((0.78, 0.42, 0.05), (1.18, 0.60, 0.05))
OPPOSED = ((0.48, 0.30, 0.55), (0.42, 0.52, 1.00))
UP = ((0.42, 0.62, 0.35), (0.22, 1.15, 0.40))
PARALLEL = ((0.74, 0.60, 0.15), (0.86, 1.08, 0.20))


@dataclass(frozen=True)
class Pose:
    """How one letter is signed.

    Attributes:
        fingers: Joints of the index, middle, ring and little finger.
        thumb: Where the thumb's knuckle and tip are.
        turn: Rotation of the hand about x, y and z in degrees, y first and z last.
        arm: Direction from the wrist to the elbow in the image, in degrees; -90 is down.
    """

    fingers: tuple[Joints, Joints, Joints, Joints]
    thumb: tuple[tuple[float, float, float], tuple[float, float, float]]
    turn: tuple[float, float, float] = (0, 0, 0)
    arm: float = -90


def _spread(joints: Joints, degrees: float) -> Joints:
    return (*joints[:3], degrees)


INDEX_UP = (STRAIGHT, FIST, FIST, FIST)
TWO_UP = (_spread(STRAIGHT, -2), _spread(STRAIGHT, 2), FIST, FIST)
TWO_APART = (_spread(STRAIGHT, 6), (48, 5, 5, -6), FIST, FIST)
TO_THE_RIGHT = (0, 165, -82)  # seen from the back of the hand

POSES = {
    "A": Pose((FIST, FIST, FIST, FIST), BESIDE),
    "B": Pose((_spread(STRAIGHT, -2), STRAIGHT, STRAIGHT, _spread(STRAIGHT, 2)), INSIDE),
    "C": Pose((CUPPED, CUPPED, CUPPED, CUPPED), OPPOSED, (0, 70, 0)),
    "D": Pose((STRAIGHT, TOUCHING, TOUCHING, TOUCHING), ((0.48, 0.5, 0.5), (0.1, 0.85, 0.85)),
              (0, 30, 0)),
    "E": Pose(((20, 115, 60, 0),) * 4, ((0.45, 0.48, 0.42), (-0.12, 0.56, 0.5))),
    "F": Pose(((55, 75, 40, 0), _spread(STRAIGHT, 4), _spread(STRAIGHT, -9),
               _spread(STRAIGHT, -22)), ((0.62, 0.52, 0.45), (0.42, 0.84, 0.68)), (0, 25, 0)),
    "G": Pose(INDEX_UP, PARALLEL, TO_THE_RIGHT, -160),
    "H": Pose(TWO_UP, INSIDE, TO_THE_RIGHT, -160),
    "I": Pose((FIST, FIST, FIST, _spread(STRAIGHT, -6)), ACROSS),
    "K": Pose(TWO_APART, UP, (0, 38, 0)),
    "L": Pose((_spread(STRAIGHT, -3), FIST, FIST, FIST), OUT),
    "M": Pose((DRAPED, DRAPED, DRAPED, FIST), ((0.3, 0.45, 0.2), (-0.24, 0.58, 0.5)), (-15, 0, 0)),
    "N": Pose((DRAPED, DRAPED, FIST, FIST), ((0.35, 0.45, 0.2), (0.0, 0.62, 0.62)), (-15, 0, 0)),
    "O": Pose((TOUCHING, TOUCHING, TOUCHING, TOUCHING), ((0.5, 0.38, 0.62), (0.36, 0.82, 0.98)),
              (0, 70, 0)),
    "P": Pose(TWO_APART, UP, (0, -55, 105), -25),
    "Q": Pose(INDEX_UP, PARALLEL, (0, 165, -168), 165),
    "R": Pose((_spread(STRAIGHT, -13), (10, 0, 0, 13), FIST, FIST), ACROSS),
    "S": Pose((FIST, FIST, FIST, FIST), ACROSS),
    "T": Pose(((75, 80, 30, 8), FIST, FIST, FIST), ((0.42, 0.66, 0.55), (0.22, 1.24, 0.8))),
    "U": Pose(TWO_UP, ACROSS),
    "V": Pose((_spread(STRAIGHT, 13), _spread(STRAIGHT, -13), FIST, FIST), ACROSS),
    "W": Pose((_spread(STRAIGHT, 17), STRAIGHT, _spread(STRAIGHT, -17), (70, 90, 50, 0)),
              ((0.35, 0.5, 0.45), (-0.2, 0.6, 0.62))),
    "X": Pose(((12, 95, 50, 0), FIST, FIST, FIST), ACROSS, (0, 35, 0)),
    "Y": Pose((FIST, FIST, FIST, _spread(STRAIGHT, -28)), OUT),
}  # fmt: skip

KNUCKLES = np.array([[0.36, 1.0, 0], [0.12, 1.06, 0], [-0.12, 1.02, 0], [-0.34, 0.9, 0]])
PHALANGES = np.array(
    [[0.52, 0.32, 0.26], [0.57, 0.36, 0.27], [0.53, 0.34, 0.26], [0.42, 0.25, 0.2]]
)
FINGER_RADII = np.array([0.14, 0.145, 0.138, 0.12])
THUMB_BASE = np.array([0.30, 0.24, 0.10])


@dataclass(frozen=True)
class Limbs:
    """Round limbs that hands are drawn from: tapering tubes with round ends.

    Attributes:
        starts: First ends `(hands, limbs, 3)`.
        ends: Second ends `(hands, limbs, 3)`.
        radii: Radius at either end `(hands, limbs, 2)`.
    """

    starts: np.ndarray
    ends: np.ndarray
    radii: np.ndarray


def build_limbs(
    joints: np.ndarray,
    thumbs: np.ndarray,
    turns: np.ndarray,
    lengths: np.ndarray,
    widths: np.ndarray,
) -> Limbs:
    """Place the limbs of hands: twelve phalanges, four palm bones, three of the thumb.

    Args:
        joints: Finger joints in degrees `(hands, 4, 4)`.
        thumbs: Thumb knuckle and tip `(hands, 2, 3)`.
        turns: Rotations of the hand in degrees `(hands, 3)`.
        lengths: Length of the fingers, 1 is average, `(hands,)`.
        widths: Thickness of all limbs, 1 is average, `(hands,)`.
    """
    hands = len(joints)
    flexion = np.radians(np.cumsum(joints[..., :3], axis=-1))
    spread = np.radians(joints[..., 3:])
    along = np.cos(flexion)
    steps = np.stack([np.sin(spread) * along, np.cos(spread) * along, np.sin(flexion)], axis=-1)
    steps = steps * PHALANGES[..., None] * lengths[:, None, None, None]
    tips = KNUCKLES[:, None] + np.cumsum(steps, axis=2)
    knuckles = np.broadcast_to(KNUCKLES, (hands, 4, 3))
    roots = np.concatenate([knuckles[:, :, None], tips[:, :, :2]], axis=2)
    wrists = np.broadcast_to(KNUCKLES * (0.6, 0.1, 0), (hands, 4, 3))
    thumb_base = np.broadcast_to(THUMB_BASE, (hands, 1, 3))
    thumb_root = thumb_base * (0.5, 0.2, 0.2)
    starts = np.concatenate(
        [roots.reshape(hands, 12, 3), wrists, thumb_root, thumb_base, thumbs[:, :1]], axis=1
    )
    ends = np.concatenate([tips.reshape(hands, 12, 3), knuckles, thumb_base, thumbs], axis=1)
    taper = np.outer(FINGER_RADII, (1.08, 1.0, 0.93, 0.82))
    fingers = np.stack([taper[:, :3], taper[:, 1:]], axis=-1).reshape(12, 2)
    radii = np.concatenate([fingers, [(0.2, 0.15)] * 4, [(0.2, 0.2), (0.19, 0.15), (0.16, 0.13)]])
    rotation = Rotation.from_euler("yxz", turns[:, [1, 0, 2]], degrees=True).inv().as_matrix()
    return Limbs(starts @ rotation, ends @ rotation, radii * widths[:, None, None])

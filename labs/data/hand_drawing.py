"""Draw hands as shaded round limbs in front of a background."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from labs.data.hand_poses import Limbs

AMBIENT = 0.45
"""Share of the light that comes from everywhere."""

FAR = -100.0
"""Height where there is no limb."""


def draw_hands(
    limbs: Limbs, levels: np.ndarray, light: np.ndarray, backgrounds: np.ndarray
) -> np.ndarray:
    """Return grey pictures of hands.

    For each pixel the limb nearest to the viewer is shown, brighter the more it faces the
    light, and darker where its surroundings stand out farther, as between two fingers.

    Args:
        limbs: Limbs with x to the right, y downward and z to the viewer, in pixels.
        levels: Brightness of each limb in full light `(hands, limbs)`.
        light: Unit vector to the light `(hands, 3)`.
        backgrounds: What lies behind `(hands, side, side)`.

    Returns:
        Brightness `(hands, side, side)` float32.
    """
    height, normals, level = _look_at(limbs, levels, backgrounds.shape[1])
    is_hand = height > FAR
    diffuse = np.clip(np.einsum("cnij,nc->nij", normals, light), 0, None)
    floor = np.where(is_hand, height, height.min(initial=0, where=is_hand))
    sunk = ndimage.gaussian_filter(floor, (0, 2, 2)) - floor
    occlusion = 1 - np.clip(0.22 * sunk, 0, 0.6)
    shaded = level * (AMBIENT + (1 - AMBIENT) * diffuse) * occlusion
    return np.where(is_hand, shaded, backgrounds).astype(np.float32)


def _look_at(
    limbs: Limbs, levels: np.ndarray, side: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return height, surface normal and brightness of what each pixel shows."""
    starts, ends, radii = (
        part.astype(np.float32)[..., None, None] for part in (limbs.starts, limbs.ends, limbs.radii)
    )
    y, x = np.indices((side, side), dtype=np.float32)
    shape = (len(levels), side, side)
    height = np.full(shape, FAR, dtype=np.float32)
    normals = np.zeros((3, *shape), dtype=np.float32)
    level = np.zeros(shape, dtype=np.float32)
    for limb in range(levels.shape[1]):
        start, step = starts[:, limb], ends[:, limb] - starts[:, limb]
        length = np.maximum(step[:, 0] ** 2 + step[:, 1] ** 2, 1e-6)
        place = ((x - start[:, 0]) * step[:, 0] + (y - start[:, 1]) * step[:, 1]) / length
        place = np.clip(place, 0, 1)
        radius = radii[:, limb, 0] + place * (radii[:, limb, 1] - radii[:, limb, 0])
        across = (x - start[:, 0] - place * step[:, 0]) / radius
        down = (y - start[:, 1] - place * step[:, 1]) / radius
        toward = np.sqrt(np.clip(1 - across**2 - down**2, 0, None))
        top = start[:, 2] + place * step[:, 2] + radius * toward
        seen = (toward > 0) & (top > height)
        np.copyto(height, top, where=seen)
        for normal, component in zip(normals, (across, down, toward), strict=True):
            np.copyto(normal, component, where=seen)
        np.copyto(level, levels[:, limb, None, None].astype(np.float32), where=seen)
    return height, normals, level

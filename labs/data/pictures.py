"""Ordinary picture files become 28×28 grey images like those a net was trained on."""

from __future__ import annotations

import math
import warnings
from contextlib import nullcontext
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps
from scipy import ndimage

from labs.errors import InputError, standard_error_kept_back

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
SIDE = 28

MOST_PIXELS = 2**26
"""Larger pictures are refused; one of this size takes up to 600 MB."""

MOST_KEPT = 2**21
"""Pixels; larger pictures are averaged down to fewer."""

DIGIT_SIDE = 20
"""MNIST's digits were scaled into a square of this side, in the middle of the image."""

COARSE = 4 * SIDE
"""A digit's picture is averaged down to about this side first, which takes out noise."""

MIN_CONTRAST = 12
"""Grey levels; a picture with less between light and dark shows nothing."""

STROKE = 0.25
"""Share of the strongest ink from which a pixel counts as stroke, not as noise of paper."""

DARKEST = (1, 105)
LIGHTEST = (176, 255)
"""Grey levels below and above which 1% of an image's pixels lie: where the middle 90% of
Sign Language MNIST's training images have them."""


def read_picture(path: Path) -> np.ndarray:
    """Read a picture file as grey levels, upright, transparency filled in.

    A transparent background becomes black behind light strokes and white behind dark ones.

    Args:
        path: A PNG, JPEG, WebP, BMP, GIF, TIFF or PPM file of up to 67 million pixels,
            a WebP file of 16 million.

    Returns:
        Grey levels `(height, width)` uint8, 0 black to 255 white. Of more than 2 million
        pixels squares are averaged.

    Raises:
        InputError: If there is no such file or it is no picture that can be read.
    """
    if not path.is_file():
        found = "a folder" if path.is_dir() else "nothing"
        raise InputError(f"{path} must be a picture file, but there is {found}; correct the path.")
    try:
        with warnings.catch_warnings():
            # What is odd and still read; Pillow's own limit is higher.
            warnings.simplefilter("ignore")
            with Image.open(path, formats=FORMATS) as image:
                # libwebp keeps a picture four times.
                most = MOST_PIXELS // 4 if image.format == "WEBP" else MOST_PIXELS
                if image.width * image.height > most:
                    raise Image.DecompressionBombError(f"{image.width}×{image.height} pixels")
                libtiff = standard_error_kept_back(shown=False)
                with libtiff if image.format == "TIFF" else nullcontext():
                    image.load()
                return _grey(_averaged_down(image))
    except Image.DecompressionBombError as error:
        raise InputError(f"{path} is too large ({error}); make the picture smaller.") from error
    except Exception as error:  # What a changed file makes Pillow raise is of any type.
        raise InputError(
            f"{path} cannot be read as a picture ({error}); give a file of one of the formats "
            f"{', '.join(FORMATS)}."
        ) from error


def prepare_digit(picture: np.ndarray) -> np.ndarray:
    """Turn a picture of one digit into an image like MNIST's.

    The border tells the background, which may change evenly across the picture; what
    differs from it, lighter or darker, is ink. Its bounding box is scaled into 20×20
    pixels, keeping its aspect ratio, and placed with its center of mass in the center.

    Args:
        picture: Grey levels `(height, width)` uint8; dark on light or light on dark.

    Returns:
        Light strokes on black, `(28, 28)` uint8.

    Raises:
        InputError: If the picture is uniform.

    Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits".
    """
    image = Image.fromarray(picture)
    ink = _ink(np.asarray(image.reduce(max(1, max(picture.shape) // COARSE))))
    rows, columns = (np.flatnonzero((ink > STROKE).any(axis=axis)) for axis in (1, 0))
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = DIGIT_SIDE / max(box.shape)
    digit = _resize(box, *(max(1, round(scale * side)) for side in box.shape))
    digit = np.clip(digit / digit.max(), 0, 1)  # Thin strokes grow faint when they shrink.
    mass = ndimage.center_of_mass(digit)
    top, left = (
        int(np.clip(round(SIDE / 2 - center), 0, SIDE - side))
        for center, side in zip(mass, digit.shape, strict=True)
    )
    placed = np.zeros((SIDE, SIDE), dtype=np.uint8)
    height, width = digit.shape
    placed[top : top + height, left : left + width] = np.round(255 * digit)
    return placed


def prepare_hand(picture: np.ndarray) -> np.ndarray:
    """Turn a picture of a hand into an image like those of Sign Language MNIST.

    The square in the middle is scaled to 28×28, and a contrast that is uncommon among the
    training images is brought to the nearest common one.

    Args:
        picture: Grey levels `(height, width)` uint8; the hand fills the middle square.

    Returns:
        Grey levels `(28, 28)` uint8.

    Raises:
        InputError: If the picture is uniform.
    """
    height, width = picture.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    hand = _resize(picture[top : top + side, left : left + side], SIDE, SIDE)
    dark, light = np.percentile(hand, (1, 99))
    _require_contrast(light - dark)
    common_dark, common_light = np.clip(dark, *DARKEST), np.clip(light, *LIGHTEST)
    stretched = common_dark + (hand - dark) * (common_light - common_dark) / (light - dark)
    return np.clip(np.round(stretched), 0, 255).astype(np.uint8)


def _averaged_down(image: Image.Image) -> Image.Image:
    """Return a picture of at most `MOST_KEPT` pixels, upright, its mode F, RGB or RGBA."""
    if image.mode.startswith(("I", "F")):  # 16 bits a pixel and more.
        mode = "F"
    else:
        mode = "RGBA" if image.has_transparency_data else "RGB"
    factor = math.ceil(math.sqrt(image.width * image.height / MOST_KEPT))
    small = Image.new(mode, [math.ceil(side / factor) for side in image.size])
    rows = 64 * factor
    for top in range(0, image.height, rows):  # A copy of the whole would take its memory again.
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        small.paste(strip.convert(mode).reduce(factor), (0, top // factor))
    orientation = ExifTags.Base.Orientation
    small.getexif()[orientation] = image.getexif().get(orientation, 1)
    return ImageOps.exif_transpose(small)


def _grey(whole: Image.Image) -> np.ndarray:
    if whole.mode == "F":  # Use the range there is.
        levels = np.nan_to_num(np.asarray(whole, dtype=np.float64))
        span = max(float(np.ptp(levels)), 1e-12)
        return np.round((levels - levels.min()) * (255 / span)).astype(np.uint8)
    if whole.mode == "RGB":
        return np.asarray(whole.convert("L"))
    sample = whole.copy()
    sample.thumbnail((256, 256))
    grey, alpha = np.moveaxis(np.asarray(sample.convert("LA"), dtype=np.float64), -1, 0)
    is_light = (grey * alpha).sum() > 127.5 * alpha.sum()
    backdrop = Image.new("RGBA", whole.size, "black" if is_light else "white")
    return np.asarray(Image.alpha_composite(backdrop, whole).convert("L"))


def _ink(picture: np.ndarray) -> np.ndarray:
    """Return how much each pixel differs from the background, 0 to 1."""
    height, width = picture.shape
    y, x = np.indices(picture.shape)
    plane = np.stack([np.ones_like(x), x / width, y / height], axis=-1)
    is_border = (x == 0) | (y == 0) | (x == width - 1) | (y == height - 1)
    difference = picture - np.median(picture[is_border])
    for _ in range(3):  # The half of the border that fits best has no ink on it.
        misfit = np.median(np.abs(difference[is_border]))
        flat = is_border & (np.abs(difference) <= misfit)
        coefficients = np.linalg.lstsq(plane[flat], picture[flat].astype(np.float64))[0]
        difference = picture - plane @ coefficients
    noise = 3 * np.median(np.abs(difference[is_border]))
    ink = difference * (1 if difference.max() >= -difference.min() else -1)
    _require_contrast(max(0.0, ink.max() - noise))
    return np.clip((ink - noise) / (ink.max() - noise), 0, 1)


def _resize(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return the picture as floats at another size, antialiased when it shrinks."""
    image = Image.fromarray(picture.astype(np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))


def _require_contrast(contrast: float) -> None:
    if contrast < MIN_CONTRAST:
        raise InputError(
            f"The picture shows nothing: light and dark differ by {contrast:.0f} of 255 grey "
            f"levels, expected {MIN_CONTRAST} or more; take a picture with more contrast."
        )

"""Changed copies of images, made while a net trains."""

from __future__ import annotations

import math

import keras
import numpy as np
import tensorflow as tf

GRAY = 127.5
"""What an erased rectangle is filled with: half of 255."""


class RandomChanges:
    """Shift, turn, scale, light and cover each image of a batch by amounts of its own.

    For `models.fit(..., augment=RandomChanges(shift=2, seed=0))`. Shift, turn and zoom are
    one map of the pixels, so an image is resampled once (bilinear) and blurred less than by
    Keras's layers in turn; what comes in from outside continues the border pixels. The
    amounts are drawn for each image, uniformly and independently from −limit to +limit.

    The random numbers come from generators of its own: two objects with the same seed
    change the same batches alike, and one object changes each batch differently. Use a
    new object for each training that is to be repeatable.

    Lecture E, 2022-1 교육세션 Deep Learning (MLP): more data by augmentation is a remedy
    for overfitting.

    Args:
        shift: Largest shift along each axis, in pixels. May be a fraction.
        rotation: Largest turn, in degrees; a positive one is clockwise.
        zoom: Largest relative change of size; .1 scales by factors from .9 to 1.1.
        contrast: Largest relative change of the differences from the image's mean.
        brightness: Largest change of all pixels, as a share of 255.
        erase: Largest share of an image that a gray rectangle covers; the smallest is 0.
            0 covers nothing. Zhong et al. (2017), "Random Erasing Data Augmentation".
        seed: Non-negative seed.

    Raises:
        ValueError: If a limit is negative, or one but shift and rotation is 1 or more.
    """

    def __init__(
        self,
        *,
        shift: float = 0.0,
        rotation: float = 0.0,
        zoom: float = 0.0,
        contrast: float = 0.0,
        brightness: float = 0.0,
        erase: float = 0.0,
        seed: int,
    ) -> None:
        shares = {"zoom": zoom, "contrast": contrast, "brightness": brightness, "erase": erase}
        limits = {"shift": shift, "rotation": rotation, **shares}
        if min(limits.values()) < 0 or max(shares.values()) >= 1:
            raise ValueError(
                "shift (pixels), rotation (degrees) and the others (shares below 1) are limits "
                f"of 0 or more, got {limits}."
            )
        seeds = [int(s) for s in np.random.SeedSequence(seed).generate_state(4)]
        self._limits = (shift, shift, math.radians(rotation), zoom)
        self._numbers = keras.random.SeedGenerator(seeds[0])
        self._layers: list[keras.layers.Layer] = []
        if contrast:
            # A single number would be the upper limit alone (Keras 3.15).
            self._layers.append(keras.layers.RandomContrast((contrast, contrast), seed=seeds[1]))
        if brightness:
            self._layers.append(keras.layers.RandomBrightness(brightness, seed=seeds[2]))
        if erase:
            self._layers.append(
                keras.layers.RandomErasing((1, 1), (0, erase), fill_value=GRAY, seed=seeds[3])
            )

    @property
    def variables(self) -> list[keras.Variable]:
        """The states of its random numbers."""
        return [self._numbers.state, *(v for layer in self._layers for v in layer.variables)]

    def __call__(self, images: tf.Tensor) -> tf.Tensor:
        """Change a batch of images.

        Args:
            images: Pixels from 0 to 255, `(batch, rows, columns)` or
                `(batch, rows, columns, channels)`, any number type.

        Returns:
            Changed images of the same shape, float32 from 0 to 255.
        """
        gray = len(images.shape) == 3
        pixels = self._moved(tf.cast(images[..., None] if gray else images, tf.float32))
        for layer in self._layers:
            pixels = layer(pixels, training=True)
        return pixels[..., 0] if gray else pixels

    def _moved(self, pixels: tf.Tensor) -> tf.Tensor:
        size = tf.shape(pixels)
        return tf.raw_ops.ImageProjectiveTransformV3(
            images=pixels,
            transforms=self._transforms(size[0], tf.cast(size[1:3], tf.float32)),
            output_shape=size[1:3],
            fill_value=0.0,
            interpolation="BILINEAR",
            fill_mode="NEAREST",
        )

    def _transforms(self, batch: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
        """Return the maps from output to input pixels, `(batch, 8)`."""
        limits = tf.constant(self._limits, tf.float32)
        amounts = keras.random.uniform((batch, 4), -1, 1, seed=self._numbers) * limits
        right, down, angle, zoom = tf.unstack(amounts, axis=1)
        cos, sin = tf.cos(angle) / (1 + zoom), tf.sin(angle) / (1 + zoom)
        # Turned and scaled about the middle of the image, not about its corner.
        y, x = (size[0] - 1) / 2, (size[1] - 1) / 2
        u, v = x + right, y + down
        zero = tf.zeros_like(right)
        rows = [cos, sin, x - cos * u - sin * v, -sin, cos, y + sin * u - cos * v, zero, zero]
        return tf.stack(rows, axis=1)

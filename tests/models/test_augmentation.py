import keras
import numpy as np
import pytest
import scipy.ndimage
import tensorflow as tf

from models import RandomChanges, build_mlp, fit


def smooth_images(rows: int = 3, size: int = 21) -> np.ndarray:
    noise = np.random.default_rng(0).uniform(0, 255, (rows, size, size))
    return scipy.ndimage.gaussian_filter(noise, (0, 3, 3)).astype("float32")


def with_amounts(monkeypatch, augment: RandomChanges, *fractions: float) -> RandomChanges:
    """Let each image draw these fractions of the limits: right, down, turn, zoom."""
    drawn = tf.constant([fractions], tf.float32)
    monkeypatch.setattr(
        keras.random, "uniform", lambda shape, low, high, seed: tf.repeat(drawn, shape[0], axis=0)
    )
    return augment


def test_a_shift_moves_pixels_and_continues_the_border(monkeypatch):
    image = np.array([[[1, 2, 3], [4, 5, 6], [7, 8, 9]]], "uint8")
    augment = with_amounts(monkeypatch, RandomChanges(shift=2, seed=0), 0.5, -0.5, 0, 0)
    # One pixel to the right and one up.
    np.testing.assert_array_equal(augment(image)[0], [[4, 4, 5], [7, 7, 8], [7, 7, 8]])


def test_a_quarter_turn_is_clockwise(monkeypatch):
    image = np.arange(16, dtype="uint8").reshape(1, 4, 4)
    augment = with_amounts(monkeypatch, RandomChanges(rotation=90, seed=0), 0, 0, 1, 0)
    np.testing.assert_allclose(augment(image)[0], np.rot90(image[0], -1), atol=1e-4)


def test_turn_zoom_and_shift_together_are_one_affine_map(monkeypatch):
    images = smooth_images()
    limits = RandomChanges(shift=4, rotation=40, zoom=0.2, seed=0)
    augment = with_amounts(monkeypatch, limits, 0.5, -0.25, 0.5, 1)
    changed = augment(images).numpy()
    # SciPy's map goes from output to input (row, column):
    # in = turned back(out − center − shift) / 1.2 + center.
    turn, center, shift = np.deg2rad(20), np.array([10, 10]), np.array([-1, 2])
    back = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / 1.2
    offset = center - back @ (center + shift)
    wanted = [
        scipy.ndimage.affine_transform(image, back, offset, order=1, mode="nearest")
        for image in images
    ]
    np.testing.assert_allclose(changed, wanted, atol=1e-2)


def test_the_seed_gives_the_numbers_and_each_image_and_batch_has_its_own():
    images = np.repeat(smooth_images(1), 2, axis=0)
    augment, same, other = (RandomChanges(shift=2, zoom=0.1, seed=s) for s in (1, 1, 2))
    first, second = augment(images), augment(images)
    np.testing.assert_array_equal(first, same(images))
    np.testing.assert_array_equal(second, same(images))
    assert not np.allclose(first, second)
    assert not np.allclose(first, other(images))
    assert not np.allclose(first[0], first[1])


def test_amounts_reach_the_limits_on_both_sides_and_no_further():
    slope = np.tile(np.arange(101, dtype="float32"), (500, 3, 1))  # A pixel's value is its column.
    moved = RandomChanges(shift=3, seed=0)(slope).numpy()[:, 1, 50] - 50
    assert -3 <= moved.min() < -2.9
    assert 2.9 < moved.max() <= 3


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
@pytest.mark.parametrize("shape", [(2, 6, 8), (2, 6, 8, 1), (2, 6, 8, 3), (1, 1, 1)])
def test_shape_and_range_are_kept(shape, dtype):
    images = np.random.default_rng(0).integers(0, 256, shape).astype(dtype)
    augment = RandomChanges(
        shift=2, rotation=90, zoom=0.5, contrast=0.9, brightness=0.9, erase=0.5, seed=0
    )
    changed = augment(images)
    assert changed.dtype == tf.float32
    assert changed.shape == shape
    assert np.all((changed >= 0) & (changed <= 255.001))


def test_nothing_moves_without_limits():
    images = smooth_images()
    np.testing.assert_allclose(RandomChanges(seed=0)(images), images, atol=1e-4)


def test_brightness_adds_one_number_to_an_image_within_the_limit():
    images = np.full((300, 4, 4), 100, "uint8")
    added = RandomChanges(brightness=0.2, seed=0)(images).numpy() - 100
    np.testing.assert_allclose(added - added[:, :1, :1], 0, atol=1e-4)
    assert -51 - 1e-4 <= added.min() < -48
    assert 48 < added.max() <= 51 + 1e-4


def test_contrast_scales_the_differences_from_the_mean_within_the_limit():
    images = np.tile(np.array([[100, 140]], "uint8"), (300, 2, 2))
    changed = RandomChanges(contrast=0.4, seed=0)(images).numpy()
    np.testing.assert_allclose(changed.mean(axis=(1, 2)), 120, atol=1e-3)
    factors = (changed[:, 0, 1] - 120) / 20
    assert 0.6 - 1e-4 <= factors.min() < 0.62
    assert 1.38 < factors.max() <= 1.4 + 1e-4


def test_erasing_covers_a_gray_rectangle_up_to_the_limit():
    images = np.zeros((300, 20, 20), "uint8")
    covered = RandomChanges(erase=0.25, seed=0)(images).numpy() == 127.5
    shares = covered.mean(axis=(1, 2))
    assert 0.15 < shares.max() <= 0.25
    for image in covered:  # Covered rows and columns cross in covered pixels only.
        np.testing.assert_array_equal(image, image.any(1)[:, None] & image.any(0)[None, :])


def test_channels_move_together():
    images = np.repeat(smooth_images()[..., None], 3, axis=-1)
    changed = RandomChanges(shift=3, rotation=20, seed=0)(images).numpy()
    np.testing.assert_array_equal(changed[..., 0], changed[..., 2])


@pytest.mark.parametrize(
    "limits",
    [
        *(
            {name: -0.1}
            for name in ("shift", "rotation", "zoom", "contrast", "brightness", "erase")
        ),
        *({name: 1} for name in ("zoom", "contrast", "brightness", "erase")),
    ],
)
def test_wrong_limits_are_refused(limits):
    with pytest.raises(ValueError, match="limits of 0 or more, got"):
        RandomChanges(**limits, seed=0)


def test_training_with_it_depends_on_the_seeds_alone():
    images = smooth_images(8).astype("uint8")
    labels = np.arange(8) % 2

    def losses(augment_seed: int) -> list[float]:
        net = build_mlp((21, 21), (4,), 2, scale=1 / 255, seed=0)
        augment = RandomChanges(shift=2, seed=augment_seed)
        history = fit(net, images, labels, epochs=2, batch_size=3, seed=0, augment=augment)
        return history.history["loss"]

    assert losses(1) == losses(1)
    assert losses(1) != losses(2)

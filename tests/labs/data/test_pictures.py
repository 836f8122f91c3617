from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from labs.data.digits import load_digits
from labs.data.drawn_hands import load_drawn_hands
from labs.data.pictures import prepare_digit, prepare_hand, read_picture
from labs.errors import InputError

INK, PAPER = np.array([20, 40, 120]), np.array([240, 230, 200])


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    return load_digits().test.x[:40]


def on_paper(digit: np.ndarray, ink: np.ndarray = INK, paper: np.ndarray = PAPER) -> np.ndarray:
    """Return a digit on a 300×200 sheet, off its center, in color."""
    large = ndimage.zoom(digit.astype(float) / 255, 6, order=1).clip(0, 1)
    sheet = np.zeros((200, 300, 1))
    sheet[20:188, 15:183, 0] = large
    return (paper + sheet * (ink - paper)).astype(np.uint8)


def save(
    folder: Path, pixels: np.ndarray, name: str = "picture.png", mode: str | None = None
) -> Path:
    image = Image.fromarray(pixels)
    (image.convert(mode) if mode else image).save(folder / name)
    return folder / name


def similarity(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def test_colored_digit_dark_on_light_comes_out_as_it_was(
    digits: np.ndarray, tmp_path: Path
) -> None:
    likeness = []
    for digit in digits:
        image = prepare_digit(read_picture(save(tmp_path, on_paper(digit))))
        assert image.shape == (28, 28)
        assert image.dtype == np.uint8
        likeness.append(similarity(image, digit))
    assert np.median(likeness) > 0.95
    assert min(likeness) > 0.75


def test_light_on_dark_gives_the_same_as_dark_on_light(digits: np.ndarray) -> None:
    picture = on_paper(digits[0])[..., 0]
    light, dark = (prepare_digit(p).astype(int) for p in (255 - picture, picture))
    assert np.abs(light - dark).max() <= 3


def test_digit_is_found_under_uneven_light_and_noise(digits: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    shade = np.linspace(-40, 0, 300)
    for digit in digits[:10]:
        picture = on_paper(digit)[..., 0] + shade + rng.normal(0, 8, (200, 300))
        image = prepare_digit(picture.clip(0, 255).astype(np.uint8))
        assert similarity(image, digit) > 0.75
        assert np.median(image) == 0


def test_digit_that_touches_the_border_is_found(digits: np.ndarray) -> None:
    for digit in digits[:10]:
        rows, columns = (np.flatnonzero(digit.any(axis=axis)) for axis in (1, 0))
        tight = digit[rows[0] : rows[-1] + 1, columns[0] - 3 : columns[-1] + 4]
        assert similarity(prepare_digit(255 - tight), digit) > 0.9


def test_digit_fills_20_pixels_about_its_center_of_mass() -> None:
    picture = np.full((90, 120), 255, dtype=np.uint8)
    picture[10:60, 70:80] = 0  # an L, 50 high and 30 wide with strokes of 10, becomes 20 × 12
    picture[50:60, 70:100] = 0  # with strokes of 4; its center of mass is at 11.8 and 3.2,
    expected = np.zeros((28, 28), dtype=np.uint8)
    expected[2:22, 11:15] = 255  # so its corner goes to 14 − 12 and 14 − 3.
    expected[18:22, 11:23] = 255
    assert np.array_equal(prepare_digit(picture) > 127, expected > 127)


def test_thin_stroke_is_not_faint() -> None:
    picture = np.full((600, 600), 230, dtype=np.uint8)
    picture[100:500, 300:303] = picture[300:303, 100:500] = 60  # a cross of hairlines
    assert prepare_digit(picture).max() == 255


@pytest.mark.parametrize("level", [0, 128, 255])
def test_uniform_picture_is_refused(level: int) -> None:
    picture = np.full((40, 60), level, dtype=np.uint8)
    for prepare in (prepare_digit, prepare_hand):
        with pytest.raises(InputError, match="light and dark differ by 0 of 255 grey levels"):
            prepare(picture)
        with pytest.raises(InputError, match="The picture shows nothing"):
            prepare(np.full((1, 1), level, dtype=np.uint8))


def test_hand_is_cut_from_the_middle_and_shrunk() -> None:
    hand = load_drawn_hands(1, 1, 1).train.x[4]
    picture = np.zeros((280, 400), dtype=np.uint8)
    picture[:, 60:340] = np.kron(hand, np.ones((10, 10), dtype=np.uint8))
    assert similarity(prepare_hand(picture), hand) > 0.99
    assert np.abs(prepare_hand(picture).astype(int) - hand).mean() < 3
    assert similarity(prepare_hand(picture.T), hand.T) > 0.99


def test_training_images_of_hands_stay_nearly_as_they_are() -> None:
    hands = load_drawn_hands(2, 1, 1).train.x
    prepared = np.stack([prepare_hand(hand) for hand in hands])
    assert np.median(np.abs(prepared.astype(int) - hands).max(axis=(1, 2))) <= 1


def test_common_contrast_is_kept_and_uncommon_is_brought_near() -> None:
    ramp = np.linspace(0, 1, 784).reshape(28, 28)
    common = np.round(40 + 180 * ramp).astype(np.uint8)
    assert np.abs(prepare_hand(common).astype(int) - common).max() <= 2
    faint = np.round(140 + 20 * ramp).astype(np.uint8)
    assert np.percentile(prepare_hand(faint), (1, 99)) == pytest.approx((105, 176), abs=2)


def test_transparent_background_is_white_behind_dark_and_black_behind_light(
    tmp_path: Path,
) -> None:
    pixels = np.zeros((40, 30, 4), dtype=np.uint8)
    pixels[10:30, 12:18] = (30, 30, 30, 255)
    dark = read_picture(save(tmp_path, pixels))
    assert (dark[0, 0], dark[20, 15]) == (255, 30)
    pixels[10:30, 12:18, :3] = 220
    light = read_picture(save(tmp_path, pixels))
    assert (light[0, 0], light[20, 15]) == (0, 220)
    pixels[..., 3] = 0
    with pytest.raises(InputError, match="shows nothing"):
        prepare_digit(read_picture(save(tmp_path, pixels)))


MODES = {
    "png": ("1", "L", "LA", "P", "RGB", "RGBA"),
    "jpg": ("1", "L", "RGB", "CMYK"),
    "bmp": ("1", "L", "P", "RGB", "RGBA"),
    "gif": ("1", "L", "LA", "P", "RGB", "RGBA"),
    "tiff": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK"),
    "webp": ("L", "RGB", "RGBA"),
}


@pytest.mark.parametrize(
    ("ending", "mode"), [(ending, mode) for ending, modes in MODES.items() for mode in modes]
)
def test_kinds_of_files_are_read(
    tmp_path: Path, digits: np.ndarray, ending: str, mode: str
) -> None:
    path = tmp_path / f"picture.{ending}"
    Image.fromarray(on_paper(digits[0])).convert(mode, dither=Image.Dither.NONE).save(path)
    picture = read_picture(path)
    assert picture.shape == (200, 300)
    assert picture.dtype == np.uint8
    assert similarity(prepare_digit(picture), digits[0]) > 0.8


def test_16_bit_grey_is_read(tmp_path: Path) -> None:
    pixels = np.full((40, 30), 60_000, dtype=np.uint16)
    pixels[10:30, 12:18] = 10_000
    picture = read_picture(save(tmp_path, pixels))
    assert (picture[0, 0], picture[20, 15]) == (255, 0)


def test_picture_is_turned_upright(tmp_path: Path) -> None:
    upright = np.zeros((20, 40), dtype=np.uint8)
    upright[:, :10] = 255
    image = Image.fromarray(np.rot90(upright))  # as a camera held sideways stores it
    exif = image.getexif()
    exif[0x0112] = 6  # "turn by 90° clockwise to show"
    image.save(tmp_path / "phone.png", exif=exif)
    assert np.array_equal(read_picture(tmp_path / "phone.png"), upright)


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_picture(path)
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    assert "must be a picture file, but there is nothing" in refusal(tmp_path / "none.png")
    assert "must be a picture file, but there is a folder" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"%!PS-Adobe-3.0 EPSF"])
def test_file_that_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    assert "cannot be read as a picture" in refusal(path)


def test_format_that_is_not_offered_is_refused(tmp_path: Path) -> None:
    # Some readers run other programs on the file.
    path = save(tmp_path, np.eye(9, dtype=np.uint8), "picture.pcx")
    assert "give a file of one of the formats PNG, JPEG" in refusal(path)


@pytest.mark.parametrize("name", ["picture.png", "picture.jpg", "picture.gif", "picture.tiff"])
def test_picture_cut_short_is_refused(tmp_path: Path, name: str) -> None:
    path = save(tmp_path, np.random.default_rng(0).integers(0, 256, (50, 50, 3), np.uint8), name)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "cannot be read as a picture" in refusal(path)


def test_large_picture_is_averaged_down_and_turned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labs.data.pictures.MOST_KEPT", 40_000)
    upright = np.zeros((500, 302), dtype=np.uint8)
    upright[::2, :150] = 255
    image = Image.fromarray(np.rot90(upright))
    exif = image.getexif()
    exif[0x0112] = 6
    image.save(tmp_path / "phone.png", exif=exif)
    picture = read_picture(tmp_path / "phone.png")  # two by two pixels
    assert picture.shape == (250, 151)
    assert np.unique(picture[:, :75]).tolist() in ([127], [128])
    assert not picture[:, 75:].any()


WITH_LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
from labs.data import read_picture
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + int(sys.argv[1]),) * 2)
for name in sys.argv[2:]:
    read_picture(Path(name))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits a process's memory as Linux does")
def test_picture_takes_little_more_memory_than_its_pixels(tmp_path: Path) -> None:
    shape = (3_900, 4_000)
    pictures: dict[Path, np.ndarray] = {
        tmp_path / "deep.png": np.zeros(shape, dtype=np.uint16),
        tmp_path / "transparent.png": np.zeros((*shape, 4), dtype=np.uint8),
        tmp_path / "float.tiff": np.zeros(shape, dtype=np.float32),
    }
    for path, pixels in pictures.items():
        Image.fromarray(pixels).save(path)
    most = str(9 * math.prod(shape))
    subprocess.run([sys.executable, "-c", WITH_LITTLE_MEMORY, most, *pictures], check=True)


def test_damaged_tiff_is_refused_in_silence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "picture.tiff"
    Image.new("L", (64, 64), 7).save(path, compression="tiff_lzw")
    content = bytearray(path.read_bytes())
    content[9:40] = b"\xff" * 31
    path.write_bytes(content)
    assert "cannot be read as a picture" in refusal(path)
    assert capfd.readouterr() == ("", "")
    os.write(2, b"still")
    assert capfd.readouterr().err == "still"


@pytest.mark.parametrize("side", [8_200, 9_500, 14_000])
def test_decompression_bomb_is_refused(tmp_path: Path, side: int) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (side, side)).save(path)
    assert path.stat().st_size < 100_000
    assert "is too large" in refusal(path)

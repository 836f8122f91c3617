from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labs.data.checks import check
from labs.data.digits import load_digits
from labs.data.fingerprint import fingerprint
from labs.data.mnist import load_mnist
from labs.errors import InputError


def write(folder: Path, **changes: Any) -> Path:
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {
        "x_train": rng.integers(0, 256, (40, 28, 28), dtype=np.uint8),
        "y_train": np.arange(40, dtype=np.uint8) % 10,
        "x_test": rng.integers(0, 256, (20, 28, 28), dtype=np.uint8),
        "y_test": np.arange(20, dtype=np.uint8) % 10,
    }
    arrays = {key: value for key, value in {**arrays, **changes}.items() if value is not None}
    path = folder / "mnist.npz"
    np.savez(path, **arrays)
    return path


def refusal(choice: Any = "auto") -> str:
    with pytest.raises(InputError) as caught:
        load_mnist(choice)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_published_arrays_are_recognized(real_data: Path) -> None:
    data = load_mnist()
    assert data.name == "MNIST"
    assert data.source.startswith("mnist.npz, the published arrays, sha256 ")
    assert data.train.x.shape == (60_000, 28, 28)
    assert data.train.x.dtype == np.uint8
    assert data.train.y.dtype == np.int64
    assert np.bincount(data.train.y).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
    ]  # fmt: skip
    assert np.bincount(data.test.y).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    assert check(data) == []


@pytest.mark.parametrize("choice", ["auto", "mnist"])
def test_file_in_the_data_folder_comes_first(data_folder: Path, choice: Any) -> None:
    file = np.load(write(data_folder))
    data = load_mnist(choice)
    assert np.array_equal(data.train.x, file["x_train"])
    assert data.train.y.tolist() == file["y_train"].tolist()
    assert np.array_equal(data.test.x, file["x_test"])
    assert data.test.y.tolist() == file["y_test"].tolist()
    file.close()


def test_other_arrays_than_the_published_ones_are_named_so(data_folder: Path) -> None:
    write(data_folder)
    data = load_mnist()
    arrays = data.train.x, data.train.y, data.test.x, data.test.y
    assert data.name == "MNIST (altered)"
    assert data.source == f"mnist.npz, NOT the published arrays, sha256 {fingerprint(*arrays)}"


def test_without_network_digits_stand_in_with_a_notice(capsys: pytest.CaptureFixture[str]) -> None:
    data = load_mnist()
    assert data.name == "digits (8×8, enlarged), in place of MNIST"
    output, errors = capsys.readouterr()
    assert output == ""
    words = " ".join(errors.replace("│", " ").split())
    assert "NOT MNIST" in words
    assert "in place of MNIST" in words
    assert "could not be downloaded: no connection to the server" in words


def test_mnist_itself_is_an_error_without_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert "could not be downloaded: no connection to the server" in refusal("mnist")
    assert capsys.readouterr().err == ""


def test_downloaded_file_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path)
    monkeypatch.setattr("labs.data.mnist.download", lambda url, sha256, num_bytes: path)
    assert load_mnist().name == "MNIST (altered)"
    assert capsys.readouterr().err == ""


def test_digits_on_request_come_without_notice(
    data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(data_folder)
    data = load_mnist("digits")
    assert data.name == "digits (8×8, enlarged), in place of MNIST"
    assert capsys.readouterr().err == ""


def test_digits_look_like_mnist() -> None:
    data = load_digits()
    assert data.name == "digits (8×8, enlarged)"
    assert (len(data.train), len(data.test)) == (1437, 360)
    assert data.train.x.shape[1:] == (28, 28)
    assert data.train.x.dtype == np.uint8
    assert data.train.y.dtype == np.int64
    assert np.bincount(data.test.y).min() >= 34
    assert check(data) == []
    assert data.train.x.max(axis=(1, 2)).min() == 255
    y, x = np.indices((28, 28))
    mass = data.train.x.sum(axis=(1, 2), dtype=float)
    for place in (y, x):  # As in MNIST: a rounding around 14.
        assert np.abs((data.train.x * place).sum(axis=(1, 2)) / mass - 14).max() < 0.51
    again = load_mnist("digits")  # They stand in for MNIST.
    assert again.source == data.source
    assert data.source.endswith(fingerprint(data.train.x, data.train.y, data.test.x, data.test.y))


def test_unknown_choice_is_refused() -> None:
    with pytest.raises(ValueError, match="got 'fashion'"):
        load_mnist("fashion")  # type: ignore[arg-type]


def test_folder_without_the_file_is_said_and_passed_over(
    data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load_mnist().name.startswith("digits")
    errors = " ".join(capsys.readouterr().err.split())
    assert "has no mnist.npz; looking elsewhere" in errors


@pytest.mark.parametrize("choice", ["auto", "mnist"])
def test_data_folder_that_is_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, choice: Any
) -> None:
    monkeypatch.setenv("LABS_DATA_DIR", str(tmp_path / "typo"))
    assert "LABS_DATA_DIR must name a folder, but there is nothing at" in refusal(choice)
    (tmp_path / "typo").write_text("")
    assert "LABS_DATA_DIR must name a folder, but there is a file at" in refusal(choice)


def test_empty_variable_counts_as_unset(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LABS_DATA_DIR", "")
    assert load_mnist().name.startswith("digits")
    assert "looking elsewhere" not in capsys.readouterr().err


LABELS = np.arange(40, dtype=np.uint8) % 10
BAD_ARRAYS: list[tuple[dict[str, Any], str]] = [
    ({"x_test": None}, "has no array 'x_test'"),
    ({"x_train": np.zeros((40, 784), np.uint8)}, "x_train is uint8 (40, 784)"),
    ({"x_train": np.zeros((40, 28, 28))}, "x_train is float64 (40, 28, 28)"),
    ({"x_train": np.zeros((39, 28, 28), np.uint8)}, "x_train is uint8 (39, 28, 28)"),
    ({"x_train": np.uint8(1)}, "x_train is uint8 ()"),
    ({"y_train": LABELS / 255}, "y_train is float64 (40,)"),
    ({"y_train": np.eye(10, dtype=np.uint8)[LABELS]}, "y_train is uint8 (40, 10)"),
    ({"y_train": LABELS + np.uint8(1)}, "y_train holds the labels 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,"),
    ({"y_train": LABELS // 2}, "y_train holds the labels 0, 1, 2, 3, 4, expected each of 0 to 9"),
    (
        {"x_test": np.zeros((0, 28, 28), np.uint8), "y_test": np.zeros(0, np.uint8)},
        "x_test is uint8 (0, 28, 28)",
    ),
]


@pytest.mark.parametrize(("changes", "words"), BAD_ARRAYS)
@pytest.mark.parametrize("choice", ["auto", "mnist"])
def test_wrong_arrays_are_refused(
    data_folder: Path, changes: dict[str, Any], words: str, choice: Any
) -> None:
    path = write(data_folder, **changes)
    message = refusal(choice)
    assert str(path) in message
    assert words in message


class Trap:
    """An object whose unpickling would leave a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Path.touch, (self.mark,)


def test_pickled_objects_are_refused_and_never_run(data_folder: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    write(data_folder, y_test=np.array([Trap(mark)] * 20, dtype=object))
    assert "cannot be read as an .npz file of plain arrays (Object arrays" in refusal()
    assert not mark.exists()


def test_file_cut_short_or_of_another_kind_is_refused(data_folder: Path) -> None:
    path = write(data_folder)
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[2000] ^= 255
    for content in (whole[:-100], whole[:100], b"", b"hello", bytes(damaged)):
        path.write_bytes(content)
        assert "cannot be read as an .npz file" in refusal()
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    assert "File is not a zip file" in refusal()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x_train.npy", b"no array")
        for key in ("y_train", "x_test", "y_test"):
            archive.writestr(f"{key}.npy", b"")
    assert "the magic string is not correct" in refusal()
    path.unlink()
    path.mkdir()
    assert "cannot be read as an .npz file" in refusal()


@pytest.mark.parametrize(
    "header",
    [
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (%d,)}" % 10**30,
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (-1,)}",
        b"{'descr': '|u1', 'fortran_order': False, 'shape': (10**9,)}",
        b"{'descr': '|V9', 'fortran_order': False, 'shape': (%d,)}" % 2**62,
        b"{'descr': '\xffu1', 'shape': (",
        b"{'descr': (('a', 'b'), 3), 'fortran_order': 1, 'shape': (''''",
        b"(" * 9_000,
    ],
)
def test_broken_header_of_an_array_is_refused(data_folder: Path, header: bytes) -> None:
    magic = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little")
    path = write(data_folder)
    with zipfile.ZipFile(path, "w") as archive:
        for key in ("x_train", "y_train", "x_test", "y_test"):
            archive.writestr(f"{key}.npy", magic + header)
    assert "cannot be read as an .npz file" in refusal()


def test_bomb_is_refused_before_it_is_unpacked(
    data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labs.data.npz_files.LARGEST", 2_000_000)
    path = data_folder / "mnist.npz"
    images = np.zeros((1_500, 28, 28), dtype=np.uint8)
    labels = np.zeros(1_500, dtype=np.uint8)
    np.savez_compressed(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
    assert "unpacks to 2,355," in refusal()
    # What the archive says of its sizes may be a lie, and is not exceeded either.
    images = np.zeros((4_000, 28, 28), dtype=np.uint8)
    np.savez_compressed(path, x_train=images, y_train=labels, x_test=images[:10], y_test=labels)
    true, told = (size.to_bytes(4, "little") for size in (images.nbytes + 128, 500_000))
    content = path.read_bytes()
    assert true in content
    path.write_bytes(content.replace(true, told))
    tracemalloc.start()
    try:
        assert "cannot be read as an .npz file" in refusal()
        assert tracemalloc.get_traced_memory()[1] < images.nbytes + 1_000_000
    finally:
        tracemalloc.stop()

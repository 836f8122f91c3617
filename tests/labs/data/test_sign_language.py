from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labs.data import sign_cache
from labs.data.checks import check
from labs.data.drawn_hands import load_drawn_hands
from labs.data.fingerprint import fingerprint
from labs.data.sign_language import load_sign_language
from labs.data.splits import random_split, split
from labs.errors import InputError

from .sign_files import table, to_text, write_pair


def refusal(choice: Any = "auto") -> str:
    with pytest.raises(InputError) as caught:
        load_sign_language(choice)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The training files that were parsed, in turn."""
    parsed: list[Path] = []
    parse = sign_cache._parse

    def count(train: Path, test: Path) -> dict[str, np.ndarray]:
        parsed.append(train)
        return parse(train, test)

    monkeypatch.setattr(sign_cache, "_parse", count)
    return parsed


def test_the_published_arrays_are_recognized(real_data: Path) -> None:
    data = load_sign_language()
    assert data.name == "Sign Language MNIST"
    assert ", the published arrays, sha256 " in data.source
    counts = dict(zip(data.class_names, np.bincount(data.train.y).tolist(), strict=True))
    assert counts == dict(
        A=1126, B=1010, C=1144, D=1196, E=957, F=1204, G=1090, H=1013, I=1162, K=1114, L=1241,
        M=1055, N=1151, O=1196, P=1088, Q=1279, R=1294, S=1199, T=1186, U=1161, V=1082, W=1225,
        X=1164, Y=1118,
    )  # fmt: skip
    assert np.bincount(data.test.y).tolist() == [
        331, 432, 310, 245, 498, 247, 348, 436, 288, 331, 209, 394, 291, 246, 347, 164, 144, 246,
        248, 266, 346, 206, 267, 332,
    ]  # fmt: skip


def test_the_published_images_are_copies_of_about_1300_photos(real_data: Path) -> None:
    data = load_sign_language()
    train, test = data.train.groups, data.test.groups
    assert train is not None
    assert test is not None
    both = np.concatenate([train, test])
    assert 1290 <= len(np.unique(train)) <= 1302
    assert 1615 <= len(np.unique(both)) <= 1630
    assert np.median(np.bincount(both)) == 21
    # The makers left a few photos on both sides; check tells it and goes on.
    [sentence] = check(data)
    assert sentence.startswith("20 groups are in the training and the test part (491 test rows)")
    rest, validation = split(data.train, 0.2, 0)
    assert all("test" in sentence for sentence in check(replace(data, train=rest), validation))


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("choice", ["auto", "sign_mnist"])
def test_files_in_the_data_folder_come_first(data_folder: Path, zipped: bool, choice: Any) -> None:
    write_pair(data_folder, zipped=zipped)
    data = load_sign_language(choice)
    assert (len(data.train), len(data.test), data.num_classes) == (48, 24, 24)
    assert data.train.x[0].ravel().tolist() == [int(value) for value in table(0)[1][1:]]
    assert data.test.x[3].ravel().tolist() == [int(value) for value in table(1, 24)[4][1:]]
    arrays = data.train.x, data.train.y, data.test.x, data.test.y
    assert data.name == "Sign Language MNIST (altered)"
    ending = ".gz" if zipped else ""
    assert data.source == (
        f"sign_mnist_train.csv{ending} and sign_mnist_test.csv{ending}, NOT the published arrays, "
        f"sha256 {fingerprint(*arrays)}"
    )


def test_photo_on_both_sides_is_one_group_and_told(data_folder: Path) -> None:
    rows = table(0)
    rows[1] = table(1, 24)[1]
    write_pair(data_folder, rows)
    data = load_sign_language()
    assert data.train.groups is not None
    assert data.test.groups is not None
    assert data.train.groups[0] == data.test.groups[0]
    assert len(np.intersect1d(data.train.groups, data.test.groups)) == 1
    with pytest.raises(ValueError, match="1 of the 24 test rows stand in the training part too"):
        check(data)
    data.train.x[0, 0, 0] ^= 1  # a copy with a small change, as in the published files
    [sentence] = check(data)
    assert sentence.startswith("1 groups are in the training and the test part (1 test rows)")


def test_files_are_parsed_once(data_folder: Path, cache: Path, parses: list[Path]) -> None:
    write_pair(data_folder)
    first, second = load_sign_language(), load_sign_language()
    assert len(parses) == 1
    assert first.source == second.source
    for one, other in ((first.train, second.train), (first.test, second.test)):
        assert one.groups is not None
        assert other.groups is not None
        assert np.array_equal(one.x, other.x)
        assert one.y.tolist() == other.y.tolist()
        assert one.groups.tolist() == other.groups.tolist()
    assert [path.suffix for path in cache.iterdir()] == [".npz"]


def test_changed_file_is_parsed_again(data_folder: Path, parses: list[Path]) -> None:
    write_pair(data_folder)
    before = load_sign_language()
    write_pair(data_folder, table(7))
    assert load_sign_language().source != before.source
    assert len(parses) == 2


def alter_content(path: Path) -> None:
    arrays = dict(np.load(path))
    arrays["x_train"][0, 0, 0] ^= 1
    np.savez(path, **arrays)


def alter_groups(path: Path) -> None:
    arrays = dict(np.load(path))
    np.savez(path, **{**arrays, "groups_test": arrays["groups_test"] + 1})


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-500])


def drop_an_array(path: Path) -> None:
    arrays = dict(np.load(path))
    del arrays["groups_train"]
    np.savez(path, **arrays)


@pytest.mark.parametrize("damage", [alter_content, alter_groups, cut_short, drop_an_array])
def test_broken_cache_is_made_again(
    data_folder: Path,
    cache: Path,
    parses: list[Path],
    damage: Any,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.INFO)
    write_pair(data_folder)
    before = load_sign_language()
    [path] = cache.iterdir()
    damage(path)
    after = load_sign_language()
    assert len(parses) == 2
    assert after.source == before.source
    assert "Making the cache again" in caplog.text
    assert capsys.readouterr().err == ""
    load_sign_language()
    assert len(parses) == 2


def test_cache_of_other_files_is_not_trusted(
    data_folder: Path, cache: Path, parses: list[Path]
) -> None:
    write_pair(data_folder, table(7))
    load_sign_language()
    [other] = cache.iterdir()
    write_pair(data_folder)
    right = load_sign_language()
    [path] = [path for path in cache.iterdir() if path != other]
    other.replace(path)
    assert load_sign_language().source == right.source
    assert len(parses) == 3


def test_cache_that_cannot_be_written_is_no_obstacle(
    data_folder: Path, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_pair(data_folder)
    cache.parent.mkdir(parents=True)
    cache.write_text("a file where the folder should be")
    assert len(load_sign_language().train) == 48
    assert "The cache cannot be written" in caplog.text


def test_bad_file_leaves_no_cache(data_folder: Path, cache: Path) -> None:
    rows = table(0)
    rows[5][0] = "9"
    train, _ = write_pair(data_folder, rows)
    for choice in ("auto", "sign_mnist"):
        assert refusal(choice).startswith(f"{train} has the label 9 in row 5")
    assert not cache.exists()


def test_bad_test_file_is_refused(data_folder: Path, cache: Path) -> None:
    _, test = write_pair(data_folder)
    test.write_bytes(to_text(table(1, 23)))
    assert refusal() == (
        f"{test} has no row of label 24, expected each of the 24 letters; fetch the whole file."
    )
    assert not cache.exists()


def test_one_file_for_both_parts_is_refused(data_folder: Path) -> None:
    train, test = write_pair(data_folder)
    test.write_bytes(train.read_bytes())
    assert "have the same content" in refusal()


def test_one_file_without_the_other_is_refused(data_folder: Path) -> None:
    _, test = write_pair(data_folder)
    test.unlink()
    assert "lacks sign_mnist_test.csv or sign_mnist_test.csv.gz, but has the file" in refusal()


def test_folder_in_the_place_of_a_file_is_refused(data_folder: Path) -> None:
    train, _ = write_pair(data_folder)
    train.unlink()
    train.mkdir()
    assert f"{train} cannot be read" in refusal()


def test_without_network_drawn_hands_stand_in_with_a_notice(
    data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = load_sign_language()
    assert data.name == "drawn hands, in place of Sign Language MNIST"
    output, errors = capsys.readouterr()
    assert output == ""
    words = " ".join(errors.replace("│", " ").split())
    assert "has no sign_mnist_train.csv or sign_mnist_train.csv.gz and no" in words
    assert "NOT SIGN LANGUAGE MNIST" in words
    assert "in place of Sign Language MNIST" in words


def test_sign_mnist_itself_is_an_error_without_network() -> None:
    message = refusal("sign_mnist")
    assert "datamunge/sign-language-mnist/versions/1 could not be had" in message
    assert message.endswith("into a folder named in LABS_DATA_DIR.")


def test_drawn_hands_on_request_come_without_notice(
    data_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pair(data_folder)
    assert load_sign_language("drawn_hands").name.startswith("drawn hands")
    assert capsys.readouterr().err == ""


def test_files_from_kaggle_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kaggle" / "sign_mnist"
    folder.mkdir(parents=True)
    write_pair(folder)
    monkeypatch.setattr("kagglehub.dataset_download", lambda handle: str(tmp_path / "kaggle"))
    assert len(load_sign_language().train) == 48


def test_kaggle_without_the_files_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kagglehub.dataset_download", lambda handle: str(tmp_path))
    assert "has no sign_mnist_train.csv and sign_mnist_test.csv" in refusal("sign_mnist")


def test_unknown_choice_is_refused() -> None:
    with pytest.raises(ValueError, match="got 'mnist'"):
        load_sign_language("mnist")  # type: ignore[arg-type]


def test_photos_torn_by_a_random_split_stop_a_run_though_the_makers_are_forgiven() -> None:
    hands = load_drawn_hands(train_signers=4, test_signers=2)
    hands = replace(hands, known_problems=("test-shares-groups",))
    torn, validation = random_split(hands.train, 0.2, 0)
    with pytest.raises(ValueError, match="groups are in the training and the validation part"):
        check(replace(hands, train=torn), validation)

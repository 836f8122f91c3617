from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from labs.data.checks import check, find_problems
from labs.data.dataset import Dataset, Part
from labs.data.diabetes import load_diabetes
from labs.data.splits import random_split, split

NAMES = ("a", "b", "c")


def images(rows: int, seed: int) -> Part:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (rows, 6, 6), dtype=np.uint8)
    return Part(pixels, np.arange(rows) % len(NAMES))


def table(rows: int, seed: int) -> Part:
    rng = np.random.default_rng(seed)
    x = rng.normal((50, 0.2, 900), (10, 0.1, 200), (rows, 3))
    return Part(x, np.arange(rows) % len(NAMES))


@pytest.fixture
def pictures() -> Dataset:
    return Dataset("pictures", images(300, 0), images(90, 1), NAMES, source="made up")


@pytest.fixture
def patients() -> Dataset:
    parts = table(300, 0), table(90, 1)
    return Dataset("patients", *parts, NAMES, source="made up", feature_names=("x", "y", "z"))


def kinds(dataset: Dataset, validation: Part | None = None) -> list[str]:
    return [problem.kind for problem in find_problems(dataset, validation)]


def rescaled(part: Part, factor: float) -> Part:
    return replace(part, x=(part.x * np.float64(factor)).astype(np.float32))


def transformed(dataset: Dataset, scaler: StandardScaler | MinMaxScaler) -> Dataset:
    train, test = (replace(p, x=scaler.transform(p.x)) for p in (dataset.train, dataset.test))
    return replace(dataset, train=train, test=test)


def test_honest_data_has_no_problem(pictures: Dataset, patients: Dataset) -> None:
    for dataset in (pictures, patients):
        assert check(dataset) == []
        train, validation = split(dataset.train, 0.2, 0)
        assert check(replace(dataset, train=train), validation) == []


def test_small_honest_parts_raise_no_false_alarm(pictures: Dataset, patients: Dataset) -> None:
    for seed in range(30):
        assert kinds(pictures, images(21, 100 + seed)) == []
        assert kinds(patients, table(21, 100 + seed)) == []
        assert kinds(patients, table(3, 100 + seed)) == []


def test_validation_pixels_divided_by_255_are_found(pictures: Dataset) -> None:
    train, validation = split(pictures.train, 0.2, 0)
    dataset = replace(pictures, train=train)
    assert kinds(dataset, rescaled(validation, 1 / 255)) == ["unlike-dtype", "unlike-scale"]
    # The other way round, and with one dtype, so that the scale alone tells.
    scaled = replace(dataset, train=rescaled(train, 1 / 255), test=rescaled(pictures.test, 1 / 255))
    problems = find_problems(scaled, rescaled(validation, 1))
    assert [p.kind for p in problems] == ["unlike-scale"]
    assert problems[0].sentence == (
        "The validation inputs run from 0 to 255 but the training inputs from 0 to 1: "
        "leave both raw and let a layer of the model scale them."
    )


def test_test_part_on_another_scale_is_found(patients: Dataset) -> None:
    shifted = replace(patients.test, x=patients.test.x + 5000)
    assert kinds(replace(patients, test=shifted)) == ["unlike-scale"]
    constant = replace(patients.test, x=np.ones_like(patients.test.x))
    assert "unlike-scale" in kinds(replace(patients, test=constant))


def test_labels_divided_by_255_are_found(pictures: Dataset) -> None:
    bad = replace(pictures.test, y=pictures.test.y / 255)
    problems = find_problems(replace(pictures, test=bad))
    assert [p.kind for p in problems] == ["label-type"]
    assert "test labels are not whole numbers (the first such is 0.00392157)" in str(problems[0])


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.arange(90.0) % 3, "dtype float64"),
        (np.eye(3)[np.arange(90) % 3], r"shape (90, 3)"),
        (np.array(list("abc"))[np.arange(90) % 3], "dtype <U1"),
        (np.full(90, np.nan), "not whole numbers"),
    ],
)
def test_labels_that_are_no_integers_are_found(
    pictures: Dataset, labels: np.ndarray, words: str
) -> None:
    problems = find_problems(replace(pictures, test=replace(pictures.test, y=labels)))
    assert [p.kind for p in problems] == ["label-type"]
    assert words in problems[0].sentence


def letters(class_names: tuple[str, ...]) -> Dataset:
    """Labels as in Sign Language MNIST: 0 to 24 without 9."""
    raw = np.setdiff1d(np.arange(25), [9])

    def part(repeats: int, seed: int) -> Part:
        return replace(images(24 * repeats, seed), y=np.tile(raw, repeats))

    return Dataset("letters", part(10, 0), part(3, 1), class_names, source="made up")


def test_label_missing_from_the_numbering_is_found() -> None:
    problems = find_problems(letters(tuple("ABCDEFGHIJKLMNOPQRSTUVWXY")))
    assert [p.kind for p in problems] == ["label-gap"]
    assert problems[0].sentence.startswith("No part has the label 9 although labels run from 0 to")


def test_class_name_without_a_label_is_found(pictures: Dataset) -> None:
    problems = find_problems(replace(pictures, class_names=("a", "b", "c", "d")))
    assert [p.kind for p in problems] == ["label-gap"]
    assert "No part has the label 3" in problems[0].sentence


def test_label_above_the_last_class_is_found() -> None:
    problems = find_problems(letters(tuple("ABCDEFGHIKLMNOPQRSTUVWXY")))
    assert [p.kind for p in problems] == ["label-range", "label-range", "label-gap"]
    assert "training labels hold 24, outside 0..23 for 24 class names" in problems[0].sentence


def test_negative_label_is_found(pictures: Dataset) -> None:
    y = pictures.test.y.copy()
    y[0] = -1
    assert "label-range" in kinds(replace(pictures, test=replace(pictures.test, y=y)))


def test_class_missing_in_one_part_is_found(pictures: Dataset) -> None:
    without_b = pictures.test.take(np.flatnonzero(pictures.test.y != 1))
    problems = find_problems(replace(pictures, test=without_b))
    assert [p.kind for p in problems] == ["missing-class"]
    assert "test part has no row of class 1" in problems[0].sentence


@pytest.mark.parametrize(
    ("scaler", "mark"),
    [(StandardScaler(), "centered to mean 0"), (MinMaxScaler(), "scaled to the range 0 to 1")],
)
def test_transform_fitted_on_train_and_test_together_is_found(
    patients: Dataset, scaler: StandardScaler | MinMaxScaler, mark: str
) -> None:
    patients.test.x[0] = (120, 0.9, 2000)  # training rows alone have another range
    scaler.fit(np.concatenate([patients.train.x, patients.test.x]))
    scaled = transformed(patients, scaler)
    problems = find_problems(scaled)
    assert [p.kind for p in problems] == ["pooled-scaling"]
    assert f"{mark} over the training and test rows together" in problems[0].sentence
    # It is still found after validation rows are split off, and in single precision.
    train, validation = split(scaled.train, 0.2, 0)
    assert kinds(replace(scaled, train=train), validation) == ["pooled-scaling"]
    single = [replace(p, x=p.x.astype(np.float32)) for p in (scaled.train, scaled.test)]
    assert kinds(replace(scaled, train=single[0], test=single[1])) == ["pooled-scaling"]


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler()])
def test_transform_fitted_on_train_alone_is_no_problem(
    patients: Dataset, scaler: StandardScaler | MinMaxScaler
) -> None:
    assert kinds(transformed(patients, scaler.fit(patients.train.x))) == []


@pytest.mark.parametrize("scaler", [StandardScaler(), MinMaxScaler()])
def test_test_part_scaled_by_its_own_rows_is_found(
    patients: Dataset, scaler: StandardScaler | MinMaxScaler
) -> None:
    train = replace(patients.train, x=scaler.fit_transform(patients.train.x))
    test = replace(patients.test, x=scaler.fit_transform(patients.test.x))
    problems = find_problems(replace(patients, train=train, test=test))
    assert [p.kind for p in problems] == ["own-scaling"]
    assert problems[0].sentence.startswith("The test inputs were")


def test_columns_of_zeros_and_ones_are_not_taken_for_scaled(patients: Dataset) -> None:
    def flags(part: Part) -> Part:
        return replace(part, x=(np.arange(len(part))[:, None] % [2, 3, 5] == 0).astype(float))

    train, test = flags(patients.train), flags(patients.test)
    train.x[:, 0] = 0  # so that only the pool has both values in each column
    assert not {"own-scaling", "pooled-scaling"} & set(
        kinds(replace(patients, train=train, test=test))
    )


def test_test_set_used_as_validation_data_is_found(pictures: Dataset) -> None:
    problems = find_problems(pictures, pictures.test)
    assert [p.kind for p in problems] == ["test-as-validation"]
    assert "90 of the 90 validation rows stand in the test part too" in problems[0].sentence
    # Also if a part of it is used, in another order.
    assert kinds(pictures, pictures.test.take(np.arange(44, -1, -1))) == ["test-as-validation"]
    # A few test rows among others are a leak of another kind.
    own = images(60, 2)
    own.x[:20] = pictures.test.x[:20]
    assert kinds(pictures, own) == ["shared-rows"]
    own.x[:40] = pictures.test.x[:40]
    assert kinds(pictures, own) == ["test-as-validation"]


def test_equal_rows_in_two_parts_are_found(pictures: Dataset) -> None:
    x = pictures.test.x.copy()
    x[[7, 11]] = pictures.train.x[[100, 200]]
    problems = find_problems(replace(pictures, test=replace(pictures.test, x=x)))
    assert [p.kind for p in problems] == ["shared-rows"]
    assert problems[0].sentence.startswith(
        "2 of the 90 test rows stand in the training part too, the first is test row 7:"
    )


def test_validation_rows_left_in_the_training_part_are_found(pictures: Dataset) -> None:
    _, validation = split(pictures.train, 0.2, 0)
    assert kinds(pictures, validation) == ["shared-rows"]


def test_groups_on_both_sides_are_found(pictures: Dataset) -> None:
    grouped = replace(pictures.train, groups=np.arange(300) // 10)
    train, validation = random_split(grouped, 0.2, 0)
    dataset = replace(pictures, train=train)
    problems = find_problems(dataset, validation)
    assert [p.kind for p in problems] == ["shared-groups"]
    assert "groups are in the training and the validation part" in problems[0].sentence
    test = replace(pictures.test, groups=np.full(90, 29))
    assert kinds(replace(pictures, train=grouped, test=test)) == ["test-shares-groups"]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_found(patients: Dataset, value: float) -> None:
    x = patients.test.x.copy()
    x[4, 1] = x[8, 0] = value
    problems = find_problems(replace(patients, test=replace(patients.test, x=x)))
    assert [p.kind for p in problems] == ["not-finite"]
    assert (
        "test inputs hold 2 NaN or infinite values, the first in row 4, feature 'y'"
        in problems[0].sentence
    )


def test_empty_part_is_found(pictures: Dataset) -> None:
    none = np.array([], dtype=np.int64)
    assert kinds(replace(pictures, test=pictures.test.take(none))) == ["empty-part"]
    assert kinds(replace(pictures, train=pictures.train.take(none))) == ["empty-part"]
    assert kinds(pictures, pictures.train.take(none)) == ["empty-part"]


def test_unlike_shapes_and_dtypes_are_found(pictures: Dataset) -> None:
    flat = replace(pictures.test, x=pictures.test.x.reshape(90, 36))
    assert kinds(replace(pictures, test=flat)) == ["unlike-shape"]
    wide = replace(pictures.test, x=pictures.test.x.astype(np.int64))
    assert kinds(replace(pictures, test=wide)) == ["unlike-dtype"]
    text = replace(pictures.test, x=pictures.test.x.astype(str))
    assert kinds(replace(pictures, test=text)) == ["not-numeric"]


def test_check_lists_all_problems(pictures: Dataset) -> None:
    bad = replace(pictures.test, y=pictures.test.y + 1)
    with pytest.raises(ValueError, match="Problems in the data set 'pictures'") as caught:
        check(replace(pictures, test=bad), pictures.train)
    assert str(caught.value).count("\n- ") == len(
        find_problems(replace(pictures, test=bad), pictures.train)
    )


def test_known_problems_are_told_and_others_still_stop(pictures: Dataset) -> None:
    known = replace(pictures, known_problems=("shared-rows",))
    _, validation = split(pictures.train, 0.2, 0)
    [sentence] = check(known, validation)
    assert "60 of the 60 validation rows stand in the training part too" in sentence
    with pytest.raises(ValueError, match="test set is used as validation data"):
        check(known, pictures.test)


def test_the_diabetes_table_was_scaled_over_all_patients_by_its_makers() -> None:
    data = load_diabetes()
    [sentence] = check(data)
    assert "centered to mean 0 over the training and test rows together" in sentence
    with pytest.raises(ValueError, match="centered to mean 0"):
        check(replace(data, known_problems=()))
    train, validation = split(data.train, 0.2, 0)
    assert len(check(replace(data, train=train), validation)) == 1

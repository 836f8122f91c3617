"""Points as a net gets them: features, parts, and the code that makes them in a script."""

from __future__ import annotations

import ast

import numpy as np
import pytest

from labs.data.plane import compute_features, load_plane
from labs.data.points import DRAWN, draw_points
from labs.errors import InputError

FORMULAS = ("x1", "x1x2", "sin(x2) + x1^2")
TABLE = "나이,혈당,진단\n" + "".join(
    f"{30 + row}.5,{(row * 37) % 90},{'양성' if row % 3 else ' 음성'}\n" for row in range(40)
)


@pytest.mark.parametrize("classes", [True, False])
@pytest.mark.parametrize("data", [*DRAWN, "table.csv"])
def test_a_script_makes_the_rows_of_the_run(tmp_path, monkeypatch, data, classes):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text(
        TABLE if classes else TABLE.replace("양성", "3").replace("음성", "1"), encoding="utf-8"
    )
    plane = load_plane(data, FORMULAS, 5, rows=80, noise=0.2, classes=classes)
    names: dict = {"SEED": 5}
    code = "\n".join(["import numpy as np", *plane.code.imports, plane.code.code])
    exec(compile(ast.parse(code), "rows", "exec"), names)
    for part, name in ((plane.dataset.train, "train"), (plane.validation, "val")):
        np.testing.assert_array_equal(part.x, names[f"x_{name}"])
        np.testing.assert_allclose(part.y, names[f"y_{name}"], rtol=1e-6)


def test_the_parts_share_no_row_and_have_the_classes_in_proportion():
    plane = load_plane("moons", ["x1", "x2"], 0, rows=400, noise=0.3, classes=True)
    parts = [plane.dataset.train, plane.validation, plane.dataset.test]
    assert [len(part) for part in parts] == [200, 100, 100]
    assert [int(part.y.sum()) for part in parts] == [100, 50, 50]
    assert len(np.unique(np.concatenate([part.x for part in parts]), axis=0)) == 400


def test_a_target_that_is_a_number_is_standardized_by_the_training_rows():
    plane = load_plane("xor", ["x1"], 0, rows=200, noise=0, classes=False)
    assert plane.dataset.train.y.mean() == pytest.approx(0, abs=1e-6)
    assert plane.dataset.train.y.std() == pytest.approx(1, abs=1e-6)
    assert abs(plane.dataset.test.y.mean()) > 1e-3
    assert plane.dataset.class_names == ()


def test_features_are_the_formulas_at_each_point():
    points = np.array([[1.0, 2.0], [3.0, -4.0]])
    found = compute_features(["x1x2", "x1^2", "cos(x2)"], points)
    np.testing.assert_allclose(found, [[2, 1, np.cos(2)], [-12, 9, np.cos(4)]], rtol=1e-6)


@pytest.mark.parametrize("formula", ["7", "log(x1)", "x3", "1e30*x1*x1"])
def test_a_feature_that_says_nothing_is_refused(formula):
    with pytest.raises(InputError, match=r"x1 and x2|x1, x2"):
        compute_features([formula], np.array([[-1e20, 1.0], [1e20, 2.0]]))


def test_drawn_points_are_what_they_are_called():
    radius = np.linalg.norm(draw_points("circle", 200, 0, 1, classes=False).points, axis=1)
    inside = draw_points("circle", 200, 0, 1, classes=True).target == 0
    assert inside.sum() == 100
    assert (radius[inside] <= 2.5).all()
    assert ((radius[~inside] >= 3.5) & (radius[~inside] <= 5)).all()
    corners = draw_points("xor", 200, 0, 1, classes=True)
    assert ((corners.points.prod(axis=1) > 0) == (corners.target == 0)).all()
    arms = draw_points("spiral", 200, 0, 1, classes=True)
    way = np.linalg.norm(arms.points, axis=1)
    angle = 0.7 * np.pi * way
    along = (arms.points * np.column_stack([np.sin(angle), np.cos(angle)])).sum(axis=1)
    np.testing.assert_allclose(along, np.where(arms.target == 0, -way, way), rtol=1e-9)


def test_noise_has_the_standard_deviation_asked_for():
    near, far = (draw_points("gaussians", 20_000, noise, 0, classes=True) for noise in (0, 3))
    assert (far.points - near.points).std() == pytest.approx(3, rel=0.02)

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from labs import data
from labs.errors import InputError
from labs.scaling import Config, check_formulas, check_scaling_speeds
from models.by_hand import normalization
from tests.labs.quick_run import run_quickly


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    return run_quickly("scaling", tmp_path_factory.mktemp("run"))


def test_every_claim_is_reproduced(found):
    assert {claim["id"]: claim["verdict"] for claim in found["claims"]} == dict.fromkeys(
        ["A-min-max", "A-standardization", "A-normalization-speeds"], "reproduced"
    )


def test_table_and_picture_are_in_the_run_directory(run_directory, found):
    assert (run_directory / "regression.png").read_bytes().startswith(b"\x89PNG")
    assert found["dataset"]["name"] == "diabetes, raw units"
    conditions = [
        float(row["condition number"].replace(",", "")) for row in found["tables"]["regression"]
    ]
    assert conditions[0] > 1e7 > conditions[1] > conditions[2] > 100


def test_a_scaling_of_rows_is_an_erratum(monkeypatch):
    monkeypatch.setattr(normalization, "standardize", normalization.layer_normalize)
    claims = check_formulas(data.load_diabetes(scaled=False).train.x)
    assert {c.id for c in claims if c.verdict == "erratum"} == {"A-standardization"}


def test_scaling_that_does_not_help_differs():
    flat = normalization.Bowl(np.array([1.0, 2.0]), np.array([3.0, 4.0]), 1.0)
    steep = normalization.Bowl(np.array([0.01, 2.0]), np.array([3.0, 4.0]), 1.0)
    names = ("raw units", "min-max", "standardized")
    better = dict(zip(names, ([steep] * 3, [flat] * 3, [flat] * 3), strict=True))
    same = dict(zip(names, ([flat] * 3, [flat] * 3, [flat] * 3), strict=True))
    assert check_scaling_speeds(better).verdict == "reproduced"
    assert check_scaling_speeds(same).verdict == "differs"


def test_one_split_is_refused():
    with pytest.raises(InputError, match="splits"):
        Config(splits=1)

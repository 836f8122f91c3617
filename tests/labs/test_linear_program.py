import numpy as np
import pytest
from scipy import optimize

from labs import linear_program as lab
from models.by_hand.linear_program import DIET as THE_DIET
from models.by_hand.linear_program import FOODS, Program
from tests.labs.quick_run import judged

DIET = Program(np.array([2.0, 3.0]), np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([4.0, 6.0]))
"""Its optimum, worked by hand: amounts (1.6, 1.2), prices (1.4, .2), cost 6.8."""
SIX = Program(
    np.append(DIET.prices, [9.0] * 4), np.hstack([DIET.contents, np.zeros((2, 4))]), DIET.needs
)
"""The same with four foods that are of no use."""


def test_all_ways_find_the_same_diet_of_foods(found):
    rows = {row[""]: row for row in found["tables"]["diet"]}
    assert set(rows) == {f"{food}, g" for food in FOODS} | {"price, won", "iterations"}
    *prices, last = list(rows["price, won"].values())[1:]
    assert prices == pytest.approx([last] * 2, rel=1e-6)


def test_all_ways_find_a_diet_worked_by_hand():
    by_hand, path = lab.follow_central_path(DIET)
    for diet in (by_hand, *(lab.solve(DIET, method) for method in lab.SOLVERS.values())):
        assert diet.amounts == pytest.approx([1.6, 1.2], abs=1e-5)
        assert diet.worth == pytest.approx([1.4, 0.2], abs=1e-5)
    assert np.all(path @ DIET.contents.T > DIET.needs)


def test_a_diet_that_is_dearer_than_its_bound_is_no_proof():
    right = {name: lab.solve(DIET, method) for name, method in lab.SOLVERS.items()}
    right[lab.BY_HAND], _ = lab.follow_central_path(DIET)
    dear = {name: diet._replace(amounts=diet.amounts * 1.1) for name, diet in right.items()}
    assert judged(lab.judge_diet, DIET, right)[0].verdict == "reproduced"
    assert judged(lab.judge_diet, DIET, dear)[0].verdict == "differs"
    assert judged(lab.judge_interior_point, DIET, right)[0].verdict == "reproduced"
    assert judged(lab.judge_interior_point, DIET, dear)[0].verdict == "differs"


def test_needs_that_no_food_meets_are_told():
    impossible = Program(np.ones(1), np.zeros((1, 1)), np.ones(1))
    with pytest.raises(ArithmeticError, match="no cheapest diet"):
        lab.solve(impossible, "highs-ds")


@pytest.mark.parametrize(
    ("id", "judge"), [("B-equality", "judge_equality"), ("B-maximize", "judge_maximum")]
)
def test_equality_and_maximum_are_borne_out_by_a_second_way(id, judge):
    claim = judged(getattr(lab, judge), THE_DIET)[0]
    assert (claim.id, claim.verdict) == (id, "reproduced")


def test_a_diet_off_one_of_its_constraints_differs(monkeypatch):
    right = optimize.minimize

    def moved(*arguments, **options):
        found = right(*arguments, **options)
        found.x = found.x + 0.01
        return found

    monkeypatch.setattr(optimize, "minimize", moved)
    assert judged(lab.judge_equality, THE_DIET)[0].verdict == "differs"


def verdicts_of_portions(program):
    return {claim.id: claim.verdict for claim in judged(lab.judge_portions, program)}


def test_whole_portions_are_the_cheapest_of_all():
    """Against all whole diets of the two foods, up to ten portions of each."""
    portions = np.array([(a, b) for a in range(10) for b in range(10)])
    enough = portions[(portions @ DIET.contents.T >= DIET.needs).all(axis=1)]
    found = {claim.id: claim for claim in judged(lab.judge_portions, SIX)}
    assert f"for {(enough @ DIET.prices).min():,.0f} won" in found["B-integers"].measured
    assert found["B-integers"].verdict == "reproduced"


@pytest.mark.parametrize("portions", [np.array([1.0, 1.0]), np.array([9.0, 9.0])])
def test_too_small_or_too_dear_portions_differ(monkeypatch, portions):
    right = optimize.milp

    def other(*arguments, **options):
        found = right(*arguments, **options)
        found.x = np.append(portions, np.zeros(4))
        return found

    monkeypatch.setattr(optimize, "milp", other)
    assert verdicts_of_portions(SIX)["B-integers"] == "differs"


def test_an_approximation_that_is_far_off_differs(monkeypatch):
    assert verdicts_of_portions(THE_DIET)["B-approximate-solution"] == "reproduced"
    monkeypatch.setattr(lab, "NEARLY", 1.0)
    assert verdicts_of_portions(THE_DIET)["B-approximate-solution"] == "differs"

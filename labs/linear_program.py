"""Which diet is the cheapest, and how can one know?

Run:   python -m labs.linear_program           about 2 s on 2 cores
Smoke: python -m labs.linear_program --quick   the same

Training is optimization, and the lecture's first example of it is no net: the cheapest food with
enough of each nutrient. This lab solves that linear program by simplex and by the interior
point method, SciPy's and one by hand, and proves with prices that nothing is cheaper.

Source: lecture B, 신경망 학습 (Training Neural Networks).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import lazy_loader
import numpy as np

from labs import results
from labs.cli import LabConfig, run_lab
from models.by_hand import linear_program, problems

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.results import Claim, RunRecord

scipy = lazy_loader.load("scipy")

SIMPLEX, INTERIOR = "simplex (HiGHS)", "interior point (HiGHS)"
BY_HAND = "interior point by hand"
SOLVERS = {SIMPLEX: "highs-ds", INTERIOR: "highs-ipm"}
"""SciPy's names of the methods."""


class Program(NamedTuple):
    """The diet problem min cᵀx subject to Dx ≥ d, x ≥ 0.

    Attributes:
        prices: Of a unit of each food, c, `(foods,)`.
        contents: Nutrients in a unit of each food, D, `(nutrients, foods)`.
        needs: Of each nutrient, d, `(nutrients,)`.
    """

    prices: np.ndarray
    contents: np.ndarray
    needs: np.ndarray


FOODS = ("rice", "tofu", "milk", "egg", "spinach", "mandarin")
NUTRIENTS = {"energy": "kcal", "protein": "g", "calcium": "mg", "iron": "mg", "vitamin C": "mg"}
"""With the unit that each is counted in."""
# The lecture prints no numbers. Contents of 100 g are typical values of food tables, rounded;
# prices in won for 100 g and the day's needs are our own choice.
DIET = Program(
    prices=np.array([300.0, 500.0, 250.0, 600.0, 700.0, 500.0]),
    contents=np.array(
        [
            [365.0, 76.0, 61.0, 143.0, 23.0, 53.0],
            [7.1, 8.1, 3.2, 12.6, 2.9, 0.8],
            [28.0, 350.0, 113.0, 56.0, 99.0, 37.0],
            [0.8, 5.4, 0.03, 1.75, 2.7, 0.15],
            [0.0, 0.1, 0.0, 0.0, 28.0, 26.7],
        ]
    ),
    needs=np.array([2000.0, 55.0, 800.0, 10.0, 100.0]),
)


class Solution(NamedTuple):
    """A diet with its proof.

    Attributes:
        amounts: Units of each food, x, `(foods,)`.
        worth: What a unit of each nutrient is worth, y, the dual solution, `(nutrients,)`.
        iterations: Iterations of the solver; by hand, Newton's steps.
    """

    amounts: np.ndarray
    worth: np.ndarray
    iterations: int


@dataclass(frozen=True)
class Config(LabConfig):
    """This lab has no settings of its own, and nothing in it is random."""


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    diets = {name: solve(DIET, method) for name, method in SOLVERS.items()}
    diets[BY_HAND], _ = follow_central_path(DIET)
    record.add_table("diet", list(describe(diets)))
    record.add_claims(check_diet(DIET, diets), check_interior_point(DIET, diets))
    record.add_findings(*conclude(diets[SIMPLEX]))
    record.add_figures(diet=plot_diet())


def solve(program: Program, method: str) -> Solution:
    """Solve a program by one of SciPy's HiGHS methods."""
    c, contents, needs = program
    found = scipy.optimize.linprog(
        c, A_ub=-contents, b_ub=-needs, method=method, options={"presolve": False}
    )
    if found.status != 0:
        raise ArithmeticError(f"{method} has found no cheapest diet: {found.message}")
    return Solution(found.x, -found.ineqlin.marginals, int(found.nit))


def follow_central_path(program: Program) -> tuple[Solution, np.ndarray]:
    """Solve a program by hand, from plenty of all foods.

    Returns:
        The solution, and the minimum for each height of the barrier, `(heights, foods)`.
    """
    c, contents, needs = program
    a, b = np.vstack([contents, np.eye(len(c))]), np.append(needs, np.zeros(len(c)))
    path, worth, steps = linear_program.central_path(c, a, b, start=np.full(len(c), 20.0))
    return Solution(path[-1], worth[: len(needs)], steps), path


def describe(diets: Mapping[str, Solution]) -> Iterator[dict[str, Any]]:
    """Give a row for each food, and one each for price and iterations."""
    for number, food in enumerate(FOODS):
        grams = {name: 100 * diet.amounts[number] for name, diet in diets.items()}
        yield {"": f"{food}, g", **{name: abs(round(float(x), 1)) for name, x in grams.items()}}
    costs = {name: float(DIET.prices @ diet.amounts) for name, diet in diets.items()}
    yield {"": "price, won", **{name: round(cost, 1) for name, cost in costs.items()}}
    yield {"": "iterations", **{name: diet.iterations for name, diet in diets.items()}}


def worst_violation(diet: Solution, program: Program) -> float:
    """Return by how much a diet fails the worst of the conditions of an optimum."""
    return float(linear_program.violations(diet.amounts, diet.worth, *program).max())


def check_diet(program: Program, diets: Mapping[str, Solution]) -> Claim:
    """Check that the diet problem as the lecture writes it has a provably cheapest diet."""
    worst = max(worst_violation(diets[name], program) for name in SOLVERS)
    simplex, interior = (float(program.prices @ diets[name].amounts) for name in SOLVERS)
    return results.judge_statement(
        "B-diet",
        "The cheapest diet with enough of each nutrient solves a linear program.",
        published="min cᵀx, Dx ≥ d, x ≥ 0",
        holds=bool(worst < 1e-6 and np.isclose(simplex, interior)),
        measured=f"{simplex:,.1f} by simplex, {interior:,.1f} by interior point",
        note="Proof that nothing is cheaper: prices y of the nutrients with Dᵀy ≤ c and dᵀy = cᵀx. "
        f"No condition fails by more than {worst:.0e}. The lecture prints no numbers; contents are "
        "typical, prices and needs our own.",
    )


def check_interior_point(program: Program, diets: Mapping[str, Solution]) -> Claim:
    """Check the interior point method: by hand on the diet, by SciPy on Rosenbrock's function."""
    ours, simplex = diets[BY_HAND], diets[SIMPLEX]
    worst = worst_violation(ours, program)
    cost, least = (float(program.prices @ diet.amounts) for diet in (ours, simplex))
    bent = problems.rosenbrock()
    bounded = scipy.optimize.minimize(
        bent.value,
        bent.start,
        jac=bent.gradient,
        hess=bent.hessian,
        method="trust-constr",
        bounds=[(None, 0.5), (None, None)],
        options={"gtol": 1e-8, "barrier_tol": 1e-8},
    )
    return results.judge_statement(
        "B-interior-point",
        "The interior point method uses the second derivative.",
        published="2",
        holds=bool(
            np.isclose(cost, least, rtol=1e-5)
            and worst < 1e-5
            and np.allclose(bounded.x, [0.5, 0.25], atol=1e-4)
            and bounded.nhev > 0
        ),
        measured=f"{cost:,.1f} after {ours.iterations} Newton steps; Rosenbrock's function "
        f"with x ≤ .5 at ({bounded.x[0]:.4f}, {bounded.x[1]:.4f}) after {bounded.nhev} Hessians",
        note="By hand it is Newton's method on the cost with a barrier, loosened step by step; its "
        f"prices prove the diet to {worst:.0e}, and simplex finds {least:,.1f}. SciPy's "
        "trust-constr is held to x ≤ .5, where (.5, .25) is best.",
    )


def conclude(diet: Solution) -> Iterator[str]:
    """Say what the cheapest diet is, and what its proof says."""
    eaten = ", ".join(
        f"{100 * amount:.0f} g of {food}"
        for food, amount in zip(FOODS, diet.amounts, strict=True)
        if amount > 1e-9
    )
    worth = ", ".join(
        f"{price:.3g} won for 1 {unit} more of {nutrient}"
        for (nutrient, unit), price in zip(NUTRIENTS.items(), diet.worth, strict=True)
        if price > 1e-9
    )
    yield (
        f"The cheapest diet is {eaten}, for {DIET.prices @ diet.amounts:,.0f} won. Its dual "
        f"prices: {worth}; the other needs are met anyway and cost nothing. At these prices the "
        "day's needs are worth just what the diet costs, and no food is cheaper than what is in "
        "it: so no diet can be."
    )


def plot_diet() -> Figure:
    """Draw a diet of two foods: what is enough, the cheapest, and the path to it from inside."""
    foods = np.array([FOODS.index("rice"), FOODS.index("tofu")])
    rows = np.flatnonzero(DIET.contents[:, foods].min(axis=1) > 0)  # They hold no vitamin C.
    c = DIET.prices[foods]
    program = Program(c, DIET.contents[np.ix_(rows, foods)], DIET.needs[rows])
    _, path = follow_central_path(program)
    best = solve(program, SOLVERS[SIMPLEX]).amounts
    names = list(NUTRIENTS)
    x = np.linspace(3, 11, 400)
    bounds = [
        (need - per_rice * x) / per_tofu
        for (per_rice, per_tofu), need in zip(program.contents, program.needs, strict=True)
    ]
    with results.style.figure(11, 6) as figure:
        axes = figure.subplots()
        enough = np.max([*bounds, 0 * x], axis=0)
        axes.fill_between(x, enough, 8, color=results.style.AREA, label="enough")
        for index, (row, bound) in enumerate(zip(rows, bounds, strict=True)):
            style = results.style.MARK_STYLES[index]
            color = results.style.COLORS[index + 1]
            axes.plot(x, bound, color=color, ls=style, label=f"just enough {names[row]}")
        same_price = (c @ best - c[0] * x) / c[1]
        axes.plot(x, same_price, color=results.style.NEUTRAL, lw=1, label=f"{c @ best:,.0f} won")
        axes.plot(*path.T, "o-", color=results.style.COLORS[0], label="interior point, each t")
        axes.plot(*best, "*", color="black", markersize=14, label="simplex")
        axes.set(xlim=(3, 11), ylim=(0, 8), xlabel="rice, 100 g", ylabel="tofu, 100 g")
        axes.set_title("The cheapest diet lies in a corner; the interior point method nears it")
        figure.legend(loc="outside right upper")
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)

"""Which diet is the cheapest, and how can one know?

Topic: optimizers and rates           Time: seconds
Run:   python -m labs.linear_program
Quick: python -m labs.linear_program --quick
Try:   --rice 600    what is eaten when rice costs twice as much?
       --rice 100    and what if it is nearly free?

Training is optimization, and the lecture's first example of it is no net: the cheapest food with
enough of each nutrient. This lab solves that linear program by simplex and by the interior
point method, SciPy's and one by hand, and proves with prices that nothing is cheaper. Beside it:
both kinds of constraints, something to maximize, and whole portions.

Source: lecture B, 신경망 학습 (Training Neural Networks).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import lazy_loader
import numpy as np

from labs import plots
from labs.running import LabConfig, Within, lab
from models.by_hand import linear_program, problems
from models.by_hand.linear_program import DIET, FOODS, NUTRIENTS, Program

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

scipy = lazy_loader.load("scipy")

SIMPLEX, INTERIOR = "simplex (HiGHS)", "interior point (HiGHS)"
BY_HAND = "interior point by hand"
SOLVERS = {SIMPLEX: "highs-ds", INTERIOR: "highs-ipm"}
"""SciPy's names of the methods."""
NEARLY = 1.2
"""A diet that costs at most so many times the cheapest is an approximate solution."""


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
    """Settings of this lab; nothing in it is random."""

    rice: Annotated[float, Within(0.01, 1e9)] = 300.0
    """Price of 100 g of rice, won."""


def experiment(config: Config, record: RunRecord) -> None:
    """Solve the diet problem in three ways, and prove that nothing is cheaper."""
    prices = np.array([config.rice, *DIET.prices[1:]])
    program = DIET._replace(prices=prices)
    diets = {name: solve(program, method) for name, method in SOLVERS.items()}
    diets[BY_HAND], _ = follow_central_path(program)
    formats = dict.fromkeys(diets, ".1f")
    record.add_table("diet", list(describe(diets, program)), formats=formats)
    judge_diet(record, program, diets)
    judge_interior_point(record, program, diets)
    judge_equality(record, program)
    judge_maximum(record, program)
    judge_portions(record, program)
    record.add_findings(tell_prices(diets[SIMPLEX]))
    record.add_figure(
        "diet",
        plot_diet(program),
        caption="Diets of rice and tofu: what is enough (grey), lines of just enough, and the way "
        "of the interior point method to the cheapest corner (star).",
    )
    eaten = ", ".join(
        f"{100 * amount:.0f} g of {food}"
        for food, amount in zip(FOODS, diets[SIMPLEX].amounts, strict=True)
        if amount > 1e-9
    )
    record.answer(
        f"The cheapest diet is {eaten}, for {prices @ diets[SIMPLEX].amounts:,.0f} won. At its "
        "dual prices the day's needs are worth just what it costs, and no food is cheaper than "
        "what is in it: so no diet can be.",
        limits="Six foods, five nutrients; contents are typical, prices and needs our own.",
    )


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


def describe(diets: Mapping[str, Solution], program: Program) -> Iterator[dict[str, Any]]:
    """Give a row for each food, and one each for price and iterations."""
    for number, food in enumerate(FOODS):
        grams = {name: 100 * diet.amounts[number] for name, diet in diets.items()}
        yield {"": f"{food}, g", **{name: abs(float(x)) for name, x in grams.items()}}
    costs = {name: float(program.prices @ diet.amounts) for name, diet in diets.items()}
    yield {"": "price, won", **dict(costs.items())}
    yield {"": "iterations", **{name: diet.iterations for name, diet in diets.items()}}


def worst_violation(diet: Solution, program: Program) -> float:
    """Return by how much a diet fails the worst of the conditions of an optimum."""
    return float(linear_program.violations(diet.amounts, diet.worth, *program).max())


def judge_diet(record: RunRecord, program: Program, diets: Mapping[str, Solution]) -> None:
    """Judge that the diet problem as the lecture writes it has a provably cheapest diet."""
    worst = max(worst_violation(diets[name], program) for name in SOLVERS)
    simplex, interior = (float(program.prices @ diets[name].amounts) for name in SOLVERS)
    record.judge(
        "B-diet",
        f"{simplex:,.1f} by simplex, {interior:,.1f} by interior point",
        holds=bool(worst < 1e-6 and np.isclose(simplex, interior)),
        how="Proof that nothing is cheaper: prices y of the nutrients with Dᵀy ≤ c and dᵀy = cᵀx. "
        f"No condition fails by more than {worst:.0e}. The lecture prints no numbers; contents "
        "are typical, prices and needs our own.",
    )


def judge_interior_point(
    record: RunRecord, program: Program, diets: Mapping[str, Solution]
) -> None:
    """Judge the interior point method: by hand on the diet, by SciPy on Rosenbrock's function."""
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
    record.judge(
        "B-interior-point",
        f"{cost:,.1f} after {ours.iterations} Newton steps; Rosenbrock's function "
        f"with x ≤ .5 at ({bounded.x[0]:.4f}, {bounded.x[1]:.4f}) after {bounded.nhev} Hessians",
        holds=bool(
            np.isclose(cost, least, rtol=1e-5)
            and worst < 1e-5
            and np.allclose(bounded.x, [0.5, 0.25], atol=1e-4)
            and bounded.nhev > 0
        ),
        how="By hand it is Newton's method on the cost with a barrier, loosened step by step; its "
        f"prices prove the diet to {worst:.0e}, and simplex finds {least:,.1f}. SciPy's "
        "trust-constr is held to x ≤ .5, where (.5, .25) is best.",
    )


def judge_equality(record: RunRecord, program: Program) -> None:
    """Judge both kinds of constraints, g(x) ≤ 0 and h(x) = 0, by Karush, Kuhn and Tucker."""
    energy, need = program.contents[0] / 100, program.needs[0] / 100
    habit, most = np.full(len(energy), 2.0), 2.5
    found = scipy.optimize.minimize(
        lambda x: 0.5 * np.sum((x - habit) ** 2),
        habit,
        jac=lambda x: x - habit,
        bounds=[(None, most)] + [(None, None)] * len(energy[1:]),
        constraints={"type": "eq", "fun": lambda x: energy @ x - need, "jac": lambda x: energy},
        method="SLSQP",
        options={"ftol": 1e-14},
    )
    others = energy[1:]  # Rice is at its limit; the rest by Lagrange.
    multiplier = (others @ habit[1:] + energy[0] * most - need) / (others @ others)
    record.judge(
        "B-equality",
        f"distance² / 2 of {found.fun:.4f} at {100 * energy @ found.x:,.1f} kcal and "
        f"{100 * found.x[0]:.0f} g of rice, multiplier λ = {multiplier:.4f}",
        holds=bool(np.allclose(found.x, [most, *habit[1:] - multiplier * others], atol=1e-5)),
        how="The diet nearest a habit, with just enough energy, h, and at most 250 g of rice, g. "
        "SciPy's SLSQP ends where the conditions say; −λ is what 100 kcal more would add.",
    )


def judge_maximum(record: RunRecord, program: Program) -> None:
    """Judge that a utility is maximized by minimizing its negative."""
    budget, utility = 3_000.0, program.contents[1]
    found = scipy.optimize.linprog(-utility, A_ub=program.prices[None], b_ub=[budget])
    corners = utility * budget / program.prices  # All money on one food; 0 is the other corner.
    record.judge(
        "B-maximize",
        f"{-found.fun:.1f} g of protein for {budget:,.0f} won, all from {FOODS[corners.argmax()]}",
        holds=bool(np.isclose(-found.fun, corners.max()) and -found.fun > corners.min()),
        how="SciPy minimizes −utilityᵀx under a budget; a linear utility is largest at a corner, "
        f"and of the {len(corners)} corners that one is the best.",
    )


def judge_portions(record: RunRecord, program: Program) -> None:
    """Judge optimization over integers, whole portions of 100 g, and an approximate solution."""
    found = scipy.optimize.milp(
        program.prices,
        integrality=np.ones(len(FOODS)),
        constraints=scipy.optimize.LinearConstraint(program.contents, program.needs),
        options={"mip_rel_gap": 0.0},
    )
    parts = solve(program, SOLVERS[SIMPLEX]).amounts
    diets = (found.x, np.ceil(parts - 1e-9), np.round(parts))
    whole, up, nearest = (float(program.prices @ x) for x in diets)
    enough = [bool((program.contents @ x >= program.needs - 1e-6).all()) for x in diets]
    bound = float(program.prices @ parts)
    how = f"SciPy's milp, gap {found.mip_gap:g}; the diet in parts of portions is {bound:,.0f} won."
    eaten = ", ".join(f"{n:.0f} {food}" for food, n in zip(FOODS, found.x, strict=True) if n > 0.5)
    record.judge(
        "B-integers",
        f"portions of 100 g: {eaten}, for {whole:,.0f} won; those in parts rounded up {up:,.0f}",
        holds=enough[0] and found.mip_gap < 1e-6 and bound <= whole + 1e-6 <= up + 2e-6,
        how=how,
    )
    record.judge(
        "B-approximate-solution",
        f"rounded up it costs {up / whole - 1:.1%} more than the cheapest whole portions; rounded "
        f"to the nearest it costs {nearest:,.0f} won and is {'' if enough[2] else 'not '}enough",
        holds=enough[1] and up < NEARLY * whole,
        how=how,
    )


def tell_prices(diet: Solution) -> str:
    """Say what one unit more of each nutrient would cost."""
    worth = ", ".join(
        f"{price:.3g} won for 1 {unit} more of {nutrient}"
        for (nutrient, unit), price in zip(NUTRIENTS.items(), diet.worth, strict=True)
        if price > 1e-9
    )
    return f"The diet's dual prices: {worth}; the other needs are met anyway and cost nothing."


def plot_diet(diet: Program) -> Figure:
    """Draw a diet of two foods: what is enough, the cheapest, and the path to it from inside."""
    foods = np.array([FOODS.index("rice"), FOODS.index("tofu")])
    rows = np.flatnonzero(diet.contents[:, foods].min(axis=1) > 0)  # They hold no vitamin C.
    c = diet.prices[foods]
    program = Program(c, diet.contents[np.ix_(rows, foods)], diet.needs[rows])
    _, path = follow_central_path(program)
    best = solve(program, SOLVERS[SIMPLEX]).amounts
    names = list(NUTRIENTS)
    x = np.linspace(3, 11, 400)
    bounds = [
        (need - per_rice * x) / per_tofu
        for (per_rice, per_tofu), need in zip(program.contents, program.needs, strict=True)
    ]
    with plots.style.figure(11, 6) as figure:
        axes = figure.subplots()
        enough = np.max([*bounds, 0 * x], axis=0)
        axes.fill_between(x, enough, 8, color=plots.style.AREA, label="enough")
        looks = plots.style.looks(["path", *NUTRIENTS])
        for row, bound, line in zip(rows, bounds, plots.style.MARK_STYLES, strict=False):
            color = looks[names[row]].color
            axes.plot(x, bound, color=color, ls=line, label=f"just enough {names[row]}")
        same_price = (c @ best - c[0] * x) / c[1]
        axes.plot(x, same_price, color=plots.style.NEUTRAL, lw=1, label=f"{c @ best:,.0f} won")
        axes.plot(*path.T, "o-", color=looks["path"].color, label="interior point, each t")
        axes.plot(*best, "*", color="black", markersize=14, label="simplex")
        axes.set(xlim=(3, 11), ylim=(0, 8), xlabel="rice, 100 g", ylabel="tofu, 100 g")
        axes.set_title("Diets of rice and tofu, and the way to the cheapest")
        figure.legend(loc="outside right upper")
    return figure


run = lab(Config, experiment, keras=False)

if __name__ == "__main__":
    run.command_line()

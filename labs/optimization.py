"""What do first, 1.5th and second order methods cost?

Run:   python -m labs.optimization           about 10 s on 2 cores
Smoke: python -m labs.optimization --quick   about 8 s

The lecture sorts the ways to a minimum by the derivatives they use. This lab lets them run on
the same four problems, counts what each calls, and measures how fast the error shrinks. The
lecture's diet problem is solved twice, with a proof that no cheaper diet exists.

Source: lecture B, 신경망 학습 (Training Neural Networks).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import lazy_loader
import numpy as np
from threadpoolctl import threadpool_limits

from labs import data, results
from labs.cli import LabConfig, run_lab
from models.by_hand import optimization

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from labs.results import Claim, RunRecord

keras = lazy_loader.load("keras")
scipy = lazy_loader.load("scipy")
tf = lazy_loader.load("tensorflow")

RAVINE, ROSENBROCK = "ravine", "Rosenbrock"
LOGISTIC, NEURON = "logistic regression", "neuron, squared error"
DESCENT, MOMENTUM = "gradient descent", "momentum"
CONJUGATE, BFGS, LBFGS, LM = "conjugate gradient", "BFGS", "L-BFGS", "Levenberg-Marquardt"
NEWTON = "Newton"
ORDERS = {DESCENT: 1, MOMENTUM: 1, CONJUGATE: 1.5, BFGS: 1.5, LBFGS: 1.5, LM: 1.5, NEWTON: 2}
"""The order under which the lecture lists each method."""
MEASURED = "Measured on logistic regression, 11 weights."
SOLVED = 1e-8
"""Length of the gradient at which a problem counts as solved."""

FOODS = ("rice", "tofu", "milk", "egg", "spinach", "mandarin")
NUTRIENTS = ("energy, kcal", "protein, g", "calcium, mg", "iron, mg", "vitamin C, mg")
# The lecture prints no numbers. Contents of 100 g are typical values of food tables, rounded;
# prices in won for 100 g and the day's needs are our own choice.
PRICES = np.array([300.0, 500.0, 250.0, 600.0, 700.0, 500.0])
CONTENTS = np.array(
    [
        [365.0, 76.0, 61.0, 143.0, 23.0, 53.0],
        [7.1, 8.1, 3.2, 12.6, 2.9, 0.8],
        [28.0, 350.0, 113.0, 56.0, 99.0, 37.0],
        [0.8, 5.4, 0.03, 1.75, 2.7, 0.15],
        [0.0, 0.1, 0.0, 0.0, 28.0, 26.7],
    ]
)
NEEDS = np.array([2000.0, 55.0, 800.0, 10.0, 100.0])


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"iterations": 4000}

    iterations: int = 20000
    """Most iterations of one method on one problem, at least 4,000."""
    rate: float = 1.8
    """Learning rate of the first order methods, in units of 1/λmax of the Hessian at the start."""
    momentum: float = 0.9
    """Share of the last step that momentum repeats."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("iterations", 4000 <= self.iterations <= 1_000_000, "4,000 to 1,000,000")
        self.require("rate", 0 < self.rate < 2, "above 0, below 2: from 2 on descent diverges")
        self.require("momentum", 0 <= self.momentum < 1, "0 to below 1")


@dataclass
class Trace:
    """What one method did on one problem.

    Attributes:
        method: Name of the method.
        problem: The problem, not counted.
        points: The points visited, the start first.
        costs: What had been spent when each was reached, in evaluations: 1 for a value or a
            gradient, n for a matrix of second or of residuals' derivatives.
        calls: Evaluations of values, gradients and matrices.
        seconds: Time of the method without our records.
    """

    method: str
    problem: optimization.Problem
    points: list[np.ndarray] = field(default_factory=list)
    costs: list[int] = field(default_factory=list)
    calls: dict[str, int] = field(
        default_factory=lambda: {"values": 0, "gradients": 0, "matrices": 0}
    )
    seconds: float = 0.0

    def counted(self) -> optimization.Problem:
        """Return the problem with functions that count their calls here."""

        def counting(kind: str, function: Callable[[np.ndarray], Any]) -> Callable[..., Any]:
            def call(point: np.ndarray) -> Any:
                self.calls[kind] += 1
                return function(point)

            return call

        p = self.problem
        return replace(
            p,
            value=counting("values", p.value),
            gradient=counting("gradients", p.gradient),
            hessian=counting("matrices", p.hessian),
            residuals=p.residuals and counting("values", p.residuals),
            jacobian=p.jacobian and counting("matrices", p.jacobian),
        )

    @property
    def solved(self) -> bool:
        """Whether the gradient has all but vanished at the last point."""
        return bool(np.linalg.norm(self.problem.gradient(self.points[-1])) <= SOLVED)

    @property
    def iterations(self) -> int:
        """Number of points after the start."""
        return len(self.points) - 1


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    patients = data.load_diabetes()
    record.use_dataset(patients)
    x, y = with_bias(patients.train.x), patients.train.y
    problems = [
        optimization.ravine(),
        optimization.rosenbrock(),
        optimization.logistic_regression(x, y),
        optimization.neuron(x, y),
    ]
    record.add_claims(*check_derivatives(optimization.rosenbrock()))
    record.add_table("derivatives", compare_derivatives(problems, config.seed))

    with threadpool_limits(1):  # On so small matrices threads only wait for each other.
        traces = [
            trace(method, problem, config)
            for problem in problems
            for method in ORDERS
            if method != LM or problem.residuals
        ]
    minima = {problem.name: optimization.find_minimum(problem) for problem in problems}
    seen = Comparison(traces, minima)
    calls = [describe_trace(t, minima[t.problem.name]) for t in traces]
    record.add_table("calls", calls, printed=False)
    record.add_table("cost", compare_costs(traces))
    record.add_claims(*check_methods(seen))

    record.add_table("diet", describe_diets())
    record.add_claims(check_diet(PRICES, CONTENTS, NEEDS), check_interior_point())
    record.add_findings(*conclude(seen, config.rate))
    real = [t for t in traces if t.problem.name == LOGISTIC]
    record.add_figures(
        convergence=plot_convergence(real, minima[LOGISTIC]),
        ravine=plot_ravine([t for t in traces if t.problem.name == RAVINE]),
        diet=plot_diet(),
    )


def with_bias(x: np.ndarray) -> np.ndarray:
    """Return the features with mean 0 and variance 1, and a column of ones before them."""
    return np.column_stack([np.ones(len(x)), (x - x.mean(axis=0)) / x.std(axis=0)])


def trace(method: str, problem: optimization.Problem, config: Config) -> Trace:
    """Let a method run until the problem is solved or the iterations are used up."""
    made = Trace(method, problem)
    counted = made.counted()
    clock = time.perf_counter()

    def visit(point: np.ndarray) -> None:
        nonlocal clock
        made.seconds += time.perf_counter() - clock
        made.points.append(np.array(point))
        calls = made.calls
        made.costs.append(calls["values"] + calls["gradients"] + len(point) * calls["matrices"])
        if made.solved or made.iterations >= config.iterations:
            raise StopIteration  # SciPy takes it for the wish to stop, as below.
        clock = time.perf_counter()

    rate = config.rate / float(np.linalg.eigvalsh(problem.hessian(problem.start)).max())
    momentum = config.momentum if method == MOMENTUM else 0.0
    by_hand = iterate_by_hand(method, counted, rate, momentum)
    try:
        if by_hand is None:
            visit(problem.start)
            minimize_by_scipy(method, counted, visit)
        else:
            for point in by_hand:
                visit(point)
    except StopIteration:
        pass
    return made


def iterate_by_hand(
    method: str, problem: optimization.Problem, rate: float, momentum: float
) -> Iterator[np.ndarray] | None:
    """Return the iterator of a method that we have by hand, None for one of SciPy's."""
    if method in (DESCENT, MOMENTUM):
        return optimization.gradient_descent(problem.gradient, problem.start, rate, momentum)
    if method == CONJUGATE and problem.name == RAVINE:  # There the gradient is the product Ax.
        return optimization.conjugate_gradient(problem.gradient, 0 * problem.start, problem.start)
    if method == LM and problem.residuals and problem.jacobian:
        return optimization.levenberg_marquardt(problem.residuals, problem.jacobian, problem.start)
    if method == NEWTON:
        return optimization.newton(problem.gradient, problem.hessian, problem.start)
    return None


def minimize_by_scipy(
    method: str, problem: optimization.Problem, visit: Callable[[np.ndarray], None]
) -> None:
    """Run a method of `scipy.optimize.minimize`; `visit` decides when it ends."""
    name = {CONJUGATE: "CG", BFGS: "BFGS", LBFGS: "L-BFGS-B"}[method]
    scipy.optimize.minimize(
        problem.value,
        problem.start,
        jac=problem.gradient,
        method=name,
        options={"gtol": 0.0} | ({"ftol": 0.0} if method == LBFGS else {}),
        callback=lambda intermediate_result: visit(intermediate_result.x),
    )


def errors_of(made: Trace, minimum: np.ndarray) -> np.ndarray:
    """Return the distance of each point to the minimum, `(iterations + 1,)`."""
    return np.linalg.norm(np.array(made.points) - minimum, axis=1)


def observed_order(errors: np.ndarray) -> float | None:
    """Estimate the order q of convergence, e⁺ ≈ C eᵠ, from a sequence of errors.

    It is the slope of log e⁺ over log e from where the error is a hundredth of the first down
    to the rounding: 1 is linear, 2 quadratic, between them superlinear.

    Returns:
        The order, None if fewer than three errors lie in that range.
    """
    small = errors[(errors < errors[0] / 100) & (errors > 1e-11)]
    if len(small) < 3:
        return None
    logs = np.log(small)
    return float(np.polyfit(logs[:-1], logs[1:], 1)[0])


def describe_trace(made: Trace, minimum: np.ndarray) -> dict[str, Any]:
    """Return what one method cost on one problem, for a table."""
    value = made.problem.value
    return {
        "problem": made.problem.name,
        "method": made.method,
        "order of the lecture": ORDERS[made.method],
        "solved": "yes" if made.solved else "no",
        "iterations": made.iterations,
        **made.calls,
        "cost": made.costs[-1],
        "above the minimum": value(made.points[-1]) - value(minimum),
        "order seen": observed_order(errors_of(made, minimum)),
        "seconds": round(made.seconds, 4),
    }


def compare_costs(traces: Sequence[Trace]) -> list[dict[str, Any]]:
    """Return the evaluations that each method took to solve each problem, None if it has not."""
    rows: dict[str, dict[str, Any]] = {method: {"method": method} for method in ORDERS}
    for made in traces:
        rows[made.method]["order"] = ORDERS[made.method]
        rows[made.method][made.problem.name] = made.costs[-1] if made.solved else None
    return list(rows.values())


def differences(function: Callable[[np.ndarray], Any], point: np.ndarray) -> np.ndarray:
    """Return ∂f/∂x₁ ... ∂f/∂xₙ as the slide defines them, from central differences.

    Args:
        function: Takes a point `(n,)`, gives a number or a vector `(m,)`.
        point: Where to differentiate, `(n,)`.

    Returns:
        `(n,)` for a number, `(m, n)` for a vector: its row i holds the derivatives of fᵢ.
    """
    size = 1e-6
    steps = size * np.eye(len(point))
    columns = [(function(point + s) - function(point - s)) / (2 * size) for s in steps]
    return np.stack(columns, axis=-1)


def autodiff_rosenbrock(point: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return gradient, Hessian and Jacobian of the residuals as TensorFlow finds them."""
    # Keras is asked first: loaded by TensorFlow's own import, the lazy module stays half empty.
    p = keras.Variable(point, dtype="float64").value
    with tf.GradientTape(persistent=True) as outer:
        with tf.GradientTape() as inner:
            residuals = tf.stack([10 * (p[1] - p[0] ** 2), 1 - p[0]])
            value = tf.reduce_sum(residuals**2)
        gradient = inner.gradient(value, p)
    hessian, jacobian = outer.jacobian(gradient, p), outer.jacobian(residuals, p)
    return gradient.numpy(), hessian.numpy(), jacobian.numpy()


def check_derivatives(problem: optimization.Problem) -> Iterator[Claim]:
    """Check the slide's gradient, Hessian and Jacobian on Rosenbrock's function."""
    ways = {
        "gradient": ("The gradient holds", "∂f/∂xᵢ", problem.gradient, problem.value),
        "hessian": ("The Hessian holds", "∂²f/∂xᵢ∂xⱼ", problem.hessian, problem.gradient),
        "jacobian": ("The Jacobian holds", "∂fᵢ/∂xⱼ", problem.jacobian, problem.residuals),
    }
    point = problem.start
    for name, right in zip(ways, autodiff_rosenbrock(point), strict=True):
        statement, published, by_hand, function = ways[name]
        assert by_hand is not None
        assert function is not None
        yield results.judge_formula(
            f"B-{name}",
            f"{statement} {published}.",
            published=published,
            slide_value=differences(function, point),
            right_value=right,
            note="Rosenbrock's function (for the Jacobian its two residuals) at (−1.2, 1): the "
            "slide's definition by differences against autodiff (measured). By hand it differs "
            f"from autodiff by {np.abs(by_hand(point) - right).max():.1g}.",
        )


def compare_derivatives(
    problems: Sequence[optimization.Problem], seed: int
) -> list[dict[str, Any]]:
    """Return how far derivatives by hand are from differences, at a random point."""
    rows = []
    for problem in problems:
        size = len(problem.start)
        point = np.random.default_rng(seed).normal(size=size) / np.sqrt(size)
        pairs = {
            "gradient": (problem.gradient, problem.value),
            "Hessian": (problem.hessian, problem.gradient),
            "Jacobian": (problem.jacobian, problem.residuals),
        }
        row: dict[str, Any] = {"problem": problem.name, "n": size}
        for name, (by_hand, function) in pairs.items():
            if by_hand and function:
                exact = by_hand(point)
                error = np.abs(exact - differences(function, point)).max() / np.abs(exact).max()
                row[f"{name}, relative error"] = float(error)
        rows.append(row)
    return rows


@dataclass(frozen=True)
class Comparison:
    """All methods on all problems.

    Attributes:
        traces: One for each problem and method.
        minima: The minimum of each problem, `(n,)`.
    """

    traces: Sequence[Trace]
    minima: Mapping[str, np.ndarray]

    def find(self, problem: str, method: str) -> Trace:
        """Return what a method did on a problem."""
        (found,) = (t for t in self.traces if (t.problem.name, t.method) == (problem, method))
        return found

    def order(self, problem: str, method: str) -> float:
        """Return the order of convergence seen, NaN if there were too few errors for one."""
        order = observed_order(errors_of(self.find(problem, method), self.minima[problem]))
        return float("nan") if order is None else order

    def matrices(self, *methods: str) -> int:
        """Return how many Hessians and Jacobians the methods asked for, on all problems."""
        return sum(t.calls["matrices"] for t in self.traces if t.method in methods)


def check_methods(seen: Comparison) -> Iterator[Claim]:
    """Check what the lecture's order of a method means: what it calls, how fast it gets near."""
    yield check_first_order(seen)
    yield check_quasi_newton(seen)
    yield check_conjugate_gradient(seen)
    yield check_levenberg_marquardt(seen)
    yield check_newton(seen)


def check_first_order(seen: Comparison) -> Claim:
    """Check that descent needs gradients alone, and pays for it with iterations."""
    linear = [seen.order(LOGISTIC, DESCENT), seen.order(LOGISTIC, MOMENTUM)]
    descent, momentum, newton = (
        seen.find(LOGISTIC, method).iterations for method in (DESCENT, MOMENTUM, NEWTON)
    )
    return results.judge_statement(
        "B-first-order",
        "Gradient descent and its variants use the first derivative.",
        published="1",
        holds=seen.matrices(DESCENT, MOMENTUM) == 0
        and bool(np.allclose(linear, 1, atol=0.05))
        and min(descent, momentum) > 10 * newton,
        measured=f"no second derivative, order {linear[0]:.2f}, {descent:,} iterations "
        f"({momentum:,} with momentum) to Newton's {newton}",
        note="An iteration costs one gradient and takes the same share off the error each time. "
        f"{MEASURED} The other variants are compared elsewhere.",
    )


def check_quasi_newton(seen: Comparison) -> Claim:
    """Check that BFGS is superlinear without a Hessian."""
    descent, newton, bfgs, lbfgs = (
        seen.find(LOGISTIC, method).iterations for method in (DESCENT, NEWTON, BFGS, LBFGS)
    )
    order, limited = seen.order(LOGISTIC, BFGS), seen.order(LOGISTIC, LBFGS)
    return results.judge_statement(
        "B-quasi-newton",
        "The quasi-Newton method lies between first and second order.",
        published="1.5",
        holds=seen.matrices(BFGS, LBFGS) == 0
        and 1.05 < order < seen.order(LOGISTIC, NEWTON)
        and newton < bfgs < descent,
        measured=f"no Hessian, order {order:.2f}, {bfgs} iterations",
        note="BFGS learns the Hessian from differences of gradients. L-BFGS, which keeps ten of "
        f"them, takes {lbfgs} iterations; its order, {limited:.2f}, is not above 1. {MEASURED}",
    )


def check_conjugate_gradient(seen: Comparison) -> Claim:
    """Check that conjugate gradients need n steps and no matrix, on two quadratics."""
    on_ravine, newton = seen.find(RAVINE, CONJUGATE), seen.find(LOGISTIC, NEWTON)
    a = newton.problem.hessian(newton.points[-1])
    right_side = -newton.problem.gradient(newton.problem.start)
    steps = optimization.conjugate_gradient(lambda v: a @ v, right_side, 0 * right_side)
    left = [float(np.linalg.norm(a @ x - right_side)) for x in islice(steps, len(a) + 1)]
    return results.judge_statement(
        "B-conjugate-gradient",
        "The conjugate gradient method lies between first and second order.",
        published="1.5",
        holds=on_ravine.calls["matrices"] == 0
        and on_ravine.solved
        and on_ravine.iterations == len(on_ravine.problem.start)
        and left[-1] < 1e-6 * left[0],
        measured=f"{on_ravine.iterations} steps for n = 2; of the gradient {left[-1] / left[0]:.0e}"
        f" is left after {len(a)} steps for n = {len(a)}",
        note="Exact on a quadratic after n products with the Hessian, which is never formed: the "
        f"ravine, and the quadratic of {LOGISTIC} at its minimum.",
    )


def check_levenberg_marquardt(seen: Comparison) -> Claim:
    """Check that Levenberg-Marquardt is superlinear where the residuals vanish."""
    vanishing, staying = seen.order(ROSENBROCK, LM), seen.order(NEURON, LM)
    return results.judge_statement(
        "B-levenberg-marquardt",
        "The Levenberg-Marquardt method lies between first and second order.",
        published="1.5",
        holds=seen.find(ROSENBROCK, LM).solved
        and 1.05 < vanishing < 2.2
        and abs(staying - 1) < 0.1,
        measured=f"order {vanishing:.2f} where the residuals vanish, {staying:.2f} where they stay",
        note="It needs the Jacobian of the residuals and no second derivative. JᵀJ is all of the "
        f"Hessian only where the residuals vanish: {ROSENBROCK} against {NEURON}.",
    )


def check_newton(seen: Comparison) -> Claim:
    """Check that Newton's method converges quadratically, with a Hessian at each iteration."""
    newton, order = seen.find(LOGISTIC, NEWTON), seen.order(LOGISTIC, NEWTON)
    on_ravine = seen.find(RAVINE, NEWTON).iterations
    return results.judge_statement(
        "B-newton",
        "Newton's method uses the second derivative.",
        published="2",
        holds=newton.calls["matrices"] == newton.iterations
        and abs(order - 2) < 0.2
        and on_ravine == 1,
        measured=f"order {order:.2f}, {newton.iterations} iterations, {on_ravine} on the ravine",
        note=f"A gradient and a Hessian at each iteration; the number of right digits doubles. "
        f"{MEASURED}",
    )


@dataclass(frozen=True)
class Diet:
    """A solution of the diet problem with its proof.

    Attributes:
        amounts: Units of each food, x, `(foods,)`.
        prices: What a unit of each nutrient is worth, y, the dual solution, `(nutrients,)`.
        iterations: Iterations of the solver.
    """

    amounts: np.ndarray
    prices: np.ndarray
    iterations: int


def solve_diet(c: np.ndarray, contents: np.ndarray, needs: np.ndarray, method: str) -> Diet:
    """Solve min cᵀx subject to Dx ≥ d, x ≥ 0 by one of SciPy's HiGHS methods."""
    found = scipy.optimize.linprog(
        c, A_ub=-contents, b_ub=-needs, method=method, options={"presolve": False}
    )
    if found.status != 0:
        raise ArithmeticError(f"{method} has found no cheapest diet: {found.message}")
    return Diet(found.x, -found.ineqlin.marginals, int(found.nit))


def violations(diet: Diet, c: np.ndarray, contents: np.ndarray, needs: np.ndarray) -> np.ndarray:
    """Return by how much a diet fails each condition of an optimum, all 0 if it is one.

    Dx ≥ d and x ≥ 0; Dᵀy ≤ c and y ≥ 0; cᵀx = dᵀy; complementary slackness y (Dx − d) = 0
    and x (c − Dᵀy) = 0. Each is relative to the size of its right side.

    Returns:
        Failures of the amounts, the prices, the equal values and the slackness, `(4,)`.
    """
    x, y = diet.amounts, diet.prices
    spare, saved, cost = contents @ x - needs, c - contents.T @ y, c @ x
    return np.array(
        [
            max(0.0, *(-spare / needs), *-x),
            max(0.0, *(-saved / c), *-y),
            abs(cost - needs @ y) / cost,
            max(abs(y * spare).max(), abs(x * saved).max()) / cost,
        ]
    )


def check_diet(c: np.ndarray, contents: np.ndarray, needs: np.ndarray) -> Claim:
    """Check that the diet problem as the lecture writes it has a provably cheapest diet."""
    simplex, interior = (solve_diet(c, contents, needs, m) for m in ("highs-ds", "highs-ipm"))
    worst = max(violations(diet, c, contents, needs).max() for diet in (simplex, interior))
    costs = [float(c @ diet.amounts) for diet in (simplex, interior)]
    return results.judge_statement(
        "B-diet",
        "The cheapest diet with enough of each nutrient solves a linear program.",
        published="min cᵀx, Dx ≥ d, x ≥ 0",
        holds=bool(worst < 1e-6 and np.isclose(costs[0], costs[1])),
        measured=f"{costs[0]:,.1f} by simplex, {costs[1]:,.1f} by interior point",
        note="Proof that nothing is cheaper: prices y of the nutrients with Dᵀy ≤ c and dᵀy = cᵀx. "
        f"No condition fails by more than {worst:.0e}. The lecture prints no numbers; contents are "
        "typical, prices and needs our own.",
    )


def central_path(
    c: np.ndarray, contents: np.ndarray, needs: np.ndarray
) -> tuple[list[np.ndarray], np.ndarray, int]:
    """Solve a diet problem by the interior point method by hand.

    Returns:
        The minimum for each t, the prices y of the nutrients at the last, and the number of
        Newton's steps. The cost is within a millionth of the optimum.
    """
    a = np.vstack([contents, np.eye(len(c))])
    b = np.concatenate([needs, np.zeros(len(c))])
    scale = c.sum()  # So small a cost lets the path begin far inside, at t = 1.
    centers: dict[float, np.ndarray] = {}
    start = np.full(len(c), 20.0)
    steps = 0
    for t, point in optimization.interior_point(c / scale, a, b, start, growth=2.0):
        if t not in centers and centers and len(b) / max(centers) < 1e-6 * (c @ point) / scale:
            break
        centers[t] = point
        steps += 1
    room = contents @ centers[max(centers)] - needs
    return list(centers.values()), scale / (max(centers) * room), steps


def check_interior_point() -> Claim:
    """Check the interior point method: by hand on the diet, by SciPy on Rosenbrock's function."""
    path, prices, newton_steps = central_path(PRICES, CONTENTS, NEEDS)
    ours = Diet(path[-1], prices, newton_steps)
    worst = violations(ours, PRICES, CONTENTS, NEEDS).max()
    simplex = solve_diet(PRICES, CONTENTS, NEEDS, "highs-ds")
    costs = [float(PRICES @ diet.amounts) for diet in (ours, simplex)]
    made = Trace("interior point", optimization.rosenbrock())
    counted = made.counted()
    bounded = scipy.optimize.minimize(
        counted.value,
        np.array([-1.2, 1.0]),
        jac=counted.gradient,
        hess=counted.hessian,
        method="trust-constr",
        bounds=[(None, 0.5), (None, None)],
        options={"gtol": 1e-8, "barrier_tol": 1e-8},
    )
    return results.judge_statement(
        "B-interior-point",
        "The interior point method uses the second derivative.",
        published="2",
        holds=bool(
            np.isclose(costs[0], costs[1], rtol=1e-5)
            and worst < 1e-5
            and np.allclose(bounded.x, [0.5, 0.25], atol=1e-4)
            and made.calls["matrices"] > 0
        ),
        measured=f"{costs[0]:,.1f} after {newton_steps} Newton steps; {ROSENBROCK} with x ≤ .5 at "
        f"({bounded.x[0]:.4f}, {bounded.x[1]:.4f}) after {made.calls['matrices']} Hessians",
        note="By hand it is Newton's method on the cost with a barrier, loosened step by step; its "
        f"prices prove the diet to {worst:.0e}, and simplex finds {costs[1]:,.1f}. SciPy's "
        "trust-constr is held to x ≤ .5, where (.5, .25) is best.",
    )


def describe_diets() -> list[dict[str, Any]]:
    """Return the diets that each method finds, for a table."""
    path, prices, newton_steps = central_path(PRICES, CONTENTS, NEEDS)
    diets = {
        "simplex (HiGHS)": solve_diet(PRICES, CONTENTS, NEEDS, "highs-ds"),
        "interior point (HiGHS)": solve_diet(PRICES, CONTENTS, NEEDS, "highs-ipm"),
        "interior point by hand": Diet(path[-1], prices, newton_steps),
    }
    return [
        {
            "method": name,
            "iterations": diet.iterations,
            "price, won": round(float(PRICES @ diet.amounts), 2),
            **{
                f"{food}, g": abs(round(float(100 * x), 1))
                for food, x in zip(FOODS, diet.amounts, strict=True)
            },
        }
        for name, diet in diets.items()
    ]


def describe_cost(made: Trace) -> str:
    """Return what a method cost, in words."""
    cost = f"{made.costs[-1]:,}"
    return cost if made.solved else f"more than {cost}"


def conclude(seen: Comparison, rate: float) -> Iterator[str]:
    """Say what the methods cost, in the numbers of this run."""
    methods = (DESCENT, MOMENTUM, CONJUGATE, BFGS, LBFGS, NEWTON)
    told = ", ".join(f"{m} {describe_cost(seen.find(LOGISTIC, m))}" for m in methods)
    minimum = seen.minima[LOGISTIC]
    yield (
        f"To a gradient of {SOLVED:.0e} {LOGISTIC} took, in evaluations: {told}. A Hessian is "
        f"counted as {len(minimum)}, one for each weight; of a net with a million weights "
        "it would cost a million, and would not fit into memory."
    )
    descent = seen.find(LOGISTIC, DESCENT)
    steepest = np.linalg.eigvalsh(descent.problem.hessian(descent.problem.start)).max()
    flattest, *_, largest = np.linalg.eigvalsh(descent.problem.hessian(minimum))
    errors = errors_of(descent, minimum)
    yield (
        f"Gradient descent there leaves {errors[-1] / errors[-2]:.5f} of the error at each step; "
        f"1 − α λmin foretells {1 - rate / steepest * flattest:.5f}. The Hessian's eigenvalues are "
        f"{largest / flattest:.0f} to 1, and the smallest sets the pace."
    )
    diet = solve_diet(PRICES, CONTENTS, NEEDS, "highs-ds")
    worth = ", ".join(
        f"{price:.3g} won for 1 more of {nutrient}"
        for nutrient, price in zip(NUTRIENTS, diet.prices, strict=True)
        if price > 1e-9
    )
    yield f"The dual prices of the diet: {worth}; the other needs are met anyway and cost nothing."


def plot_convergence(traces: Sequence[Trace], minimum: np.ndarray) -> Figure:
    """Draw the loss above its minimum against iterations and against cost."""
    problem = traces[0].problem
    lowest = problem.value(minimum)
    with results.style.figure(12.5, 5.8) as figure:
        by_iteration, by_cost = figure.subplots(1, 2, sharey=True)
        for index, made in enumerate(traces):
            gaps = np.array([problem.value(point) - lowest for point in made.points])
            drawing = {
                "color": results.style.COLORS[index],
                "marker": results.style.MARKERS[index],
                "label": f"{made.method} (order {ORDERS[made.method]})",
            }
            costs = np.array(made.costs)
            places = np.unique(np.geomspace(1, len(gaps), 8).astype(int) - 1)
            for axes, x in ((by_iteration, np.arange(len(gaps))), (by_cost, costs)):
                axes.loglog(x + 1, gaps.clip(1e-16), markevery=list(places), **drawing)
        by_iteration.set(xlabel="iterations + 1", ylabel="loss above its minimum")
        by_iteration.set_title("Second order needs few steps ...")
        by_cost.set(xlabel=f"evaluations + 1 (a Hessian counts {len(minimum)})")
        by_cost.set_title("... that cost more each")
        handles, labels = by_iteration.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
        figure.suptitle(f"{problem.name.capitalize()} on the patients, {len(minimum)} weights")
    return figure


def plot_ravine(traces: Sequence[Trace]) -> Figure:
    """Draw the paths of some methods through the ravine."""
    shown = (DESCENT, MOMENTUM, CONJUGATE, NEWTON)
    chosen = [made for made in traces if made.method in shown]
    with results.style.figure(12.5, 6.5) as figure:
        panels = figure.subplots(2, 2, sharex=True, sharey=True).ravel()
        for index, (axes, made) in enumerate(zip(panels, chosen, strict=True)):
            _draw_levels(axes, made.problem)
            path = np.array(made.points[:61])
            axes.plot(
                *path.T,
                color=results.style.COLORS[index],
                marker=results.style.MARKERS[index],
                markersize=5,
                linewidth=1.3,
            )
            axes.plot(0, 0, "*", color="black", markersize=14)
            more = ", 60 shown" if made.iterations > 60 else ""
            axes.set_title(f"{made.method}, iterations: {made.iterations:,}{more}")
        for axes in panels[2:]:
            axes.set_xlabel("x₁")
        for axes in panels[::2]:
            axes.set_ylabel("x₂")
        figure.suptitle("The gradient points across the ravine; curvature shows the way along")
    return figure


def _draw_levels(axes: Axes, problem: optimization.Problem) -> None:
    """Draw lines of equal value, each four times as high as the one inside it."""
    x, y = np.linspace(-11, 3, 150), np.linspace(-7, 3, 150)
    values = [[problem.value(np.array([u, v])) for u in x] for v in y]
    axes.contour(x, y, values, 4.0 ** np.arange(-1, 6), colors="#AAAAAA", linewidths=0.8)
    axes.set(xlim=(-11, 3), ylim=(-7, 3))
    axes.grid(visible=False)


def plot_diet() -> Figure:
    """Draw a diet of two foods: what is enough, the cheapest, and the path to it from inside."""
    foods = np.array([FOODS.index("rice"), FOODS.index("tofu")])
    rows = np.flatnonzero(CONTENTS[:, foods].min(axis=1) > 0)  # They hold no vitamin C.
    c, contents, needs = PRICES[foods], CONTENTS[np.ix_(rows, foods)], NEEDS[rows]
    path = np.array(central_path(c, contents, needs)[0])
    best = solve_diet(c, contents, needs, "highs-ds").amounts
    x = np.linspace(3, 11, 400)
    bounds = [
        (need - per_rice * x) / per_tofu
        for (per_rice, per_tofu), need in zip(contents, needs, strict=True)
    ]
    with results.style.figure(11, 6) as figure:
        axes = figure.subplots()
        axes.fill_between(x, np.max([*bounds, 0 * x], axis=0), 8, color="#DDEBF5", label="enough")
        for index, (row, bound) in enumerate(zip(rows, bounds, strict=True)):
            style = results.style.MARK_STYLES[index]
            color = results.style.COLORS[index + 1]
            axes.plot(x, bound, color=color, ls=style, label=f"just enough {NUTRIENTS[row]}")
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

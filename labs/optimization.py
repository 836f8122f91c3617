"""What do first, 1.5th and second order methods cost?

Run:   python -m labs.optimization           about 6 s on 2 cores
Smoke: python -m labs.optimization --quick   about 6 s

The lecture sorts the ways to a minimum by the derivatives they use. This lab lets them run on
the same four problems, counts what each calls, and measures how fast the error shrinks.

Source: lecture B, 신경망 학습 (Training Neural Networks).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import lazy_loader
import numpy as np
from threadpoolctl import threadpool_limits

from labs import data, results
from labs.cli import LabConfig, run_lab
from models.by_hand import normalization, optimization, problems
from models.by_hand.finite_differences import numerical_gradient, numerical_jacobian

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from labs.results import Claim, RunRecord

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
        problem: The problem.
        calls: Evaluations of values, gradients and matrices.
        points: The points visited, the start first.
        costs: What had been spent when each was reached, in evaluations: 1 for a value or a
            gradient, n for a matrix of second or of residuals' derivatives.
    """

    method: str
    problem: problems.Problem
    calls: dict[str, int]
    points: list[np.ndarray] = field(default_factory=list)
    costs: list[int] = field(default_factory=list)

    @property
    def solved(self) -> bool:
        """Whether the gradient has all but vanished at the last point."""
        return bool(np.linalg.norm(self.problem.gradient(self.points[-1])) <= SOLVED)

    @property
    def iterations(self) -> int:
        """Number of points after the start."""
        return len(self.points) - 1


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
        order = optimization.observed_order(
            errors_of(self.find(problem, method), self.minima[problem])
        )
        return float("nan") if order is None else order

    def matrices(self, *methods: str) -> int:
        """Return how many Hessians and Jacobians the methods asked for, on all problems."""
        return sum(t.calls["matrices"] for t in self.traces if t.method in methods)


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    patients = data.load_diabetes()
    record.use_dataset(patients)
    record.add_claims(*check_derivatives(problems.rosenbrock()))

    seen = compare_methods(patients.train.x, patients.train.y, config)
    record.add_table("cost", compare_costs(seen.traces))
    record.add_claims(
        check_first_order(seen),
        check_quasi_newton(seen),
        check_conjugate_gradient(seen),
        check_levenberg_marquardt(seen),
        check_newton(seen),
    )
    record.add_findings(*conclude(seen, config.rate))
    real = [t for t in seen.traces if t.problem.name == LOGISTIC]
    record.add_figures(
        convergence=plot_convergence(real, seen.minima[LOGISTIC]),
        ravine=plot_ravine([t for t in seen.traces if t.problem.name == RAVINE]),
    )


def compare_methods(x: np.ndarray, y: np.ndarray, config: Config) -> Comparison:
    """Let each method run on two textbook problems and on one neuron with two losses."""
    rows = np.column_stack([np.ones(len(x)), normalization.standardize(x)])
    compared = [
        problems.ravine(),
        problems.rosenbrock(),
        problems.logistic_regression(rows, y),
        problems.neuron(rows, y),
    ]
    with threadpool_limits(1):  # On so small matrices threads only wait for each other.
        traces = [
            trace(method, problem, config)
            for problem in compared
            for method in ORDERS
            if method != LM or problem.residuals
        ]
    return Comparison(
        traces, {problem.name: problems.find_minimum(problem) for problem in compared}
    )


def trace(method: str, problem: problems.Problem, config: Config) -> Trace:
    """Let a method run until the problem is solved or the iterations are used up."""
    counted, calls = problems.count_calls(problem)
    made = Trace(method, problem, calls)

    def visit(point: np.ndarray) -> None:
        made.points.append(np.array(point))
        made.costs.append(calls["values"] + calls["gradients"] + len(point) * calls["matrices"])
        if made.solved or made.iterations >= config.iterations:
            raise StopIteration  # SciPy takes it for the wish to stop, as below.

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
    method: str, problem: problems.Problem, rate: float, momentum: float
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
    method: str, problem: problems.Problem, visit: Callable[[np.ndarray], None]
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


def compare_costs(traces: Sequence[Trace]) -> list[dict[str, Any]]:
    """Return the evaluations that each method took to solve each problem, None if it has not."""
    rows: dict[str, dict[str, Any]] = {method: {"method": method} for method in ORDERS}
    for made in traces:
        rows[made.method]["order"] = ORDERS[made.method]
        rows[made.method][made.problem.name] = made.costs[-1] if made.solved else None
    return list(rows.values())


def autodiff_rosenbrock(point: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return gradient, Hessian and Jacobian of the residuals as TensorFlow finds them."""
    p = tf.Variable(point)
    with tf.GradientTape(persistent=True) as outer:
        with tf.GradientTape() as inner:
            residuals = tf.stack([10 * (p[1] - p[0] ** 2), 1 - p[0]])
            value = tf.reduce_sum(residuals**2)
        gradient = inner.gradient(value, p)
    hessian, jacobian = outer.jacobian(gradient, p), outer.jacobian(residuals, p)
    return gradient.numpy(), hessian.numpy(), jacobian.numpy()


def check_derivatives(problem: problems.Problem) -> Iterator[Claim]:
    """Check the slide's gradient, Hessian and Jacobian on Rosenbrock's function."""
    assert problem.residuals
    assert problem.jacobian
    point = problem.start
    gradient, hessian, jacobian = autodiff_rosenbrock(point)
    ways = {
        "gradient": ("∂f/∂xᵢ", numerical_gradient(problem.value, point), gradient),
        "Hessian": ("∂²f/∂xᵢ∂xⱼ", numerical_jacobian(problem.gradient, point), hessian),
        "Jacobian": ("∂fᵢ/∂xⱼ", numerical_jacobian(problem.residuals, point), jacobian),
    }
    by_hand = (problem.gradient(point), problem.hessian(point), problem.jacobian(point))
    for (name, (published, slide, right)), ours in zip(ways.items(), by_hand, strict=True):
        yield results.judge_formula(
            f"B-{name.lower()}",
            f"The {name} holds {published}.",
            published=published,
            slide_value=slide,
            right_value=right,
            note="Rosenbrock's function (for the Jacobian its two residuals) at (−1.2, 1): the "
            "slide's definition by differences against autodiff (measured). By hand it differs "
            f"from autodiff by {np.abs(ours - right).max():.1g}.",
        )


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


def _draw_levels(axes: Axes, problem: problems.Problem) -> None:
    """Draw lines of equal value, each four times as high as the one inside it."""
    x, y = np.linspace(-11, 3, 150), np.linspace(-7, 3, 150)
    values = [[problem.value(np.array([u, v])) for u in x] for v in y]
    axes.contour(x, y, values, 4.0 ** np.arange(-1, 6), colors=results.style.FAINT, linewidths=0.8)
    axes.set(xlim=(-11, 3), ylim=(-7, 3))
    axes.grid(visible=False)


if __name__ == "__main__":
    run_lab(run, Config, __doc__)

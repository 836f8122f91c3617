"""Read an answer, and find out what is right or wrong about it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from labs import stats
from labs.data.formulas import evaluate
from labs.errors import InputError
from labs.exercises.entries import Exercise, Reply
from labs.records.runs import Run, as_written, read_run

POINTS = 50
"""At so many points two formulas must agree to be taken for the same."""
SPIRAL = {
    "data": "spiral",
    "problem": "classification",
    "rows": 500,
    "noise": 0.3,
    "features": ["x1", "x2"],
}
"""Settings of the playground that are not the student's to choose."""
FOUND = 0.9
"""Share of the test points."""
X, Y = np.array([1.0, 2.0]), np.array([3.0, 5.0])
"""Lecture C's two points."""


def check(exercise: Exercise, words: Sequence[str], seed: int) -> Reply:
    """Check an answer.

    Args:
        exercise: What was asked.
        words: The answer, as it was typed.
        seed: Of the points at which formulas are compared, or of the first net.

    Raises:
        InputError: If it is not of the form that was asked for.
    """
    if exercise.settings:
        return _measure(exercise, read_settings(exercise, words), seed)
    parts = exercise.form.split()
    if len(words) != len(parts):
        raise InputError(
            f"Expected {len(parts)} words, {exercise.form}, got {len(words)}; put a formula "
            "with blanks into quotation marks."
        )
    if exercise.id == "line":
        return check_line(*(float(evaluate(word)) for word in words))
    if exercise.id == "and-gate":
        return check_gate(*(float(evaluate(word)) for word in words))
    if exercise.form == "LETTER":
        return check_choice(exercise, words[0].lower())
    if exercise.form == "RUN":
        return check_spiral(read_run(Path(words[0])))
    if exercise.form == "FILE":
        path = Path(words[0])
        if not path.is_file():
            raise InputError(f"Expected a file, got {path}, which is none; name another.")
        return _measure(exercise, path, seed)
    if exercise.right:
        return check_formulas(exercise, words, seed)
    return _measure(exercise, _number(words[0]), seed)


def read_settings(exercise: Exercise, words: Sequence[str]) -> dict[str, float]:
    """Read `units=8 rate=0.1`; what is not given has its default."""
    found = {name: float(default) for name, (default, *_) in exercise.settings.items()}
    for word in words:
        name, _, value = word.partition("=")
        if name not in found:
            raise InputError(
                f"Expected settings such as {exercise.form}, got {word!r}; correct it."
            )
        found[name] = _number(value)
        _, low, high = exercise.settings[name]
        if not low <= found[name] <= high:
            raise InputError(f"{name} must be {low} to {high}, got {value}; correct it.")
    return found


def check_formulas(exercise: Exercise, words: Sequence[str], seed: int) -> Reply:
    """Compare each formula with the right one, and a wrong one with known mistakes."""
    generator = np.random.default_rng(seed)
    known: dict[str, np.ndarray] = {}
    for name, formula in exercise.given.items():
        known[name] = evaluate(formula, known) if formula else generator.uniform(0.5, 3, POINTS)
    names = exercise.form.split()
    for name, word, right in zip(names, words, exercise.right, strict=True):
        values, wanted = evaluate(word, known), evaluate(right, known)
        if _same(values, wanted, exercise.tolerance):
            continue
        for reply, mistakes in exercise.mistakes.items():
            if any(_same(values, evaluate(m, known), exercise.tolerance) for m in mistakes):
                return Reply("wrong", reply, {"part": name})
        at = ", ".join(
            f"{variable} = {np.ravel(value)[0]:.3g}" for variable, value in known.items()
        )
        got, expected = (float(np.ravel(array)[0]) for array in (values, wanted))
        return Reply("wrong", "other", {"part": name, "at": at, "got": got, "wanted": expected})
    return Reply("right", "right", {})


def check_choice(exercise: Exercise, letter: str) -> Reply:
    """Look up what is said to a choice."""
    letters = [name for name in exercise.replies if len(name) == 1]
    if letter not in letters:
        raise InputError(f"Expected one of {', '.join(letters)}, got {letter!r}; correct it.")
    return Reply("right" if letter == exercise.right[0] else "wrong", letter, {})


def check_line(m: float, b: float) -> Reply:
    """Tell which of lecture C's points a line misses, and by how much."""
    missed = np.abs(m * X + b - Y)
    worst = int(missed.argmax())
    values = {"x": X[worst], "y": Y[worst], "line": m * X[worst] + b, "mse": np.mean(missed**2)}
    if missed.max() < 1e-6:
        return Reply("right", "right", values)
    swapped = np.allclose(b * X + m, Y)
    return Reply("wrong", "swapped" if swapped else "misses", values)


def check_gate(w1: float, w2: float, b: float) -> Reply:
    """Tell for which row a neuron is not AND, and what its sum is there."""
    for x1, x2 in ((0, 0), (0, 1), (1, 0), (1, 1)):
        total, wanted = w1 * x1 + w2 * x2 + b, x1 and x2
        if (total > 0) != bool(wanted):
            values = {"x1": x1, "x2": x2, "sum": total}
            return Reply("wrong", "silent" if wanted else "fires", values)
    slack = min(w1 + w2 + b, *(-(w1 * p + w2 * q + b) for p, q in ((0, 0), (0, 1), (1, 0))))
    return Reply("right", "right", {"slack": slack})


def check_spiral(run: Run) -> Reply:
    """Tell whether the nets of a run of the playground find the spiral, or some of them do."""
    with as_written(run):
        other = [name for name, value in SPIRAL.items() if run.config.get(name) != value]
        if run.lab != "playground" or run.results["status"] != "done" or other:
            words = " ".join(f"{name}={run.config.get(name)}" for name in other)
            raise InputError(
                f"Expected a finished run of labs.playground --data spiral, all else about the "
                f"points and features as it is, got {run.lab} {words}; run it again."
            )
        rows = run.results["tables"]["seeds"]
        scores = np.array([row["test accuracy"] for row in rows], dtype=np.float64)
        low, high = stats.mean_interval(scores)
    values = {"mean": scores.mean(), "low": low, "high": high, "seeds": len(scores)}
    values["wins"] = int((scores > FOUND).sum())
    if low > FOUND:
        return Reply("right", "right", values)
    some = high > FOUND or values["wins"] > 0
    return Reply("luck" if some else "wrong", "luck" if some else "below", values)


def _measure(exercise: Exercise, answer: Any, seed: int) -> Reply:
    """Ask a run; only now TensorFlow is imported."""
    from labs.exercises import measured

    reply: Reply = getattr(measured, exercise.id.replace("-", "_"))(answer, seed)
    return reply


def _number(word: str) -> float:
    value = float(evaluate(word))
    if not np.isfinite(value):
        raise InputError(f"Expected a finite number, got {word!r}; correct it.")
    return value


def _same(values: np.ndarray, wanted: np.ndarray, tolerance: float) -> bool:
    return bool(np.allclose(values, wanted, rtol=tolerance, atol=0))

"""Read a formula that somebody typed, without running it.

`eval`, SymPy's parser and numexpr turn the text into code and run it. Here Python's own `ast`
parses it, and a walk over the tree computes what it knows: numbers, the variables given,
+ − * / **, and a few functions, all in floating point. So no text can do anything but give a
number, or overflow.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from labs.errors import InputError

LONGEST = 200
"""Characters of a formula; a longer one could nest deeper than Python's parser goes."""
_SIGNS = str.maketrans({"−": "-", "·": "*", "×": "*", "÷": "/", "^": "**", "²": "**2", "³": "**3"})
_OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": np.exp, "log": np.log, "ln": np.log, "log2": np.log2, "log10": np.log10,
    "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tanh": np.tanh,
}  # fmt: skip
_CONSTANTS = {"e": np.e, "pi": np.pi}


def evaluate(text: str, variables: Mapping[str, np.ndarray] | None = None) -> np.ndarray:
    """Compute a formula.

    Args:
        text: Such as `"8x + 4y"` written `"8*x + 4*y"`; ^ and · are understood.
        variables: Values by name, of one shape.

    Returns:
        Its values, in the shape of the variables; `nan` or `inf` where it has none.

    Raises:
        InputError: If it is no formula of these variables.
    """
    known = {**_CONSTANTS, **(variables or {})}
    try:
        if len(text) > LONGEST:
            raise SyntaxError
        tree = ast.parse(text.strip().translate(_SIGNS), mode="eval").body
        with np.errstate(all="ignore"):
            return np.asarray(_value(tree, known), dtype=np.float64)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        names = ", ".join(variables or ()) or "no variables"
        raise InputError(
            f"Expected a formula of at most {LONGEST} characters in {names}, with * for each "
            f"product, such as 2*(3 + 1)^2, got {text[:60]!r}; correct it."
        ) from error


def as_numpy(text: str) -> str:
    """Return a formula that `evaluate` takes as Python code with NumPy as `np`."""
    tree = ast.parse(text.strip().translate(_SIGNS), mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in {*_FUNCTIONS, *_CONSTANTS}:
            node.id = f"np.{'log' if node.id == 'ln' else node.id}"
    return ast.unparse(tree)


def _value(node: ast.expr, known: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return np.float64(number)
        case ast.Name(id=name) if name in known:
            return known[name]
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(operand, known))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left, known), _value(right, known))
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](_value(argument, known))
    raise SyntaxError

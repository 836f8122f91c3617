"""Hyperparameters as plain values: to be compared, to be stored, and to be declared again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from typing import Any

from keras_tuner import HyperParameters

from labs.errors import InputError

Entry = Mapping[str, Any]
KINDS = ("Boolean", "Choice", "Fixed", "Float", "Int")


def entries_of(space: HyperParameters) -> list[Entry]:
    """Return all hyperparameters of a space as plain values, conditions included."""
    return [
        {
            "kind": type(hyperparameter).__name__,
            **{k: v for k, v in hyperparameter.get_config().items() if k != "conditions"},
            "conditions": [[c.name, list(c.values)] for c in hyperparameter.conditions],
        }
        for hyperparameter in space.space
    ]


def declare(entries: Iterable[Entry], space: HyperParameters) -> None:
    """Add hyperparameters to a space that does not have them; active ones get their default.

    Raises:
        ValueError: If an entry is none, or depends on one that the space does not have.
    """
    for entry in entries:
        settings = dict(entry)
        kind, conditions = settings.pop("kind"), settings.pop("conditions")
        if kind == "Fixed":
            settings.pop("default", None)
        if kind not in KINDS:
            raise ValueError(f"Expected one of {', '.join(KINDS)}, got {kind!r}.")
        with ExitStack() as scopes:
            for name, values in conditions:
                scopes.enter_context(space.conditional_scope(name, values))
            getattr(space, kind)(**settings)


def explore(use: Callable[[HyperParameters], Any]) -> HyperParameters:
    """Find all hyperparameters that a function asks for, those of inactive scopes included.

    As keras-tuner does: it is called with the defaults, and again with other values as long as
    there is a conditional scope that was never active.

    Args:
        use: What declares them, such as `build`.

    Returns:
        The space, without values.
    """
    space, never, once = HyperParameters(), list[Any](), list[Any]()
    trial = space.copy()
    while True:
        use(trial)
        space.merge(trial, overwrite=False)
        once += [scope for scope in trial.active_scopes if scope not in once]
        never += [s for s in trial.inactive_scopes if s not in once and s not in never]
        never = [scope for scope in never if scope not in once]
        if not never:
            space.values = {}
            return space
        trial = space.copy()
        for condition in never[0]:
            trial.values[condition.name] = condition.values[0]
        _fill_in(trial)
        # A scope that its own values do not open is never open.
        once.append(never.pop(0))


def with_values(space: HyperParameters, given: Mapping[str, Any]) -> HyperParameters:
    """Return a copy of the space that has exactly these values, active or not."""
    copy = space.copy()
    copy.values = dict(given)
    return copy


def completed(space: HyperParameters, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return given values, with the defaults of the active ones that are not given.

    Raises:
        InputError: If a name is not in the space or not active, or a value is out of its range.
    """
    filled = with_values(space, given)
    _fill_in(filled)
    if unknown := given.keys() - filled.values.keys():
        raise InputError(
            f"enqueue has {', '.join(sorted(unknown))}, which the space does not have beside the "
            f"other values; it has {', '.join(filled.values)}."
        )
    for hyperparameter in space.space:
        value = filled.values.get(hyperparameter.name)
        if filled.is_active(hyperparameter) and not _allows(hyperparameter, value):
            raise InputError(
                f"enqueue has {hyperparameter.name}={value!r}, which is not in its range: "
                f"{hyperparameter}."
            )
    return dict(filled.values)


def _fill_in(space: HyperParameters) -> None:
    """Give active hyperparameters without a value their default, and take it from the others.

    What keras-tuner has for it draws values at random.
    """
    given = space.values
    space.values = {}
    for hyperparameter in space.space:
        name = hyperparameter.name
        if space.is_active(hyperparameter):
            space.values[name] = given.get(name, hyperparameter.default)


def _allows(hyperparameter: Any, value: Any) -> bool:
    if not hasattr(hyperparameter, "min_value"):
        return value in hyperparameter.values
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    if not hyperparameter.min_value <= value <= hyperparameter.max_value:
        return False
    return hyperparameter.step is None or any(
        abs(value - allowed) < 1e-9 * abs(allowed or 1) for allowed in hyperparameter.values
    )

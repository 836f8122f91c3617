"""The settings of a lab: a frozen dataclass whose types carry the bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, get_origin, get_type_hints

import tyro

from labs.errors import InputError
from labs.running.bounds import LARGEST, Within, allows, bounds_of, describe


@dataclass(frozen=True)
class LabConfig:
    """Settings that every lab has; a lab's `Config` adds its own, each with a default.

    The defaults are the values of the full run. `QUICK` names the settings that `--quick`
    makes smaller; a value given on the command line wins over both. `POSITIONAL` names those
    that stand on the command line without their name (`tyro.conf.Positional`).

    Raises:
        InputError: If a value is not of its field's type or out of the bounds it carries, see
            `labs.running.bounds`.
    """

    QUICK: ClassVar[Mapping[str, Any]] = {}
    POSITIONAL: ClassVar[frozenset[str]] = frozenset()
    MAY_CHANGE: ClassVar[frozenset[str]] = frozenset(
        {"output_dir", "open", "quiet", "resume", "tensorboard"}
    )
    """Settings that change what is printed and where, not what is found."""

    quick: bool = False
    """Only check that everything runs, with small values; the numbers say nothing."""
    quiet: bool = False
    """Print the name of the run directory and nothing else."""
    seed: Annotated[int, Within(0, LARGEST)] = 0
    """Seed of everything random."""
    output_dir: Path = Path("runs")
    """Folder for the run directory, LAB/RUN-ID inside it."""
    open: bool = False
    """Open the page of the run in the browser when it is done."""
    tensorboard: bool = False
    """Write the run for TensorBoard too, to RUN/tensorboard."""

    def __post_init__(self) -> None:
        for name, hint in hints_of(type(self)).items():
            value = self._converted(name, hint)
            if not allows(hint, value):
                expected = describe(bounds_of(hint)) or f"of type {_type_name(hint)}"
                numbers = value if isinstance(value, tuple) else (value,)
                too_large = any(isinstance(number, int) and number > LARGEST for number in numbers)
                if too_large and f"{LARGEST:,}" not in expected:
                    expected += f", and at most {LARGEST:,} in any case"
                self._refuse(name, expected)

    @classmethod
    def for_quick_run(cls, **settings: Any) -> Self:
        """Return the settings of `--quick`, with the given ones changed."""
        return cls(**{"quick": True, **cls.QUICK, **settings})

    def _converted(self, name: str, hint: Any) -> Any:
        """Put a path in place of a text, a tuple in place of a list, and return the value."""
        value = getattr(self, name)
        if hint is Path and isinstance(value, str):
            value = Path(value)
        elif isinstance(value, list | range):
            value = tuple(value)
        object.__setattr__(self, name, value)
        return value

    def _refuse(self, setting: str, expected: str) -> None:
        value = getattr(self, setting)
        words = " ".join(map(str, value)) or "nothing" if isinstance(value, tuple) else value
        raise InputError(
            f"{option(setting)} must be {expected}, got {words}; correct it or leave it out."
        )


@dataclass(frozen=True)
class ResumableConfig(LabConfig):
    """Settings of what goes on after it was interrupted or killed, see `labs.running.resuming`."""

    resume: Annotated[str, tyro.conf.arg(metavar="RUN")] = ""
    """Run directory of one that ended early; its settings hold again."""


def hints_of(config: type[LabConfig]) -> dict[str, Any]:
    """Return the types of a config's fields by name, with their bounds."""
    hints = get_type_hints(config, include_extras=True)
    return {field.name: hints[field.name] for field in fields(config)}


def option(setting: str) -> str:
    """Return a setting's name on the command line."""
    return "--" + setting.replace("_", "-")


def _type_name(hint: Any) -> str:
    if hint is float:
        return "float and finite"
    if get_origin(hint) is Literal:
        return " or ".join(map(repr, hint.__args__))
    return getattr(hint, "__name__", str(hint))

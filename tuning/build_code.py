"""A checksum of what a build function does, to tell another one when a search goes on."""

from __future__ import annotations

import dis
import hashlib
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any


def fingerprint_of_code(build: Any) -> str:
    """Return a checksum of a function, or of a HyperModel, that is the same in every process.

    It covers bytecode and constants, defaults, what a closure holds, and the functions, classes
    and plain values of its own module that the function uses. Of anything else it covers the name
    or the type alone: libraries, files, arrays. Comments and places in a file do not matter;
    another minor version of Python has another bytecode, so the checksum begins with it.
    """
    home = getattr(build, "func", build)
    home = getattr(home, "__module__", None) or type(home).__module__
    text = "\n".join(_Describer(home).describe(build))
    version = ".".join(map(str, sys.version_info[:2]))
    return f"python {version} {hashlib.sha256(text.encode()).hexdigest()}"


class _Describer:
    """Describes values, each function and class once; nothing depends on addresses or on sets."""

    def __init__(self, home: str) -> None:
        self._home, self._seen = home, list[Any]()

    def describe(self, value: Any) -> Iterator[str]:
        """Yield what tells a value from others."""
        yield type(value).__name__
        if value is None or isinstance(value, bool | int | float | complex | str | bytes):
            yield repr(value)
        elif isinstance(value, tuple | list):
            yield str(len(value))
            for part in value:
                yield from self.describe(part)
        elif isinstance(value, set | frozenset):
            yield from sorted("\n".join(self.describe(part)) for part in value)
        elif isinstance(value, Mapping):
            yield from sorted("\n".join(self.describe(item)) for item in value.items())
        elif isinstance(value, CodeType):
            yield from self._code(value)
        elif isinstance(value, partial):
            yield from self.describe((value.func, value.args, value.keywords))
        elif isinstance(value, MethodType):
            yield from self.describe((value.__func__, value.__self__))
        elif isinstance(value, staticmethod | classmethod):
            yield from self.describe(value.__func__)
        elif isinstance(value, property):
            yield from self.describe((value.fget, value.fset))
        elif isinstance(value, ModuleType):
            yield value.__name__
        elif getattr(value, "__module__", None) != self._home:
            named = value if hasattr(value, "__qualname__") else type(value)
            yield f"{named.__module__}.{named.__qualname__}"
        elif any(value is own for own in self._seen):
            yield "again"
        else:
            self._seen.append(value)
            yield from self._own(value)

    def _own(self, value: Any) -> Iterator[str]:
        """Describe a function, a class or an object of the module."""
        if isinstance(value, FunctionType):
            yield from self.describe((value.__code__, value.__defaults__, value.__kwdefaults__))
            stored, loaded = _variables(value.__code__)
            cells = zip(value.__code__.co_freevars, value.__closure__ or (), strict=True)
            held = {name: cell.cell_contents for name, cell in cells if _is_full(cell)}
            used = {name: value.__globals__[name] for name in loaded & value.__globals__.keys()}
            # What it assigns itself, such as a counter, is no part of what it is.
            for name, content in sorted((held | used).items()):
                if name not in stored:
                    yield name
                    yield from self.describe(content)
            return
        is_class = isinstance(value, type)
        yield from self.describe(value.__bases__ if is_class else type(value))
        assigned = set[str]() if is_class else _assigned_by_methods(type(value))
        for name, content in sorted(getattr(value, "__dict__", {}).items()):
            own = not name.startswith("__") or isinstance(content, FunctionType)
            if own and name not in assigned:
                yield name
                yield from self.describe(content)

    def _code(self, code: CodeType) -> Iterator[str]:
        yield code.co_code.hex()
        yield code.co_exceptiontable.hex()
        names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
        counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount)
        yield from self.describe((*names, *counts, code.co_consts))


def _variables(code: CodeType) -> tuple[set[str], set[str]]:
    """Return which variables from outside a function assigns, and which globals it reads."""
    stored, loaded = set(), set()
    for step in dis.get_instructions(code):
        if step.opname in ("STORE_GLOBAL", "STORE_DEREF"):
            stored.add(step.argval)
        elif step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            loaded.add(step.argval)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            more = _variables(inner)
            stored, loaded = stored | more[0], loaded | more[1]
    return stored, loaded


def _assigned_by_methods(own: type) -> set[str]:
    """Return which attributes of an object change while it is used."""
    methods = [f for name, f in vars(own).items() if name != "__init__"]
    codes = [f.__code__ for f in methods if isinstance(f, FunctionType)]
    steps = (step for code in codes for step in dis.get_instructions(code))
    return {step.argval for step in steps if step.opname == "STORE_ATTR"}


def _is_full(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018  # It raises where nothing was assigned yet.
    except ValueError:
        return False
    return True

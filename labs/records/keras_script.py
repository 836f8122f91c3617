"""A run's training as a short script in plain Keras, for readers who have nothing of ours.

The net's code is made from its layers: each is written with those arguments that are not Keras's
defaults, the seeds of its initial weights among them.
"""

from __future__ import annotations

import inspect
import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

import lazy_loader
import numpy as np

from labs.data.dataset import RowsCode

if TYPE_CHECKING:
    import keras

    from labs.records.record import RunRecord

keras = lazy_loader.load("keras")

WIDTH = 96
"""Characters of a line of code at most, where there are arguments to break it at."""
_UNSAID = ("name", "dtype", "trainable")

_SCRIPT = '''"""{title}

Written by a run of labs.{lab}. In the end it prints the last epoch's figures beside
those of that run: the same on the same machine, but for rounding.
"""

{imports}

SEED = {seed}
EPOCHS = {epochs}
BATCH_SIZE = {batch_size}
{run}

{rows}

model = keras.Sequential(
    [
{layers}
    ]
)
{compiled}

for epoch in range(EPOCHS):
    # Each epoch visits the rows in an order of its own, which depends on seed and epoch alone.
    order = np.random.default_rng((SEED, epoch)).permutation(len(x_train))
    batches = np.split(order, range(BATCH_SIZE, len(order), BATCH_SIZE))
    logs = [model.train_on_batch(x_train[b], y_train[b], return_dict=True) for b in batches]

sizes = [len(batch) for batch in batches]
last = {{name: np.average([log[name] for log in logs], weights=sizes) for name in logs[0]}}
{validated}for name, value in RUN.items():
    print(f"{{name}} {{last[name]:.6f}}, in the run {{value:.6f}}")
'''
_READ = """rows = np.load(Path(__file__).with_name("as_keras.npz"))
{names} = (rows[name] for name in rows)"""
_VALIDATED = """\
held_out = model.evaluate(x_val, y_val, batch_size=BATCH_SIZE, verbose=0, return_dict=True)
last |= {f"val_{name}": value for name, value in held_out.items()}
"""


def save_keras_script(
    record: RunRecord,
    model: keras.Sequential,
    *,
    title: str,
    rows: RowsCode | Mapping[str, np.ndarray],
    history: Mapping[str, Sequence[float]],
    seed: int,
    batch_size: int,
) -> None:
    """Write `as_keras.py` to the run directory.

    Args:
        record: The run.
        model: The net that it trained, of Keras's own layers; its optimizer's settings are
            those it began with.
        title: What the script does, one line.
        rows: How it comes by its rows, in their order; or `x_train`, `y_train` and, if the run
            validated, `x_val` and `y_val`, which then stand in `as_keras.npz` beside it.
        history: The training's losses and metrics, one value an epoch.
        seed: Seed of the orders of rows.
        batch_size: Rows a step.
    """
    metrics = ("loss", *(model.get_compile_config()["metrics"] or ()))
    kept = [name for name in history if name.removeprefix("val_") in metrics]
    figures = [f"{name}={_finite(history[name][-1])}" for name in kept]
    if not isinstance(rows, tuple):
        with record.writing("as_keras", ".npz") as path:
            np.savez_compressed(path, allow_pickle=False, **rows)
        names = ", ".join(rows)
        rows = RowsCode(_READ.format(names=names), ["from pathlib import Path"])
    writer = _Writer()
    layers, compiled = "\n".join(writer.layers(model)), writer.compiled(model)
    text = _SCRIPT.format(
        title=title,
        lab=record.results["lab"],
        imports=_imports(writer.used, rows.imports),
        seed=seed,
        epochs=len(history["loss"]),
        batch_size=batch_size,
        run=_lay_out("RUN = dict", figures),
        rows="\n" * rows.code.startswith("def ") + rows.code.strip(),
        layers=layers,
        compiled=compiled,
        validated=_VALIDATED if "val_loss" in kept else "",
    )
    with record.writing("as_keras", ".py") as path:
        path.write_text(text, encoding="utf-8")


class _Writer:
    """Writes objects of Keras as code, and keeps the names that the code needs.

    Attributes:
        used: Names by the part of Keras that they are imported from.
    """

    def __init__(self) -> None:
        self.used: dict[str, set[str]] = defaultdict(set)

    def layers(self, model: keras.Sequential) -> Iterator[str]:
        """Yield the code of each layer, the input's shape first."""
        yield f"        keras.Input({tuple(model.input_shape[1:])}),"
        for layer in model.layers:
            arguments = self.arguments("keras.layers", type(layer), layer.get_config())
            yield _lay_out(type(layer).__name__, arguments, indent=8) + ","

    def compiled(self, model: keras.Sequential) -> str:
        """Return the call of `compile`."""
        config = model.get_compile_config()
        given = {name: config[name] for name in ("optimizer", "loss", "metrics") if config[name]}
        arguments = [f"{name}={self.code(value)}" for name, value in given.items()]
        return _lay_out("model.compile", arguments)

    def arguments(self, module: str, kind: type, config: Mapping[str, Any]) -> list[str]:
        """Return the arguments of a call, those without a default by their place."""
        self.used[module].add(kind.__name__)
        arguments = []
        for name, parameter in inspect.signature(kind).parameters.items():
            if name not in config or name in _UNSAID:
                continue
            if parameter.default is parameter.empty:
                arguments.append(self.code(config[name]))
            elif not _is_default(name, parameter.default, config[name]):
                arguments.append(f"{name}={self.code(config[name])}")
        return arguments

    def code(self, value: Any) -> str:
        """Return a value of a config as Python writes it."""
        if isinstance(value, dict) and "class_name" in value:
            kind = reduce(getattr, value["module"].split(".")[1:], keras)
            kind = getattr(kind, value["class_name"])
            arguments = self.arguments(value["module"], kind, value["config"])
            return f"{kind.__name__}({', '.join(arguments)})"
        if isinstance(value, list | tuple):
            inside = ", ".join(map(self.code, value))
            return f"[{inside}]" if isinstance(value, list) else f"({inside},)"
        if isinstance(value, float):
            return _number(value)
        return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _imports(used: Mapping[str, set[str]], more: Sequence[str]) -> str:
    """Return the import lines, sorted as is usual."""
    own = [f"from {module} import {', '.join(sorted(names))}" for module, names in used.items()]
    lines = ["import keras", "import numpy as np", *more, *own]
    return "\n".join(sorted(lines, key=lambda line: (line.startswith("from"), line)))


def _is_default(name: str, default: Any, value: Any) -> bool:
    """Tell whether a layer's config has a default, which Keras writes in other words for some."""
    if isinstance(default, str) and name.endswith("_initializer"):
        default = keras.saving.serialize_keras_object(keras.initializers.get(default))
    if isinstance(value, float) and isinstance(default, float):
        return bool(np.float32(value) == np.float32(default))
    return value in (default, (default,)) or (name, value) == ("activation", "linear")


def _number(value: float) -> str:
    """Return the shortest number that is the same in float32, such as 0.03 or 1 / 255."""
    short = str(np.float32(value))
    if (
        len(short) > 8
        and 0 < abs(value) < 0.5
        and np.float32(1 / round(1 / value)) == np.float32(value)
    ):
        return f"1 / {round(1 / value)}"
    return repr(float(short))


def _finite(value: float) -> str:
    return f"{value:.7g}" if math.isfinite(value) else f'float("{value}")'


def _lay_out(name: str, arguments: Sequence[str], indent: int = 0) -> str:
    """Return a call in one line, or with an argument a line if that would be too long."""
    before = " " * indent
    line = f"{before}{name}({', '.join(arguments)})"
    if len(line) < WIDTH:
        return line
    inside = "".join(f"{before}    {argument},\n" for argument in arguments)
    return f"{before}{name}(\n{inside}{before})"

"""Keras's own tests of training and callbacks, with `Model.fit` routed through `models.fit`.

They come with the installed Keras. Each runs twice, with stock `fit` and with ours, and the tests
of which only one passes are named beside what is known of them.

Run: `python -m tests.benchmarks.keras_suite`
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import types
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import keras
import pytest

import models

ROUTED = "ROUTE_KERAS_FIT"
PLACES = ("src/trainers/trainer_test.py", "src/callbacks")
_ROUNDING = "wants all digits of val_loss and of model.evaluate to agree; they differ by rounding"
KNOWN = {
    "test_swap_ema_weights": _ROUNDING,
    "test_swap_ema_weights_with_loss_scale_optimizer": _ROUNDING,
}


def route() -> None:
    """Let `model.fit` of every model call `models.fit`, which may call the stock one itself."""
    stock = keras.Model.fit
    inside = False

    def fit(model: keras.Model, *args: Any, **kwargs: Any) -> keras.callbacks.History:
        nonlocal inside
        if inside:
            return stock(model, *args, **kwargs)
        inside = True
        try:
            return models.fit(model, *args, **{"verbose": "auto", **kwargs})
        finally:
            inside = False

    keras.Model.fit = fit


def pytest_configure(config: pytest.Config) -> None:
    """Put in what Keras's tests import and a user of TensorFlow does not have."""
    conftest = types.ModuleType("conftest")
    conftest.skip_if_backend = lambda backend, reason: pytest.mark.skipif(  # type: ignore[attr-defined]
        keras.backend.backend() == backend, reason=reason
    )
    sys.modules["conftest"] = conftest
    sys.modules.setdefault("jax", types.ModuleType("jax"))
    if os.environ.get(ROUTED):
        route()


def outcomes(routed: bool) -> dict[str, str]:
    """Run the tests and return how each ended: "" or the message it failed with."""
    folder = Path(keras.__file__).parent
    with tempfile.TemporaryDirectory() as temporary:
        report = Path(temporary) / "report.xml"
        options = ["-p", __spec__.name, "-p", "no:cacheprovider", "-c", os.devnull]
        options += ["--rootdir", temporary, "--junitxml", str(report)]
        subprocess.run(
            [sys.executable, "-m", "pytest", *options, *(str(folder / p) for p in PLACES)],
            env={**os.environ, ROUTED: "1" if routed else ""},
            stdout=subprocess.DEVNULL,
            check=False,
        )
        cases = list(ElementTree.parse(report).iter("testcase"))
    ended = {}
    for case in cases:
        if case.find("skipped") is None:
            wrong = [child for child in case if child.tag in ("failure", "error")]
            ended[f"{case.get('classname')}.{case.get('name')}"] = "".join(
                (child.get("message") or "failed").splitlines()[0] for child in wrong
            )
    return ended


def main() -> int:
    """Print the counts and the differences; the exit status says whether one is not known."""
    stock, ours = outcomes(routed=False), outcomes(routed=True)
    passed = [name for name, message in stock.items() if not message]
    print(f"Keras {keras.__version__}: stock fit passes {len(passed)} of {len(stock)} tests,")
    print(f"models.fit {sum(not ours[name] for name in passed)} of these {len(passed)}.")
    differing = [name for name in stock if bool(stock[name]) != bool(ours.get(name, "did not run"))]
    for name in differing:
        print(f"- {name}: {ours.get(name, 'did not run') or 'passes with models.fit only'}")
        print(f"  {KNOWN.get(name.rpartition('.')[2], 'NOT KNOWN')}")
    return int(any(name.rpartition(".")[2] not in KNOWN for name in differing))


if __name__ == "__main__":
    sys.exit(main())

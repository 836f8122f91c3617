"""Which of Keras's own tests come out differently with `models.fit` in the place of `model.fit`?

Run:   python -m tests.benchmarks.keras_suite
Quick: python -m tests.benchmarks.keras_suite --quick

The tests of training and callbacks come with the installed Keras. Each runs twice, with stock
`fit` and with ours. A difference that `KNOWN` does not explain ends the run with an error, and so
does one that is gone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import types
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import keras
import pytest

import models
from labs import records
from labs.running import AtLeast, LabConfig, lab

ROUTED = "ROUTE_KERAS_FIT"
PLACES = ("src/trainers/trainer_test.py", "src/callbacks")
_ROUNDING = "wants all digits of val_loss and of model.evaluate to agree; they differ by rounding"
KNOWN = {
    "test_swap_ema_weights": _ROUNDING,
    "test_swap_ema_weights_with_loss_scale_optimizer": _ROUNDING,
}


@dataclass(frozen=True)
class Config(LabConfig):
    """Which tests, and how long each may take."""

    QUICK: ClassVar = {"only": "TerminateOnNaN or test_swap_ema_weights_on_epoch"}

    only: str = ""
    """Tests to run, as for pytest's `-k`; all where empty."""
    timeout: Annotated[int, AtLeast(1)] = 300
    """Seconds after which a test has failed."""
    workers: Annotated[int, AtLeast(1)] = 2
    """Processes that run tests."""


def experiment(config: Config, record: records.RunRecord) -> None:
    """Run the tests both ways, and explain each that ends differently."""
    stock, ours = outcomes(config, routed=False), outcomes(config, routed=True)
    passed = [name for name, message in stock.items() if not message]
    kept = sum(ours.get(name) == "" for name in passed)
    differing = {
        name.rpartition(".")[2]: ours.get(name, "did not run") or "passes with models.fit only"
        for name in stock
        if bool(stock[name]) != bool(ours.get(name, "did not run"))
    }
    alike = Counter(message for name, message in stock.items() if message and ours.get(name))
    record.add_table(
        "differences",
        [
            {"test": name, "with models.fit": message, "reason": KNOWN.get(name, "not known")}
            for name, message in differing.items()
        ],
    )
    record.add_table(
        "failing_both_ways", [{"message": m, "tests": n} for m, n in alike.most_common()]
    )
    record.answer(
        f"Of {len(stock)} tests of Keras {keras.__version__} stock fit passes {len(passed)}, and "
        f"models.fit {kept} of these {len(passed)}; {len(differing)} end differently.",
        limits="Tests of packages that are not installed fail both ways, and show nothing.",
    )
    missed = KNOWN.keys() - differing.keys() if not config.only else set()
    if wrong := (differing.keys() - KNOWN.keys()) | missed:
        raise AssertionError(f"KNOWN does not say how these end: {', '.join(sorted(wrong))}.")


def outcomes(config: Config, routed: bool) -> dict[str, str]:
    """Run the tests and return how each ended: "" or the message it failed with."""
    folder = Path(keras.__file__).parent
    with tempfile.TemporaryDirectory() as temporary:
        report = Path(temporary) / "report.xml"
        options = ["-q", "-p", __spec__.name, "-p", "no:cacheprovider", "-p", "no:warnings"]
        options += ["-c", os.devnull, "--rootdir", temporary, "--junitxml", str(report)]
        options += ["-n", str(config.workers), "-k", config.only, "--tb", "no"]
        # A test that hangs ends with its process, also inside of TensorFlow; another one goes on.
        options += ["-o", f"faulthandler_timeout={config.timeout}"]
        options += ["-o", "faulthandler_exit_on_timeout=true"]
        subprocess.run(
            [sys.executable, "-m", "pytest", *options, *(str(folder / p) for p in PLACES)],
            env={**os.environ, ROUTED: "1" if routed else ""},
            stdout=subprocess.DEVNULL if config.quiet else None,
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


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

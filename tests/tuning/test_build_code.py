"""The checksum of a build function tells what it does, and is the same in every process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tuning.build_code import fingerprint_of_code

BUILD = """
from functools import partial
import keras, keras_tuner
WIDTH, KINDS, built = 4, ["relu", "tanh"], 0

def hidden(units):
    return keras.layers.Dense(units)

class Wide(keras.layers.Dense):
    scale = 2

    def call(self, x):
        return self.scale * super().call(x)

def build(hp, *, depth=2):
    global built
    built += 1
    if hp.Choice("kind", KINDS) in {"relu", "tanh", "elu", "gelu"}:
        try:
            return [Wide(WIDTH) for _ in range(depth)]
        except ValueError:
            return build(hp)
    return keras.Sequential([hidden(WIDTH + 1)])

def make(rate):
    return lambda hp: (rate, hidden(hp.Int("n", 1, 2)))

class Model(keras_tuner.HyperModel):
    def __init__(self, width):
        super().__init__()
        self.width = width

    def build(self, hp):
        self.last = object()
        return hidden(WIDTH + self.width)

given = partial(build, depth=3)
made = make(0.1)
model = Model(7)
"""
NAMES = ("build", "given", "made", "model")


def fingerprints(code: str) -> dict[str, str]:
    module = {"__name__": "__main__"}
    exec(code, module)
    return {name: fingerprint_of_code(module[name]) for name in NAMES}


def test_is_the_same_in_every_process():
    program = (
        f"from tuning.build_code import fingerprint_of_code\n{BUILD}\n"
        f"print([fingerprint_of_code(value) for value in ({', '.join(NAMES)})])"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout.strip()
        for seed in (1, 2, 3)
    }
    assert answers == {str([*fingerprints(BUILD).values()])}


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("def make(rate):", "# Moved.\n\ndef make(rate):", set()),
        ("tanh = 0", "tanh = 1", set()),
        ("kind", "sort", {"build", "given"}),
        ("depth=2", "depth=1", {"build", "given"}),
        ("depth=3", "depth=1", {"given"}),
        ("0.1", "0.2", {"made"}),
        ("Dense(units)", "Dense(2 * units)", set(NAMES)),
        ("WIDTH, KINDS, built = 4", "WIDTH, KINDS, built = 5", {"build", "given", "model"}),
        ('["relu", "tanh"], 0', '["relu"], 0', {"build", "given"}),
        ('["relu", "tanh"], 0', '["relu", "tanh"], 7', set()),
        ('"gelu"}', '"silu"}', {"build", "given"}),
        ("scale = 2", "scale = 3", {"build", "given"}),
        ("self.scale *", "self.scale -", {"build", "given"}),
        ("except ValueError", "except TypeError", {"build", "given"}),
        ("WIDTH + self.width", "self.width", {"model"}),
        ("Model(7)", "Model(8)", {"model"}),
    ],
)
def test_changes_with_what_the_function_does_and_with_nothing_else(old, new, changed):
    before, after = fingerprints(BUILD), fingerprints(BUILD.replace(old, new))
    assert {name for name in NAMES if before[name] != after[name]} == changed


def test_what_building_has_left_does_not_count():
    module = {"__name__": "__main__"}
    exec(BUILD, module)
    before = [fingerprint_of_code(module[name]) for name in ("build", "model")]
    exec("built += 1; model.last = 3", module)
    assert [fingerprint_of_code(module[name]) for name in ("build", "model")] == before

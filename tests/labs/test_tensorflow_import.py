from __future__ import annotations

import os
import subprocess
import sys

import pytest

WAITING = "import labs, lazy_loader; keras = lazy_loader.load('keras');"
BOTH_WAITING = f"{WAITING} tf = lazy_loader.load('tensorflow');"
WHOLE = """
import sys
net = keras.Sequential([keras.layers.Dense(1)])
print(net(tf.zeros((2, 3))).shape, tf.keras.Model is keras.Model, None in tf.__path__)
print(sys.modules["keras"] is keras, sys.modules["tensorflow"] is tf)
"""


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"} | environment
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False)


@pytest.mark.parametrize(
    "code", [f"{BOTH_WAITING} tf.zeros(1)", f"{WAITING} import tensorflow as tf"]
)
def test_tensorflow_before_keras_leaves_both_whole_and_writes_nothing(code: str) -> None:
    done = run(f"{code}; import sys; print('still', file=sys.stderr){WHOLE}")
    assert done.stderr == "still\n"
    assert done.stdout == "(2, 1) True False\nTrue True\n"


def test_a_level_that_the_user_has_set_is_left_alone() -> None:
    level = "import os; print(os.environ['TF_CPP_MIN_LOG_LEVEL'])"
    done = run(f"{BOTH_WAITING} tf.zeros(1); {level}{WHOLE}", TF_CPP_MIN_LOG_LEVEL="0")
    assert "absl::InitializeLog" in done.stderr
    assert done.stdout == "0\n(2, 1) True False\nTrue True\n"


def test_what_was_written_is_shown_if_the_import_fails(tmp_path) -> None:
    package = tmp_path / "tensorflow.py"
    package.write_text("import os; os.write(2, b'no such library'); raise ImportError('broken')")
    shown = run("import labs, tensorflow", PYTHONPATH=str(tmp_path)).stderr
    assert "no such library" in shown
    assert "ImportError: broken" in shown


def test_tensorflow_waits_until_it_is_used() -> None:
    waits = "import sys; print('tensorflow.python' in sys.modules)"
    assert run(f"{BOTH_WAITING} {waits}").stdout == "False\n"

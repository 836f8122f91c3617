from __future__ import annotations

import os
import subprocess
import sys

import pytest

START = "from labs.running.start import start_keras; start_keras();"
BOTH_WAITING = (
    "import lazy_loader; keras = lazy_loader.load('keras'); tf = lazy_loader.load('tensorflow');"
)
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
    "code",
    [
        f"{BOTH_WAITING} {START}",
        pytest.param(f"{START} import keras; import tensorflow as tf", marks=pytest.mark.slow),
    ],
)
def test_both_are_whole_however_they_wait_and_nothing_is_written(code: str) -> None:
    done = run(f"{code}\nimport sys; print('still', file=sys.stderr){WHOLE}")
    assert done.stderr == "still\n"
    assert done.stdout == "(2, 1) True False\nTrue True\n"


@pytest.mark.slow
def test_a_level_that_the_user_has_set_is_left_alone() -> None:
    level = "import os; print(os.environ['TF_CPP_MIN_LOG_LEVEL'])"
    done = run(f"{BOTH_WAITING} {START} tf.zeros(1); {level}", TF_CPP_MIN_LOG_LEVEL="0")
    assert "absl::InitializeLog" in done.stderr
    assert done.stdout == "0\n"


def test_what_was_written_is_shown_if_the_import_fails(tmp_path) -> None:
    package = tmp_path / "tensorflow.py"
    package.write_text("import os; os.write(2, b'no such library'); raise ImportError('broken')")
    shown = run(START, PYTHONPATH=str(tmp_path)).stderr
    assert "no such library" in shown
    assert "ImportError: broken" in shown


def test_our_packages_import_no_tensorflow_before_it_is_needed() -> None:
    waits = "import sys; print('tensorflow.python' in sys.modules, 'keras.src' in sys.modules)"
    assert run(f"import labs.running, models, callbacks; {waits}").stdout == "False False\n"

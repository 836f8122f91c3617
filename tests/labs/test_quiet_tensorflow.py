import os
import subprocess
import sys

QUIET = "from labs.quiet_tensorflow import quiet_tensorflow; quiet_tensorflow();"


def standard_error(code: str, **environment: str) -> str:
    env = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"} | environment
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env
    ).stderr


def test_nothing_is_written_while_tensorflow_is_imported():
    code = QUIET + "import sys, tensorflow; tensorflow.zeros(1); print('still', file=sys.stderr)"
    assert standard_error(code) == "still\n"


def test_what_was_written_is_shown_if_the_import_fails(tmp_path):
    package = tmp_path / "tensorflow.py"
    package.write_text("import os; os.write(2, b'no such library'); raise ImportError('broken')")
    shown = standard_error(QUIET + "import tensorflow", PYTHONPATH=str(tmp_path))
    assert "no such library" in shown
    assert "ImportError: broken" in shown


def test_a_level_that_the_user_has_set_is_left_alone():
    code = QUIET + "import os, sys; print(os.environ['TF_CPP_MIN_LOG_LEVEL'], len(sys.meta_path))"
    plain = "import os, sys; print(os.environ['TF_CPP_MIN_LOG_LEVEL'], len(sys.meta_path))"
    outputs = [
        subprocess.run(
            [sys.executable, "-c", c],
            capture_output=True,
            text=True,
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "1"},
        ).stdout
        for c in (code, plain)
    ]
    assert outputs[0] == outputs[1]

"""Keep TensorFlow's remarks about this machine's hardware off the terminal."""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


def quiet_tensorflow() -> None:
    """Let TensorFlow log nothing but what goes wrong, once it is imported.

    The level is left as it is if the user has set TF_CPP_MIN_LOG_LEVEL to another one. A
    process that was started by a quiet one has inherited the level and is quiet as well.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3") == "3":
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        # Its advice against retracing: a lab trains many nets, each traced once.
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
        sys.meta_path.insert(0, _QuietImport())


class _QuietImport(MetaPathFinder):
    """Import TensorFlow without the lines that it writes before it reads its log level."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_quietly(module: ModuleType) -> None:
                with _standard_error_kept_back():
                    load(module)

            spec.loader.exec_module = load_quietly  # type: ignore[method-assign]
        return spec


@contextmanager
def _standard_error_kept_back() -> Iterator[None]:
    """Keep back what is written to file descriptor 2; show it if there is an exception."""
    sys.stderr.flush()
    standard_error = os.dup(2)
    with tempfile.TemporaryFile() as kept_back:
        os.dup2(kept_back.fileno(), 2)
        try:
            yield
        except Exception:
            kept_back.seek(0)
            os.write(standard_error, kept_back.read())
            raise
        finally:
            os.dup2(standard_error, 2)
            os.close(standard_error)

"""Let TensorFlow be imported late, before Keras or after it, and without its remarks."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType


def prepare_import() -> None:
    """Prepare the import of TensorFlow, which is not imported here.

    It logs nothing but what goes wrong, unless the user has set TF_CPP_MIN_LOG_LEVEL to
    something else than 3. A process that was started by a quiet one has inherited the level
    and is quiet as well.

    This must come before TensorFlow is looked for; `lazy_loader.load` looks for it at once.
    """
    quiet = os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3") == "3"
    if quiet:
        # Its advice against retracing: a lab trains many nets, each traced once.
        logging.getLogger("tensorflow").setLevel(logging.ERROR)
    sys.meta_path.insert(0, _TensorFlowFinder(quiet))


class _TensorFlowFinder(MetaPathFinder):
    """Finds TensorFlow where it is, and has a say in how it is loaded."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path) if name == "tensorflow" else None
        if spec is None or spec.loader is None:
            return None
        loader, load = spec.loader, spec.loader.exec_module

        def load_after_keras(module: ModuleType) -> None:
            keras = sys.modules.get("keras")
            # `lazy_loader.load` has given it another class, which it loses when it is loaded.
            if keras is not None and type(keras) is not ModuleType:
                # TensorFlow asks for Keras while it is half loaded itself, of no use to Keras,
                # which then stays empty. So TensorFlow waits until Keras asks for it.
                LazyLoader(loader).exec_module(module)
                dir(keras)  # Any look at it loads it.
            else:
                with _standard_error_kept_back() if self._quiet else nullcontext():
                    load(module)

        loader.exec_module = load_after_keras  # type: ignore[method-assign]
        return spec


@contextmanager
def _standard_error_kept_back() -> Iterator[None]:
    """Keep back what is written to file descriptor 2; show it if there is an exception.

    TensorFlow writes lines before it reads its log level.
    """
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

"""Processes that work for this one."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.pool import Pool

HAS_MASKS = hasattr(signal, "pthread_sigmask")  # Not on Windows.


@contextmanager
def starting_processes() -> Iterator[None]:
    """Start processes that never see Ctrl-C, and let none come in between.

    Ctrl-C goes to all processes of a terminal, and one that is just starting would answer it with
    a traceback; so would one whose parent ends half way. What comes in the block is raised at
    its end.
    """
    is_main = threading.current_thread() is threading.main_thread()
    came: list[Any] = []
    if is_main:
        handler = signal.signal(signal.SIGINT, lambda *signal: came.append(signal))
    if HAS_MASKS:  # Processes and threads inherit the mask of the thread that starts them.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        if HAS_MASKS:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if is_main:
            signal.signal(signal.SIGINT, handler)
    if came:
        signal.raise_signal(signal.SIGINT)


@contextmanager
def process_pool(begin: Callable[..., None] | None = None, *given: Any) -> Iterator[Pool]:
    """Start a process for each core; leaving the block, by an exception too, ends them.

    Args:
        begin: Called in each process first, with what is given.
        *given: Its arguments.
    """
    # Not forked: TensorFlow's threads do not survive that.
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        with starting_processes():
            pool = stack.enter_context(context.Pool(initializer=begin, initargs=given))
        yield pool

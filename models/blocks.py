"""How many epochs go into one compiled call."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Prepared = TypeVar("Prepared")

# Who watches a training, or wants to stop it by Ctrl-C, waits as long as a block at most.
SECONDS = 0.5


def in_blocks(
    epochs: range, most: int, prepare: Callable[[range], Prepared]
) -> Generator[tuple[range, Prepared], None, None]:
    """Cut epochs into blocks that take half a second each.

    The first ones have a single epoch, which is timed. What a block needs is prepared in a
    thread while the block before it trains: NumPy lets it, and TensorFlow as well.

    Args:
        epochs: The epochs to run.
        most: Epochs of a block at most.
        prepare: Called with each block, in order, in another thread.

    Yields:
        Each block and what `prepare` returned for it.
    """
    size = 1
    with ThreadPoolExecutor(1, "next epochs") as thread:
        block = epochs[:size]
        prepared = thread.submit(prepare, block)
        while block:
            given = prepared.result()
            following = range(block.stop, min(block.stop + size, epochs.stop))
            if following:
                prepared = thread.submit(prepare, following)
            start = time.perf_counter()
            yield block, given
            each = (time.perf_counter() - start) / len(block)
            size = min(most, max(1, int(SECONDS / each)))
            block = following

"""How many epochs go into one compiled call, and which callbacks allow it.

A callback says so by an attribute `role`:

- `"observer"`: it looks at the logs alone. It may put values into them and set
  `model.stop_training`, but it neither reads nor changes the model's weights.
- `"schedule"`: an observer whose `on_epoch_begin` sets the learning rate, by the epoch alone.

Their hooks are called for every epoch in order, as ever, but when the block has ended, half a
second later at most. If one of them stops the training inside a block, the block is run again
from its start to that epoch, so the weights are those of a training that was stopped there. Any
other callback gets an epoch at a time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Literal, TypeVar, get_args

import keras
from keras.callbacks import Callback, CSVLogger, EarlyStopping, History, ProgbarLogger

from .xla import is_dense

Role = Literal["observer", "schedule", "controller"]
Prepared = TypeVar("Prepared")
Result = TypeVar("Result")

# Who watches a training, or wants to stop it by Ctrl-C, waits as long as a block at most.
SECONDS = 0.5
FEWEST_EPOCHS = 20
# A block has several epochs only where they are short: about .2 s on one core.
_MOST_OPERATIONS = 2e9


def role_of(callback: Callback) -> Role:
    """Return what a callback does, Keras's own included.

    A subclass with hooks of its own must say it again, else it counts as a controller.

    Raises:
        ValueError: If the callback's `role` is none of the three.
    """
    kind = type(callback)
    if kind in (History, CSVLogger, ProgbarLogger):
        return "observer"
    if kind is EarlyStopping and not callback.restore_best_weights:
        return "observer"
    role: Role = getattr(callback, "role", "controller")
    if role not in get_args(Role):
        raise ValueError(
            f"{kind.__name__}.role is one of {', '.join(get_args(Role))}, got {role!r}; see "
            "models.blocks."
        )
    for owner in kind.__mro__:
        if "role" in vars(owner):
            return role
        if any(name.startswith("on_") for name in vars(owner)):
            break
    return "controller"


def blocks_pay(model: keras.Model, rows: int, epochs: int) -> bool:
    """Tell whether several epochs fit into one compiled call, and gain by it.

    Args:
        model: The model to train, built.
        rows: Training rows.
        epochs: Epochs of the training.
    """
    return (
        type(model).train_step is keras.Model.train_step
        and type(model).test_step is keras.Model.test_step
        and epochs >= FEWEST_EPOCHS
        and is_dense(model)
        and 6 * rows * model.count_params() <= _MOST_OPERATIONS
    )


def run_blocks(
    epochs: range,
    most: int,
    *,
    prepare: Callable[[range], Prepared],
    run: Callable[[range, Prepared], Result],
    tell: Callable[[range, Result], int | None],
    variables: Sequence[keras.Variable],
) -> list[Result]:
    """Train block by block; a stop inside a block leaves the weights of the epoch it came at.

    Args:
        epochs: The epochs to run.
        most: Epochs of a block at most.
        prepare: Called with each block, in order, in another thread.
        run: Trains a block, given what was prepared for it, or its first epochs.
        tell: Called with a block and what its run gave; returns the place in the block of the
            epoch to end with, or None to go on.
        variables: All that training changes.

    Returns:
        What `run` gave for each block, of the last one up to where it was ended.
    """
    results = []
    with closing(in_blocks(epochs, most, prepare)) as blocks:
        for block, given in blocks:
            before = [variable.numpy() for variable in variables]
            result = run(block, given)
            stop = tell(block, result)
            if stop is not None and stop + 1 < len(block):
                for variable, value in zip(variables, before, strict=True):
                    variable.assign(value)
                result = run(block[: stop + 1], given)
            results.append(result)
            if stop is not None:
                break
    return results


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

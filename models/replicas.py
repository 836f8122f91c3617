"""`fit_replicas`: many independent trainings of one dense net as one program.

A small net leaves a processor idle: each of its operations costs more to start than to
compute. Each replica goes through the numbers it would go through if trained alone with
`models.fit`, to float32 rounding. The way of an epoch:

1. `fit_replicas` builds a model for each seed, or draws each seed's weights into one;
   `StackedModel` stacks them, `(R, ...)`.
2. `run_blocks` takes as many epochs as half a second holds, and draws their orders of rows in a
   thread while the block before them trains (`row_order`).
3. `StackedRows` cuts the orders into steps that all replicas take together.
4. `StackedModel.compiled_epochs` runs the block in one compiled call: for each epoch its steps,
   and then the validation rows.
5. A step computes every replica's gradient by one vectorized map over the template's layers, and
   `StackedOptimizer` updates all of them, each with its own rate.
6. The caller is told the epochs one by one; if it wants to stop inside a block, the block is run
   again from its start to that epoch.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np

from .arrays import Arrays, as_tensors, map_arrays, row_count, weigh_classes
from .blocks import run_blocks
from .checks import check_numbers, check_rows
from .row_order import row_order
from .stacked_model import Logs, StackedModel
from .stacked_rows import StackedRows
from .xla import stacked_xla_pays

Build = Callable[..., keras.Model]
OnEpochEnd = Callable[[int, dict[str, np.ndarray]], bool | None]

# Nothing depends on these but memory and speed: rows of a validation step, bytes of the orders of
# rows in one call, which copies as many even for a single epoch: 1 ms for each MB.
_VALIDATION_BATCH = 1024
_ORDER_BYTES = 2**22


class Replicas:
    """R trained nets of one architecture.

    Attributes:
        history: One array `(R, epochs)` for each name, as in Keras's `History`.
        seeds: The seed of each replica.
        epoch_seconds: Wall time of an epoch of all replicas, validation included: the mean over
            the compiled calls but the first, which compiles. NaN if there was no other.
    """

    def __init__(
        self,
        stack: StackedModel,
        history: dict[str, np.ndarray],
        seeds: Sequence[int],
        epoch_seconds: float,
        build_one: Callable[[int], keras.Model],
    ) -> None:
        self.history = history
        self.epoch_seconds = epoch_seconds
        self.seeds = tuple(seeds)
        self._stack = stack
        self._build_one = build_one

    def __len__(self) -> int:
        return len(self.seeds)

    def weights(self, replica: int) -> list[np.ndarray]:
        """Return the weights of one replica, as `model.get_weights()` orders them."""
        return self._stack.weights(replica)

    def model(self, replica: int) -> keras.Model:
        """Return one replica as an ordinary Keras model, compiled and ready to train on."""
        model = self._build_one(range(len(self))[replica])
        self._stack.hand_over(replica, model)
        return model

    def state(self, replicas: Sequence[int] | None = None) -> list[np.ndarray]:
        """Return all that training changes, for `fit_replicas(..., state=)` to go on from.

        Args:
            replicas: Those that go on, such as the better half; None means all.

        Returns:
            Weights, random states and the optimizer's variables, `(replicas, ...)` each, and what
            all replicas share, such as the count of steps; `numpy.savez(file, *state)` stores it.
        """
        return self._stack.state(range(len(self)) if replicas is None else replicas)

    def predict(self, x: Arrays) -> Any:
        """Return every replica's predictions for the same rows, `(R, rows, outputs)`.

        With several outputs, the structure of them.
        """
        return self._stack.predict(as_tensors(x)[0])


def fit_replicas(
    build: Build,
    x: Arrays,
    y: Arrays,
    *,
    seeds: int | Sequence[int],
    settings: Sequence[Any] | None = None,
    redraw: Callable[..., None] | None = None,
    epochs: int,
    initial_epoch: int = 0,
    state: Sequence[np.ndarray] | None = None,
    batch_size: int = 32,
    row_sets: Sequence[np.ndarray] | None = None,
    validation_data: tuple[Arrays, ...] | None = None,
    validation_row_sets: Sequence[np.ndarray] | None = None,
    class_weight: Mapping[int, float] | None = None,
    sample_weight: Arrays = None,
    shuffle: bool = True,
    learning_rate_at: Callable[[int, float], float] | None = None,
    jit_compile: bool | str = "auto",
    on_epoch_end: OnEpochEnd | None = None,
) -> Replicas:
    """Train R nets that differ in their seeds, in their training rows, or in both.

    Replica `r` equals `model = build(seeds[r], rows)` followed by
    `fit(model, rows, labels, seed=seeds[r], ...)`, to float32 rounding.

    Tested with Keras 3.15.

    Args:
        build: Called as `build(seed, x_train)` for each replica, with the rows it will
            train on (to adapt a `Normalization` layer); returns a compiled model. All
            models must have the same layers, whose dropout rates and penalties may differ, and
            the same optimizer, whose learning rate, momentum, betas, rho, epsilon and weight
            decay may differ. Dense, element-wise and normalizing layers and dropout are supported.
        x: Inputs, `(rows, ...)`; nested structures for models with several inputs. Arrays,
            tensors or data frames, as for `fit`.
        y: Targets, `(rows, ...)`.
        seeds: One non-negative seed a replica: its initial weights (through `build`) and
            its order of rows. A number stands for 0, 1, … so many.
        settings: What else tells replicas apart, such as a learning rate: one for each, given
            to `build(seed, x_train, setting)`.
        redraw: Says that nothing but what it draws depends on the seed, and nothing on the rows:
            called as `redraw(model, seed)`, it gives an untrained model what `build` would give
            it, which takes a tenth of building another one. `redraw_mlp` does so for
            `build_mlp`. With `settings` it is called as `redraw(model, seed, setting)`, and gives
            the model the setting as well.
        epochs: The epoch to stop at, counted from 0.
        initial_epoch: Epoch to start from.
        state: What `Replicas.state` returned for replicas of these seeds after `initial_epoch`
            epochs; they go on as if they had never stopped, to the last bit if all of them do.
            None begins anew.
        batch_size: Rows a step.
        row_sets: For each replica the indices of its training rows, `(n_r,)`, such as
            the training parts of folds. None trains every replica on all rows.
        validation_data: `(x, y)` or `(x, y, sample_weight)`, evaluated every epoch for every
            replica.
        validation_row_sets: For each replica the indices into `x` of its validation
            rows, such as the validation parts of folds; instead of `validation_data`. Weights
            count in training only.
        class_weight: Weight of each integer class; not together with `sample_weight`.
        sample_weight: Weight of each row, `(rows,)`.
        shuffle: Whether each epoch visits the rows in a new order.
        learning_rate_at: Called with each epoch, from 0, and the optimizer's rate at the
            start; returns the epoch's rate, which the history then has as `learning_rate`.
            The optimizer must have been given a number as its rate.
        jit_compile: Whether XLA compiles the epoch; `"auto"` asks `models.xla.stacked_xla_pays`.
        on_epoch_end: Called with the epoch and its values, `(R,)` for each name, half a second
            later at most; if it returns True, the training of all replicas ends with this epoch.

    Returns:
        The trained replicas with their histories. One that diverges has `nan` in its own.

    Raises:
        ValueError: If the architecture cannot be stacked, there is nothing to train, or
            the arguments do not fit together: unlike numbers of seeds, settings and row sets, row
            sets that need unlike numbers of steps, or a `learning_rate_at` beside a
            schedule of the optimizer's own.
    """
    seeds = [int(seed) for seed in (range(seeds) if isinstance(seeds, int) else seeds)]
    if not seeds or not 0 <= initial_epoch < epochs:
        raise ValueError(
            "Expected at least one seed, and epochs of 1 or more and more than initial_epoch, got "
            f"{seeds}, epochs={epochs}, initial_epoch={initial_epoch}."
        )
    check_numbers(x, y, validation_data or (None, None))
    data = weigh_classes(as_tensors(x, y, sample_weight), class_weight)
    sets = _row_sets(row_sets, len(seeds), row_count(data), "row_sets")
    train = StackedRows(data, sets, batch_size)
    validation = _validation_rows(data, validation_data, validation_row_sets, len(seeds))
    arrays = map_arrays(lambda leaf: leaf.numpy(), data[0])

    if settings is not None and len(settings) != len(seeds):
        raise ValueError(
            f"settings needs one for each of the {len(seeds)} seeds, got {len(settings)}."
        )

    own = [() for _ in seeds] if settings is None else [(setting,) for setting in settings]

    def build_one(replica: int) -> keras.Model:
        rows = train.row_sets[replica]
        return build(seeds[replica], map_arrays(lambda leaf: leaf[rows], arrays), *own[replica])

    def start_models() -> Iterator[keras.Model]:
        yield (first := build_one(0))
        for replica, seed in enumerate(seeds[1:], start=1):
            if redraw is None:
                yield build_one(replica)
            else:
                redraw(first, seed, *own[replica])
                yield first

    stack = StackedModel(start_models(), map_arrays(lambda leaf: leaf[:1], data))
    check_rows(stack.template, *data[:2], given=x)
    if validation is not None:
        check_rows(stack.template, *validation.data[:2], of="validation_data")
    if jit_compile == "auto":
        jit_compile = stacked_xla_pays(stack.template, train.steps * epochs)
    most = min(epochs - initial_epoch, max(1, _ORDER_BYTES // (4 * sum(map(len, train.row_sets)))))
    train_block = stack.compiled_epochs(train, validation, most, jit_compile=bool(jit_compile))
    orders = [
        row_order(len(rows), shuffle, seed)
        for rows, seed in zip(train.row_sets, seeds, strict=True)
    ]
    rates_of = None if learning_rate_at is None else _rates_by_epoch(learning_rate_at, stack)

    def prepare(block: range) -> tuple[list[np.ndarray], np.ndarray | None]:
        in_order = [np.stack([order(epoch) for epoch in block]) for order in orders]
        return in_order, None if rates_of is None else rates_of(block)

    if state is not None:
        stack.put_back(state)
    calls: list[tuple[int, float]] = []

    def run(block: range, given: tuple[list[np.ndarray], np.ndarray | None]) -> Logs:
        in_order, rates = given
        start = time.perf_counter()
        logs = train_block([order[: len(block)] for order in in_order], rates)
        calls.append((len(block), time.perf_counter() - start))
        return logs

    finished = run_blocks(
        range(initial_epoch, epochs),
        most,
        prepare=prepare,
        run=run,
        tell=partial(_first_to_stop, on_epoch_end),
        variables=stack.variables,
    )
    history = {
        name: np.concatenate([logs[name] for logs in finished], axis=1) for name in finished[0]
    }
    counts, seconds = np.sum(calls[1:], axis=0) if len(calls) > 1 else (math.nan, math.nan)
    return Replicas(stack, history, seeds, float(seconds / counts), build_one)


def _rates_by_epoch(
    learning_rate_at: Callable[[int, float], float], stack: StackedModel
) -> Callable[[range], np.ndarray]:
    """Return the function that gives the rates of a block, `(epochs, R)`."""
    initial = [float(rate) for rate in stack.learning_rates]
    return lambda block: np.array(
        [[learning_rate_at(epoch, rate) for rate in initial] for epoch in block]
    )


def _first_to_stop(on_epoch_end: OnEpochEnd | None, block: range, logs: Logs) -> int | None:
    """Tell the caller of each epoch; return the place of the one it wants to end with."""
    if on_epoch_end is not None:
        for place, epoch in enumerate(block):
            if on_epoch_end(epoch, {name: values[:, place] for name, values in logs.items()}):
                return place
    return None


def _row_sets(
    row_sets: Sequence[np.ndarray] | None, replicas: int, rows: int, name: str
) -> list[np.ndarray]:
    if row_sets is None:
        return [np.arange(rows)] * replicas
    if len(row_sets) != replicas:
        raise ValueError(
            f"{name} needs one array of row indices for each of the {replicas} seeds, "
            f"got {len(row_sets)}."
        )
    return [np.asarray(indices) for indices in row_sets]


def _validation_rows(
    data: Arrays,
    validation_data: tuple[Arrays, ...] | None,
    row_sets: Sequence[np.ndarray] | None,
    replicas: int,
) -> StackedRows | None:
    if validation_data is not None and row_sets is not None:
        raise ValueError("Got validation_data and validation_row_sets: give one of the two.")
    if validation_data is None and row_sets is None:
        return None
    rows = (*data[:2], None) if validation_data is None else as_tensors(*validation_data)
    sets = _row_sets(row_sets, replicas, row_count(rows), "validation_row_sets")
    return StackedRows(rows, sets, _VALIDATION_BATCH)

"""What an expert would write by hand in JAX and in PyTorch to train many nets as one program.

Both read a `Task` and return its losses, so that the numbers can be compared with ours. Adam is
Keras's: the step is learning_rate · sqrt(1 − β2^t) / (1 − β1^t) · m / (sqrt(v) + ε).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.row_order import row_order

BLOCK = 67
"""Epochs of one compiled call in JAX."""
RATE, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-7
Layer = tuple[str, int]


@dataclass(frozen=True)
class Task:
    """What every side does: so many epochs of R nets on these rows.

    Attributes:
        x, y: Training rows, `(n, ...)` and labels.
        validation: Rows and labels on which each epoch ends, or None.
        layers: `("sigmoid", units)`, `("relu", units)`, `("conv", filters)` of 3 × 3 and ReLU with
            max pooling, and `("linear", classes)` at last.
        weights: Initial kernels and biases in the order of the layers, `(R, ...)` each.
        epochs: Passes over the rows.
        batch_size: Rows a step; the last one takes what is left.
    """

    x: np.ndarray
    y: np.ndarray
    validation: tuple[np.ndarray, np.ndarray] | None
    layers: tuple[Layer, ...]
    weights: list[np.ndarray]
    epochs: int
    batch_size: int

    @property
    def replicas(self) -> int:
        """How many nets."""
        return len(self.weights[0])

    def orders(self, epochs: range) -> np.ndarray:
        """Return each net's orders of rows, `(R, epochs, n)`; its seed is its place."""
        draw = [row_order(len(self.x), True, seed) for seed in range(self.replicas)]
        return np.stack([np.stack([order(epoch) for epoch in epochs]) for order in draw])


@dataclass(frozen=True)
class Outcome:
    """What a side did.

    Attributes:
        losses: Mean training loss of each net and epoch, `(R, epochs)`.
        seconds: Wall time of all, compiling included.
        epoch_seconds: Wall time of an epoch of all nets once the program runs.
    """

    losses: np.ndarray
    seconds: float
    epoch_seconds: float


def in_jax(task: Task) -> Outcome:
    """Train by `vmap` over the nets and `scan` over epochs and steps, in one jitted function."""
    import jax
    import jax.numpy as jnp

    rows, size = len(task.x), min(task.batch_size, len(task.x))
    x, y = jnp.asarray(task.x), jnp.asarray(task.y)
    held_out = None if task.validation is None else tuple(map(jnp.asarray, task.validation))

    def forward(weights: list[Any], batch: Any) -> Any:
        pairs = zip(weights[::2], weights[1::2], strict=True)
        for (kind, _), (kernel, bias) in zip(task.layers, pairs, strict=True):
            if kind == "conv":
                layout = ("NHWC", "HWIO", "NHWC")
                batch = jax.lax.conv_general_dilated(
                    batch, kernel, (1, 1), "SAME", dimension_numbers=layout
                )
                batch = jax.nn.relu(batch + bias)
                window = (1, 2, 2, 1)
                batch = jax.lax.reduce_window(batch, -jnp.inf, jax.lax.max, window, window, "VALID")
            else:
                batch = batch.reshape(len(batch), -1) @ kernel + bias
                batch = {"sigmoid": jax.nn.sigmoid, "relu": jax.nn.relu}.get(kind, jnp.asarray)(
                    batch
                )
        return batch

    def losses_of(weights: list[Any], batch: Any, labels: Any) -> tuple[Any, Any]:
        logits = forward(weights, batch)
        right = logits.argmax(-1) == labels
        return -jax.nn.log_softmax(logits)[jnp.arange(len(labels)), labels], right

    def mean_loss(weights: list[Any], chosen: Any) -> tuple[Any, tuple[Any, Any]]:
        losses, right = losses_of(weights, x[chosen], y[chosen])
        return losses.mean(), (losses.sum(), right.sum())

    def step(carry: Any, chosen: Any) -> tuple[Any, tuple[Any, Any]]:
        weights, means, squares, count = carry
        gradients, sums = jax.grad(mean_loss, has_aux=True)(weights, chosen)
        count += 1
        rate = RATE * jnp.sqrt(1 - BETA_2**count) / (1 - BETA_1**count)
        moved = [
            _adam(rate, jnp.sqrt, *one)
            for one in zip(weights, gradients, means, squares, strict=True)
        ]
        return (*map(list, zip(*moved, strict=True)), count), sums

    def epoch(carry: Any, order: Any) -> tuple[Any, tuple[Any, ...]]:
        whole = rows // size * size
        carry, (loss, right) = jax.lax.scan(step, carry, order[:whole].reshape(-1, size))
        loss, right = loss.sum(), right.sum()
        if whole < rows:
            carry, last = step(carry, order[whole:])
            loss, right = loss + last[0], right + last[1]
        logs: tuple[Any, ...] = (loss / rows, right / rows)
        if held_out is not None:
            val_loss, val_right = losses_of(carry[0], *held_out)
            logs += (val_loss.mean(), val_right.mean())
        return carry, logs

    def train(carry: Any, orders: Any) -> tuple[Any, tuple[Any, ...]]:
        return jax.lax.scan(epoch, carry, orders)

    start = time.perf_counter()
    run = jax.jit(jax.vmap(train))
    zeros = [jnp.zeros_like(weight) for weight in task.weights]
    carry = (list(map(jnp.asarray, task.weights)), zeros, zeros, jnp.zeros(task.replicas))
    losses, seconds = [], []
    for first in range(0, task.epochs, BLOCK):
        orders = task.orders(range(first, min(first + BLOCK, task.epochs)))
        began = time.perf_counter()
        carry, logs = run(carry, jnp.asarray(orders))
        losses.append(np.asarray(logs[0]))
        seconds.append((time.perf_counter() - began) / orders.shape[1])
    return Outcome(np.hstack(losses), time.perf_counter() - start, _running(seconds))


def in_torch(task: Task, compiled: bool) -> Outcome:
    """Train by `torch.func.vmap(grad)` over the nets, a Python loop over the steps.

    Args:
        task: What to train.
        compiled: Whether `torch.compile` compiles a step.
    """
    import torch
    from torch.nn import functional

    images = task.x.ndim == 4
    x = torch.from_numpy(task.x.transpose(0, 3, 1, 2).copy() if images else task.x)
    y = torch.from_numpy(task.y).long()
    weights = [torch.from_numpy(_for_torch(weight)) for weight in task.weights]

    def forward(weights: Sequence[Any], batch: Any) -> Any:
        pairs = zip(weights[::2], weights[1::2], strict=True)
        for (kind, _), (kernel, bias) in zip(task.layers, pairs, strict=True):
            if kind == "conv":
                batch = functional.conv2d(batch, kernel, bias, padding="same")
                batch = functional.max_pool2d(torch.relu(batch), 2)
            else:
                if batch.ndim == 4:  # Keras flattens channels last.
                    batch = batch.permute(0, 2, 3, 1).flatten(1)
                batch = batch @ kernel + bias
                batch = {"sigmoid": torch.sigmoid, "relu": torch.relu}.get(kind, lambda b: b)(batch)
        return batch

    def mean_loss(weights: Sequence[Any], batch: Any, labels: Any) -> tuple[Any, Any]:
        loss = functional.cross_entropy(forward(weights, batch), labels)
        return loss, loss.detach()

    gradient = torch.func.grad(mean_loss, has_aux=True)
    if task.replicas > 1:
        gradient = torch.func.vmap(gradient)

    def step(state: Any, rate: Any, batch: Any, labels: Any) -> tuple[Any, Any]:
        gradients, loss = gradient(state[0], batch, labels)
        moved = [
            _adam(rate, torch.sqrt, *one)
            for one in zip(state[0], gradients, *state[1:], strict=True)
        ]
        return tuple(map(tuple, zip(*moved, strict=True))), loss

    def val_loss(weights: Sequence[Any]) -> Any:
        return functional.cross_entropy(forward(weights, held_out), held_out_labels)

    if task.validation is not None:
        held_out = torch.from_numpy(task.validation[0])
        held_out_labels = torch.from_numpy(task.validation[1]).long()
    evaluate = torch.func.vmap(val_loss) if task.replicas > 1 else val_loss
    if task.replicas == 1:
        weights = [weight[0] for weight in weights]
    start = time.perf_counter()
    take = torch.compile(step) if compiled else step
    zeros = tuple(torch.zeros_like(weight) for weight in weights)
    state: Any = (tuple(weights), zeros, zeros)
    losses, seconds, count = [], [], 0
    for epoch in range(task.epochs):
        began = time.perf_counter()
        orders = torch.from_numpy(task.orders(range(epoch, epoch + 1))[:, 0]).long()
        total = torch.zeros(task.replicas)
        for first in range(0, len(task.x), task.batch_size):
            chosen = orders[:, first : first + task.batch_size]
            chosen = chosen[0] if task.replicas == 1 else chosen
            count += 1
            rate = RATE * (1 - BETA_2**count) ** 0.5 / (1 - BETA_1**count)
            state, loss = take(state, torch.tensor(rate), x[chosen], y[chosen])
            total += loss * chosen.shape[-1]
        losses.append(total.numpy() / len(task.x))
        if task.validation is not None:
            evaluate(state[0])
        seconds.append(time.perf_counter() - began)
    return Outcome(np.stack(losses, axis=1), time.perf_counter() - start, _running(seconds))


def _adam(
    rate: Any, sqrt: Callable[[Any], Any], weight: Any, gradient: Any, mean: Any, square: Any
) -> tuple[Any, Any, Any]:
    mean = mean + (gradient - mean) * (1 - BETA_1)
    square = square + (gradient * gradient - square) * (1 - BETA_2)
    return weight - rate * mean / (sqrt(square) + EPSILON), mean, square


def _for_torch(weight: np.ndarray) -> np.ndarray:
    """Put the kernels of convolutions, `(R, 3, 3, in, out)`, in PyTorch's order of axes."""
    return weight.transpose(0, 4, 3, 1, 2).copy() if weight.ndim == 5 else weight


def _running(seconds: Sequence[float]) -> float:
    """Return the median time of an epoch without the first call, which compiles."""
    return float(np.median(seconds[1:] or seconds))

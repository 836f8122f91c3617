"""How fast is `fit` beside stock Keras, scikit-learn and PyTorch?

Run:   python -m tests.benchmarks.training
Quick: python -m tests.benchmarks.training --quick

Every side does the same work in a process of its own, from a fresh model and with what it
has to compile included; only the first start of each library is left out. Medians of the
repeats.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from typing import Annotated, Any, ClassVar

import keras
import numpy as np
import tensorflow as tf
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from labs import data, records
from labs.running import AtLeast, LabConfig, lab
from models import build_mlp, fit, fit_replicas

Work = Callable[[], object]
NOISE_ROWS = 20_000


@dataclass(frozen=True)
class Config(LabConfig):
    """How long each side trains."""

    QUICK: ClassVar = {"small_epochs": 20, "large_epochs": 2, "repeats": 1}

    small_epochs: Annotated[int, AtLeast(1)] = 1005
    """Passes of the diabetes net; the lecture's 5 and 1,000."""
    large_epochs: Annotated[int, AtLeast(1)] = 20
    """Passes of the 784-512-512-10 net."""
    repeats: Annotated[int, AtLeast(1)] = 3
    """Trainings of each side, of which the median counts."""


def experiment(config: Config, record: records.RunRecord) -> None:
    """Time every side on a small net and on a large one."""
    speed = {"ms an epoch": ".3f", "times stock fit": ".1f"}
    small = measure(diabetes(config.small_epochs, config.repeats), config.small_epochs, record)
    record.add_table("diabetes", small, formats=speed)
    large = measure(mnist_sized(config.large_epochs, config.repeats), config.large_epochs, record)
    record.add_table("mnist_sized", large, formats=speed)
    times = {row["side"]: row["times stock fit"] for row in small}
    (dense,) = (row["times stock fit"] for row in large if row["side"] == "fit")
    record.answer(
        f"On the diabetes net fit is {times['fit']:.0f} times and fit_replicas, for each of 50 "
        f"nets, {times['fit_replicas, each of 50']:.0f} times as fast as stock fit; on the "
        f"784-512-512-10 net fit is {dense:.1f} times as fast.",
        limits="Other machines; on one machine times differ by a tenth and more from run to run.",
    )


@dataclass(frozen=True)
class Side:
    """One way to do the work.

    Attributes:
        name: Its row in the table.
        prepare: Makes what is timed; a function of a module, so that a process can call it.
        repeats: How often it is timed, for the median.
        share: Part of the time that counts, such as one replica's.
    """

    name: str
    prepare: Callable[[], Work]
    repeats: int = 3
    share: float = 1.0


def seconds(side: Side) -> float:
    """Return the median wall time of the repeats, after one run that is not counted.

    In a process of its own, so that no side pays for what another one left behind.
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return side.share * process.submit(_median_seconds, side).result()


def _median_seconds(side: Side) -> float:
    warnings.simplefilter("ignore", ConvergenceWarning)
    work, times = side.prepare(), []
    for _ in range(side.repeats + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def diabetes(epochs: int, repeats: int) -> Iterator[Side]:
    """The lecture's run on 265 patients: 10-5-2 sigmoid net, Adam, batches of 32."""
    task = partial(patients_and_net, epochs)
    yield Side("stock model.fit", partial(stock_fit, task), 1)
    yield Side("scikit-learn Adam", partial(sklearn_adam, task, (10, 5), "logistic"), repeats)
    if find_spec("torch"):
        yield Side("PyTorch eager", partial(torch_adam, task, (10, 5)), repeats)
    yield Side("fit", partial(our_fit, task), repeats)
    for replicas in (10, 50):
        prepare = partial(our_replicas, task, replicas)
        yield Side(f"fit_replicas, each of {replicas}", prepare, repeats, 1 / replicas)


def mnist_sized(epochs: int, repeats: int) -> Iterator[Side]:
    """A 784-512-512-10 ReLU net on 20,000 rows of noise: batches of 128, Adam."""
    task = partial(noise_and_large_net, epochs)
    yield Side("stock model.fit", partial(stock_fit, task), repeats)
    one_epoch = partial(noise_and_large_net, 1)
    prepare = partial(sklearn_adam, one_epoch, (512, 512), "relu")
    yield Side("scikit-learn Adam", prepare, 1, epochs)
    if find_spec("torch"):
        yield Side("PyTorch eager", partial(torch_adam, task, (512, 512)), repeats)
    yield Side("fit", partial(our_fit, task), repeats)
    yield Side("bare matrix products", partial(matrix_products, NOISE_ROWS // 128, epochs), repeats)


@dataclass(frozen=True)
class Task:
    """What all sides do: so many epochs of this net on these rows."""

    x: np.ndarray
    y: np.ndarray
    build: Callable[..., keras.Model]
    epochs: int
    batch_size: int


def patients_and_net(epochs: int) -> Task:
    train = data.load_diabetes().train

    def build(seed: int = 0, x_train: np.ndarray | None = None) -> keras.Model:
        return build_mlp((10,), (10, 5), 2, activation="sigmoid", seed=seed)

    return Task(train.x.astype("float32"), train.y, build, epochs, 32)


def noise_and_large_net(epochs: int) -> Task:
    rng = np.random.default_rng(0)
    x = rng.random((NOISE_ROWS, 784), dtype="float32")
    build = partial(build_mlp, (784,), (512, 512), 10, seed=0)
    return Task(x, rng.integers(0, 10, len(x)), build, epochs, 128)


def stock_fit(make: Callable[[], Task]) -> Work:
    task = make()
    return lambda: task.build().fit(
        task.x, task.y, epochs=task.epochs, batch_size=task.batch_size, verbose=0
    )


def our_fit(make: Callable[[], Task]) -> Work:
    task = make()
    return lambda: fit(
        task.build(), task.x, task.y, epochs=task.epochs, batch_size=task.batch_size, seed=0
    )


def our_replicas(make: Callable[[], Task], replicas: int) -> Work:
    task = make()
    return lambda: fit_replicas(
        task.build,
        task.x,
        task.y,
        seeds=range(replicas),
        epochs=task.epochs,
        batch_size=task.batch_size,
    )


def sklearn_adam(make: Callable[[], Task], hidden: tuple[int, ...], activation: str) -> Work:
    """MLPClassifier that trains all epochs, whatever its loss does."""
    task = make()
    estimator = MLPClassifier(
        hidden,
        activation=activation,
        alpha=0.0,
        batch_size=task.batch_size,
        max_iter=task.epochs,
        n_iter_no_change=task.epochs + 1,
        tol=0.0,
        random_state=0,
    )
    return lambda: estimator.fit(task.x, task.y)


def torch_adam(make: Callable[[], Task], hidden: tuple[int, ...]) -> Work:
    """The plain PyTorch loop a tutorial would show."""
    import torch
    from torch import nn

    task = make()
    rows, labels = torch.from_numpy(task.x), torch.from_numpy(task.y)
    sizes = [task.x.shape[1], *hidden]
    act = nn.Sigmoid if hidden[0] < 100 else nn.ReLU

    def train() -> None:
        layers: list[nn.Module] = []
        for inputs, units in pairwise(sizes):
            layers += [nn.Linear(inputs, units), act()]
        net = nn.Sequential(*layers, nn.Linear(sizes[-1], int(task.y.max()) + 1))
        optimizer = torch.optim.Adam(net.parameters())
        loss = nn.CrossEntropyLoss()
        for _ in range(task.epochs):
            order = torch.randperm(len(rows))
            for start in range(0, len(rows), task.batch_size):
                chosen = order[start : start + task.batch_size]
                optimizer.zero_grad()
                loss(net(rows[chosen]), labels[chosen]).backward()
                optimizer.step()

    return train


def matrix_products(steps: int, epochs: int) -> Work:
    """The products of forward and backward pass alone: what no program can go below."""
    sizes = [(784, 512), (512, 512), (512, 10)]
    inputs = [tf.random.normal((128, rows)) for rows, _ in sizes]
    kernels = [tf.random.normal(size) for size in sizes]
    errors = [tf.random.normal((128, columns)) for _, columns in sizes]

    @tf.function(autograph=False)
    def run() -> tf.Tensor:
        def body(i: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            scale = 1.0 + tf.cast(i, tf.float32)  # Keeps the products from being done once.
            for a, w, e in zip(inputs, kernels, errors, strict=True):
                total += (a * scale @ w)[0, 0] + tf.matmul(a, e * scale, transpose_a=True)[0, 0]
            for w, e in zip(kernels[1:], errors[1:], strict=True):
                total += tf.matmul(e * scale, w, transpose_b=True)[0, 0]
            return i + 1, total

        return tf.while_loop(lambda i, _: i < steps, body, (0, 0.0), parallel_iterations=1)[1]

    return lambda: [run().numpy() for _ in range(epochs)]


def measure(sides: Iterable[Side], epochs: int, record: records.RunRecord) -> list[dict[str, Any]]:
    """Give milliseconds an epoch, and how many times faster than stock fit each side is."""
    rows: list[dict[str, Any]] = []
    for side in record.track(list(sides), f"{epochs} epochs"):
        cost = 1000 * seconds(side) / epochs
        stock = rows[0]["ms an epoch"] if rows else cost
        rows.append({"side": side.name, "ms an epoch": cost, "times stock fit": stock / cost})
    return rows


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

"""How fast is `fit` beside stock Keras, scikit-learn and PyTorch?

Run:   python -m tests.benchmarks.training           about 4 minutes on 2 cores
Smoke: python -m tests.benchmarks.training --quick

Every side does the same work, from a fresh model and with what it has to compile
included; only the first start of each library is left out. Medians of the repeats.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.util import find_spec
from itertools import pairwise

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from rich.console import Console
from rich.table import Table
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from labs import data
from models import build_mlp, fit, fit_replicas
from tests.benchmarks.machine import describe_machine

Work = tuple[str, float]  # What was done, and its seconds per epoch (and per replica).


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median wall time of the repeats, after one run that is not counted."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def diabetes(epochs: int, repeats: int) -> Iterator[Work]:
    """The lecture's run on 265 patients: 10-5-2 sigmoid net, Adam, batches of 32."""
    train = data.load_diabetes().train
    x, y = train.x.astype("float32"), train.y

    def build(seed: int = 0, x_train: np.ndarray | None = None) -> keras.Model:
        return build_mlp((10,), (10, 5), 2, activation="sigmoid", seed=seed)

    yield "stock model.fit", seconds(lambda: build().fit(x, y, epochs=epochs, verbose=0), 1)
    yield (
        "scikit-learn Adam",
        seconds(lambda: sklearn_adam((10, 5), "logistic", epochs, 32).fit(x, y), repeats),
    )
    if find_spec("torch"):
        yield "PyTorch eager", seconds(lambda: torch_adam(x, y, (10, 5), epochs, 32), repeats)
    yield "fit", seconds(lambda: fit(build(), x, y, epochs=epochs, seed=0), repeats)
    for replicas in (10, 50):
        work = partial(fit_replicas, build, x, y, seeds=range(replicas), epochs=epochs)
        yield f"fit_replicas, each of {replicas}", seconds(work, repeats) / replicas


def mnist_sized(epochs: int, repeats: int) -> Iterator[Work]:
    """A 784-512-512-10 ReLU net on 20,000 rows of noise: batches of 128, Adam."""
    rng = np.random.default_rng(0)
    x = rng.random((20_000, 784), dtype="float32")
    y = rng.integers(0, 10, len(x))

    def build() -> keras.Model:
        return build_mlp((784,), (512, 512), 10, seed=0)

    yield (
        "stock model.fit",
        seconds(lambda: build().fit(x, y, epochs=epochs, batch_size=128, verbose=0), repeats),
    )
    yield (
        "scikit-learn Adam",
        seconds(lambda: sklearn_adam((512, 512), "relu", 1, 128).fit(x, y), 1) * epochs,
    )
    if find_spec("torch"):
        yield "PyTorch eager", seconds(lambda: torch_adam(x, y, (512, 512), epochs, 128), repeats)
    yield (
        "fit",
        seconds(lambda: fit(build(), x, y, epochs=epochs, batch_size=128, seed=0), repeats),
    )
    yield "bare matrix products", seconds(lambda: matrix_products(len(x) // 128, epochs), repeats)


def sklearn_adam(
    hidden: tuple[int, ...], activation: str, epochs: int, batch: int
) -> MLPClassifier:
    """MLPClassifier that trains all epochs, whatever its loss does."""
    return MLPClassifier(
        hidden,
        activation=activation,
        alpha=0.0,
        batch_size=batch,
        max_iter=epochs,
        n_iter_no_change=epochs + 1,
        tol=0.0,
        random_state=0,
    )


def torch_adam(
    x: np.ndarray, y: np.ndarray, hidden: tuple[int, ...], epochs: int, batch: int
) -> None:
    """The plain PyTorch loop a tutorial would show."""
    import torch
    from torch import nn

    sizes = [x.shape[1], *hidden]
    act = nn.Sigmoid if hidden[0] < 100 else nn.ReLU
    layers: list[nn.Module] = []
    for inputs, units in pairwise(sizes):
        layers += [nn.Linear(inputs, units), act()]
    net = nn.Sequential(*layers, nn.Linear(sizes[-1], int(y.max()) + 1))
    optimizer = torch.optim.Adam(net.parameters())
    loss = nn.CrossEntropyLoss()
    rows, labels = torch.from_numpy(x), torch.from_numpy(y)
    for _ in range(epochs):
        order = torch.randperm(len(x))
        for start in range(0, len(x), batch):
            chosen = order[start : start + batch]
            optimizer.zero_grad()
            loss(net(rows[chosen]), labels[chosen]).backward()
            optimizer.step()


def matrix_products(steps: int, epochs: int) -> None:
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

    for _ in range(epochs):
        run().numpy()


def report(title: str, works: Iterable[Work], epochs: int, console: Console) -> None:
    """Print seconds per epoch, and how many times faster than stock fit each is."""
    table = Table(title=title)
    for column in ("", "ms an epoch", "times stock fit's speed"):
        table.add_column(column, justify="right" if column else "left")
    stock = None
    for name, total in works:
        stock = stock or total
        table.add_row(name, f"{1000 * total / epochs:.3f}", f"{stock / total:.1f}")
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="few epochs: see that it runs")
    quick = parser.parse_args().quick
    warnings.simplefilter("ignore", ConvergenceWarning)
    console = Console(width=90)
    libraries = ["tensorflow", "keras", "scikit-learn"] + ["torch"] * bool(find_spec("torch"))
    console.print(describe_machine(*libraries))
    epochs, repeats = (20, 1) if quick else (1005, 3)
    report(f"Diabetes, {epochs} epochs", diabetes(epochs, repeats), epochs, console)
    epochs = 2 if quick else 20
    report(f"784-512-512-10, {epochs} epochs", mnist_sized(epochs, repeats), epochs, console)


if __name__ == "__main__":
    main()

"""What a run says to an answer: many nets are trained, and intervals tell skill from luck.

Each function is named as its exercise, takes the answer and a seed, and returns the reply.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from scipy import stats as distributions

import models
from labs import data
from labs.errors import InputError
from labs.exercises.entries import Reply
from labs.records.saved_model import load_saved_model
from labs.stats import Interval, mean_interval, wilson_interval
from models.by_hand import dense_net, line_fit
from models.by_hand.activations import ACTIVATIONS

SEEDS = 20
"""Nets of each kind."""
SLIDE_TEST = 126 / 177
"""Test accuracy that lecture A prints for MLPClassifier."""
LEARNED = 0.65
"""Validation loss below which a net of two classes has learned: a coin's is ln 2 = .693."""
XOR_X, XOR_Y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32"), np.array([0, 1, 1, 0])


def adam_beats_sgd(rate: float, seed: int) -> Reply:
    """Compare both from the same starts, by the training loss after 30 epochs."""
    _require_within("The rate", rate, 1e-6, 10)
    train = data.load_diabetes().train
    losses = {
        name: _train(
            partial(_net, units=(10, 5), optimizer=partial(optimizer, rate)),
            train, seed, epochs=30,
        ).history["loss"][:, -1]
        for name, optimizer in (("adam", keras.optimizers.Adam), ("sgd", keras.optimizers.SGD))
    }  # fmt: skip
    diverged = [name for name, loss in losses.items() if not np.isfinite(loss).all()]
    if diverged:
        return Reply("wrong", "diverges", {"who": " + ".join(diverged)})
    ahead = losses["sgd"] - losses["adam"]
    values = {name: loss.mean() for name, loss in losses.items()} | {"wins": int((ahead > 0).sum())}
    return _above(ahead, 0, values)


def overfit_in_20(answer: Mapping[str, float], seed: int) -> Reply:
    """Ask by how much the validation loss has risen from its best epoch, and the other fallen."""
    train, validation = data.split(data.load_diabetes().train, 0.3, 0)
    build = partial(
        _net,
        units=(int(answer["units"]),),
        activation="relu",
        optimizer=partial(keras.optimizers.Adam, answer["rate"]),
    )
    held_out = (validation.x, validation.y)
    history = _train(build, train, seed, epochs=20, validation_data=held_out).history
    validated = history["val_loss"]
    rise = validated[:, -1] - validated.min(axis=1)
    at_best = history["loss"][np.arange(SEEDS), validated.argmin(axis=1)]
    values = {
        "rise": rise.mean(),
        "loss": history["loss"][:, -1].mean(),
        "best": validated.argmin(axis=1).mean() + 1,
        "wins": int((rise > 0.05).sum()),
    }
    if np.isnan(rise).any() or (history["loss"][:, -1] > at_best).mean() > 0.5:
        return Reply("wrong", "unstable", values)
    return _above(rise, 0.05, values)


def diabetes_80(answer: Mapping[str, float], seed: int) -> Reply:
    """Cross-validate on the training rows; read the test rows only for a final answer."""
    patients = data.load_diabetes()
    train, test = patients.train, patients.test
    units = int(answer["units"])
    build = partial(
        _net,
        units=(units,) if units else (),
        optimizer=partial(keras.optimizers.Adam, answer["rate"]),
        l2=answer["l2"],
    )
    epochs = int(answer["epochs"])
    if not answer["final"]:
        parts = [fold for s in range(4) for fold in data.folds(train, 5, s)]
        replicas = models.fit_replicas(
            build, train.x, train.y, seeds=range(seed, seed + len(parts)), epochs=epochs,
            row_sets=[rows for rows, _ in parts], validation_row_sets=[rows for _, rows in parts],
        )  # fmt: skip
        own = replicas.history["val_accuracy"][:, -1].mean()
        return Reply("wrong", "validated", {"validation": own})
    probabilities = _train(build, train, seed, epochs=epochs).predict(test.x)
    accuracies = (probabilities.argmax(axis=-1) == test.y).mean(axis=1)
    values = {"mean": accuracies.mean(), "best": accuracies.max()}
    return _above(accuracies, 0.8, values | {"wins": int((accuracies >= 0.8).sum())})


def diverging_rate(rate: float, seed: int) -> Reply:
    """Descend from lecture C's first line a little below and a little above the answer."""
    del seed  # Nothing in it is random.
    _require_within("The rate", rate, 1e-6, 10)
    far = []
    for factor in (0.98, 1.02):
        line = line_fit.START
        for _ in range(3000):
            if np.abs(line).max() < 1e6:
                line = line - factor * rate * line_fit.gradient(line, line_fit.X, line_fit.Y)
        far.append(float(np.abs(line - [2, 1]).max()))
    values = {"below": far[0], "above": far[1]}
    if far[0] > 1:
        return Reply("wrong", "too_large", values)
    return Reply("right", "right", values) if far[1] > 1 else Reply("wrong", "too_small", values)


def xor_units(units: float, seed: int) -> Reply:
    """Count the nets that learn XOR, with so many hidden units and with one less."""
    count = _whole("The number of units", units, 1, 32)
    nets = 60

    def learned(k: int) -> tuple[float, Interval]:
        if k == 0:
            return 0.0, Interval(0.0, 0.0)
        build = partial(_net, shape=(2,), units=(k,), activation="tanh", scale=None,
                        optimizer=partial(keras.optimizers.Adam, 0.05))  # fmt: skip
        replicas = models.fit_replicas(
            build, XOR_X, XOR_Y, seeds=range(seed, seed + nets), epochs=200, batch_size=4
        )
        right = (replicas.predict(XOR_X).argmax(axis=-1) == XOR_Y).all(axis=1)
        return right.mean(), wilson_interval(int(right.sum()), nets)

    (share, interval), (fewer, fewer_interval) = learned(count), learned(count - 1)
    values = {"share": share, "fewer": fewer}
    if interval.high < 0.8:
        return Reply("wrong", "too_few", values)
    if fewer_interval.low > 0.8:
        return Reply("wrong", "too_many", values)
    certain = interval.low > 0.8 > fewer_interval.high
    return Reply("right" if certain else "luck", "right" if certain else "luck", values)


def seed_spread(spread: float, seed: int) -> Reply:
    """Set a standard deviation beside that of the test accuracies of many nets."""
    patients = data.load_diabetes()
    nets = 50
    build = partial(_net, units=(10, 5), scale=None)
    replicas = _train(build, patients.train, seed, epochs=300, nets=nets)
    right = replicas.predict(patients.test.x).argmax(axis=-1) == patients.test.y
    own = right.mean(axis=1).std(ddof=1)
    high, low = np.sqrt((nets - 1) / distributions.chi2.ppf([0.025, 0.975], nets - 1)) * own
    values = {"own": own, "low": low, "high": high, "rows": np.sqrt(0.25 / len(patients.test))}
    if low <= spread <= high:
        return Reply("right", "right", values)
    if low <= spread / 100 <= high:
        return Reply("wrong", "percent", values)
    return Reply("wrong", "too_small" if spread < low else "too_large", values)


def best_epoch(epoch: float, seed: int) -> Reply:
    """Ask where the validation loss of each of many nets is lowest."""
    _whole("The epoch", epoch, 1, 60)
    train, validation = data.split(data.load_diabetes().train, 0.3, 0)
    replicas = _train(_overfitting_net, train, seed, epochs=60,
                      validation_data=(validation.x, validation.y))  # fmt: skip
    best = replicas.history["val_loss"].argmin(axis=1) + 1.0
    mean, (low, high) = mean_interval(best), np.quantile(best, [0.025, 0.975])
    values = {"mean": best.mean(), "low": mean.low, "high": mean.high, "first": low, "last": high}
    if mean.low - 0.5 <= epoch <= mean.high + 0.5:
        return Reply("right", "right", values)
    if low <= epoch <= high:
        return Reply("luck", "luck", values)
    return Reply("wrong", "too_early" if epoch < low else "too_late", values)


def weight_penalty(l2: float, seed: int) -> Reply:
    """Compare the gap between validation and training loss with and without the penalty."""
    _require_within("The penalty", l2, 0, 10)
    train, validation = data.split(data.load_diabetes().train, 0.3, 0)

    def losses(penalty: float) -> tuple[np.ndarray, np.ndarray]:
        replicas = _train(partial(_overfitting_net, l2=penalty), train, seed, epochs=60)
        own, held_out = (
            -np.log(replicas.predict(part.x)[:, np.arange(len(part)), part.y]).mean(axis=1)
            for part in (train, validation)
        )
        return held_out - own, held_out

    (plain_gap, plain), (gap, held_out) = losses(0.0), losses(l2)
    values = {"plain_gap": plain_gap.mean(), "gap": gap.mean(), "plain": plain.mean(),
              "loss": held_out.mean()}  # fmt: skip
    halved, learned = mean_interval(plain_gap / 2 - gap), mean_interval(held_out)
    if halved.high < 0:
        return Reply("wrong", "too_small", values)
    if learned.low > LEARNED:
        return Reply("wrong", "too_large", values)
    certain = halved.low > 0 and learned.high < LEARNED
    return Reply("right" if certain else "luck", "right" if certain else "luck", values)


def vanishing_depth(layers: float, seed: int) -> Reply:
    """Compare gradients of the first and the last of so many sigmoid layers, and of one less."""
    count = _whole("The number of layers", layers, 2, 50)

    def ratios(depth: int) -> np.ndarray:
        generator, found = np.random.default_rng(seed), []
        for _ in range(100):
            sigmoids = [ACTIVATIONS["sigmoid"]] * depth
            net = dense_net.draw_net([10] * (depth + 1), sigmoids, generator)
            passed = dense_net.forward(net, generator.normal(size=(10, 32)))
            gradients = dense_net.backward(net, passed, passed.a[-1] - 0.5).weights
            found.append(np.linalg.norm(gradients[0]) / np.linalg.norm(gradients[-1]))
        return np.array(found)

    own, fewer = ((ratios(depth) < 1e-3).mean() for depth in (count, count - 1))
    values = {"share": own, "fewer": fewer}
    if own < 0.5:
        return Reply("wrong", "too_few", values)
    return Reply("right", "right", values) if fewer < 0.5 else Reply("wrong", "too_many", values)


def beat_the_slide(path: Path, seed: int) -> Reply:
    """Evaluate a saved net, and ask whether chance alone would get it so far."""
    del seed
    patients = data.load_diabetes()
    try:
        net = load_saved_model(path)
        rights = [net.predict(part.x, verbose=0).argmax(axis=-1) == part.y
                  for part in (patients.train, patients.test)]  # fmt: skip
    except (InputError, ValueError, TypeError) as error:
        raise InputError(
            f"Expected a .keras file of a net from 10 features to 2 classes, got {path}, which is "
            "none; save one with labs.diabetes."
        ) from error
    (train, test), rows = (right.mean() for right in rights), len(patients.test)
    interval = wilson_interval(int(rights[1].sum()), rows)
    values = {"train": train, "test": test, "low": interval.low, "high": interval.high}
    if distributions.binom.sf(rights[1].sum() - 1, rows, train) < 0.01:
        return Reply("wrong", "seen", values)
    if interval.low > SLIDE_TEST:
        return Reply("right", "right", values)
    if test > SLIDE_TEST:
        return Reply("luck", "luck", values)
    return Reply("wrong", "below", values)


def _above(values: np.ndarray, bound: float, told: Mapping[str, Any]) -> Reply:
    """Reply by the interval of a mean over seeds: above the bound, luck where some are, or not."""
    interval = mean_interval(values)
    told = {**told, "low": interval.low, "high": interval.high, "seeds": len(values)}
    if interval.low > bound:
        return Reply("right", "right", told)
    some = interval.high > bound or (values > bound).any()
    return Reply("luck" if some else "wrong", "luck" if some else "below", told)


def _net(
    seed: int,
    x_train: np.ndarray,
    *,
    units: tuple[int, ...],
    optimizer: Callable[[], Any] = keras.optimizers.Adam,
    shape: tuple[int, ...] = (10,),
    activation: str = "sigmoid",
    scale: float | None = data.DIABETES_SCALE,
    l2: float = 0.0,
) -> Any:
    del x_train
    return models.build_mlp(shape, units, 2, activation=activation, scale=scale, l2=l2,
                            optimizer=optimizer(), seed=seed)  # fmt: skip


def _overfitting_net(seed: int, x_train: np.ndarray, l2: float = 0.0) -> Any:
    fast = partial(keras.optimizers.Adam, 0.01)
    return _net(seed, x_train, units=(64,), activation="relu", optimizer=fast, l2=l2)


def _train(
    build: Any, part: data.Part, seed: int, *, epochs: int, nets: int = SEEDS, **options: Any
) -> models.Replicas:
    return models.fit_replicas(
        build, part.x, part.y, seeds=range(seed, seed + nets), epochs=epochs, **options
    )


def _require_within(what: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise InputError(f"{what} must be {low:g} to {high:g}, got {value:g}; correct it.")


def _whole(what: str, value: float, low: int, high: int) -> int:
    _require_within(what, value, low, high)
    if value != int(value):
        raise InputError(f"{what} must be a whole number, got {value:g}; correct it.")
    return int(value)

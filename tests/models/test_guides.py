"""The scripts of Keras's guides on training and on callbacks end as under stock fit.

Written anew after the sections of "Training and evaluation with the built-in methods" and "Writing
your own callbacks". What they print is compared as well. `test_custom_training` has the guide to
custom steps, `test_drop_in` has the plain arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from models import fit

from .nets import assert_same_history, assert_same_weights, compiled, table

X, Y = table(48)
ONE_HOT = tf.one_hot(Y, 3)
Script = tuple[keras.Model, dict[str, Any]]
"""A compiled net and what `fit` is given."""


def net(*more: layers.Layer, **compile_args: Any) -> keras.Model:
    stack = [keras.Input((6,)), layers.Dense(5, "relu"), *more, layers.Dense(3, "softmax")]
    return compiled(keras.Sequential(stack), **{"optimizer": "rmsprop", **compile_args})


def first_script() -> Script:
    """Labels are floats, as the guide makes them."""
    metrics = [keras.metrics.SparseCategoricalAccuracy()]
    model = net(loss=keras.losses.SparseCategoricalCrossentropy(), metrics=metrics)
    labels = Y.astype("float32")
    return model, {"x": X[:32], "y": labels[:32], "validation_data": (X[32:], labels[32:])}


def loss_as_a_function() -> Script:
    def squared_error(y_true: Any, y_pred: Any) -> Any:
        return ops.mean(ops.square(y_true - y_pred))

    return net(loss=squared_error), {"x": X, "y": ONE_HOT}


class LessConfident(keras.losses.Loss):
    def __init__(self, factor: float = 0.1) -> None:
        super().__init__(name="less_confident")
        self.factor = factor

    def call(self, y_true, y_pred):
        penalty = ops.mean(ops.square(0.5 - y_pred), axis=-1)
        return ops.mean(ops.square(y_true - y_pred), axis=-1) + self.factor * penalty


class TruePositives(keras.metrics.Metric):
    def __init__(self) -> None:
        super().__init__(name="true_positives")
        self.count = self.add_variable((), "zeros", name="count")

    def update_state(self, y_true, y_pred, sample_weight=None):
        hits = ops.argmax(y_true, axis=1) == ops.argmax(y_pred, axis=1)
        self.count.assign_add(ops.sum(ops.cast(hits, self.dtype)))

    def result(self):
        return self.count

    def reset_state(self):
        self.count.assign(0.0)


def loss_and_metric_as_classes() -> Script:
    return net(loss=LessConfident(), metrics=[TruePositives()]), {"x": X, "y": ONE_HOT}


class ActivityPenalty(layers.Layer):
    def call(self, inputs):
        self.add_loss(ops.sum(inputs) * 0.1)
        return inputs


def loss_of_a_layer() -> Script:
    return net(ActivityPenalty()), {"x": X, "y": Y}


class LogisticEndpoint(layers.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.loss_fn = keras.losses.BinaryCrossentropy(from_logits=True)

    def call(self, logits, targets):
        self.add_loss(self.loss_fn(targets, logits))
        return ops.softmax(logits)


def targets_as_an_input() -> Script:
    inputs, targets = keras.Input((6,), name="inputs"), keras.Input((3,), name="targets")
    model = keras.Model([inputs, targets], LogisticEndpoint()(layers.Dense(3)(inputs), targets))
    model.compile(optimizer="adam")
    return model, {"x": {"inputs": X, "targets": ONE_HOT}}


def image_and_series(**compile_args: Any) -> keras.Model:
    image, series = keras.Input((8, 8, 1), name="image"), keras.Input((None, 4), name="series")
    seen = layers.GlobalMaxPooling2D()(layers.Conv2D(3, 3)(image))
    heard = layers.GlobalMaxPooling1D()(layers.Conv1D(3, 3)(series))
    both = layers.concatenate([seen, heard])
    outputs = [layers.Dense(1, name="score")(both), layers.Dense(3, "softmax", name="kind")(both)]
    model = keras.Model([image, series], outputs)
    return compiled(model, keras.optimizers.RMSprop(1e-3), **{"metrics": None, **compile_args})


RNG = np.random.default_rng(0)
IMAGES, SERIES = RNG.random((48, 8, 8, 1)), RNG.random((48, 7, 4))


def losses_and_metrics_by_name() -> Script:
    model = image_and_series(
        loss={"score": "mse", "kind": keras.losses.CategoricalCrossentropy()},
        metrics={"score": ["mape", "mae"], "kind": ["categorical_accuracy"]},
        loss_weights={"score": 2.0, "kind": 1.0},
    )
    x = {"image": IMAGES, "series": SERIES}
    return model, {"x": x, "y": {"score": X[:, :1], "kind": ONE_HOT}}


def an_output_without_loss() -> Script:
    model = image_and_series(loss=[None, keras.losses.CategoricalCrossentropy()])
    return model, {"x": [IMAGES, SERIES], "y": [X[:, :1], ONE_HOT]}


def rate_by_a_schedule() -> Script:
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5, staircase=True)
    return net(optimizer=keras.optimizers.RMSprop(rate)), {"x": X, "y": Y}


class Batches(keras.utils.PyDataset):
    def __len__(self) -> int:
        return 3

    def __getitem__(self, index):
        return X[16 * index : 16 * index + 16], Y[16 * index : 16 * index + 16]


def batches_of_ones_own() -> Script:
    return net(), {"x": Batches(), "batch_size": None}


def weights_in_a_dataset() -> Script:
    rows = tf.data.Dataset.from_tensor_slices((X, Y, np.where(Y == 2, 2.0, 1.0))).batch(16)
    return net(), {"x": rows, "batch_size": None, "validation_data": rows, "validation_steps": 1}


def watched(*callbacks: keras.callbacks.Callback, **arguments: Any) -> Script:
    return net(), {"x": X, "y": Y, "callbacks": [*callbacks], **arguments}


class BatchLosses(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.losses: list[float] = []

    def on_batch_end(self, batch, logs=None):
        self.losses.append(logs["loss"])

    def on_train_end(self, logs=None):
        print([f"{loss:.3f}" for loss in self.losses])


class TellsAll(keras.callbacks.Callback):
    """Says of each hook of training and testing when it is called, and with which logs."""


def hook(name: str) -> Callable[..., None]:
    def tell(self: Any, *args: Any, logs: Any = None) -> None:
        *place, given = args if logs is None else (*args, logs)
        print(name, *place, sorted(given))

    return tell


for part in ("train", "test", "epoch", "train_batch", "test_batch"):
    for end in ("begin", "end"):
        setattr(TellsAll, f"on_{part}_{end}", hook(f"{part} {end}"))


class StopsAtLeastLoss(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.best, self.best_weights = np.inf, self.model.get_weights()

    def on_epoch_end(self, epoch, logs=None):
        print(f"The average loss of epoch {epoch} is {logs['loss']:.2f}.")
        if logs["loss"] < self.best:
            self.best, self.best_weights = logs["loss"], self.model.get_weights()
        else:
            self.model.stop_training = True
            print(f"Restoring the weights from before epoch {epoch}.")
            self.model.set_weights(self.best_weights)


def stops_and_restores() -> Script:
    model, arguments = watched(StopsAtLeastLoss(), epochs=9)
    model.optimizer.learning_rate = 1.0
    return model, arguments


class SetsRate(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        rate = float(self.model.optimizer.learning_rate)
        self.model.optimizer.learning_rate = {1: 0.05, 2: 0.01}.get(epoch, rate)
        print(f"Epoch {epoch}: learning rate {float(self.model.optimizer.learning_rate):.4f}.")


CASES: list[tuple[Callable[[], Script], str]] = [
    (first_script, ""),
    (loss_as_a_function, ""),
    (loss_and_metric_as_classes, ""),
    (loss_of_a_layer, ""),
    (targets_as_an_input, ""),
    (losses_and_metrics_by_name, ""),
    (an_output_without_loss, ""),
    (rate_by_a_schedule, ""),
    (batches_of_ones_own, "given as Batches"),
    (weights_in_a_dataset, "validation_steps is set"),
    (lambda: watched(BatchLosses()), "per-batch hook on_batch_end"),
    (lambda: watched(TellsAll(), validation_split=0.5), "per-batch hook on_train_batch_begin"),
    (stops_and_restores, ""),
    (lambda: watched(SetsRate()), ""),
]
QUICK = (first_script, loss_and_metric_as_classes, an_output_without_loss, stops_and_restores)
"""Tried in every run of the tests."""


@pytest.mark.filterwarnings("ignore:Gradients do not exist for variables .*score")
@pytest.mark.parametrize(
    ("script", "reason"),
    [pytest.param(*c, marks=[] if c[0] in QUICK else pytest.mark.slow) for c in CASES],
)
def test_script_of_a_guide_ends_as_under_stock_fit(
    script: Callable[[], Script], reason: str, capsys: pytest.CaptureFixture
) -> None:
    settings = {"epochs": 3, "batch_size": 16, "shuffle": False, "verbose": 0}
    keras.utils.set_random_seed(0)
    theirs, arguments = script()
    expected = theirs.fit(**{**settings, **arguments})
    printed = capsys.readouterr().out
    keras.utils.set_random_seed(0)
    ours, arguments = script()
    with pytest.warns(UserWarning, match=reason) if reason else nullcontext():
        actual = fit(ours, **{**settings, **arguments})
    assert_same_history(actual.history, expected.history)
    assert_same_weights(ours.get_weights(), theirs.get_weights())
    assert capsys.readouterr().out == printed

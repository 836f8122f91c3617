import copy
import csv
from itertools import product
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from models import fit
from models.row_order import row_order
from models.xla import STEPS_THAT_REPAY_COMPILING

from .nets import (
    BreaksAt,
    assert_same_history,
    assert_same_weights,
    batch_norm_convnet,
    compiled,
    copy_of,
    dense_net,
    images,
    penalized_net,
    table,
)

QUICK = {
    (dense_net, 10, False),
    (dense_net, 16, True),
    (dense_net, 64, False),
    (penalized_net, 16, False),
}
"""Batch sizes that divide the rows, do not, and are larger; tried in every run of the tests."""


@pytest.mark.parametrize(
    ("build", "batch_size", "jit_compile"),
    [
        pytest.param(*case, marks=[] if case in QUICK else pytest.mark.slow)
        for case in product((dense_net, penalized_net), (10, 16, 64), (False, True))
    ],
)
def test_dense_net_trains_as_under_stock_fit(build, batch_size, jit_compile):
    x, y = table()
    x_val, y_val = table(21)
    theirs = build()
    ours = copy_of(theirs)
    settings: dict[str, Any] = dict(epochs=4, batch_size=batch_size, shuffle=False, verbose=0)
    expected = theirs.fit(x, y, validation_data=(x_val, y_val), **settings)
    actual = fit(ours, x, y, validation_data=(x_val, y_val), jit_compile=jit_compile, **settings)
    assert_same_history(actual.history, expected.history)
    assert actual.epoch == expected.epoch
    assert_same_weights(ours.get_weights(), theirs.get_weights())


@pytest.mark.parametrize("jit_compile", [False, pytest.param(True, marks=pytest.mark.slow), "auto"])
def test_net_that_learns_its_input_shape_from_the_data_trains_as_under_stock_fit(jit_compile):
    def unbuilt() -> keras.Model:
        keras.utils.set_random_seed(3)  # Draws the weights when the first rows come.
        net = keras.Sequential([keras.layers.Dense(5, "relu"), keras.layers.Dense(3, "softmax")])
        net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        return net

    x, y = table()
    theirs = unbuilt()
    expected = theirs.fit(x, y, epochs=2, shuffle=False, verbose=0)
    ours = unbuilt()
    actual = fit(ours, x, y, epochs=2, shuffle=False, jit_compile=jit_compile)
    assert_same_history(actual.history, expected.history)
    assert_same_weights(ours.get_weights(), theirs.get_weights())


@pytest.mark.parametrize(
    "batch_size", [pytest.param(10, marks=pytest.mark.slow), 16], ids=["divides", "partial"]
)
def test_convnet_with_batch_norm_trains_as_under_stock_fit(batch_size):
    x, y = images()
    theirs = batch_norm_convnet()
    ours = copy_of(theirs)
    settings: dict[str, Any] = dict(epochs=3, batch_size=batch_size, shuffle=False, verbose=0)
    expected = theirs.fit(x, y, validation_data=(x[:20], y[:20]), **settings)
    actual = fit(ours, x, y, validation_data=(x[:20], y[:20]), **settings)
    assert_same_history(actual.history, expected.history)
    assert_same_weights(ours.get_weights(), theirs.get_weights())


def test_shuffled_epochs_are_stock_epochs_on_the_rows_in_that_order():
    x, y = table()
    theirs = dense_net()
    ours = copy_of(theirs)
    order = row_order(len(x), shuffle=True, seed=5)
    for epoch in range(3):
        theirs.fit(x[order(epoch)], y[order(epoch)], shuffle=False, verbose=0)
    fit(ours, x, y, epochs=3, seed=5)
    assert_same_weights(ours.get_weights(), theirs.get_weights())


@pytest.mark.parametrize(
    "weights",
    [
        {"sample_weight": np.linspace(0, 2, 50)},
        {"class_weight": {0: 0.5, 2: 3.0}},
    ],
    ids=lambda weights: next(iter(weights)),
)
def test_weights_count_as_under_stock_fit(weights):
    x, y = table()
    extra: dict[str, Any] = {"weighted_metrics": ["accuracy"], "metrics": ["accuracy"]}
    theirs = dense_net(**extra)
    ours = copy_of(theirs, **extra)
    settings: dict[str, Any] = dict(epochs=2, batch_size=16, shuffle=False, verbose=0, **weights)
    x_val, y_val = table(21)
    validation = (x_val, y_val, np.linspace(1, 0, 21))
    expected = theirs.fit(x, y, validation_data=validation, **settings)
    actual = fit(ours, x, y, validation_data=validation, **settings)
    assert_same_history(actual.history, expected.history)


def test_several_metrics_and_one_hot_labels_are_reported_as_under_stock_fit():
    x, y = table()
    y = keras.utils.to_categorical(y)
    arguments: dict[str, Any] = {
        "loss": "categorical_crossentropy",
        "metrics": ["accuracy", keras.metrics.AUC(), keras.metrics.F1Score(name="f1")],
    }
    theirs = dense_net(**arguments)
    ours = compiled(keras.models.clone_model(theirs), **arguments)
    ours.set_weights(theirs.get_weights())
    expected = theirs.fit(x, y, epochs=2, shuffle=False, verbose=0).history
    actual = fit(ours, x, y, epochs=2, shuffle=False, jit_compile=True).history
    assert set(actual) == set(expected)
    np.testing.assert_allclose(actual["f1"], expected["f1"], rtol=1e-5)
    np.testing.assert_allclose(actual["auc"], expected["auc"], rtol=1e-5)


def test_dropout_draws_the_numbers_that_stock_fit_draws():
    x, y = table()

    def build():
        net = keras.Sequential(
            [keras.Input((6,)), keras.layers.Dropout(0.5, seed=3), keras.layers.Dense(3)]
        )
        return compiled(net, loss="mse", metrics=[])

    theirs = build()
    ours = build()
    ours.set_weights(theirs.get_weights())
    theirs.fit(x, x[:, :3], epochs=2, shuffle=False, verbose=0)
    fit(ours, x, x[:, :3], epochs=2, shuffle=False)
    assert_same_weights(ours.get_weights(), theirs.get_weights())


def test_augmentation_acts_on_training_batches_only():
    x, y = table()
    ours, on_doubled = dense_net(), dense_net()
    validation = (x[:8], y[:8])
    history = fit(
        ours, x, y, epochs=2, seed=1, augment=lambda rows: 2 * rows, validation_data=validation
    )
    expected = fit(on_doubled, 2 * x, y, epochs=2, seed=1, validation_data=validation)
    assert_same_history(history.history, expected.history)
    plain = fit(ours, x, y, epochs=1, seed=1)  # The compiled epoch is not taken for the other.
    again = fit(on_doubled, x, y, epochs=1, seed=1)
    assert_same_history(plain.history, again.history)


def test_augmentation_without_an_xla_form_works_in_a_long_training():
    x, y = images(rows=8)
    inputs = keras.Input((8, 8, 1))
    net = compiled(keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(inputs))))
    turn = keras.layers.RandomRotation(0.1, seed=0)
    epochs = STEPS_THAT_REPAY_COMPILING
    stop = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: setattr(net, "stop_training", True)
    )
    fit(net, x, y, epochs=epochs, augment=lambda b: turn(b, training=True), callbacks=[stop])


def test_augmentation_is_not_dropped_silently():
    x, y = table()
    with pytest.raises(ValueError, match="augment works in the compiled epoch only"):
        fit(dense_net(run_eagerly=True), x, y, augment=lambda rows: rows)


def test_models_with_several_inputs_and_outputs_train_as_under_stock_fit():
    # Full batches only: stock fit averages the loss of one output over batches without
    # regard to their lengths, which is not the mean over the rows.
    x, y = table(rows=64)
    inputs = {"a": keras.Input((6,), name="a"), "b": keras.Input((6,), name="b")}
    both = keras.layers.Concatenate()(list(inputs.values()))
    outputs = {
        "c": keras.layers.Dense(1, name="c")(both),
        "d": keras.layers.Dense(2, name="d")(both),
    }
    theirs = compiled(keras.Model(inputs, outputs), loss="mse", metrics=None)
    ours = copy_of(theirs, loss="mse", metrics=None)
    data = ({"a": x, "b": x**2}, {"c": x[:, :1], "d": x[:, 1:3]})
    expected = theirs.fit(*data, epochs=2, shuffle=False, verbose=0)
    actual = fit(ours, *data, epochs=2, shuffle=False)
    assert_same_history(actual.history, expected.history)


def test_training_resumed_at_an_epoch_equals_an_unbroken_one():
    x, y = table()
    unbroken = dense_net()
    resumed = copy_of(unbroken)
    fit(unbroken, x, y, epochs=4, seed=1)
    fit(resumed, x, y, epochs=2, seed=1)
    history = fit(resumed, x, y, epochs=4, initial_epoch=2, seed=1)
    assert history.epoch == [2, 3]
    assert_same_weights(resumed.get_weights(), unbroken.get_weights())


def test_same_seed_gives_the_same_bits_and_another_seed_does_not():
    x, y = table()
    first, second, third = (dense_net() for _ in range(3))
    a = fit(first, x, y, epochs=3, seed=1).history
    b = fit(second, x, y, epochs=3, seed=1).history
    c = fit(third, x, y, epochs=3, seed=2).history
    assert a == b
    assert a != c


def test_without_a_seed_the_global_seed_decides():
    x, y = table()
    losses = []
    for _ in range(2):
        net = dense_net()
        keras.utils.set_random_seed(4)
        losses.append(fit(net, x, y, epochs=2).history["loss"])
    assert losses[0] == losses[1]


def test_recompiled_model_trains_with_its_new_loss_and_optimizer():
    x, y = table()
    net = dense_net()
    fit(net, x, y, epochs=1)
    before = net.get_weights()
    compiled(net, optimizer=keras.optimizers.SGD(0.0))
    fit(net, x, y, epochs=2)
    assert_same_weights(net.get_weights(), before, atol=0)


def test_trained_model_can_be_copied_saved_and_evaluated(tmp_path):
    x, y = table()
    net = dense_net()
    fit(net, x, y, epochs=1)
    net.save(tmp_path / "net.keras")
    loaded = keras.saving.load_model(tmp_path / "net.keras")
    for twin in (copy.deepcopy(net), loaded):
        assert twin.evaluate(x, y, verbose=0) == net.evaluate(x, y, verbose=0)


class ReportsItsOwn(keras.Model):
    def train_step(self, data):
        return {"answer": tf.reduce_sum(data[1])}


def test_what_a_custom_train_step_reports_is_kept():
    x, y = table()
    inputs = keras.Input((6,))
    net = compiled(ReportsItsOwn(inputs, keras.layers.Dense(3)(inputs)))
    history = fit(net, x, y, epochs=1, batch_size=16, shuffle=False).history
    assert history["answer"] == [y[48:].sum()]


def test_early_stopping_restores_the_best_weights():
    x, y = table()
    net = dense_net(optimizer=keras.optimizers.SGD(1e6))
    start = net.get_weights()
    callback = keras.callbacks.EarlyStopping(
        "loss", patience=1, restore_best_weights=True, start_from_epoch=0
    )
    history = fit(net, x, y, epochs=20, callbacks=[callback], seed=0)
    assert len(history.epoch) < 20
    assert net.evaluate(x, y, verbose=0)[0] < 1e6
    assert callback.stopped_epoch == history.epoch[-1]
    assert any((a != b).any() for a, b in zip(start, net.get_weights(), strict=True))


def test_stock_callbacks_that_work_per_epoch_work(tmp_path):
    x, y = table()
    net = dense_net()
    callbacks = [
        keras.callbacks.ModelCheckpoint(tmp_path / "best.keras", "loss", save_best_only=True),
        keras.callbacks.TensorBoard(tmp_path / "logs"),
        keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=0, min_delta=1e9),
        keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: None),
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.CSVLogger(tmp_path / "log.csv"),
    ]
    history = fit(net, x, y, epochs=3, callbacks=callbacks, validation_data=(x, y), seed=0)
    best = keras.saving.load_model(tmp_path / "best.keras")
    assert_same_weights(best.get_weights(), net.get_weights())
    assert list((tmp_path / "logs" / "train").iterdir())
    assert float(net.optimizer.learning_rate) < 0.001
    logged = csv.DictReader((tmp_path / "log.csv").read_text().splitlines())
    np.testing.assert_allclose(
        [float(row["val_loss"]) for row in logged], history.history["val_loss"]
    )


def test_learning_rate_scheduler_sets_the_rate_of_each_epoch():
    x, y = table()
    settings: dict[str, Any] = dict(epochs=3, shuffle=False, verbose=0)
    theirs = dense_net()
    ours = copy_of(theirs)
    rates = keras.callbacks.LearningRateScheduler(lambda epoch: 0.1 / (epoch + 1))
    expected = theirs.fit(x, y, callbacks=[rates], **settings)
    actual = fit(ours, x, y, callbacks=[rates], jit_compile=True, **settings)
    assert_same_history(actual.history, expected.history)
    assert actual.history["learning_rate"] == pytest.approx([0.1, 0.05, 0.1 / 3])


def test_terminate_on_nan_stops_after_the_epoch_that_went_wrong(capsys):
    x, _ = table()
    y = x[:, :3].copy()
    y[3] = np.nan
    net = dense_net(loss="mse", metrics=None)
    history = fit(net, x, y, epochs=5, callbacks=[keras.callbacks.TerminateOnNaN()])
    assert history.epoch == [0]


def test_backup_and_restore_goes_on_where_a_broken_run_stopped(tmp_path):
    x, y = table()
    unbroken, broken = dense_net(), dense_net()
    fit(unbroken, x, y, epochs=4, seed=0)
    backup = keras.callbacks.BackupAndRestore(tmp_path / "backup")
    with pytest.raises(KeyboardInterrupt):
        fit(broken, x, y, epochs=4, seed=0, callbacks=[backup, BreaksAt(2)])
    again = dense_net()
    history = fit(again, x, y, epochs=4, seed=0, callbacks=[backup])
    assert history.epoch == [2, 3]
    assert_same_weights(again.get_weights(), unbroken.get_weights())


def test_callbacks_are_called_in_the_order_of_stock_fit():
    x, y = table()

    class Recorder(keras.callbacks.Callback):
        def __init__(self):
            super().__init__()
            self.calls = []

    def record(name):
        def hook(self, *args, **kwargs):
            self.calls.append((name, *[a for a in args if isinstance(a, int)]))

        return hook

    for name in ("train_begin", "epoch_begin", "test_begin", "test_end", "epoch_end", "train_end"):
        setattr(Recorder, f"on_{name}", record(name))
    ours, theirs = Recorder(), Recorder()
    fit(dense_net(), x, y, epochs=2, validation_data=(x, y), callbacks=[ours])
    dense_net().fit(x, y, epochs=2, validation_data=(x, y), callbacks=[theirs], verbose=0)
    assert ours.calls == theirs.calls
    assert ours.params == theirs.params | {"verbose": 0}


def test_verbose_prints_a_line_an_epoch(capsys):
    x, y = table()
    fit(dense_net(), x, y, epochs=2, verbose=2)
    assert capsys.readouterr().out.count("loss:") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": -1}, "epochs=-1"),
        ({"batch_size": 0}, "batch_size"),
        ({"seed": -3}, "seed"),
        ({"jit_compile": "yes"}, "jit_compile"),
        ({"y": np.zeros(3)}, "same number of rows"),
        ({"class_weight": {0: 1}, "sample_weight": np.ones(50)}, "one of the two"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    x, y = table()
    with pytest.raises(ValueError, match=message):
        fit(dense_net(), **({"x": x, "y": y, "epochs": 1} | arguments))


def test_model_that_is_not_compiled_is_refused():
    net = keras.Sequential([keras.Input((6,)), keras.layers.Dense(3)])
    with pytest.raises(ValueError, match="not compiled"):
        fit(net, *table())

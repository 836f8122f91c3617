import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from models import fit
from models.stock_fit import reason_for_stock_fit

from .nets import compiled, dense_net, table


class CountsBatches(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.batches = 0

    def on_train_batch_end(self, batch, logs=None):
        self.batches += 1


class CheckpointWithBatches(keras.callbacks.ModelCheckpoint):
    def on_train_batch_end(self, batch, logs=None):
        pass


class OwnTrainFunction(keras.Model):
    def make_train_function(self, force=False):
        return super().make_train_function(force)


def test_a_callback_with_a_batch_hook_gets_its_batches_and_a_warning_says_why():
    x, y = table()
    counter = CountsBatches()
    with pytest.warns(UserWarning, match="CountsBatches has the per-batch hook on_train_batch_end"):
        history = fit(dense_net(), x, y, epochs=2, batch_size=16, callbacks=[counter])
    assert counter.batches == 8
    assert len(history.history["loss"]) == 2


def test_a_dataset_is_trained_on_by_stock_fit():
    x, y = table()
    rows = tf.data.Dataset.from_tensor_slices((x, y)).batch(16)
    theirs, ours = dense_net(), dense_net()
    expected = theirs.fit(rows, epochs=2, shuffle=False, verbose=0, validation_data=rows)
    with pytest.warns(UserWarning, match="not as arrays"):
        actual = fit(ours, rows, epochs=2, shuffle=False, validation_data=rows)
    assert actual.history == expected.history


def test_the_warning_is_given_once():
    x, y = table()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        for _ in range(2):
            fit(dense_net(run_eagerly=True), x[:8], y[:8])
    assert len([w for w in seen if "run_eagerly" in str(w.message)]) == 1


def test_plain_arrays_and_per_epoch_callbacks_need_no_stock_fit(tmp_path):
    callbacks = [
        keras.callbacks.EarlyStopping(),
        keras.callbacks.ModelCheckpoint(tmp_path / "a.keras"),
        keras.callbacks.BackupAndRestore(tmp_path / "backup"),
        keras.callbacks.TensorBoard(tmp_path / "logs"),
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.LambdaCallback(on_epoch_end=print),
        keras.callbacks.ProgbarLogger(),
    ]
    data = (*table(), None, ([1.0], np.ones(1)))
    assert reason_for_stock_fit(dense_net(), (np.ones((3, 6)), np.ones(3)), callbacks) == ""
    assert "float" in reason_for_stock_fit(dense_net(), data, [])


@pytest.mark.parametrize(
    "callback",
    [
        lambda path: keras.callbacks.ModelCheckpoint(path / "a.keras", save_freq=10),
        lambda path: keras.callbacks.BackupAndRestore(path, save_freq=10),
        lambda path: keras.callbacks.TensorBoard(path, update_freq="batch"),
        lambda path: keras.callbacks.TensorBoard(path, write_steps_per_second=True),
        lambda path: CheckpointWithBatches(path / "a.keras"),
        lambda path: keras.callbacks.LambdaCallback(on_train_batch_begin=print),
    ],
)
def test_callbacks_set_to_work_by_batch_need_stock_fit(callback, tmp_path):
    assert "per-batch hook" in reason_for_stock_fit(dense_net(), table(), [callback(tmp_path)])


def test_a_distribution_strategy_needs_stock_fit():
    with tf.distribute.OneDeviceStrategy("/cpu:0").scope():
        net = dense_net()
    assert "distribution strategy" in reason_for_stock_fit(net, table(), [])


def test_a_model_that_makes_its_own_train_function_needs_stock_fit():
    inputs = keras.Input((6,))
    net = compiled(OwnTrainFunction(inputs, keras.layers.Dense(3)(inputs)))
    assert "OwnTrainFunction" in reason_for_stock_fit(net, table(), [])


def test_text_needs_stock_fit():
    assert "ndarray" in reason_for_stock_fit(dense_net(), (np.array(["a", "b"]),), [])

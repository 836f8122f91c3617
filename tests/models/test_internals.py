"""Which private name of Keras or TensorFlow is gone, or means something else by now."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from models import keras_internals, tensorflow_internals

from .nets import dense_net, table


def batch() -> tuple[np.ndarray, np.ndarray, None]:
    x, y = table()
    return x, y, None


def test_a_symbolic_build_creates_every_variable() -> None:
    net = dense_net()
    assert not net.optimizer.built
    keras_internals.symbolic_build(net, batch())
    assert net.optimizer.built
    assert {metric.name for metric in net.metrics} == {"loss", "compile_metrics"}


def test_each_compile_has_a_config_of_its_own() -> None:
    net = dense_net()
    before = keras_internals.compile_config(net)
    assert before is keras_internals.compile_config(net)
    net.compile("sgd", "mse")
    assert keras_internals.compile_config(net) is not before


def test_a_fresh_model_has_no_initial_epoch_and_no_strategy() -> None:
    assert not keras_internals.initial_epoch(dense_net())
    assert keras_internals.distribute_strategy(dense_net()) is None
    with tf.distribute.MirroredStrategy(["/cpu:0"]).scope():
        assert keras_internals.distribute_strategy(dense_net()) is not None


def test_layers_inside_of_layers_are_found() -> None:
    inner = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2, name="inside")])
    outer = keras.Sequential([keras.Input((6,)), inner])
    assert "inside" in {layer.name for layer in keras_internals.flatten_layers(outer)}


def test_gradients_are_clipped_as_the_optimizer_would() -> None:
    optimizer = keras.optimizers.SGD(clipvalue=0.5)
    (clipped,) = keras_internals.clip_gradients(optimizer, [tf.constant([2.0, 0.1])])
    np.testing.assert_allclose(clipped, [0.5, 0.1])


def test_what_has_weight_decay_is_told() -> None:
    optimizer = keras.optimizers.AdamW()
    kernel, bias = (keras.Variable(np.zeros(2), name=name) for name in ("kernel", "bias"))
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    optimizer.build([kernel, bias])
    assert keras_internals.uses_weight_decay(optimizer, kernel)
    assert not keras_internals.uses_weight_decay(optimizer, bias)


def test_the_loss_is_counted_by_rows() -> None:
    net = dense_net()
    keras_internals.symbolic_build(net, batch())
    keras_internals.update_loss_tracker(net, tf.constant(1.0), 3)
    keras_internals.update_loss_tracker(net, tf.constant(5.0), 1)
    assert net.get_metrics_result()["loss"] == 2.0


def test_each_loss_is_told_by_its_path_function_and_options() -> None:
    net = dense_net(loss=keras.losses.SparseCategoricalCrossentropy(ignore_class=-1))
    keras_internals.symbolic_build(net, batch())
    ((path, function, options),) = keras_internals.losses_by_path(net)
    assert path == ()
    assert function is keras.losses.sparse_categorical_crossentropy
    assert options["ignore_class"] == -1


def test_empty_hooks_and_profiling_are_told() -> None:
    class Busy(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            pass

    assert keras_internals.is_empty_hook(keras.callbacks.Callback().on_train_batch_end)
    assert not keras_internals.is_empty_hook(Busy().on_train_batch_end)
    assert not keras_internals.traces_batches(keras.callbacks.TensorBoard())
    profiled = keras.callbacks.TensorBoard(profile_batch=2)
    assert keras_internals.traces_batches(profiled)


def test_an_operation_is_repeated_with_other_inputs() -> None:
    @tf.function
    def twice(x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
        doubled = tf.bitcast(x, tf.int32)
        return tensorflow_internals.repeat_operation(doubled.op, [y])[0]

    y = tf.constant([1.0, 2.0])
    np.testing.assert_array_equal(twice(y + 1, y), tf.bitcast(y, tf.int32))


def test_what_xla_must_not_look_through_is_the_same_value() -> None:
    same = tf.function(tensorflow_internals.as_it_stands, jit_compile=True)
    np.testing.assert_array_equal(same(tf.constant([1.0, 2.0])), [1.0, 2.0])


def test_conversions_are_registered_by_name() -> None:
    assert callable(tensorflow_internals.register_conversion("NoSuchOperation"))
    with pytest.raises(KeyError, match="NoSuchOperation"):
        tensorflow_internals.convert_instead("NoSuchOperation")
    assert tensorflow_internals.Converted.stacked_input
    assert tensorflow_internals.wrap(tf.constant(1.0), True).is_stacked

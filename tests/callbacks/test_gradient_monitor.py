from __future__ import annotations

import copy
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from callbacks import GradientMonitor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 4)).astype("float32")
Y = RNG.integers(0, 3, size=32)


def build_model() -> keras.Model:
    """Return a net with everything that has state or adds to the loss."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(
                8,
                kernel_regularizer=keras.regularizers.L2(0.1),
                activity_regularizer=keras.regularizers.L2(0.1),
                name="hidden",
            ),
            keras.layers.BatchNormalization(name="norm"),
            keras.layers.Activation("relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(3, activation="softmax", name="output"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def build_linear() -> keras.Model:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="line")])
    model.compile("sgd", "mse")
    return model


def observe(model: keras.Model, monitor: GradientMonitor, epoch: int = 0) -> dict[str, Any]:
    """Return what the monitor logs for a model that is not trained."""
    logs: dict[str, Any] = {}
    monitor.set_model(model)
    monitor.on_train_begin()
    monitor.on_epoch_end(epoch, logs)
    return logs


def test_norm_of_a_line_equals_the_one_worked_by_hand() -> None:
    model = build_linear()
    model.set_weights([np.array([[1.0], [2.0]]), np.array([0.0])])
    # Predictions 1 and 4, errors 1 and 3; ∂L/∂w = mean of 2·error·x = (1, 6), ∂L/∂b = 4.
    x, y = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([[0.0], [1.0]])

    logs = observe(model, GradientMonitor(x, y))

    assert logs == {"gradient_norm/line": pytest.approx(np.sqrt(1 + 36 + 16))}


def test_weights_of_samples_count_as_in_training() -> None:
    model = build_linear()
    model.set_weights([np.array([[1.0], [2.0]]), np.array([0.0])])
    # As above with the second error weighed twice: ∂L/∂w = (1, 12), ∂L/∂b = 1 + 6.
    x, y = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([[0.0], [1.0]])

    logs = observe(model, GradientMonitor(x, y, sample_weight=np.array([1.0, 2.0])))

    assert logs == {"gradient_norm/line": pytest.approx(np.sqrt(1 + 144 + 49))}
    with pytest.raises(ValueError, match="sample_weight=\\(3,\\) float64"):
        GradientMonitor(x, y, sample_weight=np.ones(3))


def test_norms_are_those_of_the_next_training_step() -> None:
    # Plain gradient descent with rate 1 moves each weight by minus its gradient. The step
    # includes regularization, batch statistics and the dropout mask of that moment.
    model = build_model()
    model.optimizer.learning_rate = 1.0
    layers = [model.get_layer(name) for name in ("hidden", "norm", "output")]

    logs = observe(model, GradientMonitor(X, Y))
    before = [[v.numpy() for v in layer.trainable_variables] for layer in layers]
    model.train_on_batch(X, Y)

    for layer, old in zip(layers, before, strict=True):
        steps = [v.numpy() - w for v, w in zip(layer.trainable_variables, old, strict=True)]
        norm = np.sqrt(sum(np.sum(step**2) for step in steps))
        assert logs[f"gradient_norm/{layer.name}"] == pytest.approx(norm, rel=1e-4)


def test_penalty_on_the_weights_counts() -> None:
    model = build_linear()
    model.get_layer("line").kernel.regularizer = keras.regularizers.L2(0.5)
    model.set_weights([np.array([[3.0], [4.0]]), np.array([0.0])])

    logs = observe(model, GradientMonitor(np.zeros((2, 2)), np.zeros((2, 1))))

    assert logs["gradient_norm/line"] == pytest.approx(5.0)  # 2 · .5 · ‖(3, 4)‖


def test_training_gives_the_same_numbers_with_and_without() -> None:
    def train(callbacks: list[Any]) -> tuple[dict[str, Any], list[np.ndarray]]:
        model = build_model()
        history = model.fit(X, Y, batch_size=8, epochs=3, verbose=0, callbacks=callbacks).history
        return history, [v.numpy() for v in model.variables]

    plain, plain_state = train([])
    watched, watched_state = train([GradientMonitor(X[:8], Y[:8])])

    assert watched["loss"] == plain["loss"]
    assert watched["accuracy"] == plain["accuracy"]
    # Moving statistics, seed generators and the optimizer's variables included.
    for with_it, without in zip(watched_state, plain_state, strict=True):
        np.testing.assert_array_equal(with_it, without)


def test_looking_changes_no_variable() -> None:
    model = build_model()
    model.fit(X, Y, verbose=0)
    before = [v.numpy() for v in model.variables + model.metrics_variables]

    observe(model, GradientMonitor(X, Y))

    after = [v.numpy() for v in model.variables + model.metrics_variables]
    for new, old in zip(after, before, strict=True):
        np.testing.assert_array_equal(new, old)


def test_history_and_table_hold_the_norms_of_every_epoch() -> None:
    monitor = GradientMonitor(X, Y)

    history = (
        build_model().fit(X, Y, epochs=5, initial_epoch=2, verbose=0, callbacks=[monitor]).history
    )

    table = monitor.table
    names = ["gradient_norm/hidden", "gradient_norm/norm", "gradient_norm/output"]
    assert list(table) == ["epoch", *names]
    np.testing.assert_array_equal(table["epoch"], [2, 3, 4])
    for name in names:
        assert table[name].tolist() == history[name]
        assert len(set(history[name])) == 3


def test_table_is_empty_before_training() -> None:
    assert GradientMonitor(X, Y).table["epoch"].shape == (0,)


def test_layer_without_way_to_the_loss_has_norm_zero() -> None:
    inputs = keras.Input((2,))
    stopped = keras.layers.Lambda(tf.stop_gradient)(keras.layers.Dense(2, name="cut")(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1, name="end")(stopped))
    model.compile("sgd", "mse")

    logs = observe(model, GradientMonitor(np.ones((2, 2)), np.zeros((2, 1))))

    assert logs["gradient_norm/cut"] == 0
    assert logs["gradient_norm/end"] > 0


def test_frozen_layers_have_no_column() -> None:
    model = build_model()
    model.get_layer("hidden").trainable = False
    model.compile("sgd", "sparse_categorical_crossentropy")

    assert set(observe(model, GradientMonitor(X, Y))) == {
        "gradient_norm/norm",
        "gradient_norm/output",
    }


def test_repeated_rows_of_an_embedding_are_added_up() -> None:
    model = keras.Sequential(
        [
            keras.Input((2,), dtype="int32"),
            keras.layers.Embedding(3, 1, embeddings_initializer="zeros", name="words"),
            keras.layers.Flatten(),
            keras.layers.Dense(1, kernel_initializer="ones", use_bias=False),
        ]
    )
    model.compile("sgd", "mse")

    logs = observe(model, GradientMonitor(np.array([[1, 1]]), np.array([[1.0]])))

    assert logs["gradient_norm/words"] == pytest.approx(4.0)  # 2 · error 1 · two uses of a row


def test_variable_shared_by_two_layers_counts_in_both() -> None:
    shared = keras.layers.Dense(2, name="shared")
    inner = keras.Sequential([keras.Input((2,)), shared], name="inner")
    inputs = keras.Input((2,))
    model = keras.Model(inputs, shared(inner(inputs)))
    model.compile("sgd", "mse")

    logs = observe(model, GradientMonitor(np.ones((4, 2)), np.zeros((4, 2))))

    assert logs["gradient_norm/shared"] == logs["gradient_norm/inner"] > 0


def test_several_inputs_and_outputs_work_before_the_first_fit() -> None:
    a, b = keras.Input((2,), name="a"), keras.Input((3,), name="b")
    joined = keras.layers.Concatenate()([a, b])
    outputs = [
        keras.layers.Dense(1, name="left")(joined),
        keras.layers.Dense(1, name="right")(joined),
    ]
    model = keras.Model([a, b], outputs)
    model.compile("sgd", ["mse", "mse"])
    x, y = [np.ones((4, 2)), np.ones((4, 3))], [np.zeros((4, 1)), np.ones((4, 1))]

    logs = observe(model, GradientMonitor(x, y))
    history = model.fit(x, y, verbose=0, callbacks=[GradientMonitor(x, y)]).history

    assert set(logs) == {"gradient_norm/left", "gradient_norm/right"}
    assert history["loss"] == pytest.approx([history["left_loss"][0] + history["right_loss"][0]])


def test_pixels_may_be_raw_integers() -> None:
    model = keras.Sequential(
        [
            keras.Input((2, 2, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(2, 2),
            keras.layers.Flatten(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")

    logs = observe(model, GradientMonitor(np.full((3, 2, 2, 1), 255, "uint8"), np.zeros(3, int)))

    assert all(norm > 0 for norm in logs.values())


def test_new_training_begins_with_an_empty_table_and_its_own_model() -> None:
    monitor = GradientMonitor(X, Y)
    first = observe(build_model(), monitor)
    other = build_model()
    other.get_layer("output").kernel.assign_add(np.ones((8, 3)) * [1, 0, 0])

    second = observe(other, monitor)

    assert len(monitor.table["epoch"]) == 1
    assert second["gradient_norm/output"] != first["gradient_norm/output"]


def test_copy_of_a_used_monitor_follows_another_model() -> None:
    monitor = GradientMonitor(X, Y)
    observe(build_model(), monitor)

    twin = copy.deepcopy(monitor)

    assert twin.table["gradient_norm/hidden"] == monitor.table["gradient_norm/hidden"]
    other = build_model()
    other.get_layer("output").kernel.assign_add(np.ones((8, 3)) * [1, 0, 0])
    assert observe(other, twin) == observe(other, GradientMonitor(X, Y))


def test_gradient_function_is_traced_once() -> None:
    monitor = GradientMonitor(X, Y)
    model = build_model()
    model.fit(X, Y, epochs=4, verbose=0, callbacks=[monitor])

    assert monitor._norms is not None
    assert monitor._norms.experimental_get_tracing_count() == 1  # type: ignore[attr-defined]


def test_model_that_is_not_compiled_is_refused() -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])

    with pytest.raises(ValueError, match=r"not compiled. Call model.compile"):
        observe(model, GradientMonitor(X, Y))


def test_model_without_weights_is_refused() -> None:
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")

    with pytest.raises(ValueError, match="not built"):
        observe(model, GradientMonitor(X, Y))


def test_model_with_nothing_to_train_is_refused() -> None:
    model = build_model()
    model.trainable = False

    with pytest.raises(ValueError, match="no layer to train"):
        observe(model, GradientMonitor(X, Y))


@pytest.mark.parametrize(
    ("x", "y", "shape"),
    [
        (X[:, :3], Y, "(32, 3)"),
        (X, np.eye(2)[Y % 2][:, None], "(32, 1, 2)"),
        (X, Y + 1, "(32,)"),
    ],
    ids=["inputs", "targets", "labels out of range"],
)
def test_batch_that_does_not_fit_the_model_is_refused_before_training(
    x: np.ndarray, y: np.ndarray, shape: str
) -> None:
    with pytest.raises(ValueError, match=r"input shape \(None, 4\)") as caught:
        observe(build_model(), GradientMonitor(x, y))

    assert shape in str(caught.value)


@pytest.mark.parametrize(("x", "y"), [(X, Y[:-1]), (X[:0], Y[:0]), (1.0, 2.0)])
def test_batch_without_a_target_for_each_sample_is_refused(x: Any, y: Any) -> None:
    with pytest.raises(ValueError, match="one target for each sample and at least one sample"):
        GradientMonitor(x, y)

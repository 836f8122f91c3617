from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

from callbacks import StepDecay
from models import blocks, build_mlp, fit, fit_replicas, redraw_mlp
from models.stackable import updates_elementwise
from models.stacked_model import StackedModel

from .nets import (
    assert_same_history,
    assert_same_weights,
    batch_norm_convnet,
    compiled,
    dense_net,
    penalized_net,
    table,
)

SEEDS = [3, 4, 5]


def normalized_net(seed, x_train):
    """Batch norm, dropout, clipping and statistics of the replica's own rows, at once."""
    keras.utils.set_random_seed(seed)
    scale = layers.Normalization()
    scale.adapt(x_train)
    net = keras.Sequential(
        [
            keras.Input((6,)),
            scale,
            layers.Dense(5, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dropout(0.3, seed=seed),
            layers.Dense(3, activation="softmax"),
        ]
    )
    return compiled(net, optimizer=keras.optimizers.Adam(0.01, global_clipnorm=0.1))


def penalized(seed, x_train):
    return penalized_net(seed)


def dense(seed, x_train):
    return dense_net(seed)


WITH_XLA_SLOWLY = pytest.mark.parametrize(
    "jit_compile", [False, pytest.param(True, marks=pytest.mark.slow)]
)


@pytest.mark.parametrize(
    ("build", "jit_compile"),
    [
        pytest.param(penalized, False, marks=pytest.mark.slow),
        pytest.param(penalized, True, marks=pytest.mark.slow),
        (normalized_net, False),
        pytest.param(normalized_net, True, marks=pytest.mark.slow),
    ],
)
def test_each_replica_equals_the_same_training_done_alone(build, jit_compile):
    x, y = table(60)
    # The last batch of the first two replicas has 4 rows, that of the third has 7.
    row_sets = [np.arange(36), np.arange(10, 46), np.arange(0, 39)]
    validation_sets = [np.arange(36, 60), np.arange(0, 10), np.arange(39, 60)]
    replicas = fit_replicas(
        build,
        x,
        y,
        seeds=SEEDS,
        epochs=3,
        batch_size=8,
        row_sets=row_sets,
        validation_row_sets=validation_sets,
        jit_compile=jit_compile,
    )
    for replica in (1, 2):
        seed, rows, others = SEEDS[replica], row_sets[replica], validation_sets[replica]
        alone = build(seed, x[rows])
        history = fit(
            alone,
            x[rows],
            y[rows],
            epochs=3,
            batch_size=8,
            validation_data=(x[others], y[others]),
            seed=seed,
            jit_compile=jit_compile,
        ).history
        of_replica = {name: values[replica] for name, values in replicas.history.items()}
        assert_same_history(of_replica, history)
        assert_same_weights(replicas.weights(replica), alone.get_weights())
        expected = alone.predict(x, verbose=0)
        np.testing.assert_allclose(replicas.predict(x)[replica], expected, atol=2e-6)
        handed_back = replicas.model(replica)
        np.testing.assert_allclose(handed_back.predict(x, verbose=0), expected, atol=2e-6)
        assert handed_back.compiled


def test_replicas_on_all_rows_share_one_validation_set():
    x, y = table()
    x_val, y_val = table(21)
    replicas = fit_replicas(
        dense, x, y, seeds=SEEDS, epochs=2, batch_size=64, validation_data=(x_val, y_val)
    )
    assert len(replicas) == 3
    alone = dense_net(5)
    history = fit(
        alone, x, y, epochs=2, batch_size=64, seed=5, validation_data=(x_val, y_val)
    ).history
    assert_same_history({name: v[2] for name, v in replicas.history.items()}, history)


@pytest.mark.slow
def test_a_replica_handed_back_trains_on_as_if_it_had_been_alone():
    x, y = table()
    handed_back = fit_replicas(dense, x, y, seeds=SEEDS, epochs=3).model(1)
    alone = dense_net(SEEDS[1])
    fit(alone, x, y, epochs=5, seed=SEEDS[1])
    fit(handed_back, x, y, initial_epoch=3, epochs=5, seed=SEEDS[1])
    assert_same_weights(handed_back.get_weights(), alone.get_weights())


def test_rows_can_keep_their_order():
    x, y = table()
    replicas = fit_replicas(dense, x, y, seeds=[0], epochs=2, shuffle=False)
    alone = dense_net(0)
    alone.fit(x, y, epochs=2, shuffle=False, verbose=0)
    assert_same_weights(replicas.weights(0), alone.get_weights())


def test_replicas_of_unlike_seeds_differ_and_of_like_seeds_do_not():
    x, y = table()
    history = fit_replicas(dense, x, y, seeds=[1, 1, 2], epochs=2).history["loss"]
    assert (history[0] == history[1]).all()
    assert (history[0] != history[2]).any()


def test_progress_is_told_after_every_epoch():
    x, y = table()
    told = []
    replicas = fit_replicas(
        dense, x, y, seeds=SEEDS, epochs=2, on_epoch_end=lambda e, logs: told.append((e, logs))
    )
    assert [epoch for epoch, _ in told] == [0, 1]
    np.testing.assert_array_equal(told[1][1]["loss"], replicas.history["loss"][:, 1])


@pytest.mark.parametrize("rows", [pytest.param(40, marks=pytest.mark.slow), 43])
@pytest.mark.parametrize("jit_compile", [pytest.param(False, marks=pytest.mark.slow), True])
def test_full_and_partial_last_batches_are_trained_on(rows, jit_compile):
    x, y = table(rows)
    replicas = fit_replicas(
        penalized, x, y, seeds=SEEDS, epochs=2, batch_size=8, jit_compile=jit_compile
    )
    alone = penalized_net(4)
    history = fit(alone, x, y, epochs=2, batch_size=8, seed=4).history
    assert_same_history({name: v[1] for name, v in replicas.history.items()}, history)
    assert_same_weights(replicas.weights(1), alone.get_weights())


@pytest.mark.slow
def test_replicas_with_batch_norm_equal_the_same_training_done_alone():
    def build(seed, x_train):
        return build_mlp((6,), (5, 4), 3, batch_norm=True, dropout=0.2, seed=seed)

    x, y = table()
    replicas = fit_replicas(build, x, y, seeds=SEEDS, epochs=3)
    alone = build(4, x)
    fit(alone, x, y, epochs=3, seed=4)
    assert_same_weights(replicas.weights(1), alone.get_weights())


DECAY = StepDecay(milestones=[1, 3])


@WITH_XLA_SLOWLY
def test_a_rate_by_epoch_equals_the_callback(jit_compile):
    x, y = table()
    replicas = fit_replicas(
        penalized,
        x,
        y,
        seeds=SEEDS,
        epochs=4,
        validation_data=(x, y),
        learning_rate_at=DECAY.rate_at,
        jit_compile=jit_compile,
    )
    alone = penalized_net(5)
    history = fit(alone, x, y, epochs=4, validation_data=(x, y), callbacks=[DECAY], seed=5).history
    assert_same_history({name: v[2] for name, v in replicas.history.items()}, history)
    assert_same_weights(replicas.weights(2), alone.get_weights())
    rates = np.broadcast_to([1e-3, 1e-4, 1e-4, 1e-5], (3, 4))
    np.testing.assert_allclose(replicas.history["learning_rate"], rates, rtol=1e-6)
    assert replicas.model(2).optimizer.learning_rate.numpy() == np.float32(
        history["learning_rate"][3]
    )


def test_a_rate_by_epoch_is_set_without_tracing_again(monkeypatch):
    traced = []
    original = StackedModel._train_step

    def counted(self, *arguments):
        traced.append(self)
        return original(self, *arguments)

    monkeypatch.setattr(StackedModel, "_train_step", counted)
    fit_replicas(
        dense,
        *table(),
        seeds=SEEDS,
        epochs=5,
        learning_rate_at=lambda epoch, rate: rate / (1 + epoch),
    )
    assert len(traced) == 1


def test_without_a_rate_by_epoch_the_history_has_no_rate():
    assert "learning_rate" not in fit_replicas(dense, *table(), seeds=[0], epochs=1).history


def test_a_schedule_of_the_optimizers_own_is_refused_beside_a_rate_by_epoch():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    with pytest.raises(ValueError, match=r"learning_rate_at.*LearningRateSchedule"):
        fit_replicas(
            refused(lambda: dense_net(optimizer=keras.optimizers.Adam(schedule))),
            *table(),
            seeds=[0],
            epochs=1,
            learning_rate_at=DECAY.rate_at,
        )


def test_true_from_on_epoch_end_ends_the_training_after_that_epoch():
    x, y = table()
    stopped = fit_replicas(
        dense, x, y, seeds=SEEDS, epochs=9, on_epoch_end=lambda epoch, logs: epoch == 1
    )
    two_epochs = fit_replicas(dense, x, y, seeds=SEEDS, epochs=2)
    assert stopped.history["loss"].shape == (3, 2)
    for replica in range(3):
        assert_same_weights(stopped.weights(replica), two_epochs.weights(replica), atol=0)


def broken_start(seed, x_train):
    """A net whose first kernel is huge for seed 4, so that its loss overflows at once."""
    net = dense_net(seed, optimizer=keras.optimizers.Adam(0.01, global_clipnorm=1.0))
    if seed == 4:
        net.set_weights([np.full_like(weights, 3e38) for weights in net.get_weights()])
    return net


def fine_start(seed, x_train):
    return dense_net(seed, optimizer=keras.optimizers.Adam(0.01, global_clipnorm=1.0))


@WITH_XLA_SLOWLY
def test_a_replica_that_diverges_leaves_the_others_as_they_are(jit_compile):
    x, y = table()
    arguments = {"seeds": SEEDS, "epochs": 3, "jit_compile": jit_compile}
    sound = fit_replicas(fine_start, x, y, validation_data=(x, y), **arguments)
    broken = fit_replicas(broken_start, x, y, validation_data=(x, y), **arguments)
    assert np.isnan(broken.history["loss"][1]).all()
    assert np.isnan(broken.history["val_loss"][1]).all()
    assert np.isnan(broken.weights(1)[0]).any()
    for replica in (0, 2):
        for name, values in sound.history.items():
            np.testing.assert_array_equal(broken.history[name][replica], values[replica])
        assert_same_weights(broken.weights(replica), sound.weights(replica), atol=0)
    np.testing.assert_array_equal(broken.predict(x)[[0, 2]], sound.predict(x)[[0, 2]])


def test_a_nan_among_the_weights_of_one_replicas_rows_leaves_the_others_as_they_are():
    x, y = table()
    row_sets = [np.arange(0, 30), np.arange(20, 50), np.arange(0, 32)]
    given: dict[str, Any] = dict(seeds=SEEDS, epochs=3, batch_size=16, row_sets=row_sets)
    weights = np.ones(len(x))
    sound = fit_replicas(dense, x, y, sample_weight=weights, **given)
    weights[40] = np.nan
    broken = fit_replicas(dense, x, y, sample_weight=weights, **given)
    assert np.isnan(broken.history["loss"][1]).all()
    for replica in (0, 2):
        np.testing.assert_array_equal(
            broken.history["loss"][replica], sound.history["loss"][replica]
        )
        assert_same_weights(broken.weights(replica), sound.weights(replica), atol=0)


class OwnOptimizer(keras.optimizers.SGD):
    """Steps by the sign of the gradient, element by element."""

    def update_step(self, gradient, variable, learning_rate):
        self.assign_sub(variable, keras.ops.sign(gradient) * learning_rate)


class OwnRate(OwnOptimizer):
    """Asks for its rate instead of taking the one it is given."""

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient, variable, self.learning_rate)


class SharedStep(OwnOptimizer):
    """A step for all elements of a variable together."""

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(keras.ops.mean(gradient) * gradient, variable, learning_rate)


class Forgetful(OwnOptimizer):
    """Keras cannot make it again: its `get_config` lacks an argument."""

    def __init__(self, power, **options):
        super().__init__(**options)


def test_an_optimizer_that_asks_for_its_rate_gets_that_of_the_epoch():
    x, y = table()

    def losses(kind):
        def build(seed, x_train):
            return dense_net(seed, optimizer=kind(0.01))

        return fit_replicas(
            build, x, y, seeds=SEEDS, epochs=3, learning_rate_at=lambda epoch, rate: rate / 2**epoch
        ).history["loss"]

    np.testing.assert_allclose(losses(OwnRate), losses(OwnOptimizer), rtol=1e-6)


def test_an_optimizer_of_ones_own_trains_replicas_as_it_trains_one():
    x, y = table()
    together = fit_replicas(
        lambda seed, x_train: dense_net(seed, optimizer=OwnOptimizer(0.01)),
        x,
        y,
        seeds=SEEDS,
        epochs=3,
        batch_size=16,
    )
    alone = dense_net(SEEDS[1], optimizer=OwnOptimizer(0.01))
    history = fit(alone, x, y, epochs=3, batch_size=16, seed=SEEDS[1]).history
    np.testing.assert_allclose(together.history["loss"][1], history["loss"], rtol=1e-5)
    assert_same_weights(together.weights(1), alone.get_weights(), atol=1e-5)


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adagrad", "Adadelta", "Adam", "AdamW",
                                  "Adamax", "Nadam", "Ftrl", "Lion"])  # fmt: skip
def test_optimizers_that_work_element_by_element_are_told(name):
    optimizer = getattr(keras.optimizers, name)()
    before = optimizer.get_config()
    assert updates_elementwise(optimizer)
    assert optimizer.get_config() == before
    assert not optimizer.built


@pytest.mark.parametrize("name", ["Lamb", "Adafactor", "Muon"])
def test_optimizers_that_look_at_a_whole_variable_are_told(name):
    assert not updates_elementwise(getattr(keras.optimizers, name)())


def refused(net):
    return lambda seed, x_train: net()


UNLIKE = {
    "rates": lambda place: keras.optimizers.SGD([0.3, 0.03, 0.003][place]),
    "momentum": lambda place: keras.optimizers.SGD(0.1, momentum=[0.0, 0.5, 0.9][place]),
    "betas": lambda place: keras.optimizers.Adam(0.01, [0.5, 0.9, 0.95][place], epsilon=1e-3),
    "rho": lambda place: keras.optimizers.RMSprop(0.01, rho=[0.5, 0.9, 0.99][place], momentum=0.3),
    "decay": lambda place: keras.optimizers.AdamW(
        [0.1, 0.01, 0.02][place], [0.3, 0.1, 0.01][place]
    ),
    "schedule": lambda place: keras.optimizers.SGD(
        keras.optimizers.schedules.ExponentialDecay(0.5, 3, 0.8), momentum=[0.9, 0.1, 0.5][place]
    ),
}
QUICK = {"decay", "schedule"}
"""The rate, a decay, the momentum and a schedule; tried in every run of the tests."""


@pytest.mark.parametrize(
    ("name", "jit_compile"),
    [
        *(
            pytest.param(name, False, marks=[] if name in QUICK else pytest.mark.slow)
            for name in UNLIKE
        ),
        pytest.param("betas", True, marks=pytest.mark.slow),
        pytest.param("decay", True, marks=pytest.mark.slow),
    ],
)
def test_replicas_with_unlike_settings_equal_the_same_trainings_done_alone(name, jit_compile):
    x, y = table()

    def build(seed, x_train, place):
        return dense_net(seed=seed, optimizer=UNLIKE[name](place))

    replicas = fit_replicas(
        build, x, y, seeds=SEEDS, settings=range(3), epochs=4, jit_compile=jit_compile
    )
    for place, seed in enumerate(SEEDS):
        alone = build(seed, x, place)
        history = fit(alone, x, y, epochs=4, seed=seed).history
        assert_same_history({k: v[place] for k, v in replicas.history.items()}, history)
        assert_same_weights(replicas.weights(place), alone.get_weights())
        if place == 1:  # Neither the first nor the last, which any mistake would hand back.
            handed_back = replicas.model(place)
            fit(handed_back, x, y, epochs=6, initial_epoch=4, seed=seed)
            fit(alone, x, y, epochs=6, initial_epoch=4, seed=seed)
            assert_same_weights(handed_back.get_weights(), alone.get_weights())


def penalized_and_dropped(seed, x_train, penalty, rate):
    keras.utils.set_random_seed(seed)
    net = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8, "relu", kernel_regularizer=keras.regularizers.L1L2(0.01, penalty)),
            layers.Dropout(rate, seed=seed),
            layers.Dense(3, "softmax", activity_regularizer=keras.regularizers.L2(penalty)),
        ]
    )
    return compiled(net)


@pytest.mark.parametrize(
    "rates", [pytest.param([0.2, 0.2, 0.2], marks=pytest.mark.slow), [0.2, 0.5, 0.0001]]
)
def test_replicas_with_unlike_penalties_and_dropout_equal_the_same_trainings_alone(rates):
    x, y = table()

    def build(seed, x_train, setting):
        return penalized_and_dropped(seed, x_train, *setting)

    settings = list(zip([0.0, 0.02, 0.3], rates, strict=True))
    replicas = fit_replicas(build, x, y, seeds=SEEDS, settings=settings, epochs=4)
    for place, (seed, setting) in enumerate(zip(SEEDS, settings, strict=True)):
        alone = build(seed, x, setting)
        history = fit(alone, x, y, epochs=4, seed=seed).history
        assert_same_history({k: v[place] for k, v in replicas.history.items()}, history)
        handed_back = replicas.model(place)
        assert handed_back.layers[1].rate == setting[1]
        assert_same_weights(handed_back.get_weights(), alone.get_weights())


def two_inputs_net(seed, x_train):
    keras.utils.set_random_seed(seed)
    inputs = {k: keras.Input((n,), name=k) for k, n in (("wide", 4), ("narrow", 2))}
    joined = layers.Concatenate()([inputs["wide"], inputs["narrow"]])
    hidden = layers.Dense(5, "tanh")(joined)
    outputs = {"class": layers.Dense(3, "softmax")(hidden), "size": layers.Dense(1)(hidden)}
    net = keras.Model(inputs, outputs)
    net.compile("adam", {"class": "sparse_categorical_crossentropy", "size": "mse"})
    return net


def test_several_inputs_and_outputs_with_weights_equal_the_same_training_alone():
    x, y = table()
    rows = {"wide": x[:, :4], "narrow": x[:, 4:]}
    targets = {"class": y, "size": x[:, :1]}
    weights = {"class": np.linspace(0.1, 2, len(x)), "size": np.linspace(1, 0, len(x))}
    given: dict[str, Any] = dict(
        sample_weight=weights, epochs=3, validation_data=(rows, targets, weights)
    )
    replicas = fit_replicas(two_inputs_net, rows, targets, seeds=2, **given)
    assert replicas.seeds == (0, 1)
    alone = two_inputs_net(1, rows)
    history = fit(alone, rows, targets, seed=1, **given).history
    assert_same_history({k: v[1] for k, v in replicas.history.items()}, history)
    assert_same_weights(replicas.weights(1), alone.get_weights())
    for name, values in alone.predict(rows, verbose=0).items():
        np.testing.assert_allclose(replicas.predict(rows)[name][1], values, rtol=1e-4, atol=1e-6)


@WITH_XLA_SLOWLY
def test_weighed_classes_and_data_frames_equal_the_same_training_alone(jit_compile):
    x, y = table()
    frame = pd.DataFrame(x, columns=[*"abcdef"]).assign(f=x[:, 5] > 0)
    given: dict[str, Any] = dict(class_weight={0: 3.0, 2: 0.1}, epochs=3, jit_compile=jit_compile)
    row_sets = [np.arange(40), np.arange(10, 50)]
    replicas = fit_replicas(dense, frame, y, seeds=[4, 5], row_sets=row_sets, **given)
    alone = dense_net(5)
    history = fit(alone, frame.iloc[10:], y[10:], seed=5, **given).history
    assert_same_history({k: v[1] for k, v in replicas.history.items()}, history)


def train_on(seeds, epochs, **going_on):
    def rate(epoch, initial):
        return initial / (1 + epoch)

    return fit_replicas(
        normalized_net, *table(), seeds=seeds, epochs=epochs, learning_rate_at=rate, **going_on
    )


@pytest.fixture(scope="module")
def whole_and_first():
    """A training of five epochs, and one of its first two."""
    return train_on(SEEDS, 5), train_on(SEEDS, 2)


def test_replicas_that_go_on_equal_those_that_never_stopped(tmp_path, whole_and_first):
    whole, first = whole_and_first
    np.savez(tmp_path / "state.npz", *first.state())
    with np.load(tmp_path / "state.npz") as stored:
        rest = train_on(SEEDS, 5, initial_epoch=2, state=[stored[name] for name in stored.files])
    for name, values in whole.history.items():
        np.testing.assert_array_equal(rest.history[name], values[:, 2:])
    for a, b in zip(rest.state(), whole.state(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_some_of_the_replicas_can_go_on(whole_and_first):
    whole, first = whole_and_first
    chosen = [2, 0]
    seeds = [SEEDS[place] for place in chosen]
    rest = train_on(seeds, 5, initial_epoch=2, state=first.state(chosen))
    for place, was in enumerate(chosen):
        assert_same_weights(rest.weights(place), whole.weights(was))


@pytest.mark.parametrize(
    "kind", [pytest.param({}, marks=pytest.mark.slow), {"batch_norm": True, "dropout": 0.3}]
)
def test_redrawn_replicas_equal_those_built_one_by_one(kind):
    x, y = table()
    built = []

    def build(seed, x_train):
        built.append(seed)
        return build_mlp((6,), (5, 4), 3, kernel_initializer="he_normal", seed=seed, **kind)

    one_by_one = fit_replicas(build, x, y, seeds=SEEDS, epochs=3)
    assert built == SEEDS
    redrawn = fit_replicas(build, x, y, seeds=SEEDS, epochs=3, redraw=redraw_mlp)
    assert built == [*SEEDS, SEEDS[0]]
    np.testing.assert_array_equal(redrawn.history["loss"], one_by_one.history["loss"])
    for place in range(len(SEEDS)):
        for a, b in zip(redrawn.weights(place), one_by_one.weights(place), strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_redrawn_replica_has_its_own_setting():
    x, y = table()

    def build(seed, x_train, rate):
        return build_mlp((6,), (5,), 3, optimizer=keras.optimizers.SGD(rate), seed=seed)

    def redraw(model, seed, rate):
        redraw_mlp(model, seed)
        model.optimizer.learning_rate = rate

    given: Any = {"seeds": SEEDS, "settings": [0.1, 0.0, 1.0], "epochs": 2}
    built = fit_replicas(build, x, y, **given)
    redrawn = fit_replicas(build, x, y, redraw=redraw, **given)
    np.testing.assert_array_equal(redrawn.history["loss"], built.history["loss"])
    assert len({*built.history["loss"][:, -1]}) == 3


@pytest.mark.parametrize(
    "stop", [*(pytest.param(epoch, marks=pytest.mark.slow) for epoch in (1, 3, 6)), 2, 11]
)
def test_a_stop_inside_a_block_leaves_the_weights_of_that_epoch(stop, monkeypatch):
    monkeypatch.setattr(blocks, "SECONDS", 1e9)  # 1, 1, and 10 epochs a call
    x, y = table()
    told = []

    def on_epoch_end(epoch, logs):
        told.append((epoch, float(logs["loss"][0])))
        return epoch == stop

    stopped = fit_replicas(dense, x, y, seeds=SEEDS, epochs=12, on_epoch_end=on_epoch_end)
    shorter = fit_replicas(dense, x, y, seeds=SEEDS, epochs=stop + 1)
    assert [epoch for epoch, _ in told] == list(range(stop + 1))
    assert [loss for _, loss in told] == list(stopped.history["loss"][0])
    np.testing.assert_array_equal(stopped.history["loss"], shorter.history["loss"])
    for place in range(len(SEEDS)):
        assert_same_weights(stopped.weights(place), shorter.weights(place))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (refused(lambda: dense_net(optimizer=keras.optimizers.Lamb())), "Lamb"),
        (refused(lambda: dense_net(optimizer=SharedStep())), "SharedStep does not update each"),
        (refused(lambda: dense_net(optimizer=Forgetful(2))), "Forgetful cannot be made again"),
        (
            refused(lambda: dense_net(optimizer=keras.optimizers.SGD(loss_scale_factor=8.0))),
            "SGD scales the loss",
        ),
        (
            lambda seed, x: compiled(keras.Sequential([keras.Input((6,)), layers.Dense(seed)])),
            "same architecture",
        ),
        (
            lambda seed, x: compiled(
                keras.Sequential([keras.Input((6,)), layers.Dense(3, ["relu", "tanh"][seed % 2])])
            ),
            "Dense.activation': .'tanh', 'relu'.",
        ),
        (
            lambda seed, x: dense_net(seed, optimizer=keras.optimizers.SGD(nesterov=seed > 3)),
            "as numbers only. Got {'nesterov'",
        ),
        (refused(lambda: keras.Sequential([keras.Input((6,)), layers.Dense(3)])), "compile"),
    ],
)
def test_what_cannot_be_stacked_is_refused(build, message):
    x, y = table()
    with pytest.raises(ValueError, match=message):
        fit_replicas(build, x, y, seeds=SEEDS, epochs=1)


def test_a_convnet_is_refused_by_the_names_of_its_layers():
    with pytest.raises(ValueError, match="Conv2D"):
        fit_replicas(
            refused(batch_norm_convnet), np.zeros((9, 8, 8, 1)), np.zeros(9), seeds=[0], epochs=1
        )


class OwnStep(keras.Model):
    def train_step(self, data):
        return super().train_step(data)


def test_a_train_step_of_ones_own_is_refused():
    def build(seed, x_train):
        inputs = keras.Input((6,))
        return compiled(OwnStep(inputs, layers.Dense(3)(inputs)))

    with pytest.raises(ValueError, match="OwnStep"):
        fit_replicas(build, *table(), seeds=[0], epochs=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"row_sets": [np.arange(5)]}, "one array of row indices for each of the 3 seeds"),
        ({"row_sets": [np.arange(32), np.arange(33), np.arange(30)]}, "same number of steps"),
        ({"seeds": []}, "at least one seed"),
        ({"epochs": 0}, "epochs"),
        (
            {"validation_data": table(), "validation_row_sets": [np.arange(3)] * 3},
            "one of the two",
        ),
        ({"epochs": 2, "initial_epoch": 2}, "more than initial_epoch"),
        ({"state": [np.zeros((2, 6, 5))]}, r"state must come from .* got \[\(2, 6, 5\)\]"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        fit_replicas(dense, *table(), **({"seeds": SEEDS, "epochs": 1} | arguments))

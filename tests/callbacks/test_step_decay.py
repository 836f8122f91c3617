from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from callbacks import StepDecay

X = np.linspace(-1, 1, 8, dtype="float32").reshape(4, 2)
Y = np.ones((4, 1), dtype="float32")


def build_model(learning_rate: Any = 0.5) -> keras.Model:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(learning_rate), "mse")
    return model


def rates(model: keras.Model, callback: StepDecay, epochs: int, initial_epoch: int = 0) -> Any:
    history = model.fit(
        X, Y, epochs=epochs, initial_epoch=initial_epoch, verbose=0, callbacks=[callback]
    )
    return history.history["learning_rate"]


def test_default_multiplies_by_a_tenth_after_30_60_and_90_epochs() -> None:
    decay = StepDecay()

    seen = [decay.rate_at(epoch, 2.0) for epoch in (0, 29, 30, 59, 60, 89, 90, 500)]

    assert seen == pytest.approx([2, 2, 0.2, 0.2, 0.02, 0.02, 0.002, 0.002], rel=1e-12)


def test_rate_is_multiplied_at_each_milestone() -> None:
    seen = rates(build_model(0.5), StepDecay(0.1, milestones=[1, 3]), epochs=5)

    assert seen == pytest.approx([0.5, 0.05, 0.05, 0.005, 0.005])


def test_rate_is_multiplied_every_n_epochs() -> None:
    seen = rates(build_model(0.8), StepDecay(0.5, every=2), epochs=7)

    assert seen == pytest.approx([0.8, 0.8, 0.4, 0.4, 0.2, 0.2, 0.1])


def test_the_optimizer_steps_with_the_rate_that_is_logged() -> None:
    model = build_model(0.5)
    model.set_weights([np.zeros((2, 1)), np.zeros(1)])
    steps = []
    watch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: steps.append(float(model.get_weights()[1][0]))
    )

    # The loss is the mean of (b − 1)² while the inputs are 0: each step is b += 2·rate·(1 − b).
    model.fit(np.zeros_like(X), Y, epochs=3, verbose=0, callbacks=[StepDecay(0.5, every=1), watch])

    assert steps[0] == pytest.approx(1.0)  # 2 · .5
    model.set_weights([np.zeros((2, 1)), np.zeros(1)])
    steps.clear()
    decay = StepDecay(0.5, every=1, initial_rate=0.25)
    model.fit(np.zeros_like(X), Y, epochs=2, verbose=0, callbacks=[decay, watch])
    assert steps == pytest.approx([0.5, 0.625])  # 2 · .25, then 2 · .125 of what is left


def test_rate_is_not_accumulated_by_multiplication() -> None:
    decay = StepDecay(0.1, every=1)

    assert decay.rate_at(7, 0.3) == 0.3 * 0.1**7


@pytest.mark.filterwarnings("ignore:StepDecay leaves")
@pytest.mark.parametrize(
    "stop", [2, 3, *(pytest.param(epoch, marks=pytest.mark.slow) for epoch in (1, 5))]
)
def test_resumed_training_in_the_same_process_has_the_rates_of_one_run(stop: int) -> None:
    decay = StepDecay(0.1, milestones=[2, 4])
    whole = rates(build_model(), decay, epochs=6)
    model = build_model()

    first = rates(model, decay, epochs=stop)
    second = rates(model, decay, epochs=6, initial_epoch=stop)

    # fit begins a new History for each call.
    assert first + second == pytest.approx(whole, rel=1e-6)


@pytest.mark.filterwarnings("ignore:StepDecay leaves")
@pytest.mark.parametrize("stop", [2, 3])
def test_loaded_model_goes_on_with_the_rates_of_one_run(stop: int, tmp_path: Path) -> None:
    model = build_model()
    rates(model, StepDecay(0.1, milestones=[2]), epochs=stop)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")

    seen = rates(loaded, StepDecay(0.1, milestones=[2, 4]), epochs=5, initial_epoch=stop)

    assert seen == pytest.approx([0.05] * (4 - stop) + [0.005], rel=1e-6)


def test_fresh_model_that_starts_late_has_the_rate_of_that_epoch() -> None:
    seen = rates(build_model(0.5), StepDecay(0.1, milestones=[2, 4]), epochs=5, initial_epoch=3)

    assert seen == pytest.approx([0.05, 0.005])


@pytest.mark.parametrize("drops", [{"milestones": [1]}, {"every": 1}])
def test_second_training_starts_from_the_rate_that_the_first_left(drops: dict[str, Any]) -> None:
    model, decay = build_model(0.5), StepDecay(0.1, **drops)
    rates(model, decay, epochs=2)

    assert rates(model, decay, epochs=2) == pytest.approx([0.05, 0.005])


@pytest.mark.parametrize("initial_epoch", [0, 3])
def test_initial_rate_overrides_the_optimizer(initial_epoch: int) -> None:
    model, decay = build_model(0.5), StepDecay(0.1, milestones=[1, 4], initial_rate=0.2)
    rates(model, decay, epochs=2)

    seen = rates(model, decay, epochs=5, initial_epoch=initial_epoch)

    assert seen == pytest.approx([0.2, 0.02, 0.02, 0.02, 0.002][initial_epoch:])


def test_what_others_change_scales_the_rates_from_there_on() -> None:
    model = build_model(0.8)
    seen = []

    def change(epoch: int, logs: Any) -> None:
        seen.append(logs["learning_rate"])
        if epoch == 1:
            model.optimizer.learning_rate = 0.1  # A quarter of the .4 of epoch 1.

    decay = StepDecay(0.5, every=1)
    watch = keras.callbacks.LambdaCallback(on_epoch_end=change)
    model.fit(X, Y, epochs=4, verbose=0, callbacks=[decay, watch])

    assert seen == pytest.approx([0.8, 0.4, 0.2 / 4, 0.1 / 4])


def test_rate_that_is_too_small_for_a_number_stays_zero() -> None:
    seen = rates(build_model(0.5), StepDecay(1e-30, every=1), epochs=4)

    assert seen == pytest.approx([0.5, 5e-31, 0, 0], rel=1e-6, abs=0)


def test_it_composes_with_reduce_lr_on_plateau() -> None:
    plateau = keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=0, min_delta=1e9)
    model = build_model(0.8)
    decay = StepDecay(0.1, milestones=[3])

    history = model.fit(X, Y, epochs=5, verbose=0, callbacks=[decay, plateau])

    # The plateau halves after each epoch but the first, which is its first best one.
    halves = [0.8, 0.8, 0.4, 0.2 / 10, 0.1 / 10]
    assert history.history["learning_rate"] == pytest.approx(halves)


@pytest.mark.parametrize("settings", [{}, {"every": 3}, {"milestones": [3, 5]}])
def test_training_that_ends_before_the_first_drop_gets_one_warning(settings: Any) -> None:
    with pytest.warns(
        UserWarning, match=r"first drop comes after \d+ epochs.*ends after 3"
    ) as seen:
        rates(build_model(), StepDecay(**settings), epochs=3)
    assert [w.category for w in seen].count(UserWarning) == 1


def test_rate_behind_loss_scaling_is_set() -> None:
    model = build_model()
    model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5)), "mse")

    assert rates(model, StepDecay(every=1), epochs=2) == pytest.approx([0.5, 0.05])


def test_schedule_is_refused_before_training_starts() -> None:
    model = build_model(keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9))
    before = model.get_weights()

    with pytest.raises(TypeError, match=r"LearningRateSchedule.*Compile the model with a float"):
        rates(model, StepDecay(), epochs=1)

    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    assert int(model.optimizer.iterations) == 0


def test_model_without_optimizer_is_refused() -> None:
    decay = StepDecay()
    decay.set_model(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))

    with pytest.raises(ValueError, match="Compile it first"):
        decay.on_train_begin()


def test_copy_of_a_used_callback_trains_another_model() -> None:
    decay = StepDecay(0.1, milestones=[1])
    rates(build_model(0.5), decay, epochs=2)

    assert rates(build_model(0.2), copy.deepcopy(decay), epochs=2) == pytest.approx([0.2, 0.02])


def test_numpy_integers_are_epochs() -> None:
    assert StepDecay(milestones=np.array([2, 5])).milestones == (2, 5)


@pytest.mark.parametrize("factor", [0, 1, -0.1, 10, math.nan])
def test_factor_outside_its_range_is_refused(factor: float) -> None:
    with pytest.raises(ValueError, match="factor must lie between 0 and 1"):
        StepDecay(factor)


@pytest.mark.parametrize("milestones", [[], [0], [-1, 3], [3, 3], [60, 30]])
def test_milestones_that_are_no_increasing_epochs_are_refused(milestones: list[int]) -> None:
    with pytest.raises(ValueError, match="milestones must be epochs of at least 1"):
        StepDecay(milestones=milestones)


@pytest.mark.parametrize("every", [0, -5])
def test_every_below_one_is_refused(every: int) -> None:
    with pytest.raises(ValueError, match="every must be epochs of at least 1"):
        StepDecay(every=every)


@pytest.mark.parametrize(
    "settings", [{"every": 2.5}, {"every": "2"}, {"milestones": [1.5]}, {"milestones": 30}]
)
def test_epochs_that_are_no_integers_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="must hold whole epochs"):
        StepDecay(**settings)


def test_every_together_with_milestones_is_refused() -> None:
    with pytest.raises(ValueError, match="not both"):
        StepDecay(every=2, milestones=[3])


@pytest.mark.parametrize("rate", [0, -1, math.inf, math.nan])
def test_initial_rate_that_is_not_positive_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="initial_rate must be a positive number"):
        StepDecay(initial_rate=rate)

from __future__ import annotations

import copy
import gzip
import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from scipy.signal import lfilter

import models
from callbacks import OverfittingMonitor
from tests.benchmarks import monitor as monitor_benchmark


def drive(
    monitor: OverfittingMonitor,
    losses: Iterable[float],
    val_losses: Iterable[float],
    first: int = 0,
) -> list[dict[str, Any]]:
    """Run the callback over given curves without a model; return the logs of each epoch."""
    losses = list(losses)
    callbacks = keras.callbacks.CallbackList(
        [monitor], epochs=first + len(losses), steps=1, verbose=0
    )
    seen: list[dict[str, Any]] = []
    callbacks.callbacks.append(
        keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs))
    )
    callbacks.on_train_begin()
    for epoch, (loss, val_loss) in enumerate(zip(losses, val_losses, strict=True), start=first):
        callbacks.on_epoch_begin(epoch)
        callbacks.on_epoch_end(epoch, {"loss": loss, "val_loss": val_loss})
    callbacks.on_train_end({})
    return seen


def turning_curves(onset: int, epochs: int, slope: float = 0.01) -> tuple[np.ndarray, np.ndarray]:
    """Return a falling training loss, and a validation loss that falls to .4, then rises."""
    epoch = np.arange(epochs)
    val_loss = 0.4 + 0.6 * np.maximum(0, 1 - epoch / onset) + slope * np.maximum(0, epoch - onset)
    return 0.1 + 0.3 * np.exp(-epoch / onset), val_loss


def follow(losses: np.ndarray, val_losses: np.ndarray) -> OverfittingMonitor:
    """Return a monitor that has seen the curves; hundreds are followed, so Keras is left out."""
    return OverfittingMonitor.of({"loss": losses, "val_loss": val_losses})


@pytest.mark.parametrize("onset", [8, 30, 200, 700])
def test_clean_overfitting_is_found_within_ten_epochs_of_its_onset(onset: int) -> None:
    monitor = follow(*turning_curves(onset, epochs=onset + 40))

    assert monitor.onset_epoch == onset
    assert monitor.found_epoch is not None
    assert monitor.found_epoch - onset <= 10


@pytest.mark.parametrize(
    ("name", "flip", "arguments"),
    [("mae", 0, {}), ("accuracy", 1, {}), ("gain", 1, {"higher_is_better": True})],
)
def test_another_pair_of_metrics_is_judged_as_the_losses_are(
    name: str, flip: int, arguments: dict[str, Any]
) -> None:
    training, validation = (abs(flip - curve) for curve in turning_curves(onset=30, epochs=70))
    history = {
        name: training,
        f"val_{name}": validation,
        "loss": [1.0] * 70,
        "val_loss": [1.0] * 70,
    }

    monitor = OverfittingMonitor.of(history, monitor=f"val_{name}", metric="none", **arguments)

    assert monitor.onset_epoch == monitor.best_epoch == 30
    told = f"1 − {name}" if flip else name
    assert f"Overfitting: the validation {told} rises from epoch 30" in monitor.report
    assert OverfittingMonitor.of(history, metric="none").onset_epoch is None


@pytest.mark.parametrize("phi", [0.0, 0.6])
def test_overfitting_in_noise_is_found_with_its_onset(phi: float) -> None:
    rng = np.random.default_rng(1)
    monitors = []
    for _ in range(20):
        losses, val_losses = turning_curves(onset=200, epochs=400)
        noise = autoregressive(rng, 400, phi)
        monitors.append(follow(losses + 0.2 * 0.02 * noise, val_losses + 0.02 * noise))

    onsets = [m.onset_epoch for m in monitors if m.onset_epoch is not None]
    delays = [m.found_epoch - 200 for m in monitors if m.found_epoch is not None]
    assert len(onsets) == 20
    assert abs(float(np.median(onsets)) - 200) <= 5
    assert min(delays) > 0
    # The rise is half a standard deviation of the noise an epoch.
    assert np.median(delays) <= 40


def autoregressive(rng: np.random.Generator, epochs: int, phi: float) -> np.ndarray:
    """Return autoregressive noise of variance 1."""
    innovations = rng.standard_normal(epochs + 100) * math.sqrt(1 - phi**2)
    return lfilter([1], [1, -phi], innovations)[100:]


def simulated_null_curves(rng: np.random.Generator, phi: float) -> tuple[np.ndarray, np.ndarray]:
    """Return noisy curves that keep improving, slowly or fast, or have flattened."""
    epochs = int(rng.choice([20 if phi < 0.8 else 100, 60, 200]))
    epoch = np.arange(epochs)
    improving = rng.choice([0.0, 0.7]) * np.exp(-epoch / (epochs * rng.choice([0.05, 0.2, 1.0])))
    sigma = rng.choice([0.003, 0.02, 0.1])
    val_loss = 0.4 + improving + sigma * autoregressive(rng, epochs, phi)
    # The training loss falls throughout, so that only the validation loss can decide.
    return 0.5 - 0.4 * epoch / epochs, val_loss


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.8])
def test_noise_raises_fewer_than_five_percent_false_alarms(phi: float) -> None:
    rng = np.random.default_rng(2)

    alarms = [follow(*simulated_null_curves(rng, phi)).onset_epoch is not None for _ in range(60)]

    assert np.mean(alarms) < 0.05


@pytest.mark.parametrize("rise", monitor_benchmark.RISES[:5], ids=str)
def test_rises_of_short_trainings_are_found(rise: monitor_benchmark.Rise) -> None:
    mean, rng = rise.mean(), np.random.default_rng(4)
    found = monitor_benchmark.read_curves(
        mean + rise.noise * rng.standard_normal((60, rise.epochs)), strictness=1
    )

    assert np.mean(np.isfinite(found)) >= 0.9
    assert np.nanmin(found) > mean.argmin()
    if rise.slope >= 2:
        assert np.nanmedian(found) - mean.argmin() <= 7


@pytest.mark.parametrize("epochs", [10, 20, 50])
@pytest.mark.parametrize("noise", ["φ = 0.0", "φ = 0.5", "heavy tails", "growing", "step decay"])
def test_short_trainings_raise_few_false_alarms(noise: str, epochs: int) -> None:
    losses = monitor_benchmark.NOISES[noise](np.random.default_rng(5), 60, epochs)

    found = monitor_benchmark.read_curves(losses, strictness=1)

    assert np.mean(np.isfinite(found)) <= 0.05


def test_less_strict_finds_more() -> None:
    rng = np.random.default_rng(6)
    losses = monitor_benchmark.RISES[2].mean() + 0.015 * rng.standard_normal((60, 20))

    shares = [
        float(np.mean(np.isfinite(monitor_benchmark.read_curves(losses, strictness))))
        for strictness in (0.3, 1.0, 3.0)
    ]

    assert shares[0] > shares[1] + 0.1 > shares[2] + 0.1


def test_bursts_that_are_over_raise_no_alarm() -> None:
    losses = monitor_benchmark.NOISES["three bursts of 5 epochs"](np.random.default_rng(7), 25, 200)

    assert np.isfinite(monitor_benchmark.read_curves(losses, strictness=1)).sum() <= 1


def test_huge_rise_is_found_in_eight_epochs() -> None:
    monitor = follow(np.linspace(1, 0.1, 8), np.geomspace(1, 50, 8))

    assert (monitor.onset_epoch, monitor.best_epoch) == (0, 0)


def test_what_too_few_epochs_cannot_tell_is_said() -> None:
    assert follow(np.ones(5), np.arange(5.0)).report.startswith("Too few epochs to tell: 5 seen")
    assert "so few that only a steep rise shows" in follow(np.ones(8), np.ones(8)).report


def test_outliers_raise_no_alarm() -> None:
    rng = np.random.default_rng(3)
    alarms = []
    for _ in range(20):
        val_losses = 0.4 + 0.02 * rng.standard_normal(500)
        val_losses += 0.4 * rng.random(500) * (rng.random(500) < 0.05)
        alarms.append(follow(np.linspace(0.5, 0.1, 500), val_losses).onset_epoch)

    assert sum(alarm is not None for alarm in alarms) <= 1


def test_rise_below_one_percent_is_not_reported() -> None:
    losses, _ = turning_curves(30, 100)
    val_losses = 0.4 + np.maximum(0, 30 - np.arange(100)) / 50
    val_losses[30:] += 0.0039 * (1 - np.exp(-np.arange(70) / 5))

    assert follow(losses, val_losses).onset_epoch is None


def test_divergence_of_both_losses_is_not_overfitting() -> None:
    _, val_losses = turning_curves(30, 100)

    monitor = follow(val_losses - 0.1, val_losses)

    assert (monitor.onset_epoch, monitor.diverging_epoch) == (None, 30)
    assert monitor.report.startswith("Diverging: both losses rise from epoch 30 on")
    assert "a lower learning rate" in monitor.report


def test_double_descent_takes_the_finding_back() -> None:
    losses, rising = turning_curves(30, 60)
    val_losses = np.concatenate([rising, np.linspace(rising[-1], 0.2, 60)])
    losses = np.concatenate([losses, np.full(60, losses[-1])])

    monitor = follow(losses, val_losses)

    assert (monitor.onset_epoch, monitor.found_epoch, monitor.best_epoch) == (None, None, 119)
    assert monitor.taken_back_epoch is not None
    assert f"again at epoch {monitor.taken_back_epoch} (double descent)" in monitor.report
    again = follow(
        np.append(losses, np.full(30, 0.1)), np.append(val_losses, np.linspace(0.2, 0.6, 30))
    )
    assert again.onset_epoch == 119


def test_memorized_training_set_whose_loss_stays_zero_still_overfits() -> None:
    _, val_losses = turning_curves(30, 60)

    assert follow(np.maximum(0, 1 - np.arange(60) / 20), val_losses).onset_epoch == 30


@pytest.mark.parametrize("losses", [[], [0.5], [0.3] * 50])
def test_short_and_constant_curves_are_no_overfitting(losses: list[float]) -> None:
    monitor = follow(np.array(losses), np.array(losses))

    assert monitor.onset_epoch is None
    assert monitor.best_epoch == (0 if losses else None)


def test_loss_of_zero_is_no_obstacle() -> None:
    val_losses = np.zeros(60)
    val_losses[40:44] = 1.0

    assert follow(np.zeros(60), val_losses).onset_epoch is None


def test_gap_is_logged_each_epoch() -> None:
    logs = drive(OverfittingMonitor(), [0.5, 0.25], [0.75, 1.0])

    assert [epoch["generalization_gap"] for epoch in logs] == [0.25, 0.75]


def test_one_warning_names_onset_best_epoch_and_remedies() -> None:
    losses, val_losses = turning_curves(30, 80)
    monitor = OverfittingMonitor()

    with pytest.warns(UserWarning, match="rises from epoch 30 on") as caught:
        drive(monitor, losses.tolist(), val_losses.tolist())

    assert len(caught) == 1
    text = str(caught[0].message)
    assert text.split(", and the last")[0] == monitor.report.split(", and the last")[0]
    for words in (
        "0.4, is that of epoch 30",
        "stop at the best epoch",
        "dropout",
        "penalty",
        "smaller",
    ):
        assert words in text


def test_report_without_overfitting_says_so() -> None:
    monitor = OverfittingMonitor()
    assert "No epoch" in monitor.report

    drive(monitor, [0.5, 0.4], [0.6, 0.5])

    assert "0.5, is that of epoch 1" in monitor.report
    longer = follow(np.linspace(1, 0.5, 20), np.linspace(1, 0.6, 20))
    assert longer.report.startswith("No overfitting found in 20 epochs; the lowest")


def test_epochs_are_those_of_the_logs_under_initial_epoch() -> None:
    losses, val_losses = turning_curves(30, 80)
    monitor = OverfittingMonitor()

    with pytest.warns(UserWarning, match="rises from epoch 130 on"):
        drive(monitor, losses.tolist(), val_losses.tolist(), first=100)

    assert (monitor.onset_epoch, monitor.best_epoch) == (130, 130)


def test_losses_that_are_not_finite_are_passed_over() -> None:
    losses, val_losses = turning_curves(30, 80)
    val_losses[[3, 28, 33]] = [math.nan, math.inf, -math.inf]
    losses[10] = math.nan

    monitor = follow(losses, val_losses)

    assert (monitor.onset_epoch, monitor.best_epoch) == (30, 30)
    assert "A loss is not finite from epoch 3 on" in monitor.report


def test_training_of_nothing_but_nan_ends_quietly() -> None:
    monitor = follow(np.full(50, math.nan), np.full(50, math.nan))

    assert (monitor.onset_epoch, monitor.best_epoch) == (None, None)


def test_epochs_without_validation_are_passed_over() -> None:
    losses, val_losses = turning_curves(30, 80)
    monitor = OverfittingMonitor()
    monitor.on_train_begin()

    def train_validating_every_third_epoch() -> None:
        for index, (loss, val_loss) in enumerate(zip(losses, val_losses, strict=True)):
            monitor.on_epoch_end(3 * index, {"loss": loss, "val_loss": val_loss})
            logs = {"loss": loss}
            monitor.on_epoch_end(3 * index + 1, logs)
            assert "generalization_gap" not in logs

    with pytest.warns(UserWarning, match="rises from epoch 90 on"):
        train_validating_every_third_epoch()

    assert (monitor.onset_epoch, monitor.best_epoch) == (90, 90)


def test_training_without_validation_data_is_refused_at_the_first_epoch() -> None:
    monitor = OverfittingMonitor()
    monitor.on_train_begin()

    with pytest.raises(ValueError, match=r"\['accuracy', 'loss'\] only. Pass validation_data"):
        monitor.on_epoch_end(0, {"loss": 0.5, "accuracy": 0.5})


def test_new_training_begins_with_an_empty_memory() -> None:
    monitor = follow(*turning_curves(30, 80))

    drive(monitor, [0.5, 0.4], [0.9, 0.8])

    assert (monitor.onset_epoch, monitor.found_epoch, monitor.best_epoch) == (None, None, 1)


def test_copy_of_a_used_monitor_gives_the_same_result() -> None:
    losses, val_losses = turning_curves(30, 80)
    monitor = OverfittingMonitor.of({"loss": losses, "val_loss": val_losses}, mode="stop")
    monitor.mode = "warn"

    twin = copy.deepcopy(monitor)

    assert twin.report == monitor.report
    with pytest.warns(UserWarning, match="rises from epoch 30 on"):
        drive(twin, losses.tolist(), val_losses.tolist())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mode": "halt"}, "mode must be one of warn, stop, record, got 'halt'"),
        ({"smallest_gap": 1.0}, "got 1.0"),
        ({"validation_rows": 0}, "at least 1, got 0"),
        ({"strictness": 0.0}, "positive number, got 0.0"),
        ({"monitor": "mae"}, 'such as "val_loss"'),
    ],
)
def test_arguments_that_cannot_be_used_are_refused(arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        OverfittingMonitor(**arguments)


def curves_with_accuracy(training: float, validation: float, epochs: int = 20) -> dict[str, Any]:
    loss, up = np.linspace(1, 0.1, epochs), np.linspace(0.1, 1, epochs)
    return {
        "loss": loss,
        "val_loss": 0.5 + loss,
        "accuracy": training * up,
        "val_accuracy": validation * up,
    }


def test_gap_is_a_finding_where_its_interval_lies_above_the_smallest() -> None:
    history = curves_with_accuracy(1.0, 0.8)
    many, few = (OverfittingMonitor.of(history, validation_rows=n) for n in (200, 5))

    assert many.gap is not None
    assert many.gap.interval is not None
    assert few.gap is not None
    assert many.gap.at_last == pytest.approx(0.2)
    assert many.gap.interval == pytest.approx((0.150, 0.261), abs=0.001)  # Wilson, by hand
    assert (many.gap.found, few.gap.found) == (True, False)
    assert many.onset_epoch is None
    assert "No rise of the validation loss found in 20 epochs" in many.report
    assert "is 1.000 on training rows and 0.800 on validation rows, 0.200 apart" in many.report
    assert "more data or augmentation, dropout" in many.report
    assert few.report.startswith("No overfitting found")
    assert OverfittingMonitor.of(history, smallest_gap=0.25).gap.found is False  # type: ignore[union-attr]


def test_without_the_metric_there_is_no_gap() -> None:
    history = curves_with_accuracy(1.0, 0.5)

    assert OverfittingMonitor.of(history, metric="auc").gap is None
    assert "Gap" not in OverfittingMonitor.of(history, metric="auc").report


def test_metric_that_is_no_share_is_refused() -> None:
    history = curves_with_accuracy(30.0, 20.0)

    with pytest.raises(ValueError, match="in 0 to 1, but accuracy is 3"):
        OverfittingMonitor.of(history)


def test_gap_alone_is_warned_of_when_training_ends() -> None:
    with pytest.warns(UserWarning, match="Gap: the accuracy of epoch 19") as caught:
        OverfittingMonitor.of(curves_with_accuracy(1.0, 0.5), mode="warn")

    assert len(caught) == 1


def test_weighted_rows_have_no_difference_of_losses() -> None:
    logs = drive(OverfittingMonitor(weighted=True), [0.5], [0.75])

    assert "generalization_gap" not in logs[0]


@pytest.mark.parametrize("weights", [None, {0: 1.0, 1: 3.0}])
def test_own_fit_tells_of_weights(weights: dict[int, float] | None) -> None:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    x, y = np.ones((4, 2), "float32"), np.array([0, 1, 0, 1])
    history = models.fit(
        model,
        x,
        y,
        epochs=1,
        validation_data=(x, y),
        class_weight=weights,
        callbacks=[OverfittingMonitor()],
    ).history

    assert ("generalization_gap" in history) == (weights is None)


def test_several_calls_of_fit_are_one_curve_where_asked_for() -> None:
    losses, val_losses = turning_curves(30, 80)
    monitor = OverfittingMonitor("record", across_fits=True)

    for start, end in ((0, 5), (5, 75), (75, 80)):
        drive(monitor, losses[start:end].tolist(), val_losses[start:end].tolist())

    assert (monitor.onset_epoch, monitor.best_epoch) == (30, 30)
    assert "is that of epoch 30" in monitor.report
    twin = OverfittingMonitor("record")
    drive(twin, losses[:5].tolist(), val_losses[:5].tolist())
    drive(twin, losses[5:].tolist(), val_losses[5:].tolist())
    assert twin.best_epoch == 25


@pytest.mark.parametrize("until", [1, 20, 38])
def test_state_put_back_goes_on_as_if_never_stopped(until: int) -> None:
    losses, val_losses = turning_curves(30, 80)
    whole = follow(losses, val_losses)
    first, second = OverfittingMonitor("record"), OverfittingMonitor("record")
    first.set_params({"epochs": 80})
    first.on_train_begin()
    for epoch in range(until):
        first.on_epoch_end(epoch, {"loss": losses[epoch], "val_loss": val_losses[epoch]})

    second.set_state(json.loads(json.dumps(first.get_state())))
    drive(second, losses[until:].tolist(), val_losses[until:].tolist(), first=until)

    assert second.report == whole.report
    assert second.found_epoch == whole.found_epoch


def test_curves_of_real_trainings_are_judged_as_recorded() -> None:
    """Histories of `labs.overfitting`, and of the augmented nets of the image labs."""
    with gzip.open(Path(__file__).parent / "curves.json.gz", "rt") as file:
        recorded = json.load(file)
    assert {curve["data"] for curve in recorded} == {"diabetes", "MNIST", "hands"}
    for curve in recorded:
        monitor = OverfittingMonitor.of(curve["history"], validation_rows=curve["rows"])
        gap = monitor.gap
        assert gap is not None
        said = {"onset": monitor.onset_epoch, "found": monitor.found_epoch, "gap": gap.found}
        assert (curve["name"], said) == (curve["name"], curve["said"])


class _Validation(keras.callbacks.Callback):
    """Replace the losses of a real training by given curves and keep each epoch's weights."""

    def __init__(self, losses: np.ndarray, val_losses: np.ndarray) -> None:
        super().__init__()
        self.curves = losses.tolist(), val_losses.tolist()
        self.weights: list[list[np.ndarray]] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        assert logs is not None
        logs["loss"], logs["val_loss"] = (curve[epoch] for curve in self.curves)
        self.weights.append(self.model.get_weights())


def train(monitor: OverfittingMonitor, onset: int, epochs: int) -> tuple[keras.Model, _Validation]:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.01), "mse")
    curves = _Validation(*turning_curves(onset, epochs))
    x = np.ones((2, 2), "float32")
    model.fit(x, x[:, :1], epochs=epochs, verbose=0, callbacks=[curves, monitor])
    return model, curves


def test_stop_ends_training_with_the_best_weights() -> None:
    monitor = OverfittingMonitor("stop")

    model, curves = train(monitor, onset=12, epochs=60)

    assert monitor.found_epoch is not None
    assert len(curves.weights) == monitor.found_epoch + 1 < 30
    assert monitor.best_epoch == 12
    for weight, best in zip(model.get_weights(), curves.weights[12], strict=True):
        np.testing.assert_array_equal(weight, best)


def test_stop_keeps_the_last_weights_where_nothing_is_found() -> None:
    monitor = OverfittingMonitor("stop")

    model, curves = train(monitor, onset=12, epochs=15)

    assert (monitor.onset_epoch, monitor.best_epoch) == (None, 12)
    np.testing.assert_array_equal(model.get_weights()[0], curves.weights[-1][0])


def test_warn_trains_to_the_end() -> None:
    with pytest.warns(UserWarning, match="rises from epoch 12 on"):
        model, curves = train(OverfittingMonitor(), onset=12, epochs=40)

    assert len(curves.weights) == 40
    np.testing.assert_array_equal(model.get_weights()[0], curves.weights[-1][0])

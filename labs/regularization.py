"""What helps a net that memorizes?

Run:   python -m labs.regularization           about 12 s on 2 cores
Smoke: python -m labs.regularization --quick   about 12 s

A net that is too large for 120 patients, with each remedy of lecture E in turn: augmentation,
dropout, a penalty on the weights, a smaller model, early stopping. What does each do to
overfitting and to the test error? And does dropout do what the slide says?

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lecture C,
딥러닝의 기초 2부: 뉴럴 네트워크의 트레이닝 방식 (Fundamentals of Deep Learning, part 2), NVIDIA
DLI; lecture E, 2022-1 교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import lazy_loader
import numpy as np
from rich.progress import track

import callbacks
import models
from labs import data, results
from labs.cli import LabConfig, run_lab
from models.by_hand import regularization

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.data import Dataset
    from labs.results import Claim, RunRecord

keras = lazy_loader.load("keras")
scipy = lazy_loader.load("scipy")

TRAINING_ROWS, BATCH_SIZE, LEARNING_RATE = 120, 32, 0.003
LARGE, SMALL = (64, 64), (8,)
# Four noisy copies made once, before training, were tried first and are memorized like the
# rows: 10 nets saved −.05 to .15 of test error and lost .005 to .048 of accuracy.
JITTER = 0.5
"""Augmentation: normal noise on each row, new in every epoch, in the features' sd."""
AS_IT_IS, STOPPED = "as it is", "early stopping"
REMEDIES: Mapping[str, dict[str, Any]] = {
    AS_IT_IS: {},
    "augmentation": {"jitter": JITTER},
    "dropout": {"dropout": 0.5},
    "penalty": {"l2": 0.01},
    "smaller model": {"hidden": SMALL},
}
"""What is changed in the net that overfits."""
STRENGTHS: Mapping[str, str] = {
    "augmentation": f"Noise of {JITTER} sd on the features, drawn anew in every epoch (a table has "
    "no shifts and turns as images have).",
    "dropout": "p = .5 after each hidden layer.",
    "penalty": "L2 with λ = .01.",
    "smaller model": "8 hidden units in place of 64 and 64.",
    STOPPED: "The epoch is that of the lowest validation error where overfitting was found.",
}
"""How strong each remedy was: round values, not tuned."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 4}

    epochs: int = 60
    """Passes over the training rows."""
    seeds: int = 10
    """Nets with each remedy, at least 2; each has its own 120 training rows."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("epochs", self.epochs >= 1, "1 or more")
        self.require("seeds", self.seeds >= 2, "2 or more")


class Nets(NamedTuple):
    """Nets with one remedy, one for each seed; errors are cross-entropies without penalty.

    Attributes:
        name: The remedy.
        history: `error`, `accuracy`, `val_error`, `val_accuracy`, `(seeds, epochs)` each.
        onsets: Epoch from which the monitor found overfitting, None where it found none.
        test_error: Cross-entropy on the test rows, `(seeds,)`.
        test_accuracy: `(seeds,)`.
        gap: Validation error minus training error, `(seeds,)`.
    """

    name: str
    history: Mapping[str, np.ndarray]
    onsets: Sequence[int | None]
    test_error: np.ndarray
    test_accuracy: np.ndarray
    gap: np.ndarray


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    record.add_claims(*check_dropout(config.seed))
    patients = data.load_diabetes()
    record.use_dataset(patients)
    nets = train_with_remedies(patients, config)
    record.add_claims(*check_remedies(nets), check_curves(nets))
    for kind in nets[:-1]:
        first = {name: values[0] for name, values in kind.history.items()}
        record.save_history(kind.name.replace(" ", "-"), first)
    record.add_findings(*conclude(nets), stop_early(patients, config))
    record.add_figures(
        curves=plot_curves(nets),
        remedies=results.plot_seeds(
            f"{patients.name}, {TRAINING_ROWS} training rows",
            "which remedy helps how much?",
            {kind.name: kind.test_error for kind in nets},
            score_name="test cross-entropy",
        ),
    )


def check_dropout(seed: int) -> Iterator[Claim]:
    """Check dropout in training and at prediction, Keras's layer against the one by hand."""
    h = np.full((1000, 200), 3.0, dtype="float32")
    rng = np.random.default_rng(seed)
    holds, shares = True, []
    for p in (0.2, 0.5, 0.8):
        layer = keras.layers.Dropout(p, seed=seed)
        layers = [np.asarray(layer(h, training=True)), regularization.dropout(h, p, rng)]
        for dropped in layers:
            deleted = float(np.mean(dropped == 0))
            error = np.sqrt(p * (1 - p) / h.size)
            holds &= abs(deleted - p) < 5 * error
            holds &= np.allclose(dropped[dropped != 0], 3 / (1 - p))
        shares.append(f"{layers[0].max():.4g} (p = {p}, mean {layers[0].mean():.3f})")
    yield results.judge_statement(
        "A-dropout-scale",
        "In training a share p of the nodes is deleted, the others are scaled by 1/(1 − p).",
        holds=bool(holds),
        published="1/(1−p)",
        measured=f"outputs of 3 become 0 or {', '.join(shares)}",
        note=f"{h.size:,} outputs through keras.layers.Dropout and the function by hand; the share "
        "deleted lies within 5 standard errors of p, so the mean stays 3.",
    )
    x = rng.normal(size=(50, 10)).astype("float32")
    with_dropout = models.build_mlp((10,), LARGE, 2, dropout=0.5, seed=seed)
    without = models.build_mlp((10,), LARGE, 2, seed=seed)
    plain = np.asarray(without(x))
    at_prediction = np.abs(np.asarray(with_dropout(x, training=False)) - plain).max()
    in_training = np.abs(np.asarray(with_dropout(x, training=True)) - plain).max()
    yield results.judge_statement(
        "A-dropout-prediction",
        "At prediction all nodes are used as they are.",
        holds=bool(at_prediction == 0 < in_training),
        measured=f"probabilities differ from those of the net without dropout by "
        f"{at_prediction:g} at prediction, by up to {in_training:.2f} in training",
        note="Two 64-64 nets of the same weights, one with dropout .5, on 50 random rows.",
    )


def build(
    seed: int,
    x_train: np.ndarray,
    *,
    hidden: Sequence[int] = LARGE,
    jitter: float = 0.0,
    **settings: Any,
) -> Any:
    """Build a net that reports its error apart from the penalty: Loss = Error + λ Penalty."""
    # The table's makers scaled each feature to a sum of squares of 1 over 442 patients.
    net = models.build_mlp(x_train.shape[1:], hidden, 2, scale=np.sqrt(442), seed=seed, **settings)
    if jitter:
        scale, *dense = net.layers
        noise = keras.layers.GaussianNoise(jitter, seed=seed)
        net = keras.Sequential([keras.Input(x_train.shape[1:]), scale, noise, *dense])
    net.compile(
        keras.optimizers.Adam(LEARNING_RATE),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy", keras.metrics.SparseCategoricalCrossentropy(name="error")],
    )
    return net


def draw_rows(patients: Dataset, config: Config) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Draw the training rows of each net, all others of the training part validate it."""
    orders = [
        np.random.default_rng((config.seed, net)).permutation(len(patients.train))
        for net in range(config.seeds)
    ]
    return [o[:TRAINING_ROWS] for o in orders], [o[TRAINING_ROWS:] for o in orders]


def train_with_remedies(patients: Dataset, config: Config) -> list[Nets]:
    """Train the net as it is and with each remedy, from the same seeds and rows."""
    kinds = []
    for name, changes in track(REMEDIES.items(), "Remedies"):
        replicas = train_kind(changes, patients, config, tested=name == AS_IT_IS)
        kinds.append(after_the_last_epoch(name, replicas, patients.test, config.seeds))
        if name == AS_IT_IS:
            stopped = stopped_early(kinds[0], replicas.history, config.seeds)
    return [*kinds, stopped]


def train_kind(
    changes: Mapping[str, Any], patients: Dataset, config: Config, *, tested: bool = False
) -> models.Replicas:
    """Train nets with one remedy, and validate them after every epoch.

    Args:
        changes: The remedy, as settings of `build`.
        patients: Training and test rows.
        config: Settings of the lab.
        tested: Whether each net is trained a second time and evaluated on the test rows
            instead, for the error at an epoch that the validation rows choose.
    """
    everything = data.join(patients.train, patients.test)
    rows, validation = draw_rows(patients, config)
    seeds = [config.seed + net for net in range(config.seeds)]
    if tested:
        test_rows = len(patients.train) + np.arange(len(patients.test))
        seeds, rows = [*seeds, *seeds], [*rows, *rows]
        validation = [*validation, *[test_rows] * config.seeds]
    return models.fit_replicas(
        partial(build, **changes),
        everything.x,
        everything.y,
        seeds=seeds,
        epochs=config.epochs,
        batch_size=BATCH_SIZE,
        row_sets=rows,
        validation_row_sets=validation,
    )


def after_the_last_epoch(name: str, replicas: models.Replicas, test: data.Part, seeds: int) -> Nets:
    """Describe trained nets by their last epoch."""
    history = {metric: values[:seeds] for metric, values in replicas.history.items()}
    probabilities = replicas.predict(test.x)[:seeds]
    right = probabilities.argmax(axis=-1) == test.y
    of_truth = probabilities[:, np.arange(len(test)), test.y]
    return Nets(
        name,
        history,
        [monitor.onset_epoch for monitor in follow_all(history)],
        -np.log(of_truth).mean(axis=1),
        right.mean(axis=1),
        (history["val_error"] - history["error"])[:, -1],
    )


def stopped_early(as_it_is: Nets, both: Mapping[str, np.ndarray], seeds: int) -> Nets:
    """Describe the nets without remedy as they were when the monitor would stop them.

    Args:
        as_it_is: These nets after their last epoch.
        both: Their history, followed by that of the same nets evaluated on test rows.
        seeds: Number of nets.
    """
    history = as_it_is.history
    last = history["error"].shape[1] - 1
    ends = np.array(
        [
            last if monitor.onset_epoch is None else monitor.best_epoch
            for monitor in follow_all(history)
        ]
    )
    net = np.arange(seeds)
    return Nets(
        STOPPED,
        history,
        [None] * seeds,
        both["val_error"][seeds + net, ends],
        both["val_accuracy"][seeds + net, ends],
        (history["val_error"] - history["error"])[net, ends],
    )


def follow_all(history: Mapping[str, np.ndarray]) -> list[callbacks.OverfittingMonitor]:
    """Let a monitor read the curves of each net."""
    return [follow(*curves) for curves in zip(history["error"], history["val_error"], strict=True)]


def follow(loss: np.ndarray, val_loss: np.ndarray) -> callbacks.OverfittingMonitor:
    """Let the monitor read recorded curves, as far as it would let training go."""
    monitor = callbacks.OverfittingMonitor()
    monitor.on_train_begin()
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        for epoch, (train, validation) in enumerate(zip(loss, val_loss, strict=True)):
            monitor.on_epoch_end(epoch, {"loss": train, "val_loss": validation})
            if monitor.found_epoch is not None:
                break
    return monitor


def stop_early(patients: Dataset, config: Config) -> str:
    """Train the first net once more with the monitor as a callback that stops it."""
    rows, validation = (part[0] for part in draw_rows(patients, config))
    train, held_out = patients.train.take(rows), patients.train.take(validation)
    monitor = callbacks.OverfittingMonitor(mode="stop")
    history = models.fit(
        build(config.seed, train.x),
        train.x,
        train.y,
        epochs=config.epochs,
        batch_size=BATCH_SIZE,
        validation_data=(held_out.x, held_out.y),
        callbacks=[monitor],
        seed=config.seed,
    )
    return (
        f"OverfittingMonitor(mode='stop') on the first net, {len(history.epoch)} of "
        f"{config.epochs} epochs trained: {monitor.report}"
    )


def check_remedies(nets: Sequence[Nets]) -> Iterator[Claim]:
    """Check that each remedy lowers the test error, the same nets compared in pairs."""
    as_it_is, *remedied = nets
    for kind in remedied:
        saved = results.mean_interval(as_it_is.test_error - kind.test_error)
        gained = results.mean_interval(kind.test_accuracy - as_it_is.test_accuracy)
        found = sum(onset is not None for onset in kind.onsets)
        before = sum(onset is not None for onset in as_it_is.onsets)
        short, note = f"remedy-{kind.name.replace(' ', '-')}", STRENGTHS[kind.name]
        if kind.name == STOPPED:
            short = "early-stopping"
        else:
            note += f" Overfitting found in {found} of {len(kind.onsets)} nets, without remedy in "
            note += f"{before}."
        yield results.judge_statement(
            f"E-{short}",
            f"Against overfitting: {kind.name}.",
            holds=saved.low > 0,
            measured=f"test cross-entropy {kind.test_error.mean():.3f} in place of "
            f"{as_it_is.test_error.mean():.3f}, saved {saved.low:.3f} to {saved.high:.3f}",
            note=f"{len(kind.test_error)} pairs of nets, {TRAINING_ROWS} patients each, one test "
            f"set; accuracy gained {gained.low:+.3f} to {gained.high:+.3f}. {note}",
            interval=saved,
        )


def check_curves(nets: Sequence[Nets]) -> Claim:
    """Check that the nets whose two curves lie closer do better on new rows."""
    gaps = np.concatenate([kind.gap for kind in nets])
    errors = np.concatenate([kind.test_error for kind in nets])
    rank = scipy.stats.spearmanr(gaps, errors).statistic
    interval = results.mean_interval(nets[0].gap)
    return results.judge_statement(
        "C-curves-close",
        "Ideally accuracy and loss are similar on training and validation data; a net that is "
        "good on training data only has memorized them.",
        holds=bool(interval.low > 0 and rank > 0.5),
        measured=f"gap without remedy {nets[0].gap.mean():.2f} ({interval.low:.2f} to "
        f"{interval.high:.2f}); rank correlation of gap and test error {rank:.2f}",
        note=f"Validation minus training cross-entropy at the end of {len(gaps)} trainings.",
        interval=interval,
    )


def conclude(nets: Sequence[Nets]) -> list[str]:
    """Say what the lab shows."""
    as_it_is, *remedied = nets
    best = min(remedied, key=lambda kind: float(kind.test_error.mean()))
    memorized = as_it_is.history["accuracy"][:, -1].mean()
    return [
        f"Without remedy the net ends with {memorized:.1%} of its training rows right, "
        f"{as_it_is.history['val_accuracy'][:, -1].mean():.1%} of its validation rows and "
        f"{as_it_is.test_accuracy.mean():.1%} of the test rows: it has memorized.",
        f"The lowest test cross-entropy comes from {best.name}: {best.test_error.mean():.3f}, "
        f"accuracy {best.test_accuracy.mean():.1%}.",
    ]


def plot_curves(nets: Sequence[Nets]) -> Figure:
    """Draw the validation error over the epochs with each remedy, mean over seeds."""
    with results.style.figure() as figure:
        axes = figure.subplots()
        as_it_is = nets[0].history
        epochs = np.arange(1, as_it_is["error"].shape[1] + 1)
        axes.plot(
            epochs, as_it_is["error"].mean(axis=0), color="black", linestyle=":",
            label=f"training, {AS_IT_IS}",
        )  # fmt: skip
        for index, kind in enumerate(nets[:-1]):
            axes.plot(
                epochs,
                kind.history["val_error"].mean(axis=0),
                color=results.style.COLORS[index],
                marker=results.style.MARKERS[index],
                markevery=(index, max(1, len(epochs) // 8)),
                label=f"validation, {kind.name}",
            )
        axes.set(xlabel="epoch", ylabel=f"cross-entropy, mean of {len(nets[0].gap)} nets",
                 ylim=(0, None))  # fmt: skip
        figure.legend(loc="outside right center")
        figure.suptitle(f"Too large a net for {TRAINING_ROWS} patients, and what mends it")
    return figure


if __name__ == "__main__":
    run_lab(run, Config, __doc__)

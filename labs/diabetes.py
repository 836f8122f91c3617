"""How far does the lecture's tiny net get on 442 patients?

Run:   python -m labs.diabetes           about 45 s on 2 cores
Smoke: python -m labs.diabetes --quick   about 13 s

The lecture trains scikit-learn's MLPClassifier once and a Keras net of the same size once.
This lab trains both over many seeds, sets two simpler rules beside them, and asks what
makes the difference: the library, the optimizer or its length?

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar

import lazy_loader
import numpy as np
from rich.console import Console
from rich.progress import Progress, track

import callbacks
import models
from labs import data, results
from labs.cli import LabConfig, run_lab

if TYPE_CHECKING:
    import keras

    from labs.data import Dataset
    from labs.results import Claim, RunRecord

sklearn = lazy_loader.load("sklearn")

HIDDEN_UNITS = (10, 5)
FIRST_EPOCHS = 5
SLIDE_SEED = 0
SHOWN_PATIENTS = 8
KERAS = "Keras, Adam"
ADAM = "sklearn, Adam"
LBFGS = "sklearn, L-BFGS {:,}"
LECTURE_EPOCHS = 1010


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"epochs": 100, "seeds": 3, "adam_seeds": 2}

    epochs: int = 1010
    """Passes over the training rows; the lecture trains 5, then 1,000, then 5."""
    batch_size: int = 32
    """Rows a step of Adam."""
    seeds: int = 30
    """Nets of each kind, at least 2."""
    adam_seeds: int = 4
    """Nets of MLPClassifier with Adam, the slowest kind, at least 2."""
    lbfgs_iterations: tuple[int, ...] = (100, 1000, 10000)
    """Limits on the iterations of L-BFGS; the last one is the lecture's."""
    learning_rate: float = 0.03
    """Rate of the run that is to overfit, 30 times Keras's default."""
    validation_fraction: float = 0.3
    """Share of the training rows held out in that run."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require("epochs", self.epochs >= FIRST_EPOCHS, f"{FIRST_EPOCHS} or more")
        self.require("batch_size", self.batch_size >= 1, "1 or more")
        self.require("seeds", self.seeds >= 2, "2 or more")
        self.require("adam_seeds", self.adam_seeds >= 2, "2 or more")
        self.require("lbfgs_iterations", min(self.lbfgs_iterations, default=0) >= 1, "1 or more")
        self.require("learning_rate", 0 < self.learning_rate <= 10, "above 0, at most 10")
        self.require("validation_fraction", 0.05 <= self.validation_fraction <= 0.5, "0.05 to 0.5")


@dataclass(frozen=True)
class Nets:
    """Nets of one kind, one for each seed, and how they did.

    Attributes:
        name: What kind.
        library: Who made it.
        parameters: Number of weights and biases, None where that says nothing.
        train: Training accuracy of each, `(seeds,)`.
        right: Whether each is right about each test row, `(seeds, rows)`.
        seconds: Wall time of one training, the mean over the seeds.
    """

    name: str
    library: str
    parameters: int | None
    train: np.ndarray
    right: np.ndarray
    seconds: float

    @property
    def test(self) -> np.ndarray:
        """Test accuracy of each, `(seeds,)`."""
        return self.right.mean(axis=1)


def run(config: Config, record: RunRecord) -> None:
    """Run the lab."""
    console = Console()
    patients = data.load_diabetes()
    record.use_dataset(patients)
    record.add_findings(*data.check(patients))

    classifiers = build_classifiers(config)
    with fitting(classifiers, patients) as fits:  # While Keras trains here.
        replicas, keras_nets = train_lecture_nets(patients, config)
        show_the_slides_of_the_net(replicas.model(0), patients, record, console)
        record.save_history("lecture-net", {k: v[0] for k, v in replicas.history.items()})
        validated = watch_overfitting(patients, config, record)
        slide, majority, line, *mlp_nets = collect(fits, classifiers, patients)

    simple_rules = [majority, line]
    kinds = [keras_nets, *mlp_nets, *simple_rules]
    record.add_models(*(describe_first(kind) for kind in kinds), *validated)
    record.add_table("comparison", [describe_all(kind) for kind in kinds])
    record.add_table("seeds", list(each_seed([keras_nets, *mlp_nets], config)), printed=False)
    record.add_claims(*check_mlp_classifier(slide, mlp_nets[-1]))
    record.add_claims(*check_lecture_net(replicas.history, keras_nets, config))
    record.add_findings(*conclude(keras_nets, mlp_nets, simple_rules))
    record.add_figures(seeds=plot_all_seeds(patients.name, [keras_nets, *mlp_nets], simple_rules))


def build_lecture_net(seed: int, x_train: np.ndarray) -> Any:
    """Build the net of the slide: 10 and 5 sigmoid units, 2 softmax units, Adam."""
    return models.build_mlp(x_train.shape[1:], HIDDEN_UNITS, 2, activation="sigmoid", seed=seed)


def train_lecture_nets(patients: Dataset, config: Config) -> tuple[models.Replicas, Nets]:
    """Train the slide's net from many seeds at once, on all training rows."""
    train, test = patients.train, patients.test
    seeds = range(config.seed, config.seed + config.seeds)
    start = time.perf_counter()
    with Progress() as progress:
        bar = progress.add_task(f"{config.seeds} Keras nets", total=config.epochs)
        replicas = models.fit_replicas(
            build_lecture_net,
            train.x,
            train.y,
            seeds=seeds,
            epochs=config.epochs,
            batch_size=config.batch_size,
            on_epoch_end=lambda epoch, logs: progress.advance(bar),
        )
    seconds = (time.perf_counter() - start) / config.seeds
    train_right = replicas.predict(train.x).argmax(axis=-1) == train.y
    test_right = replicas.predict(test.x).argmax(axis=-1) == test.y
    parameters = sum(weights.size for weights in replicas.weights(0))
    nets = Nets(KERAS, "keras", parameters, train_right.mean(axis=1), test_right, seconds)
    return replicas, nets


def build_classifiers(config: Config) -> dict[str, list[Any]]:
    """Build scikit-learn's classifiers, by kind.

    Returns:
        The slide's own MLPClassifier, what a net has to beat (the commonest class, one line
        through the data), and MLPClassifiers from our seeds, the slide's kind last.
    """

    def nets(solver: Mapping[str, Any], seeds: Sequence[int]) -> list[Any]:
        return [
            sklearn.neural_network.MLPClassifier(
                HIDDEN_UNITS, activation="logistic", alpha=0.01, **solver, random_state=seed
            )
            for seed in seeds
        ]

    like_keras = {
        "solver": "adam",
        "batch_size": config.batch_size,
        "max_iter": config.epochs,
        "n_iter_no_change": config.epochs,  # No early stop: the Keras net has none either.
    }
    lbfgs = [{"solver": "lbfgs", "max_iter": limit} for limit in config.lbfgs_iterations]
    seeds = [config.seed + i for i in range(config.seeds)]
    return {
        "the slide's": nets(lbfgs[-1], [SLIDE_SEED]),
        "majority class": [sklearn.dummy.DummyClassifier()],
        "logistic regression": [sklearn.linear_model.LogisticRegression()],
        ADAM: nets(like_keras, seeds[: config.adam_seeds]),
        **{LBFGS.format(solver["max_iter"]): nets(solver, seeds) for solver in lbfgs},
    }


def fitting(
    classifiers: Mapping[str, Sequence[Any]], patients: Dataset
) -> AbstractContextManager[Iterator[models.EstimatorFit]]:
    """Fit classifiers in the background, kind by kind."""
    train = patients.train
    return models.fitting_estimators(
        [*chain(*classifiers.values())], train.x, train.y, patients.test.x
    )


def collect(
    fits: Iterator[models.EstimatorFit], classifiers: Mapping[str, Sequence[Any]], patients: Dataset
) -> list[Nets]:
    """Wait for the classifiers; give each kind's scores, in their order."""
    total = sum(map(len, classifiers.values()))
    done = iter(list(track(fits, "scikit-learn's classifiers", total=total)))
    return [score(name, [next(done) for _ in same], patients) for name, same in classifiers.items()]


def score(name: str, fits: Sequence[models.EstimatorFit], patients: Dataset) -> Nets:
    """Set the predictions of scikit-learn's estimators against the truth."""
    return Nets(
        name,
        "scikit-learn",
        fits[0].parameters,
        np.array([np.mean(fit.train_labels == patients.train.y) for fit in fits]),
        np.array([fit.test_labels == patients.test.y for fit in fits]),
        float(np.mean([fit.seconds for fit in fits])),
    )


def show_the_slides_of_the_net(
    net: keras.Model, patients: Dataset, record: RunRecord, console: Console
) -> None:
    """Do what the lecture's last slides do: summary, picture, predict, evaluate."""
    net.summary(print_fn=lambda text, **_: console.print(text, highlight=False), line_length=76)
    test = patients.test
    loss, accuracy = net.evaluate(test.x, test.y, verbose=0)
    console.print(f"evaluate: loss {loss:.4f}, accuracy {accuracy:.4f} on {len(test)} test rows\n")
    probabilities = net.predict(test.x, verbose=0)
    predicted = probabilities.argmax(axis=1)
    names = patients.class_names
    rows = [
        {
            "test row": row,
            "truth": names[test.y[row]],
            "prediction": names[predicted[row]],
            "probability": float(probabilities[row].max()),
            "right": "yes" if predicted[row] == test.y[row] else "no",
        }
        for row in range(SHOWN_PATIENTS)
    ]
    record.add_table("predictions", rows)
    record.save_model("lecture-net", net)
    record.add_figures(
        network=results.plot_network(
            patients.name, "the lecture's net", net.get_weights(), patients.feature_names, names
        ),
        confusion=results.plot_confusion(
            patients.name, "the lecture's net, test rows", test.y, predicted, patients.class_names
        ),
    )


def watch_overfitting(
    patients: Dataset, config: Config, record: RunRecord
) -> list[results.ModelResult]:
    """Train too fast on a part of the rows, and let the callbacks mend it.

    The three nets start from the same weights and see the same rows in the same order.
    """
    train, validation = data.split(patients.train, config.validation_fraction, config.seed)
    data.check(replace(patients, train=train), validation)
    monitors = {
        "constant rate": callbacks.OverfittingMonitor(),
        "StepDecay": callbacks.OverfittingMonitor(),
        "stopped": callbacks.OverfittingMonitor(mode="stop"),
    }
    histories, validated = {}, []
    for name, monitor in monitors.items():
        decay = [callbacks.StepDecay()] if name == "StepDecay" else []
        net = build_lecture_net(config.seed, train.x)
        net.optimizer.learning_rate = config.learning_rate
        bar = callbacks.ProgressBar(f"{name:13}")
        start = time.perf_counter()
        with warnings.catch_warnings(action="ignore", category=UserWarning):
            histories[name] = models.fit(  # The monitor's warning becomes a finding below.
                net,
                train.x,
                train.y,
                epochs=config.epochs,
                batch_size=config.batch_size,
                validation_data=(validation.x, validation.y),
                callbacks=[*decay, monitor, bar],
                seed=config.seed,
            ).history
        seconds = time.perf_counter() - start
        record.add_findings(f"Learning rate {config.learning_rate}, {name}: {monitor.report}")
        record.save_history(name.replace(" ", "-").lower(), histories[name])
        record.save_model(name.replace(" ", "-").lower(), net)
        validated.append(describe_validated(name, net, train, validation, patients.test, seconds))
    stopped = histories.pop("stopped")  # It follows the constant rate as far as it goes.
    onset = monitors["stopped"].onset_epoch
    marks = {} if onset is None else {"overfitting begins": onset + 1, "stop": len(stopped["loss"])}
    record.add_figures(curves=results.plot_curves(patients.name, histories, marks))
    return validated


def describe_validated(
    name: str,
    net: keras.Model,
    train: data.Part,
    validation: data.Part,
    test: data.Part,
    seconds: float,
) -> results.ModelResult:
    """Evaluate a net that was trained on a part of the rows."""
    accuracies = {}
    for part_name, part in {"train": train, "validation": validation, "test": test}.items():
        accuracies[f"{part_name}_accuracy"] = net.evaluate(part.x, part.y, verbose=0)[1]
    right = round(accuracies["test_accuracy"] * len(test))
    return results.ModelResult(
        name=f"Keras, {name}",
        library="keras",
        parameters=net.count_params(),
        test_interval=results.wilson_interval(right, len(test)),
        seconds=seconds,
        **accuracies,
    )


def describe_first(kind: Nets) -> results.ModelResult:
    """Describe the first net of a kind; its interval is that of one net on these rows."""
    return results.ModelResult(
        name=kind.name,
        library=kind.library,
        parameters=kind.parameters,
        train_accuracy=float(kind.train[0]),
        test_accuracy=float(kind.test[0]),
        test_interval=results.wilson_interval(int(kind.right[0].sum()), kind.right.shape[1]),
        seconds=kind.seconds,
    )


def describe_all(kind: Nets) -> dict[str, Any]:
    """Describe all nets of a kind; the interval is that of their mean over seeds."""
    several = len(kind.test) > 1
    return {
        "kind": kind.name,
        "seeds": len(kind.test),
        "train": round(float(kind.train.mean()), 4),
        "test": round(float(kind.test.mean()), 4),
        "95% interval of the mean": results.mean_interval(kind.test).rounded() if several else None,
        "lowest": round(float(kind.test.min()), 4),
        "highest": round(float(kind.test.max()), 4),
    }


def each_seed(kinds: Sequence[Nets], config: Config) -> Iterator[dict[str, Any]]:
    """Give a row for each net of each kind."""
    for kind in kinds:
        for number, (train, test) in enumerate(zip(kind.train, kind.test, strict=True)):
            yield {"kind": kind.name, "seed": config.seed + number, "train": train, "test": test}


def check_mlp_classifier(slide: Nets, kind: Nets) -> Iterator[Claim]:
    """Check A1: the two accuracies that the lecture prints for MLPClassifier."""
    printed = {"train": ".9962264150943396", "test": ".711864406779661"}
    for part, published in printed.items():
        over_seeds = getattr(kind, part)
        yield results.judge(
            f"A1-{part}",
            f"MLPClassifier with L-BFGS reaches this {part} accuracy.",
            published=published,
            measured=float(getattr(slide, part)[0]),
            note=f"random_state=0 as on the slide; {len(over_seeds)} other seeds give "
            f"{over_seeds.mean():.4f} ± {over_seeds.std(ddof=1):.4f} (sd). L-BFGS runs thousands "
            "of iterations, so rounding in another version of SciPy leads elsewhere.",
            prediction_interval=results.prediction_interval(over_seeds),
        )


def check_lecture_net(
    history: dict[str, np.ndarray], nets: Nets, config: Config
) -> Iterator[Claim]:
    """Check A2 to A4: size, first epochs and last epoch of the Keras net."""
    yield results.judge(
        "A2-parameters",
        "Layers of 110, 55 and 12 parameters.",
        published="177",
        measured=float(nets.parameters or 0),
        note="(10 + 1)·10 + (10 + 1)·5 + (5 + 1)·2.",
    )
    checks = [
        ("A3-first-loss", "Training loss of epoch 1", ".9480", "loss", 0),
        ("A3-fifth-loss", "Training loss of epoch 5", ".8289", "loss", FIRST_EPOCHS - 1),
        (
            "A3-accuracy",
            "After 5 epochs at the majority rate",
            ".5094",
            "accuracy",
            FIRST_EPOCHS - 1,
        ),
    ]
    if config.epochs >= LECTURE_EPOCHS:
        checks += [
            ("A4-loss", "Training loss in the end", ".5135", "loss", LECTURE_EPOCHS - 1),
            ("A4-accuracy", "Training accuracy then", ".7245", "accuracy", LECTURE_EPOCHS - 1),
        ]
    for name, statement, published, metric, epoch in checks:
        over_seeds = history[metric][:, epoch]
        yield results.judge(
            name,
            f"{statement}.",
            published=published,
            measured=float(over_seeds.mean()),
            note=f"Mean of {config.seeds} seeds at epoch {epoch + 1}, {over_seeds.min():.4f} to "
            f"{over_seeds.max():.4f}; depends on the initial weights.",
            mean_interval=results.mean_interval(over_seeds),
            prediction_interval=results.prediction_interval(over_seeds),
        )


def conclude(keras_nets: Nets, mlp_nets: Sequence[Nets], simple_rules: Sequence[Nets]) -> list[str]:
    """Say what the lecture's comparison shows, in the numbers of this run."""
    adam, *lbfgs = mlp_nets
    lengths = ", ".join(f"{kind.test.mean():.3f}" for kind in lbfgs)
    *_, logistic = simple_rules
    ours, theirs = (results.mean_interval(kind.test) for kind in (keras_nets, adam))
    same = ours.low <= theirs.high and theirs.low <= ours.high
    findings = [
        f"The library: with the same optimizer, {describe_mean(adam)} and "
        f"{describe_mean(keras_nets)}: "
        + ("no difference can be shown." if same else "the two differ."),
        f"The length: allowed more iterations, sklearn's L-BFGS scores {lengths} on the test rows, "
        f"{lbfgs[0].train.mean():.3f} to {lbfgs[-1].train.mean():.3f} on the training rows.",
        compare(keras_nets, lbfgs[-1]),
        compare(keras_nets, logistic),
    ]
    worse_when_longer = results.mean_interval(lbfgs[-1].test).high < lbfgs[0].test.mean()
    if same and worse_when_longer and logistic.test[0] > ours.low:
        findings.append(
            "So the gap between the lecture's two nets comes from the optimizer and how long it "
            "runs, not from the library, and a linear rule does as well as either."
        )
    return findings


def describe_mean(kind: Nets) -> str:
    """Return the mean test accuracy of a kind with its interval, in words."""
    low, high = results.mean_interval(kind.test)
    return (
        f"{kind.name} scores {kind.test.mean():.3f} (95% interval of the mean over "
        f"{len(kind.test)} seeds {low:.3f} to {high:.3f})"
    )


def compare(a: Nets, b: Nets) -> str:
    """Compare the first nets of two kinds on the test rows."""
    return results.describe_mcnemar(a.name, a.right[0], b.name, b.right[0])


def plot_all_seeds(name: str, kinds: Sequence[Nets], simple_rules: Sequence[Nets]) -> Any:
    """Draw the test accuracy of every net."""
    references = {rule.name: float(rule.test[0]) for rule in simple_rules}
    return results.plot_seeds(
        name,
        "how much of the difference is chance?",
        {kind.name: kind.test for kind in kinds},
        references | {"slide, MLPClassifier": 0.7119},
    )


if __name__ == "__main__":
    run_lab(run, Config, __doc__)

"""How far does the lecture's tiny net get on 442 patients?

Topic: practical labs                 Time: a minute
Run:   python -m labs.diabetes
Quick: python -m labs.diabetes --quick
Try:   --hidden-units 20 20     does a net with four times the weights get further?
       --activation relu        which accuracy of the Keras net rises, which falls?
       --optimizer sgd          does plain gradient descent leave the commonest class behind?

The lecture trains scikit-learn's MLPClassifier once and a Keras net of the same size once. This
lab trains both from many seeds, MLPClassifier as on the slide and with the Keras net's budget. It
does with the net what the slides do, and lets it overfit to see what the callbacks make of that.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import lazy_loader
import numpy as np

import callbacks
import models
from labs import data, plots, records, studies
from labs.running import Above, AtLeast, AtMost, Each, LabConfig, NotEmpty, Within, lab

if TYPE_CHECKING:
    import keras

    from labs.records import RunRecord

sklearn = lazy_loader.load("sklearn")

FIRST_EPOCHS, SHOWN_PATIENTS = 5, 8
SLIDE_SEED, SLIDE_ITERATIONS, SLIDE_TEST, MAJORITY_RATE = 0, 10_000, 0.7119, 0.5094
SLIDE_TRAIN, SLIDE_PARAMETERS = 264 / 265, [110, 55, 12]
NAMES = {"adam": "Adam", "sgd": "SGD"}


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"epochs": 100, "seeds": 3, "equal_seeds": 2}

    hidden_units: Annotated[tuple[int, ...], Each(AtLeast(1)), NotEmpty()] = (10, 5)
    """Units of each hidden layer, of all nets."""
    activation: Literal["sigmoid", "tanh", "relu", "linear"] = "sigmoid"
    """Activation of the hidden layers, of all nets."""
    optimizer: Literal["adam", "sgd"] = "adam"
    """Optimizer of the Keras nets and of the MLPClassifiers that get the same budget."""
    epochs: Annotated[int, AtLeast(FIRST_EPOCHS)] = 1010
    """Passes over the training rows; the lecture trains 5, then 1,000, then 5."""
    batch_size: Annotated[int, AtLeast(1)] = 32
    """Rows a step."""
    seeds: Annotated[int, AtLeast(2)] = 30
    """Nets of each kind."""
    equal_seeds: Annotated[int, AtLeast(2)] = 30
    """MLPClassifiers with the Keras net's budget, the slowest kind."""
    learning_rate: Annotated[float, Above(0), AtMost(10)] = 0.03
    """Rate of the run that is to overfit, 30 times Adam's default."""
    validation_fraction: Annotated[float, Within(0.05, 0.5)] = 0.3
    """Share of the training rows held out in that run."""


def experiment(config: Config, record: RunRecord) -> None:
    """Train the lecture's nets from many seeds, look at one, and let it overfit."""
    patients = data.load_diabetes()
    record.use_dataset(patients)
    record.add_findings(*data.check(patients))

    classifiers = build_classifiers(config, len(patients.train))
    with studies.fitting_classifiers(classifiers, patients, record) as wait:
        train = partial(  # While scikit-learn fits elsewhere.
            studies.train_keras_nets,
            patients=patients,
            record=record,
            seeds=studies.seeds_from(config.seed, config.seeds),
            epochs=config.epochs,
            batch_size=config.batch_size,
        )
        build = partial(build_net, config)
        replicas, keras_nets = train(f"Keras, {NAMES[config.optimizer]}", build)
        standardized = partial(build, scale=data.DIABETES_SCALE)
        scaled_nets = train("Keras, standardized", standardized)[1]
        history = {name: values[0] for name, values in replicas.history.items()}
        record.save_history("lecture-net", history)
        records.save_keras_script(
            record,
            replicas.model(0),
            title="The lecture's net on the diabetes table, in plain Keras.",
            rows=data.DIABETES_CODE,
            history=history,
            seed=config.seed,
            batch_size=config.batch_size,
        )
        show_the_slides_of_the_net(replicas.model(0), patients, record)
        validated = watch_overfitting(patients, config, record)
        slide, majority, equal, lbfgs = wait()

    nets = [keras_nets, scaled_nets, equal, lbfgs]
    studies.add_nets(record, "comparison", *nets, majority)
    record.add_models(*validated)
    judge_mlp_classifier(record, slide, lbfgs)
    judge_keras_net(record, replicas.weights(0), replicas.history)
    for other in (lbfgs, equal, scaled_nets):
        record.add_findings(*keras_nets.against(other))
    scores = {kind.name: kind.test for kind in nets}
    references = {"majority class": majority.test[0], "slide, MLPClassifier": SLIDE_TEST}
    record.add_figure(
        "seeds",
        plots.plot_seeds(patients.name, "nets that differ in their seed", scores, references),
        caption="Test accuracy of every net, a dot each, beside that of the commonest class and "
        "that of the slide's one MLPClassifier.",
        key=True,
    )
    record.answer(
        f"Over {config.seeds} seeds the Keras net gets {keras_nets.test.mean():.1%} of the "
        f"{len(patients.test)} test rows right, where the commonest class gets "
        f"{majority.test[0]:.1%}. MLPClassifier gets {lbfgs.test.mean():.1%} by L-BFGS, as on the "
        f"slide, and {equal.test.mean():.1%} with the Keras net's optimizer, batches and epochs.",
        limits="One split of the data: other test rows would move all figures, as the interval "
        "of a single net shows. Why the nets differ is the question of labs.sklearn_vs_keras.",
    )


def build_net(
    config: Config, seed: int, x_train: np.ndarray, scale: float | None = None
) -> keras.Model:
    """Build the net of the slide, 10 and 5 sigmoid units and 2 softmax units, or one like it."""
    return models.build_mlp(
        x_train.shape[1:],
        config.hidden_units,
        2,
        activation=config.activation,
        optimizer=config.optimizer,
        scale=scale,
        seed=seed,
    )


def build_classifiers(config: Config, rows: int) -> dict[str, list[Any]]:
    """Build the slide's MLPClassifier, the commonest class, and MLPClassifiers from our seeds.

    The latter are of two kinds: with the Keras net's budget, and such as the slide's.
    """
    build = partial(
        studies.build_mlp_classifier, hidden_units=config.hidden_units, activation=config.activation
    )
    equal = partial(
        build,
        optimizer=config.optimizer,
        batch_size=min(config.batch_size, rows),
        max_iter=config.epochs,
        n_iter_no_change=config.epochs,  # No early stop: the Keras net has none either.
    )
    slide = partial(build, optimizer="lbfgs", max_iter=SLIDE_ITERATIONS)
    seeds = partial(studies.seeds_from, config.seed)
    return {
        "the slide's": [slide(SLIDE_SEED)],
        "majority class": [sklearn.dummy.DummyClassifier()],
        f"sklearn, {NAMES[config.optimizer]}": [equal(seed) for seed in seeds(config.equal_seeds)],
        f"sklearn, L-BFGS {SLIDE_ITERATIONS:,}": [slide(seed) for seed in seeds(config.seeds)],
    }


def show_the_slides_of_the_net(net: keras.Model, patients: data.Dataset, record: RunRecord) -> None:
    """Do what the lecture's last slides do: summary, picture, predict, evaluate."""
    test, names, say = patients.test, patients.class_names, record.console.print
    net.summary(print_fn=lambda text, **_: say(text, highlight=False), line_length=76)
    loss, accuracy = net.evaluate(test.x, test.y, verbose=0)
    say(f"evaluate: loss {loss:.4f}, accuracy {accuracy:.4f} on {len(test)} test rows\n")
    probabilities = net.predict(test.x, verbose=0)
    predicted = probabilities.argmax(axis=1)
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
    record.recommend("lecture-net")
    activations = [layer.activation.__name__ for layer in net.layers]
    weights, inputs = net.get_weights(), patients.feature_names
    record.add_figure(
        "network",
        plots.plot_network(patients.name, "the Keras net", weights, inputs, names, activations),
        caption="The trained Keras net of the first seed; between two layers only the largest "
        "weights are in color.",
    )
    record.add_figure(
        "confusion",
        plots.plot_confusion(patients.name, "the Keras net, test rows", test.y, predicted, names),
        caption="Which class the Keras net of the first seed takes for which.",
    )


def watch_overfitting(
    patients: data.Dataset, config: Config, record: RunRecord
) -> list[records.ModelResult]:
    """Train too fast on a part of the rows, and let the callbacks mend it.

    The three nets start from the same weights and see the same rows in the same order.
    """
    train, validation = data.split(patients.train, config.validation_fraction, config.seed)
    data.check(replace(patients, train=train), validation)
    held_out, parts = (validation.x, validation.y), (train, validation, patients.test)
    fit = partial(models.fit, epochs=config.epochs, batch_size=config.batch_size, seed=config.seed)
    histories, monitors, validated = {}, {}, []
    for name in ("constant rate", "StepDecay", "stopped"):
        monitors[name] = callbacks.OverfittingMonitor(
            "stop" if name == "stopped" else "record", validation_rows=len(validation)
        )
        decay = [callbacks.StepDecay()] if name == "StepDecay" else []
        bar = callbacks.ProgressBar(f"{name:13}", console=record.console)
        file = name.replace(" ", "-").lower()
        watchers = [*decay, monitors[name], bar, record.follow(file)]
        net = build_net(config, config.seed, train.x)
        net.optimizer.learning_rate = config.learning_rate
        start = time.perf_counter()
        histories[name] = fit(
            net, train.x, train.y, validation_data=held_out, callbacks=watchers
        ).history
        seconds = time.perf_counter() - start
        validated.append(studies.evaluate_net(f"Keras, {name}", net, parts, seconds))
        record.save_history(file, histories[name])
        record.save_model(file, net)
    stopped = histories.pop("stopped")  # It follows the constant rate as far as it goes.
    for name in histories:
        record.add_findings(
            f"Learning rate {config.learning_rate}, {name}: {monitors[name].report}"
        )
    marks, onset = {}, monitors["stopped"].onset_epoch
    if onset is not None:
        marks["overfitting begins"] = {"constant rate": onset + 1}
        marks["stop"] = {"constant rate": len(stopped["loss"])}
    gaps = [name for name in histories if (gap := monitors[name].gap) and gap.found]
    record.add_figure(
        "curves",
        plots.plot_curves(patients.name, histories, marks, gaps=gaps),
        caption=f"Learning rate {config.learning_rate}, held constant and lowered by StepDecay: "
        "overfitting shows where a validation loss rises while its training loss does not.",
    )
    return validated


def judge_mlp_classifier(
    record: RunRecord, slide: studies.DiabetesNets, others: studies.DiabetesNets
) -> None:
    """Judge A1: the two accuracies that the lecture prints for MLPClassifier."""
    same = int(np.sum(np.abs(others.train - SLIDE_TRAIN) < 1e-9))
    how = (
        f"random_state=0 as on the slide; {same} of our {len(others.seeds)} seeds have its 264 of "
        f"265 training rows right. L-BFGS runs up to {SLIDE_ITERATIONS:,} iterations, so rounding "
        "in another version of SciPy leads elsewhere."
    )
    record.judge("A1-train", slide.train[0], seeds=others.train, how=how)
    record.judge("A1-test", slide.test[0], seeds=others.test, how=how)


def judge_keras_net(
    record: RunRecord, weights: Sequence[np.ndarray], history: Mapping[str, np.ndarray]
) -> None:
    """Judge A2 to A4: size, first epochs and last epoch of the Keras net."""

    def at(metric: str, epoch: int) -> dict[str, Any]:
        values = history[metric][:, epoch - 1]
        return {
            "measured": values,
            "how": f"Mean of {len(values)} seeds at epoch {epoch}, {values.min():.4f} to "
            f"{values.max():.4f}; depends on the initial weights.",
        }

    pairs = zip(weights[::2], weights[1::2], strict=True)
    sizes = [kernel.size + bias.size for kernel, bias in pairs]
    layers = ", ".join("({} + 1)·{}".format(*kernel.shape) for kernel in weights[::2])
    record.judge("A2-parameters", str(sizes), holds=sizes == SLIDE_PARAMETERS, how=f"{layers}.")
    last = history["loss"].shape[1]
    record.judge("A3-first-loss", **at("loss", 1))
    record.judge("A3-second-loss", **at("loss", 2))
    record.judge("A3-fourth-loss", **at("loss", 4))
    record.judge("A3-fifth-loss", **at("loss", FIRST_EPOCHS))
    first = history["accuracy"][:, [0, 1, 3, 4]]
    majority = (np.abs(first - MAJORITY_RATE) < 5e-5).all(axis=1)
    record.judge(
        "A3-accuracy",
        f"{majority.mean():.0%} of {len(first)} nets, {first.min():.4f} to {first.max():.4f}",
        holds=majority.tolist(),
        how="A net that takes all rows for one class in all four epochs; which class, and whether "
        "it does so, the initial weights decide.",
    )
    record.judge("A4-second-loss", **at("loss", last - 3))
    record.judge("A4-second-accuracy", **at("accuracy", last - 3))
    record.judge("A4-third-loss", **at("loss", last - 2))
    record.judge("A4-third-accuracy", **at("accuracy", last - 2))
    record.judge("A4-fourth-loss", **at("loss", last - 1))
    record.judge("A4-fourth-accuracy", **at("accuracy", last - 1))
    record.judge("A4-loss", **at("loss", last))
    record.judge("A4-accuracy", **at("accuracy", last))


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

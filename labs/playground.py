"""What does a small net make of two numbers, and how much of it is luck?

Topic: practical labs                 Time: seconds
Run:   python -m labs.playground
Quick: python -m labs.playground --quick
Try:   --data spiral --hidden 8 8 --epochs 300      how often does a larger net find both arms?
       --data xor --features x1 x2 "x1*x2" --hidden     what is a net without hidden layers given?
       --data moons --noise 1 --hidden 64 64 --l2 0.01  does a penalty smooth what noise bends?

What TensorFlow Playground shows, with Keras and seeds. `--data FILE.csv` takes two columns and a
target of your own; a feature is any formula in x1 and x2; `as_keras.py` is the run in plain Keras.

Source: lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab: its homework.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import lazy_loader
import numpy as np
from numpy.typing import ArrayLike

import callbacks
import models
from labs import data, plots, records, stats, studies
from labs.data.points import DRAWN
from labs.data.table_files import ENDINGS, is_table
from labs.errors import InputError
from labs.running import Above, AtLeast, AtMost, Each, LabConfig, Such, Within, lab

if TYPE_CHECKING:
    import keras

    from labs.records import RunRecord

keras = lazy_loader.load("keras")

FRAMES, SHOWN, MOST_NETS = 30, 6, 10
"""Pictures of a training in the animation and in the figure, and nets drawn beside each other."""
KNOWN = Such(lambda data: data in DRAWN or is_table(data), ", ".join([*DRAWN, *ENDINGS]))
FEW = Such(lambda values: len(values) <= 6, "at most 6")
SOME = Such(lambda values: 1 <= len(values) <= 20, "1 to 20")


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"rows": 120, "epochs": 20, "seeds": 3}

    data: Annotated[str, KNOWN] = "circle"
    """A data set of the playground, or a table: a header, two columns of numbers, the target."""
    problem: Literal["classification", "regression"] = "classification"
    """Whether the target is a class or a number."""
    rows: Annotated[int, Within(60, 20_000)] = 500
    """Points to draw, where the data are no file."""
    noise: Annotated[float, Within(0, 5)] = 0.3
    """Standard deviation of what is added to their coordinates, from -6 to 6."""
    features: Annotated[tuple[str, ...], SOME] = ("x1", "x2")
    """What the net gets: formulas such as "x1^2", "x1*x2" or "sin(x1)"."""
    hidden: Annotated[tuple[int, ...], Each(Within(1, 256)), FEW] = (4, 2)
    """Units of each hidden layer."""
    activation: Literal["tanh", "relu", "sigmoid", "linear"] = "tanh"
    """Activation of the hidden layers."""
    optimizer: Literal["Adam", "SGD", "RMSprop"] = "Adam"
    """Optimizer, with Keras's defaults but for the rate."""
    learning_rate: Annotated[float, Above(0), AtMost(10)] = 0.03
    """Its rate."""
    l1: Annotated[float, Within(0, 1)] = 0.0
    """Factor of the penalty on absolute weights."""
    l2: Annotated[float, Within(0, 1)] = 0.0
    """Factor of the penalty on squared weights."""
    dropout: Annotated[float, Within(0, 0.9)] = 0.0
    """Share of each hidden layer's outputs that training sets to 0."""
    batch_size: Annotated[int, AtLeast(1)] = 10
    """Rows a step."""
    epochs: Annotated[int, Within(1, 10_000)] = 100
    """Passes over the training rows."""
    seeds: Annotated[int, Within(2, 100)] = 10
    """Nets from initial weights of their own."""


def experiment(config: Config, record: RunRecord) -> None:
    """Train one net and watch it, and then others from seeds of their own."""
    how: dict[str, Any] = {"rows": config.rows, "noise": config.noise}
    how["classes"] = config.problem == "classification"
    plane = data.load_plane(config.data, config.features, config.seed, **how)
    record.use_dataset(plane.dataset)
    watch(config, plane, record)
    train, validation = plane.dataset.train, plane.validation
    replicas = models.fit_replicas(
        partial(build, config, plane),
        train.x,
        train.y,
        seeds=studies.seeds_from(config.seed + 1, config.seeds),
        epochs=config.epochs,
        batch_size=config.batch_size,
        validation_data=(validation.x, validation.y),
    )
    require_finite(config, replicas.history["loss"][:, -1])
    tell_luck(plane, replicas, record)


def build(config: Config, plane: data.Plane, seed: int, x_train: np.ndarray) -> keras.Model:
    """Build and compile a net whose initial weights, and dropout, come from a seed."""
    return models.build_mlp(
        x_train.shape[1:],
        config.hidden,
        plane.dataset.num_classes or None,
        activation=config.activation,
        standardize_by=x_train,
        dropout=config.dropout,
        l1=config.l1,
        l2=config.l2,
        optimizer=getattr(keras.optimizers, config.optimizer)(config.learning_rate),
        seed=seed,
    )


def look_around(plane: data.Plane) -> tuple[plots.Grid, np.ndarray]:
    """Return places all over the points, and their features `(places, features)`."""
    grid = plots.grid_around(plane.points.points)
    return grid, data.compute_features(plane.dataset.feature_names, grid.places)


def watch(config: Config, plane: data.Plane, record: RunRecord) -> None:
    """Train a net, look at it from time to time, and leave what it has become."""
    _, places = look_around(plane)
    train, validation = plane.dataset.train, plane.validation
    net = build(config, plane, config.seed, train.x)
    seen = {"before training": net.predict_on_batch(places)}
    looks = set(np.geomspace(1, config.epochs, FRAMES).round().astype(int).tolist())

    def look(epoch: int, logs: Mapping[str, float]) -> None:
        if epoch + 1 in looks:
            title = f"epoch {epoch + 1}: validation loss {logs['val_loss']:.3f}"
            seen[title] = net.predict_on_batch(places)

    monitor = callbacks.OverfittingMonitor("record", validation_rows=len(validation))
    start = time.perf_counter()
    history = models.fit(
        net,
        train.x,
        train.y,
        epochs=config.epochs,
        batch_size=config.batch_size,
        validation_data=(validation.x, validation.y),
        callbacks=[monitor, keras.callbacks.LambdaCallback(on_epoch_end=look)],
        seed=config.seed,
        jit_compile=False,  # XLA rounds otherwise than the script's stock fit.
    ).history
    seconds = time.perf_counter() - start
    record.add_findings(monitor.report)
    leave_net(config, plane, net, history, seconds, record)
    draw_training(plane, seen, record)
    marks = {} if monitor.onset_epoch is None else {"overfitting begins": monitor.onset_epoch + 1}
    record.add_figure(
        "curves",
        plots.plot_curves(plane.dataset.name, {"one net": history}, marks),
        caption="Losses over the epochs, training dashed, validation solid.",
    )
    draw_net(plane, net, record)


def leave_net(
    config: Config,
    plane: data.Plane,
    net: keras.Model,
    history: Mapping[str, Sequence[float]],
    seconds: float,
    record: RunRecord,
) -> None:
    """Leave a trained net, its history, its accuracies and its training as a script."""
    record.save_history("net", history)
    require_finite(config, history["loss"][-1:])
    record.save_model("net", net)
    records.save_keras_script(
        record,
        net,
        title=f"A small net on {plane.dataset.name}, in plain Keras.",
        rows=plane.code,
        history=history,
        seed=config.seed,
        batch_size=config.batch_size,
    )
    if plane.dataset.num_classes:
        parts = (plane.dataset.train, plane.validation, plane.dataset.test)
        record.add_models(studies.evaluate_net("net", net, parts, seconds))


def require_finite(config: Config, losses: ArrayLike) -> None:
    """Refuse settings from which the losses of some nets, `(nets,)`, have grown beyond all."""
    diverged = int(np.sum(~np.isfinite(losses)))
    if diverged:
        raise InputError(
            f"--learning-rate {config.learning_rate:g} with {config.optimizer} made {diverged} of "
            f"{np.size(losses)} nets diverge, expected finite losses; choose a smaller rate."
        )


def draw_training(plane: data.Plane, seen: Mapping[str, np.ndarray], record: RunRecord) -> None:
    """Draw the net's regions over time, as pictures and as an animation."""
    name, (grid, _) = plane.dataset.name, look_around(plane)
    places = np.linspace(0, len(seen) - 1, SHOWN).round().astype(int)
    chosen = {title: seen[title] for title in np.array([*seen])[places]}
    heading = f"{name}: what the net says while it learns"
    record.add_figure(
        "regions",
        plots.plot_regions(heading, grid, chosen, plane.learned),
        caption="What the net says, the paler the less sure, of all places; regions.gif moves.",
    )
    with record.writing("regions", ".gif") as path:
        plots.animate_regions(path, name, grid, seen, plane.learned)


def draw_net(plane: data.Plane, net: keras.Model, record: RunRecord) -> None:
    """Draw what the trained net's hidden units give out, and its weights."""
    name, (grid, places) = plane.dataset.name, look_around(plane)
    columns = {"x1": plane.points.names[0], "x2": plane.points.names[1]}
    layers = [layer for layer in net.layers if hasattr(layer, "kernel")]
    if layers[:-1]:
        inner = keras.Model(net.inputs, [layer.output for layer in layers[:-1]])
        outputs = keras.tree.flatten(inner.predict_on_batch(places))
        named = {f"hidden {n}": given for n, given in enumerate(outputs, start=1)}
        record.add_figure(
            "units",
            plots.plot_units(f"{name}: what each hidden unit gives out", grid, named),
            caption="What hidden units give out: negative in orange, positive in blue.",
        )
    record.add_figure(
        "network",
        plots.plot_network(
            name,
            "the trained net",
            [array for layer in layers for array in layer.get_weights()],
            [columns.get(formula, formula) for formula in plane.dataset.feature_names],
            plane.dataset.class_names or plane.points.names[2:],
            [layer.activation.__name__ for layer in layers],
        ),
        caption="The trained net: the wider a line, the larger its weight; dashes are negative.",
    )


def score(outputs: np.ndarray, y: np.ndarray) -> Any:
    """Return accuracy, or root of the mean squared error, of outputs `(..., rows, K)`."""
    if outputs.shape[-1] == 1:
        return np.sqrt(np.mean((outputs[..., 0] - y) ** 2, axis=-1))
    return np.mean(outputs.argmax(axis=-1) == y, axis=-1)


def tell_luck(plane: data.Plane, replicas: models.Replicas, record: RunRecord) -> None:
    """Score the nets of all seeds on the test points, draw where they draw their lines, answer."""
    grid, places = look_around(plane)
    name, train, test = plane.dataset.name, plane.dataset.train, plane.dataset.test
    classes = plane.dataset.num_classes
    scores = score(replicas.predict(test.x), test.y)
    word = "test accuracy" if classes else "test error"
    ends = {name: values[:, -1] for name, values in replicas.history.items()}
    columns = {"seed": replicas.seeds, **ends, word: scores}
    rows = zip(*columns.values(), strict=True)
    record.add_table("seeds", [dict(zip(columns, row, strict=True)) for row in rows])
    outputs = replicas.predict(places)[:MOST_NETS]
    named = zip(replicas.seeds, scores, outputs, strict=False)
    shown = {f"seed {seed}: {number:.3f}": own for seed, number, own in named}
    heading = f"{name}: the same settings from other seeds, {word}"
    record.add_figure(
        "luck",
        plots.plot_regions(heading, grid, shown, plane.learned, most=5),
        caption="Nets that differ in nothing but their initial weights and orders of rows.",
    )
    same = np.eye(classes)[[np.bincount(train.y).argmax()]] if classes else np.zeros((1, 1))
    guess = float(score(np.repeat(same, len(test), axis=0), test.y))
    known = {"the same answer everywhere": guess}
    record.add_figure(
        "seeds",
        plots.plot_seeds(name, f"{len(scores)} seeds", {"the net": scores}, known, word),
        caption=f"The {word} of each net, and that of one answer everywhere.",
    )
    interval = stats.mean_interval(scores)
    low, high = interval.of_share() if classes else interval
    record.answer(
        f"Over {len(scores)} seeds the {word} is {scores.mean():.3f} on average ({low:.3f} to "
        f"{high:.3f}), and {scores.min():.3f} to {scores.max():.3f} from net to net. The same "
        f"answer everywhere gets {guess:.3f}.",
        limits="One draw of points and division; errors are in standard deviations of the target.",
    )


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

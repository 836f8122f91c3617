"""Can a net of step functions be trained?

Topic: activations                    Time: seconds
Run:   python -m labs.step_function
Quick: python -m labs.step_function --quick
Try:   --learning-rate 1    is the step net held up by its rate?
       --epochs 400         does it only need more time?

A step function decides as a neuron does, and its slope is 0 wherever it exists. The same net is
trained on two crescents with steps, with sigmoids, and with ReLUs, which have a corner.

Source: lecture D, Deep Learning 모델 학습법 (course notes, day 55), Upstage AI Lab.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

from labs import plots, records, stats
from labs.running import Above, AtLeast, AtMost, LabConfig, lab
from labs.studies.crescents import HIDDEN_UNITS, Trained, describe_trained, draw_moons, train
from models.by_hand import activations
from models.by_hand.perceptron import step

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.data import Dataset
    from labs.records import RunRecord

keras = lazy_loader.load("keras")

SIGMOID, STEP, RELU = "sigmoid", "step", "relu"
STAIRCASE_ROWS = 30


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"epochs": 70, "seeds": 5}

    epochs: Annotated[int, AtLeast(1)] = 200
    """Passes over 300 training rows."""
    batch_size: Annotated[int, AtLeast(1)] = 40
    """Rows a step of Adam."""
    seeds: Annotated[int, AtLeast(2)] = 20
    """Nets of each kind."""
    learning_rate: Annotated[float, Above(0), AtMost(1)] = 0.05
    """Rate of Adam."""


def experiment(config: Config, record: RunRecord) -> None:
    """Train the same net with steps, with sigmoids and with ReLUs."""
    moons = draw_moons(config)
    record.use_dataset(moons)
    nets = {
        SIGMOID: train(moons, config, HIDDEN_UNITS, "sigmoid", "sigmoid"),
        STEP: train(moons, config, HIDDEN_UNITS, step_tensor, step_tensor),
        RELU: train(moons, config, HIDDEN_UNITS, "relu", "sigmoid"),
    }
    for kind, trained in nets.items():
        first = {name: values[0] for name, values in trained.replicas.history.items()}
        record.save_history(kind, first)
    rows = [describe_trained(*item) for item in nets.items()]
    formats = {"test accuracy": ".4f", "95% interval of the mean": ".4f"}
    record.add_table("training", rows, formats=formats)
    judge_step(record, *(nets[kind] for kind in (STEP, SIGMOID, RELU)))
    neuron = train(moons, config, (), "linear", "sigmoid").replicas.weights(0)
    record.add_figure(
        "step",
        plot_step(moons, nets, neuron),
        caption="Left the loss of one neuron over one of its weights: a staircase with steps, "
        "smooth with a sigmoid. Right the loss over the training, the mean and the middle 80% of "
        "nets.",
    )
    line = (neuron[0][:, 0], float(neuron[1][0]))
    records.save_neurons(
        record, {"two moons": records.Division(moons.train.x, moons.train.y, [line])}
    )
    record.answer(
        "Not by its gradient, which is 0 wherever it exists: in "
        f"{config.epochs} epochs no weight of the step nets moves by more than "
        f"{nets[STEP].largest_move:g}, and they score {nets[STEP].test.mean():.3f}; with sigmoids "
        f"the same nets score {nets[SIGMOID].test.mean():.3f}, with ReLUs "
        f"{nets[RELU].test.mean():.3f}.",
        limits="Ways to train steps without gradients, or with others in their place, are not "
        "tried.",
    )


def step_tensor(z: Any) -> Any:
    """Return 1 where z > 0 and 0 where z < 0, as a tensor whose gradient is 0."""
    return (1 + keras.ops.sign(z)) / 2


def judge_step(record: RunRecord, stepped: Trained, sigmoid: Trained, relu: Trained) -> None:
    """Judge that gradients train what is differentiable, and nothing else."""
    learned, cornered = (stats.mean_interval(nets.test) for nets in (sigmoid, relu))
    falls = bool((sigmoid.loss[:, -1] < sigmoid.loss[:, 0]).all())
    record.judge(
        "D-step-function",
        f"largest move of a weight {stepped.largest_move:g} with steps, {sigmoid.largest_move:.3g} "
        f"with sigmoids; test accuracy {stepped.test.mean():.3f} and {sigmoid.test.mean():.3f} "
        f"({learned.low:.3f} to {learned.high:.3f}), with ReLUs {relu.test.mean():.3f}",
        holds=[
            stepped.largest_move == 0 and falls and learned.low > stepped.test.mean(),
            cornered.low <= stepped.test.mean(),
        ],
        how=f"Nets of 8, 8 and 1 units, {len(stepped.test)} seeds each. The slope of a step is 0 "
        'wherever it exists, so no weight ever moves. "Only" is not true of ReLU, which has no '
        f"derivative at its corner and trains ({cornered.low:.3f} to {cornered.high:.3f}): "
        "it depends on whether differentiable means everywhere.",
        interval=learned,
    )


def loss_along_a_weight(
    moons: Dataset, neuron: list[np.ndarray], function: activations.Function, values: np.ndarray
) -> np.ndarray:
    """Return the loss of one neuron on a few rows for each value of its first weight.

    Args:
        moons: The data, whose first training rows are taken: few, so that steps are seen.
        neuron: Kernel `(2, 1)` and bias `(1,)`, as Keras keeps them.
        function: Its activation.
        values: Of the first weight, `(values,)`; the second and the bias are held.
    """
    (_, second), bias = neuron[0][:, 0], neuron[1][0]
    x, y = moons.train.x[:STAIRCASE_ROWS], moons.train.y[:STAIRCASE_ROWS]
    net = values[:, None] * x[:, 0] + second * x[:, 1] + bias
    return ((function(net) - y) ** 2).mean(axis=1)


def plot_step(moons: Dataset, nets: Mapping[str, Trained], neuron: list[np.ndarray]) -> Figure:
    """Draw the loss against one weight, and over training, with step and with sigmoid."""
    functions: dict[str, activations.Function] = {STEP: step, SIGMOID: activations.logistic}
    values = neuron[0][0, 0] + np.linspace(-15, 15, 3_001)
    with plots.style.figure() as figure:
        figure.suptitle("Loss with steps and with sigmoids")
        along, over = figure.subplots(1, 2)
        looks = plots.style.looks([SIGMOID, STEP])
        for kind, function in functions.items():
            color = looks[kind].color
            drawing = {"color": color, "linestyle": "--" if kind == STEP else "-"}
            losses = loss_along_a_weight(moons, neuron, function, values)
            along.plot(values, losses, **drawing)
            epochs = np.arange(1, nets[kind].loss.shape[1] + 1)
            over.plot(epochs, nets[kind].loss.mean(axis=0), label=kind, **drawing)
            low, high = np.quantile(nets[kind].loss, [0.1, 0.9], axis=0)
            over.fill_between(epochs, low, high, color=color, alpha=0.2, linewidth=0)
        along.set(xlabel="first weight", ylabel="mean squared error")
        over.set(xlabel="epoch", ylabel="mean squared error", ylim=(0, None))
        along.set_title(f"one neuron, {STAIRCASE_ROWS} rows", fontsize=13)
        over.set_title("three layers: mean, and the middle 80% of nets", fontsize=13)
        figure.legend(loc="outside lower center", ncols=2)
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

"""Which layers learn in a deep net that fails?

Topic: activations                    Time: seconds
Run:   python -m labs.early_layers
Quick: python -m labs.early_layers --quick
Try:   --hidden-layers 2     do the early layers move if there are few?
       --epochs 40           does the gradient of the first layer come back in time?

A deep sigmoid net that starts from small random weights does not learn: its gradient vanishes
towards the input. The gradient of each layer is watched while it trains, and while the same net
with batch normalization and a ReLU net with He's start do.

Source: lecture E, 2022-1 교육세션 Deep Learning (MLP).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, NamedTuple

import lazy_loader
import numpy as np

import callbacks
import models
from labs import data, plots
from labs.running import Above, AtLeast, AtMost, LabConfig, Within, lab
from labs.studies.deep_nets import BATCH, FAILING, LEARNING, NORMALIZED, Setting, build_net

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.data import Dataset
    from labs.records import RunRecord

keras = lazy_loader.load("keras")

PROBE_ROWS = 200
"""Training rows on which gradients are measured after every epoch."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"hidden_layers": 3, "epochs": 4}

    hidden_layers: Annotated[int, Within(2, 16)] = 6
    """Hidden layers of 32 units."""
    epochs: Annotated[int, AtLeast(1)] = 10
    """Passes over the training rows, in batches of 64."""
    learning_rate: Annotated[float, Above(0), AtMost(10)] = 0.1
    """Rate of plain gradient descent, the same in every setting."""


class Watched(NamedTuple):
    """One training, looked at more closely.

    Attributes:
        history: Curves, and the gradient norm of each layer after every epoch.
        gradients: That norm in the dense layers, `(layers, epochs)`.
        moves: How far the weights of each dense layer have moved, ‖ΔW‖/‖W‖, `(layers,)`.
    """

    history: dict[str, list[float]]
    gradients: np.ndarray
    moves: np.ndarray


def experiment(config: Config, record: RunRecord) -> None:
    """Train three deep nets, and watch the gradients of their layers."""
    digits = data.load_digits()
    record.use_dataset(digits)
    watched = {
        setting: watch(setting, digits, config) for setting in (FAILING, NORMALIZED, LEARNING)
    }
    judge_early_layers(record, watched)
    for setting, seen in watched.items():
        record.save_history(str(setting).replace(",", "").replace(" ", "-").lower(), seen.history)
    record.add_figure(
        "gradients",
        plot_gradients(watched),
        caption="Gradient norm of the first, the last hidden and the output layer over the "
        "training of three nets.",
    )
    failing, learning = watched[FAILING], watched[LEARNING]
    record.answer(
        f"The last ones: in {FAILING} the first layer moves by {failing.moves[0]:.1e} of its size, "
        f"the last by {failing.moves[-1]:.1e}, and the first layer's gradient goes from "
        f"{failing.gradients[0, 0]:.1e} to {failing.gradients[0, -1]:.1e}. In {LEARNING} it is "
        f"{learning.moves[0]:.2f} and {learning.moves[-1]:.2f}.",
        limits="One net of each kind; the remedies over several starts are the question of "
        "labs.deep_nets.",
    )


def watch(setting: Setting, digits: Dataset, config: Config) -> Watched:
    """Train the first net of a setting with an eye on its layers."""
    net = build_net(setting, 0, config)
    dense = [layer for layer in net.layers if isinstance(layer, keras.layers.Dense)]
    before = [layer.kernel.numpy() for layer in dense]
    probe = digits.train.take(np.arange(PROBE_ROWS))
    history = models.fit(
        net,
        digits.train.x,
        digits.train.y,
        epochs=config.epochs,
        batch_size=BATCH,
        shuffle=False,
        callbacks=[callbacks.GradientMonitor(probe.x, probe.y)],
    ).history
    moves = [
        np.linalg.norm(layer.kernel.numpy() - old) / np.linalg.norm(old)
        for layer, old in zip(dense, before, strict=True)
    ]
    gradients = [history[f"gradient_norm/{layer.name}"] for layer in dense]
    return Watched(history, np.array(gradients), np.array(moves))


def judge_early_layers(record: RunRecord, watched: Mapping[Setting, Watched]) -> None:
    """Judge lecture E's statement on where the updates fail."""
    failing, learning = watched[FAILING].moves, watched[LEARNING].moves
    found, best = (watched[kind].history["accuracy"][-1] for kind in (FAILING, LEARNING))
    record.judge(
        "E-early-layers",
        f"{failing[0]:.1e} of their size in the first layer, {failing[-1]:.1e} in the last; "
        f"training accuracy {found:.3f}, where {best:.3f} can be had",
        holds=bool(failing[0] < 0.01 * failing[-1] and found < best / 2),
        how=f"‖ΔW‖/‖W‖ over the training of {FAILING}; in a net that learns, {LEARNING}, "
        f"{learning[0]:.2f} and {learning[-1]:.2f}, and the accuracy to be had is its own.",
    )


def plot_gradients(watched: Mapping[Setting, Watched]) -> Figure:
    """Draw the gradient norm of a few layers over the training, a panel for each net."""
    with plots.style.figure(12.0, 5.2) as figure:
        panels = figure.subplots(1, len(watched), sharey=True)
        for axes, (setting, seen) in zip(panels, watched.items(), strict=True):
            layers, epochs = seen.gradients.shape
            shown = {0: "first hidden layer", layers - 2: "last hidden layer", layers - 1: "output"}
            looks = plots.style.looks(["first hidden layer", "last hidden layer", "output"])
            for layer, name in shown.items():
                axes.semilogy(
                    np.arange(1, epochs + 1),
                    seen.gradients[layer],
                    **looks[name].line,
                    label=name,
                )
            axes.set(title=setting, xlabel="epoch")
        panels[0].set_ylabel("gradient norm")
        figure.suptitle("Gradient norms while three deep nets train")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

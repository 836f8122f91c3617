"""Who chooses the features: a person, or the net?

Topic: one neuron and its limits      Time: a minute
Run:   python -m labs.features
Quick: python -m labs.features --quick
Try:   --epochs 1       are the features of a net that has hardly learned worth anything?
       --rows 1200      who does better with more digits, the person or the net?

One and the same linear classifier reads digits from four kinds of features: their pixels;
directions of edges, which people thought of; the hidden units of a net trained on the same rows;
and those of that net before training, to see what training adds. The test rows are scikit-learn's
and all training digits that no draw is from.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; lecture D, Deep
Learning 모델 학습법 (course notes, day 55), Upstage AI Lab; Dalal and Triggs (2005), "Histograms of
Oriented Gradients for Human Detection".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import lazy_loader
import numpy as np

import models
from labs import data, plots, stats
from labs.running import AtLeast, LabConfig, Within, lab

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
sklearn = lazy_loader.load("sklearn")

CELL, ANGLES = 4, 9
UNITS, BATCH = 128, 32
SHAPES = ((8, 8), (28, 28), (20, 30))
"""Pictures of which input nodes are counted; 28·28 are the lecture's."""
STRENGTHS = (0.001, 0.01, 0.1, 1.0, 10.0)
"""Inverse penalties C of the classifier; each kind of features has its own."""
PIXELS, EDGES = "pixels", "edges, chosen by people"
LEARNED, UNTRAINED = "hidden units, trained", "hidden units, untrained"
OWN_RULE = "the net's own rule"


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"draws": 3, "epochs": 10, "rows": 200}

    rows: Annotated[int, Within(100, 1_300)] = 300
    """Training digits of a draw."""
    draws: Annotated[int, AtLeast(2)] = 12
    """Draws of training digits, with a net each."""
    epochs: Annotated[int, AtLeast(1)] = 40
    """Passes of a net over its digits."""


def experiment(config: Config, record: RunRecord) -> None:
    """Read digits from four kinds of features with the same kind of classifier."""
    digits = data.load_digits()
    record.use_dataset(digits)
    train, test = digits.train, digits.test
    rng = np.random.default_rng(config.seed)
    # Half of the training digits are drawn from; the others are read at the end as the test's are.
    pool, rest = np.split(rng.permutation(len(train)), [max(config.rows, len(train) // 2)])
    drawn = [rng.permutation(pool)[: config.rows] for _ in range(config.draws)]
    unseen = [*rest, *range(len(train), len(train) + len(test))]
    nets = train_nets(train, drawn, config)
    x, y = np.concatenate([train.x, test.x]), np.concatenate([train.y, test.y])
    pixels, edges = x.reshape(len(x), -1) / 255, edge_histograms(x)
    everywhere = [pixels] * config.draws, [edges] * config.draws
    found = ([hidden(net, x) for net in kind] for kind in zip(*nets, strict=True))
    right, strengths, sizes = {}, {}, {}
    kinds = zip((PIXELS, EDGES, LEARNED, UNTRAINED), (*everywhere, *found), strict=True)
    for kind, features in record.track(list(kinds), "kinds of features"):
        known = [(f[rows], train.y[rows]) for f, rows in zip(features, drawn, strict=True)]
        strengths[kind] = best_strength(known)
        classifiers = (linear(strengths[kind]).fit(*rows) for rows in known)
        fits = zip(classifiers, features, strict=True)
        right[kind] = np.array([c.predict(f[unseen]) == y[unseen] for c, f in fits])
        sizes[kind] = features[0].shape[1]
    scores = {kind: values.mean(axis=1) for kind, values in right.items()}
    record.add_table(
        "features",
        [
            {"features": k, "count": sizes[k], "C": strengths[k], "test accuracy": scores[k].mean()}
            for k in scores
        ],
    )
    by_nets = (net.predict(x[unseen], verbose=0).argmax(axis=1) for net, _ in nets)
    right[OWN_RULE] = np.array([classes == y[unseen] for classes in by_nets])
    judge_features(record, right, config)
    judge_input_nodes(record)
    record.answer(
        f"Either may: a linear classifier is right about {scores[PIXELS].mean():.1%} of the digits "
        f"from pixels, {scores[EDGES].mean():.1%} from edges that people chose, and "
        f"{scores[LEARNED].mean():.1%} from what a net found itself, "
        f"{scores[UNTRAINED].mean():.1%} from the same net untrained.",
        limits="Small digits, a dense net of one hidden layer, one kind of edges; on photos, with "
        "many layers and rows, the balance is another.",
    )
    record.add_figure(
        "accuracies",
        plots.plot_seeds(
            digits.name,
            f"a linear classifier on four kinds of features, {config.rows} rows",
            scores,
            score_name="test accuracy",
        ),
        caption="Test accuracy of the same linear classifier on four kinds of features: a dot a "
        "draw of training rows.",
    )
    record.add_figure(
        "features",
        plot_features(train.x, *nets[0]),
        caption="Above, digits and the edges found in their cells, longer lines for stronger ones; "
        "below, how training changed the weights into the hidden units that it changed most.",
    )


def edge_histograms(x: np.ndarray) -> np.ndarray:
    """Describe pictures by how strong their edges are in each cell and direction.

    The gradient of the pixels has a strength and a direction of 0 to 180°; in each cell of 4×4
    pixels the strengths are added up by direction, shared between the two nearest of 9, and what
    a cell has is divided by its length.

    Args:
        x: Pictures, `(pictures, height, width)`.

    Returns:
        `(pictures, cells · 9)`.
    """
    down, across = np.gradient(x.astype(np.float64) / 255, axis=(1, 2))
    strength = np.hypot(down, across)
    place = np.mod(np.arctan2(down, across), np.pi) / np.pi * ANGLES
    lower = np.floor(place).astype(int)
    share = place - lower
    pictures, height, width = x.shape
    found = np.zeros((pictures, height // CELL, width // CELL, ANGLES))
    cells = (pictures, height // CELL, CELL, width // CELL, CELL)
    for angle in range(ANGLES):
        weight = (lower % ANGLES == angle) * (1 - share) + ((lower + 1) % ANGLES == angle) * share
        found[..., angle] = (weight * strength).reshape(cells).sum(axis=(2, 4))
    found /= np.sqrt(np.sum(found**2, axis=-1, keepdims=True) + 0.01)
    return found.reshape(pictures, -1)


def train_nets(
    train: data.Part, drawn: list[np.ndarray], config: Config
) -> list[tuple[keras.Model, keras.Model]]:
    """Train a net on each draw of rows; return each beside itself as it was before."""

    def build(seed: int, x: np.ndarray) -> keras.Model:
        return models.build_mlp((28, 28), (UNITS,), 10, scale=1 / 255, seed=seed)

    seeds = range(config.seed, config.seed + config.draws)
    replicas = models.fit_replicas(
        build,
        train.x,
        train.y,
        seeds=seeds,
        row_sets=drawn,
        epochs=config.epochs,
        batch_size=BATCH,
    )
    return [(replicas.model(place), build(seed, train.x)) for place, seed in enumerate(seeds)]


def hidden(net: keras.Model, x: np.ndarray) -> np.ndarray:
    """Return what the last hidden layer makes of pictures, `(pictures, units)`."""
    inner = keras.Model(net.inputs, net.layers[-2].output)
    features: np.ndarray = inner.predict(x, batch_size=1024, verbose=0)
    return features


def linear(strength: float) -> Any:
    """Return a softmax regression on standardized features with L2 penalty 1/C."""
    classifier = sklearn.linear_model.LogisticRegression(C=strength, max_iter=300)
    return sklearn.pipeline.make_pipeline(sklearn.preprocessing.StandardScaler(), classifier)


def best_strength(draws: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """Choose C on a quarter of the training rows held out, of all draws together.

    Args:
        draws: Features `(rows, count)` and classes `(rows,)` of each.
    """

    def score(c: float, x: np.ndarray, y: np.ndarray) -> float:
        held_out = len(y) // 4
        return float(linear(c).fit(x[held_out:], y[held_out:]).score(x[:held_out], y[:held_out]))

    return max(STRENGTHS, key=lambda c: sum(score(c, *draw) for draw in draws))


def judge_features(record: RunRecord, right: Mapping[str, np.ndarray], config: Config) -> None:
    """Judge what features and training add, by who is right about which row, `(draws, rows)`."""

    def judge(id: str, *better: str, base: str = PIXELS, remark: str) -> None:
        differences = [stats.compare_nets(right[kind], right[base]) for kind in better]
        intervals = [difference.interval() for difference in differences]
        told = ", ".join(
            f"{kind} {right[kind].mean():.3f}, {difference.mean:+.3f} ({low:+.3f} to {high:+.3f})"
            for kind, difference, (low, high) in zip(better, differences, intervals, strict=True)
        )
        record.judge(
            id,
            f"{base} {right[base].mean():.3f}; {told}",
            above=0,
            how=f"Test accuracy of the same linear classifier, {config.draws} draws of "
            f"{config.rows} training rows; the interval counts draws and test rows. {remark}",
            interval=min(intervals),
        )

    remark = "Training is what makes them useful."
    judge("A-features-learned", LEARNED, base=UNTRAINED, remark=remark)
    remark = "Directions of edges in cells, as in HOG. That they serve better than pixels is our "
    judge("D-features-by-hand", EDGES, remark=f"{remark}test, the lecture says who finds them.")
    remark = (
        "Beside the same units before they have seen data; the rule is the net's output layer, the "
        f"interval the lower one. The classifier gets {right[PIXELS].mean():.3f} from pixels."
    )
    judge("D-features-by-net", LEARNED, OWN_RULE, base=UNTRAINED, remark=remark)


def judge_input_nodes(record: RunRecord) -> None:
    """Judge that a net has an input node for each pixel, by what each pixel alone changes."""
    counted = []
    for height, width in SHAPES:
        net = models.build_mlp((height, width), (2,), 10, scale=1 / 255, seed=0)
        nodes = keras.Model(net.inputs, net.layers[-2].input)
        alone = 255 * np.eye(height * width).reshape(-1, height, width)
        changed = nodes.predict(alone, batch_size=1024, verbose=0) != 0
        counted.append(np.sum(changed.sum(axis=0) == 1))
    record.judge(
        "D-input-nodes",
        counted,
        right=[height * width for height, width in SHAPES],
        how="Nodes that one pixel alone changes, counted in dense nets for grey pictures of "
        f"{', '.join(f'{height}·{width}' for height, width in SHAPES)}. A color picture has three "
        "numbers a pixel, so three nodes.",
    )


def plot_features(x: np.ndarray, trained: keras.Model, untrained: keras.Model) -> Figure:
    """Draw what people look for in digits, and what hidden units respond to."""
    after, before = (net.layers[-2].get_weights()[0] for net in (trained, untrained))
    change = (after - before)[:, np.argsort(-np.linalg.norm(after - before, axis=0))]
    learned = change.T.reshape(-1, 28, 28)
    found = edge_histograms(x[:6]).reshape(6, 28 // CELL, 28 // CELL, ANGLES)
    middle = (np.arange(28 // CELL) + 0.5) * CELL - 0.5
    with plots.style.figure(12.0, 4.6) as figure:
        figure.suptitle("Edges as people describe them, and what training added to weights")
        panels = figure.subplots(2, 6)
        for picture, axes in enumerate(panels[0]):
            axes.imshow(x[picture], cmap="gray_r", alpha=0.35)
            for angle in range(ANGLES):
                # An edge runs across the gradient.
                turned = np.pi * angle / ANGLES + np.pi / 2
                size = found[picture, ..., angle] * CELL / 2
                across, down = size * np.cos(turned), size * np.sin(turned)
                ends = [(middle[None] + s * across, middle[:, None] + s * down) for s in (-1, 1)]
                lines = np.stack([np.stack(end, axis=-1).reshape(-1, 2) for end in ends], axis=1)
                axes.plot(*lines.transpose(2, 1, 0), color=plots.style.COLORS[1], linewidth=0.8)
        for axes, weights in zip(panels[1], learned, strict=False):
            most = np.abs(weights).max()
            axes.imshow(weights, cmap="RdBu", vmin=-most, vmax=most)
        for axes in panels.flat:
            axes.axis("off")
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

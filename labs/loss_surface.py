"""What does the loss of a trained net look like?

Topic: gradients                      Time: seconds
Run:   python -m labs.loss_surface
Quick: python -m labs.loss_surface --quick
Try:   --epochs 5      what lies around a place that descent has hardly left?
       --radius 3      how high do the walls grow further out?

A net of hundreds of parameters has a loss over hundreds of dimensions. Here it is drawn over two:
random ones, each unit's weights as long as the trained ones ("filter-normalized"), and the two in
which the path of descent moves most.

Source: lecture B, 신경망 학습 (Training Neural Networks); Li et al. (2018), "Visualizing the Loss
Landscape of Neural Nets".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

import lazy_loader
import numpy as np

import models
from labs import data, plots, stats
from labs.running import Above, AtLeast, AtMost, LabConfig, lab

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
scipy = lazy_loader.load("scipy")

HIDDEN_UNITS, BATCH, RATE = (16, 16), 32, 0.003
GRID, DIRECTIONS, STEP = 41, 200, 0.1


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 3, "epochs": 20}

    epochs: Annotated[int, AtLeast(3)] = 150
    """Passes over 265 patients."""
    seeds: Annotated[int, AtLeast(2)] = 10
    """Nets around which steps in random directions are taken."""
    radius: Annotated[float, Above(0), AtMost(100)] = 1.0
    """How far to go, where 1 is as far as the trained weights are from 0."""


class Plane(NamedTuple):
    """A plane in the space of parameters, and the loss on a grid of it.

    Attributes:
        origin: The trained parameters, `(parameters,)`.
        axes: Two directions, `(2, parameters)`.
        x, y: Steps along each, `(grid,)`.
        loss: `(grid, grid)`; its rows go with y.
        path: The path's places projected on the plane, `(epochs + 1, 2)`.
    """

    origin: np.ndarray
    axes: np.ndarray
    x: np.ndarray
    y: np.ndarray
    loss: np.ndarray
    path: np.ndarray


class Surface:
    """The training loss as a function of all parameters, of many points at once."""

    def __init__(self, part: data.Part, shapes: list[tuple[int, ...]]) -> None:
        self.part, self.shapes = part, shapes
        self._ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Return the mean cross-entropy at `(points, parameters)`, `(points,)`."""
        h = self.part.x
        weights = self.split(points)
        for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
            h = np.maximum(h @ kernel + bias[:, None], 0)
        logits = h @ weights[-2] + weights[-1][:, None]
        logs = logits - scipy.special.logsumexp(logits, axis=-1, keepdims=True)
        losses: np.ndarray = -logs[:, np.arange(len(self.part)), self.part.y].mean(axis=1)
        return losses

    def split(self, points: np.ndarray) -> list[np.ndarray]:
        """Return kernels and biases in turn, each `(points, *shape)`."""
        parts = np.split(points, self._ends, axis=-1)
        return [a.reshape(-1, *shape) for a, shape in zip(parts, self.shapes, strict=True)]

    def normalize(self, directions: np.ndarray, trained: np.ndarray) -> np.ndarray:
        """Make each unit's part of a direction as long as its trained weights; leave biases.

        Args:
            directions: `(directions, parameters)`.
            trained: `(parameters,)`.
        """
        scaled = []
        for drawn, learned in zip(self.split(directions), self.split(trained[None]), strict=True):
            if learned.ndim == 2:
                scaled.append(np.zeros_like(drawn))
            else:
                lengths = [np.linalg.norm(w, axis=1, keepdims=True) for w in (drawn, learned)]
                scaled.append((drawn * lengths[1] / lengths[0]).reshape(len(drawn), -1))
        return np.concatenate(scaled, axis=1)


def experiment(config: Config, record: RunRecord) -> None:
    """Train nets, go from where they end in random directions, and draw two planes."""
    patients = data.load_diabetes()
    record.use_dataset(patients)
    path = follow_path(patients.train, config)
    shapes = [weights.shape for weights in build(config.seed, patients.train.x).get_weights()]
    scaled = data.Part(standardize(patients.train.x), patients.train.y)
    surface = Surface(scaled, shapes)
    along = surface(path)
    rises = judge_surface(record, surface, path, train_ends(patients.train, config), config)
    rng = np.random.default_rng(config.seed)
    drawn = surface.normalize(rng.normal(size=(2, path.shape[1])), path[-1])
    random_plane = cut(surface, path, drawn, np.full((2, 2), [-config.radius, config.radius]))
    _, strengths, directions = np.linalg.svd(path - path[-1], full_matrices=False)
    seen = strengths[:2] ** 2 / np.sum(strengths**2)
    places = (path - path[-1]) @ directions[:2].T
    room = 0.25 * np.ptp(places, axis=0).max()
    bounds = np.stack([places.min(axis=0) - room, places.max(axis=0) + room], axis=1)
    path_plane = cut(surface, path, directions[:2], bounds)
    off_plane = np.linalg.norm(random_plane.path[0] @ drawn) / np.linalg.norm(path[0] - path[-1])
    record.add_findings(
        f"The plane of the path holds {seen.sum():.1%} of its movement away from the end; of the "
        f"way from start to end the random plane shows {off_plane:.0%}: two of {len(path[0])} "
        "directions."
    )
    record.answer(
        f"From where training ends {rises.mean():.0%} of random directions lead up. Descent comes "
        f"down to it from {along[0]:.2f} to {along[-1]:.2f} on a path that lies in two directions "
        f"to {seen.sum():.0%}.",
        limits="Two of hundreds of directions; what a cut shows of ridges and valleys depends on "
        "which are chosen. One small net on one table.",
    )
    record.add_figure(
        "contours",
        plot_contours(random_plane, path_plane, along, seen),
        caption="Lines of equal training loss around the trained net (star): in two random, "
        "filter-normalized directions, and in those of the path of descent (from the square on).",
    )
    record.add_figure(
        "surface",
        plot_surface(random_plane, path_plane, along),
        caption="The same two cuts in three dimensions, with the path of descent on the second.",
    )


def standardize(x: np.ndarray) -> np.ndarray:
    """Bring the columns to mean 0 and variance 1, as the nets' first layer does."""
    scaled: np.ndarray = (x - x.mean(axis=0)) / x.std(axis=0)
    return scaled


def build(seed: int, x: np.ndarray) -> keras.Model:
    """Build a ReLU net for rows that are standardized already."""
    adam = keras.optimizers.Adam(RATE)
    return models.build_mlp(x.shape[1:], HIDDEN_UNITS, 2, optimizer=adam, seed=seed)


def flatten(weights: list[np.ndarray]) -> np.ndarray:
    """Return all weights as one point, in float64."""
    return np.concatenate([np.ravel(array) for array in weights]).astype(np.float64)


def follow_path(train: data.Part, config: Config) -> np.ndarray:
    """Train the first net; return its parameters at the start and after each epoch."""
    x = standardize(train.x)
    net = build(config.seed, x)
    path = [flatten(net.get_weights())]

    def keep(epoch: int, logs: dict[str, Any]) -> None:
        path.append(flatten(net.get_weights()))

    models.fit(
        net,
        x,
        train.y,
        epochs=config.epochs,
        batch_size=BATCH,
        seed=config.seed,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=keep)],
    )
    return np.array(path)


def train_ends(train: data.Part, config: Config) -> np.ndarray:
    """Train a net for each seed; return where they end, `(seeds, parameters)`."""
    seeds = range(config.seed, config.seed + config.seeds)
    x = standardize(train.x)
    replicas = models.fit_replicas(
        build, x, train.y, seeds=seeds, epochs=config.epochs, batch_size=BATCH
    )
    return np.array([flatten(replicas.weights(replica)) for replica in range(len(seeds))])


def judge_surface(
    record: RunRecord, surface: Surface, path: np.ndarray, ends: np.ndarray, config: Config
) -> np.ndarray:
    """Judge that descent goes down the surface, by steps in random directions from its ends.

    Returns:
        The share of directions that lead up, `(seeds,)`.
    """
    rng = np.random.default_rng([config.seed, 1])

    def share_up(point: np.ndarray) -> float:
        drawn = surface.normalize(rng.normal(size=(DIRECTIONS, len(point))), point)
        return float(np.mean(surface(point + STEP * drawn) > surface(point[None])))

    rises = [share_up(end) for end in ends]
    start, end = surface(path[[0, -1]])
    record.judge(
        "B-loss-surface",
        f"{np.mean(rises):.1%} of random steps from where training ends lead up; on the way there "
        f"the loss went from {start:.3f} to {end:.3f}",
        above=0.5,
        how="What a surface would show, since the picture is lost: that training ends low on it. "
        f"{len(ends)} nets of {ends.shape[1]} parameters, {DIRECTIONS} filter-normalized "
        f"directions each, steps {STEP:g} times as long as the weights. Where the first net "
        f"started {share_up(path[0]):.1%} of them led up.",
        interval=stats.mean_interval(rises),
    )
    return np.array(rises)


def cut(surface: Surface, path: np.ndarray, axes: np.ndarray, bounds: np.ndarray) -> Plane:
    """Measure the loss on the plane through the path's end, bounds `(2, 2)` along the axes."""
    end = path[-1]
    x, y = (np.linspace(bound[0], bound[1], GRID) for bound in bounds)
    steps = np.stack(np.meshgrid(x, y), axis=-1)
    loss = np.array([surface(end + row @ axes) for row in steps])
    places = (path - end) @ np.linalg.pinv(axes)
    return Plane(end, axes, x, y, loss, places)


def plot_contours(
    random_plane: Plane, path_plane: Plane, along: np.ndarray, seen: np.ndarray
) -> Figure:
    """Draw lines of equal loss on both planes, and the path on its own."""
    color = plots.style.COLORS[1]
    with plots.style.figure(12.0, 5.6) as figure:
        panels = figure.subplots(1, 2)
        for axes, plane in zip(panels, (random_plane, path_plane), strict=True):
            levels = np.geomspace(plane.loss.min(), plane.loss.max(), 14)
            lines = axes.contour(plane.x, plane.y, plane.loss, levels, cmap="viridis")
            axes.clabel(lines, lines.levels[::2], fontsize=9, fmt="%.2f")
            axes.plot(0, 0, "*", color=color, markersize=14, zorder=5)
            axes.grid(visible=False)
        panels[1].plot(*path_plane.path.T, ".-", color=color, linewidth=1.2, markersize=4)
        panels[1].plot(*path_plane.path[0], "s", color=color, markersize=9)
        panels[0].set_title("Random directions, filter-normalized")
        panels[0].set(xlabel="first direction", ylabel="second direction")
        panels[1].set_title("Directions of the path of descent")
        panels[1].set(
            xlabel=f"first, {seen[0]:.0%} of the movement",
            ylabel=f"second, {seen[1]:.0%}",
        )
        figure.suptitle(
            f"Training loss around a net that came from {along[0]:.2f} to {along[-1]:.2f}"
        )
    return figure


def plot_surface(random_plane: Plane, path_plane: Plane, along: np.ndarray) -> Figure:
    """Draw both planes with the loss as their height."""
    with plots.style.figure(12.5, 6.0) as figure:
        figure.suptitle("The loss as a surface")
        titles = ("Random directions", "Directions of the path")
        for place, (plane, title) in enumerate(
            zip((random_plane, path_plane), titles, strict=True)
        ):
            axes: Any = figure.add_subplot(1, 2, place + 1, projection="3d")
            grid = np.meshgrid(plane.x, plane.y)
            axes.plot_surface(*grid, plane.loss, cmap="viridis", alpha=0.75, linewidth=0)
            axes.set(xlabel="first", ylabel="second", title=title)
            axes.set_zlabel("training loss", labelpad=8)
            axes.locator_params(nbins=5)
            axes.view_init(elev=35, azim=-60)
            axes.set_box_aspect(None, zoom=0.85)
        axes.plot(*path_plane.path.T, along, color=plots.style.COLORS[1], zorder=10)
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

"""Do the lecture's normalizations give what Keras's layers give?

Topic: normalization and regularization    Time: seconds
Run:   python -m labs.normalization_formulas
Quick: python -m labs.normalization_formulas --quick
Try:   --rows 4      what do four rows say of a batch's mean and deviation?
       --seed 1      another γ and β, the same agreement

Batch, layer and weight normalization are computed by hand on the diabetes table and set against
Keras's. In two things Keras does otherwise than the slide: it adds an ε to the variance, and it
predicts with moving averages. What they do for a net is the question of labs.normalization.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Annotated, Any

import lazy_loader
import numpy as np

import models
from labs import data, plots
from labs.running import LabConfig, Within, lab
from models.by_hand import normalization

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")

UNITS, EPOCHS, SAME = 8, 5, 1e-3
"""Hidden units of the net that is trained, for so long; outputs as near as this are the same."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    rows: Annotated[int, Within(2, 265)] = 265
    """Rows of the table that are normalized together."""


def experiment(config: Config, record: RunRecord) -> None:
    """Set each normalization by hand against Keras's."""
    patients = data.load_diabetes(scaled=False)
    record.use_dataset(patients)
    x = patients.train.x[: config.rows]
    judge_formulas(record, x, config)
    judge_figure(record)
    judge_training(record, patients.train, config.seed)
    record.add_findings(*compare_batch_norm_modes(patients.train.x))
    record.add_figure(
        "columns",
        plot_columns(x, patients.feature_names),
        caption="The columns of the table before (in their own units) and after batch "
        "normalization, and after layer normalization, which goes along the rows.",
    )
    by_batch = normalization.batch_normalize(x)
    gamma, beta = np.ones(x.shape[1]), np.zeros(x.shape[1])
    off = np.abs(by_batch - keras_layer(keras.layers.BatchNormalization, x, gamma, beta)[0]).max()
    record.answer(
        f"Yes, in training: by hand batch normalization of {len(x)} rows differs from Keras's "
        f"layer by at most {off:.0e} once its ε is 0, and the other two agree likewise. Keras's "
        "own ε and its moving averages make its outputs others than the slide's.",
        limits="One table; what normalization does for training is not tried here.",
    )


def judge_formulas(record: RunRecord, x: np.ndarray, config: Config) -> None:
    """Judge each normalization by hand against Keras.

    Args:
        record: Takes the verdicts.
        x: Rows in raw units, `(rows, features)`.
        config: For the seed of γ, β and the weights.
    """
    judge_layer_formulas(record, x, *np.random.default_rng(config.seed).normal(size=(2, 10)))
    generator = np.random.default_rng(config.seed)
    v, g = generator.normal(size=(10, 4)), generator.uniform(1, 2, 4)
    record.judge(
        "A-weight-normalization",
        normalization.weight_normalize(v, g),
        right=keras.ops.convert_to_numpy(keras.ops.normalize(v, axis=0)) * g,
        how="Against Keras's normalize; Keras has no layer for it. The slide has no formula; this "
        "is Salimans and Kingma's (2016).",
    )


def judge_layer_formulas(
    record: RunRecord, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray
) -> None:
    """Judge batch and layer normalization against Keras's layers in training."""
    record.judge(
        "A-batch-normalization",
        normalization.batch_normalize(x, gamma, beta),
        right=keras_layer(keras.layers.BatchNormalization, x, gamma, beta)[0],
        how="Against Keras's layer in training, γ and β random.",
    )
    record.judge(
        "A-layer-normalization",
        normalization.layer_normalize(x, gamma, beta),
        right=keras_layer(keras.layers.LayerNormalization, x, gamma, beta)[0],
        how="Against Keras's layer, γ and β random.",
    )


def judge_figure(record: RunRecord) -> None:
    """Look for the slide's lost table: a column of variance 7, a row of 3.5, means 2."""
    tables = {}
    for divisor, lost in (("n − 1", 1), ("n", 0)):
        column, row = (smallest_vector(2, variance, lost) for variance in (7, 3.5))
        if column and row and (common := set(column) & set(row)):
            tables[divisor] = f"a column {column} and a row {row} that cross at {max(common)}"
    record.judge(
        "A-normalization-figure",
        "; ".join(f"divided by {divisor}: {found}" for divisor, found in tables.items()),
        holds=len(tables) > 0,
        how="All columns and rows of up to six whole numbers from 0 to 9, the shortest that fit. "
        "Keras's layers divide by n; statistics books' sample variance divides by n − 1.",
    )


def judge_training(record: RunRecord, rows: data.Part, seed: int) -> None:
    """Judge what training changes: the numbers of a net's batch norm, not those of its data."""

    def train(x: np.ndarray, standardize_by: np.ndarray | None) -> Any:
        """Train a net, with the scaling of its data in it or not."""
        net = models.build_mlp(
            x.shape[1:], (UNITS,), 2, batch_norm=True, standardize_by=standardize_by, seed=seed
        )
        models.fit(net, x, rows.y, epochs=EPOCHS, shuffle=False, jit_compile=False)
        return net

    net, bare = train(rows.x, rows.x), train(normalization.standardize(rows.x), None)
    data_layer, inner = (
        next(layer for layer in net.layers if isinstance(layer, kind))
        for kind in (keras.layers.Normalization, keras.layers.BatchNormalization)
    )
    scaled = keras.ops.convert_to_numpy(data_layer(rows.x))
    moved = float(np.abs(scaled - normalization.standardize(rows.x)).max())
    apart = float(np.abs(net.predict(rows.x, verbose=0) - bare.predict(scaled, verbose=0)).max())
    gamma, beta = (keras.ops.convert_to_numpy(v) for v in (inner.gamma, inner.beta))
    learned = [float(np.abs(gamma - 1).min()), float(np.abs(beta).min())]
    record.judge(
        "A-data-preprocessing",
        f"after {EPOCHS} epochs the data are scaled within {moved:.0e} as before; a net given "
        f"scaled data predicts the same within {apart:.0e}",
        holds=not data_layer.trainable_weights and moved < SAME and apart < SAME,
        how="A net whose first layer standardizes by the training rows, against one that is "
        f"given standardized rows. γ and β of its batch norm have moved by {min(learned):.1e} or "
        "more: they are part of training.",
    )
    record.judge(
        "A-gamma-beta",
        f"{gamma.size} γ and {beta.size} β for {UNITS} variables; γ has moved by "
        f"{learned[0]:.1e} or more, β by {learned[1]:.1e}",
        holds=gamma.shape == beta.shape == (UNITS,) and min(learned) > 0,
        how=f"Keras's batch normalization after {EPOCHS} epochs, from γ = 1 and β = 0.",
    )


def smallest_vector(mean: float, variance: float, lost: int) -> tuple[int, ...] | None:
    """Return the shortest vector of whole numbers from 0 to 9 with this mean and variance.

    Args:
        mean: Its mean.
        variance: Its variance, divided by its length less `lost`.
        lost: Degrees of freedom, NumPy's `ddof`.
    """
    for length in range(2, 7):
        for vector in combinations_with_replacement(range(10), length):
            if sum(vector) == mean * length and np.var(vector, ddof=lost) == variance:
                return vector
    return None


def keras_layer(
    kind: Any, x: np.ndarray, gamma: np.ndarray, beta: np.ndarray, epsilon: float = 1e-12
) -> tuple[np.ndarray, Any]:
    """Apply one of Keras's normalizations in training, with the slide's lack of an ε.

    Returns:
        Its output, of the shape of x, and the layer.
    """
    layer = kind(epsilon=epsilon, dtype="float64")
    layer.build(x.shape)
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    in_training = {"training": True} if kind is keras.layers.BatchNormalization else {}
    return keras.ops.convert_to_numpy(layer(x, **in_training)), layer


def compare_batch_norm_modes(x: np.ndarray) -> Iterator[str]:
    """Say what Keras does otherwise than the slide: an ε, and averages for prediction."""
    one, zero = np.ones(x.shape[1]), np.zeros(x.shape[1])
    small = normalization.standardize(x) / 10
    epsilon = normalization.KERAS_EPSILON
    output, layer = keras_layer(keras.layers.BatchNormalization, small, one, zero, epsilon)
    slide = normalization.batch_normalize(small)
    yield (
        f"Keras adds ε = {epsilon} to the variance, which the slide does not: on inputs of "
        f"variance .01 its outputs are {1 - output.std() / slide.std():.1%} smaller."
    )
    rows = x[:32]
    output, layer = keras_layer(keras.layers.BatchNormalization, rows, one, zero, epsilon)
    predicted = keras.ops.convert_to_numpy(layer(rows, training=False))
    mean = normalization.moving_average(zero, rows.mean(axis=0))
    variance = normalization.moving_average(one, rows.var(axis=0))
    by_hand = normalization.batch_normalize_for_prediction(rows, mean, variance, epsilon=epsilon)
    off = np.abs(by_hand / predicted - 1).max()
    yield (
        "In prediction batch normalization uses moving averages: after one batch they hold 1% of "
        f"it, and the largest output is {np.abs(predicted).max():.0f} against "
        f"{np.abs(output).max():.0f} in training (by hand the same to {off:.0e})."
    )


def plot_columns(x: np.ndarray, names: tuple[str, ...]) -> Figure:
    """Draw the columns of a table before and after normalization."""
    panels = {
        "raw units": x,
        "batch normalized": normalization.batch_normalize(x),
        "layer normalized": normalization.layer_normalize(x),
    }
    with plots.style.figure(13.0, 5.0) as figure:
        for axes, (title, values) in zip(
            figure.subplots(1, len(panels)), panels.items(), strict=True
        ):
            axes.boxplot(values, orientation="horizontal", tick_labels=names)
            axes.set(title=title)
        figure.suptitle(f"Ten columns of {len(x)} patients")
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

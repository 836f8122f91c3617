"""What remembers the beginning of a long sequence?

Topic: activations                    Time: a minute
Run:   python -m labs.long_memory
Quick: python -m labs.long_memory --quick
Try:   --length 5     is there anything to mend on a short way?
       --length 80    do gates that start open still remember?

A recurrent net is as deep as its sequence is long, so its gradients vanish; the LSTM was made
against that. Plain nets and LSTMs see numbers of N(0, 1) one by one, and are to say at the end
whether the first one was above 0. Each kind has the best of the same rates, chosen on sequences
held out.

Source: lecture A, 딥러닝 기초 (Introduction to Deep Learning), Korea University; Hochreiter and
Schmidhuber (1997), "Long Short-Term Memory".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple

import lazy_loader
import numpy as np

from labs import plots, stats
from labs.running import AtLeast, LabConfig, Within, lab

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from labs.records import RunRecord

keras = lazy_loader.load("keras")
scipy = lazy_loader.load("scipy")
tf = lazy_loader.load("tensorflow")

UNITS, CELL_UNITS, BATCH = 32, 12, 64
BATCH = 64
CELL_UNITS = 12
CELL_RATES = (0.003, 0.01, 0.03)
PLAIN, ORTHOGONAL = "plain, Xavier", "plain, orthogonal"
LSTM, LONG = "LSTM, Keras's start", "LSTM, open gates"
CELLS = {
    PLAIN: (False, False),
    ORTHOGONAL: (False, True),
    LSTM: (True, False),
    LONG: (True, True),
}
"""Whether it is an LSTM; whether it starts with a long memory: a plain net with an orthogonal
matrix, as Keras's does, an LSTM with forget gates near 1 − 1/length in place of Keras's .73."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"seeds": 3, "length": 8, "steps": 150}

    length: Annotated[int, Within(2, 100)] = 40
    """Numbers in a sequence."""
    steps: Annotated[int, AtLeast(1)] = 500
    """Steps of Adam, 64 new sequences each."""
    seeds: Annotated[int, AtLeast(2)] = 8
    """Nets of each kind."""


class Outcome(NamedTuple):
    """Of one kind of net, for each seed: gradient at the first number over the last, accuracy."""

    shares: np.ndarray
    test: np.ndarray
    rate: float


def experiment(config: Config, record: RunRecord) -> None:
    """Train recurrent nets with and without gates to remember how a sequence began."""
    nets = {
        name: train_cells(*kind, config)
        for name, kind in record.track(CELLS.items(), "recurrent nets", len(CELLS))
    }
    columns = ("net", "rate", "gradient, first / last", "test accuracy")
    rows = [(k, o.rate, scipy.stats.gmean(o.shares), o.test.mean()) for k, o in nets.items()]
    record.add_table("nets", [dict(zip(columns, row, strict=True)) for row in rows])
    judge_memory(record, nets, config)
    test = {name: outcome.test.mean() for name, outcome in nets.items()}
    best = max(test, key=lambda name: test[name])
    others = ", ".join(f"{name} {share:.0%}" for name, share in test.items() if name != best)
    record.answer(
        f"Of four kinds most: {best}, right about {test[best]:.0%} of the sequences of "
        f"{config.length} numbers. The others: {others}; guessing gives 50%.",
        limits=f"Cells of {CELL_UNITS} units, one task of memory, {config.steps} steps of Adam; "
        "longer training may carry each further.",
    )
    record.add_figure(
        "memory",
        plot_nets(nets, config),
        caption="The output's gradient by a sequence's first number as a share of that by its last "
        "before training, and accuracy after it: a dot a seed, the line is the mean.",
    )


def judge_memory(record: RunRecord, nets: Mapping[str, Outcome], config: Config) -> None:
    """Judge the LSTM by the accuracy it adds to a plain net, for either start of both."""
    pairs = [*product((PLAIN, ORTHOGONAL), (LSTM, LONG))]
    gains = [stats.welch(nets[gated].test, nets[plain].test) for plain, gated in pairs]
    intervals = [gain.interval() for gain in gains]
    told = "; ".join(
        f"{plain} to {gated} {gain.mean:+.3f} ({low:+.3f} to {high:+.3f})"
        for (plain, gated), gain, (low, high) in zip(pairs, gains, intervals, strict=True)
    )
    shares = {name: scipy.stats.gmean(outcome.shares) for name, outcome in nets.items()}
    record.judge(
        "A-remedy-lstm",
        told,
        holds=[low > 0 for low, _ in intervals],
        how=f"Accuracy gained over {config.seeds} seeds a kind, each at the best of the same "
        "rates. The gradient is multiplied by the forget gate once a step: Keras's starts at "
        f".73, which leaves little of it after {config.length} steps. Shares before training: "
        + ", ".join(f"{name} {share:.1g}" for name, share in shares.items())
        + ".",
    )


def start_cells(lstm: bool, long: bool, seed: int, length: int) -> list[np.ndarray]:
    """Draw a recurrent net's weights as Keras does: kernel, recurrent, bias, readout, its bias.

    Long memories of an LSTM start as in Tallec and Ollivier (2018), "Can recurrent neural networks
    warp time?", with one time for all cells.
    """
    xavier, draws = keras.initializers.GlorotUniform, np.random.SeedSequence(seed)
    first, second, third = draws.generate_state(3).tolist()
    orthogonal = lstm or long
    cell = (keras.layers.LSTM if lstm else keras.layers.SimpleRNN)(
        CELL_UNITS,
        kernel_initializer=xavier(first),
        recurrent_initializer=keras.initializers.Orthogonal(seed=second)
        if orthogonal
        else xavier(second),
    )
    readout = keras.layers.Dense(1, kernel_initializer=xavier(third))
    keras.Sequential([keras.Input((None, 1)), cell, readout])
    weights = [*cell.get_weights(), *readout.get_weights()]
    if lstm and long:
        open_gates = np.log(length)
        weights[2] = np.repeat([-open_gates, open_gates, 0, 0], CELL_UNITS).astype(np.float32)
    return weights


def run_cells(weights: list[Any], x: Any, lstm: bool) -> Any:
    """Run stacked recurrent nets over sequences, and read their last state.

    Args:
        weights: As `start_cells` orders them, each `(nets, ...)`.
        x: Sequences, `(nets, rows, length, 1)`.
        lstm: Whether the state has a cell c ← f·c + i·tanh(·) beside it, with gates i, f, o;
            else h ← tanh(Wx + Uh + b).

    Returns:
        Logits, `(nets, rows)`.
    """
    kernel, recurrent, bias, readout, readout_bias = weights
    inputs = tf.transpose(x @ kernel[:, None] + bias[:, None, None], (2, 0, 1, 3))

    def step(place: Any, h: Any, c: Any) -> tuple[Any, Any, Any]:
        z = inputs[place] + h @ recurrent
        if not lstm:
            return place + 1, tf.tanh(z), c
        i, f, g, o = tf.split(z, 4, axis=-1)
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        return place + 1, tf.sigmoid(o) * tf.tanh(c), c

    state = tf.zeros((*x.shape[:2], CELL_UNITS))
    length = x.shape[2]
    start = (tf.constant(0), state, state)
    _, h, _ = tf.while_loop(
        lambda place, *_: place < length, step, start, maximum_iterations=length
    )
    return (h @ readout)[..., 0] + readout_bias


def train_cells(lstm: bool, long: bool, config: Config) -> Outcome:
    """Train recurrent nets of a kind with each rate by Adam, gradients clipped to norm 1."""
    runs = [*product(CELL_RATES, range(config.seed, config.seed + config.seeds))]
    drawn = [start_cells(lstm, long, seed, config.length) for _, seed in runs]
    variables = [tf.Variable(np.stack(arrays)) for arrays in zip(*drawn, strict=True)]
    shares = cell_shares([v[: config.seeds] for v in variables], lstm, config)
    adam = keras.optimizers.Adam(1.0)  # Each net's own rate is put into its step.
    moments = [[tf.Variable(tf.zeros_like(v)) for v in variables] for _ in range(2)]
    rates = tf.constant([rate for rate, _ in runs], tf.float32)

    @tf.function(jit_compile=True)
    def step(x: Any, y: Any, number: Any) -> None:
        with tf.GradientTape() as tape:
            logits = run_cells(variables, tf.tile(x[None], (len(runs), 1, 1, 1)), lstm)
            losses = tf.nn.sigmoid_cross_entropy_with_logits(
                tf.tile(y[None], (len(runs), 1)), logits
            )
            loss = tf.reduce_sum(tf.reduce_mean(losses, axis=1))
        gradients = tape.gradient(loss, variables)
        squares = [tf.reduce_sum(g**2, axis=range(1, g.shape.rank)) for g in gradients]
        shorter = 1 / tf.maximum(1.0, tf.sqrt(tf.add_n(squares)))
        for variable, g, m, v in zip(variables, gradients, *moments, strict=True):
            own = (-1, *[1] * (g.shape.rank - 1))
            g *= tf.reshape(shorter, own)
            m.assign(adam.beta_1 * m + (1 - adam.beta_1) * g)
            v.assign(adam.beta_2 * v + (1 - adam.beta_2) * g**2)
            mean, square = m / (1 - adam.beta_1**number), v / (1 - adam.beta_2**number)
            variable.assign_sub(tf.reshape(rates, own) * mean / (tf.sqrt(square) + adam.epsilon))

    for number in range(1, config.steps + 1):
        step(*draw_sequences(BATCH, config, number), tf.constant(float(number)))
    held_out, test = (
        accuracy(variables, lstm, *draw_sequences(1_000, config, -place)).reshape(
            len(CELL_RATES), -1
        )
        for place in (1, 2)
    )
    best = int(held_out.mean(axis=1).argmax())
    return Outcome(shares, test[best], CELL_RATES[best])


def draw_sequences(rows: int, config: Config, number: int) -> tuple[Any, Any]:
    """Draw sequences of N(0, 1), and whether each began above 0; by place, not in order."""
    generator = np.random.default_rng([config.seed, number + 10])
    x = generator.normal(size=(rows, config.length, 1)).astype(np.float32)
    return tf.constant(x), tf.constant((x[:, 0, 0] > 0).astype(np.float32))


def accuracy(weights: list[Any], lstm: bool, x: Any, y: Any) -> np.ndarray:
    """Return the share of sequences each net is right about, `(nets,)`."""
    nets = weights[0].shape[0]
    logits = run_cells(weights, tf.tile(x[None], (nets, 1, 1, 1)), lstm)
    return np.mean((logits.numpy() > 0) == (y.numpy() > 0.5), axis=1)


def cell_shares(weights: list[Any], lstm: bool, config: Config) -> np.ndarray:
    """Return the output's gradient by the first number over that by the last, `(nets,)`."""
    x = tf.tile(draw_sequences(BATCH, config, 0)[0][None], (weights[0].shape[0], 1, 1, 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = run_cells(weights, x, lstm)
    norms = np.linalg.norm(tape.gradient(logits, x)[..., 0].numpy(), axis=1)
    shares: np.ndarray = norms[:, 0] / norms[:, -1]
    return shares


def plot_nets(nets: Mapping[str, Outcome], config: Config) -> Figure:
    """Draw what reaches the first number before training, and the accuracies after it."""
    looks = plots.style.looks(nets)
    with plots.style.figure(12.0, 4.8) as figure:
        figure.suptitle(f"Which recurrent nets remember over {config.length} steps?")
        panels = figure.subplots(1, 2, sharey=True)
        for place, (name, outcome) in enumerate(nets.items()):
            middles = scipy.stats.gmean(outcome.shares), outcome.test.mean()
            for axes, values, middle in zip(panels, outcome[:2], middles, strict=True):
                axes.plot(values, [place] * len(values), ls="", alpha=0.6, **looks[name].line)
                axes.plot(middle, place, "|", color="black", markersize=20, markeredgewidth=2)
        panels[0].set_xscale("log")
        panels[0].set_xlabel("gradient by first number / by last, at the start")
        panels[0].set_yticks(range(len(nets)), nets)
        panels[0].set_ylim(len(nets) - 0.5, -0.5)
        panels[1].set(xlabel="test accuracy (.5 is guessing)", xlim=(0.4, 1.03))
    return figure


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

"""Do the lectures' programs still run?

Topic: practical labs                 Time: ten minutes
Run:   python -m labs.listings
Quick: python -m labs.listings --quick
Try:   --epochs 100       how much of lecture A's last accuracy is there after 100 epochs?
       --mnist-epochs 5   do training and validation accuracy part that early?

Every cell of code that a lecture prints is run, in order, in our words, with nothing but the
libraries it names: `python -m labs.lectures A --code` shows them. What they compute is judged in
other labs.

Source: lectures A, C and E; the cells stand in `labs/lectures/code`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple
from unittest import mock

import lazy_loader

from labs import data, lectures, plots
from labs.running import AtLeast, LabConfig, lab

if TYPE_CHECKING:
    from labs.records import RunRecord

keras = lazy_loader.load("keras")
sklearn = lazy_loader.load("sklearn")
tf = lazy_loader.load("tensorflow")

LONG, MNIST = "epochs=1000", "epochs=20"
SHAPES = "(None, 10), (None, 5), (None, 2)"
"""The lectures' numbers of epochs, as their code writes them."""


@dataclass(frozen=True)
class Config(LabConfig):
    """Settings of this lab."""

    QUICK: ClassVar = {"epochs": 1, "mnist_epochs": 1, "mnist_rows": 200}

    epochs: Annotated[int, AtLeast(1)] = 1000
    """Of lecture A's long training, between its two of 5 epochs."""
    mnist_epochs: Annotated[int, AtLeast(1)] = 20
    """Of lecture C's call of fit."""
    mnist_rows: Annotated[int, AtLeast(10)] = 60_000
    """Training rows of MNIST, and the most test rows."""


class Outcome(NamedTuple):
    """What became of a cell: what it printed, and the error or the warnings, if any."""

    printed: str
    trouble: str


def experiment(config: Config, record: RunRecord) -> None:
    """Run the three lectures' code from top to bottom."""
    digits = data.load_mnist()
    record.use_dataset(digits)
    train, test = (
        (part.x[: config.mnist_rows], part.y[: config.mnist_rows])
        for part in (digits.train, digits.test)
    )
    keras.utils.set_random_seed(config.seed)
    changes = {LONG: f"epochs={config.epochs}", MNIST: f"epochs={config.mnist_epochs}"}
    with mock.patch.object(keras.datasets.mnist, "load_data", return_value=(train, test)):
        programs = {
            letter: run_program(letter, changes) for letter in record.track("ACE", "lectures")
        }
    (a, in_a), (c, in_c), _ = programs.values()
    judge_diabetes(record, a, in_a, config)
    judge_fit(record, c, in_c)
    cells = [outcome for _, outcomes in programs.values() for outcome in outcomes.values()]
    failing = [outcome.trouble for outcome in cells if outcome.trouble]
    record.answer(
        f"{len(cells) - len(failing)} of {len(cells)} cells run without error or warning with "
        f"TensorFlow {tf.__version__}, Keras {keras.__version__} and scikit-learn "
        f"{sklearn.__version__}. {' | '.join(failing)}",
        limits="One seed; the figures of many are those of labs.diabetes and labs.mnist. The code "
        "of lecture A's summary, picture, prediction and evaluation is lost; Keras's plot_model "
        "needs pydot, so that the picture is left to labs.diabetes.",
    )
    if not in_c[5].trouble:
        record.add_figure(
            "fit",
            plots.plot_curves(digits.name, {"lecture C's call of fit": c["history"].history}),
            caption="Loss and accuracy of lecture C's call of fit, training and validation.",
        )


def run_program(
    letter: str, changes: Mapping[str, str]
) -> tuple[dict[str, Any], dict[int, Outcome]]:
    """Run all cells of a lecture.

    Args:
        letter: The lecture's.
        changes: Parts of its code, and what to put in their place.

    Returns:
        What is defined in the end, and the outcomes of the numbered cells.
    """
    names: dict[str, Any] = {}
    outcomes = {}
    for cell in lectures.load_listings(letter):
        code = cell.code
        for old, new in changes.items():
            code = code.replace(old, new)
        outcome = run_cell(cell._replace(code=code), names)
        if cell.number is not None:
            outcomes[cell.number] = outcome
    return names, outcomes


def run_cell(cell: lectures.Listing, names: dict[str, Any]) -> Outcome:
    """Run one cell and catch what it complains of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            printed = cell.run(names)
        except Exception as error:
            return Outcome("", f"{type(error).__name__}: {error}")
    return Outcome(printed, "; ".join(f"{w.category.__name__}: {w.message}" for w in caught))


def judge_cell(
    record: RunRecord, id: str, outcome: Outcome, measured: Callable[[], str], how: str
) -> None:
    """Judge that a cell runs without error or warning; what it measures is asked for only then."""
    clean = not outcome.trouble
    record.judge(id, measured() if clean else outcome.trouble, holds=clean, how=how)


def judge_diabetes(
    record: RunRecord, names: Mapping[str, Any], outcomes: Mapping[int, Outcome], config: Config
) -> None:
    """Judge lecture A's cells, from loading to evaluation."""

    def judge(id: str, number: int, measured: Callable[[], str], how: str) -> None:
        judge_cell(record, id, outcomes[number], measured, how)

    def layers() -> str:
        return ", ".join(str(layer.count_params()) for layer in names["model"].layers)

    def shapes() -> str:
        return ", ".join(str(layer.output.shape) for layer in names["model"].layers)

    def end() -> str:
        loss, accuracy = (names["last"].history[name][-1] for name in ("loss", "accuracy"))
        return f"last epoch: loss {loss:.4f}, accuracy {accuracy:.4f}"

    judge(
        "A-code-data",
        1,
        lambda: f"{len(names['x_train'])} training rows, {len(names['x_test'])} test rows",
        "The data set comes with scikit-learn.",
    )
    judge(
        "A-code-classifier",
        3,
        outcomes[3].printed.strip,
        "What the third cell prints: training and test accuracy.",
    )
    judge("A-code-model", 5, layers, "Parameters of its layers; tf.keras is Keras 3 today.")
    shape = shapes() if not outcomes[5].trouble else outcomes[5].trouble
    record.judge(
        "A2-shapes", shape, holds=shape == SHAPES, how="Output shapes of the layers of that model."
    )
    judge(
        "A-code-compile",
        6,
        lambda: f"rate {float(names['model'].optimizer.learning_rate):g}",
        "'adam' with its default rate.",
    )
    judge("A-code-train", 7, end, "Stock fit, one seed.")
    how = "Updates counted by the optimizer, over all epochs."
    optimizer = getattr(names.get("model"), "optimizer", None)
    if optimizer is None:  # The cell that builds or that compiles it has failed.
        trouble = outcomes[5].trouble or outcomes[6].trouble
        record.judge("A3-steps", trouble, holds=False, how=how)
    else:
        steps = int(optimizer.iterations) / (config.epochs + 10)
        record.judge("A3-steps", steps, how=how)
    judge(
        "A-code-evaluate",
        8,
        lambda: f"test loss {names['loss']:.4f}, test accuracy {names['accuracy']:.4f}",
        "summary, predict and evaluate of stock Keras.",
    )


def judge_fit(record: RunRecord, names: Mapping[str, Any], outcomes: Mapping[int, Outcome]) -> None:
    """Judge lecture C's call of fit."""

    def accuracies() -> str:
        history = names["history"].history
        return (
            f"training accuracy {history['accuracy'][-1]:.4f}, validation accuracy "
            f"{history['val_accuracy'][-1]:.4f} after {len(history['loss'])} epochs"
        )

    judge_cell(
        record,
        "C-code-fit",
        outcomes[5],
        accuracies,
        "The model before it is not printed; ours is 784-512-512-10 with the optimizer that "
        "compile takes if none is named.",
    )


run = lab(Config, experiment)

if __name__ == "__main__":
    run.command_line()

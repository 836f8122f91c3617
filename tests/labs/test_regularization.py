import numpy as np

from labs import regularization as lab
from labs.studies.memorizers import Nets
from tests.labs.quick_run import judged


def nets(name: str, test_error: list[float], gap: list[float]) -> Nets:
    """Make nets whose accuracies tell the same as their losses."""
    behind, accuracy = np.array(gap)[:, None] / 10, 1 - np.array(test_error) / 10
    history = {"accuracy": behind, "val_accuracy": 0 * behind}
    return Nets(name, history, [3, None, 4], np.array(test_error), accuracy, np.array(gap))


def test_gaps_without_memorizing_refute_the_lecture():
    wide, narrow = (
        nets(name, [1.0] * 3, gap) for name, gap in (("a", [5.0, 6, 7]), ("b", [1.0, 2, 1]))
    )
    much, little = np.array([0.4, 0.5, 0.6]), np.array([0.1, 0.2, 0.1])

    def verdict(*arguments):
        return judged(lab.judge_memorizing, *arguments)[0].verdict

    assert verdict([wide, narrow], np.array([much, little])) == "reproduced"
    assert verdict([wide, narrow], np.array([little, much])) == "differs"  # Narrower, and more.
    assert verdict([wide, narrow], np.array([little - 0.1, little - 0.2])) == "differs"  # None.


def test_a_remedy_that_saves_nothing_differs():
    as_it_is = nets("as it is", [0.9, 1.0, 1.1], [1.0, 1.1, 1.2])
    better = nets("dropout", [0.5, 0.6, 0.65], [0.2, 0.3, 0.4])
    no_better = [
        nets(name, [0.8, 1.1, 1.1], [1.3, 1.1, 1.5])
        for name in ("augmentation", "penalty", "smaller model", "early stopping")
    ]
    augmentation, *others = no_better
    claims = judged(lab.judge_remedies, [as_it_is, augmentation, better, *others])
    assert {claim.id: claim.verdict for claim in claims} == {
        "E-remedy-augmentation": "undecided",
        "E-remedy-dropout": "reproduced",
        "E-remedy-penalty": "undecided",
        "E-remedy-smaller-model": "undecided",
    }
    worse = [nets(name, [1.4, 1.6, 1.65], [1.3, 1.1, 1.5]) for name in [*lab.STRENGTHS, "stopped"]]
    claims = judged(lab.judge_remedies, [as_it_is, *worse])
    assert {claim.verdict for claim in claims} == {"differs"}
    assert judged(lab.judge_curves, [as_it_is, better])[0].verdict == "reproduced"
    close = as_it_is._replace(gap=np.array([-0.1, 0.1, 0.0]))
    assert judged(lab.judge_curves, [close, better])[0].verdict == "depends"  # By the loss.
    alike = close._replace(history={"accuracy": np.eye(3), "val_accuracy": np.eye(3)})
    assert judged(lab.judge_curves, [alike, better])[0].verdict == "differs"

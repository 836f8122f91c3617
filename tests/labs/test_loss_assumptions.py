import numpy as np
import pytest

from labs import loss_assumptions as lab
from models.by_hand import dense_net
from models.by_hand.finite_differences import numerical_gradient
from tests.labs.quick_run import judged


@pytest.mark.parametrize("name", lab.LOSSES)
def test_gradient_by_the_output_is_that_of_the_loss_with_all_else_fixed(name):
    rng = np.random.default_rng(0)
    a, y, hidden = rng.random((2, 5)), rng.random((2, 5)), rng.random((3, 5))
    net = dense_net.DenseNet([rng.random((2, 3))], [rng.random(2)], [])
    loss = lab.LOSSES[name]

    def value(numbers):
        passed = dense_net.ForwardPass([], [hidden, hidden, numbers.reshape(2, 5)])
        return loss.value(net, passed, y)

    assert loss.by_output(a, y).ravel() == pytest.approx(numerical_gradient(value, a.ravel()))


def test_equations_are_exact_where_both_assumptions_hold_and_only_there():
    errors = {name: lab.errors_of(loss, lab.Config()) for name, loss in lab.LOSSES.items()}
    for name, loss in lab.LOSSES.items():
        at_once, in_batches = errors[name]
        assert (at_once < lab.EXACT) == loss.keeps[1]
        assert (in_batches < lab.EXACT) == all(loss.keeps)
    verdicts = {c.id: c.verdict for c in judged(lab.judge_assumptions, errors, lab.Config())}
    assert verdicts == {"D-assumption-1": "depends", "D-assumption-2": "reproduced"}


def test_a_root_in_batches_misses_by_what_the_batches_roots_differ():
    """Worked by hand: of n batches of equal squares S/n the gradients add up to √n of the right."""
    one = lab.errors_of(lab.LOSSES["root of the sum"], lab.Config(batch_size=64))[1]
    single = lab.errors_of(lab.LOSSES["root of the sum"], lab.Config(batch_size=16))[1]
    assert one < lab.EXACT
    assert single == pytest.approx(np.sqrt(4) - 1, rel=0.25)

import numpy as np
import pytest
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.preprocessing import PolynomialFeatures

from labs import kernel_perceptron as lab
from models.by_hand import perceptron
from tests.labs.quick_run import judged

XOR = perceptron.binary_inputs(2).astype(float), np.array([0, 1, 1, 0])


def test_terms_are_those_of_scikit_learn():
    x = np.random.default_rng(0).normal(size=(6, 3))
    expected = PolynomialFeatures(4, include_bias=False).fit_transform(x)
    assert lab.add_terms(x, 4) == pytest.approx(expected)


def test_kernel_is_that_of_scikit_learn():
    a, b = np.random.default_rng(1).normal(size=(2, 5, 2))
    assert lab.rbf(a, b, 0.7) == pytest.approx(rbf_kernel(a, b, gamma=1 / (2 * 0.7**2)))


def test_a_kernel_goes_through_what_the_terms_go_through():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(60, 2))
    y = (np.sum(x**2, axis=1) + rng.normal(0, 0.5, 60) > 1.5).astype(int)
    terms = lab.add_terms(x, 2)

    def kernel(a, b):
        return 1 + lab.add_terms(a, 2) @ lab.add_terms(b, 2).T

    learned = lab.learn_dual(kernel, x, y, epochs=20, seed=3)
    generator, weights, bias, mistakes = np.random.default_rng(3), np.zeros(5), 0.0, []
    for _ in learned.mistakes:
        mistakes.append(0)
        for row in generator.permutation(60):
            error = y[row] - (terms[row] @ weights + bias >= 0)
            weights, bias = weights + error * terms[row], bias + error
            mistakes[-1] += abs(error)
    assert learned.mistakes.tolist() == mistakes
    assert learned.alphas @ terms == pytest.approx(weights)
    assert learned.alphas.sum() == pytest.approx(bias)


@pytest.mark.parametrize("make", ["terms", "kernel"])
def test_xor_is_learned_without_a_second_layer(make):
    config = lab.Config(width=1.0, degree=2, epochs=200)
    if make == "terms":
        decide = lab.with_terms(*XOR, 2, 0, config)
    else:
        decide = lab.with_kernel(*XOR, 0, config)
    assert decide(XOR[0]).tolist() == [0, 1, 1, 0]
    assert lab.with_terms(*XOR, 1, 0, config)(XOR[0]).tolist() != [0, 1, 1, 0]


def test_what_divides_the_crescents_no_better_differs():
    worse, line, better = (mean + np.array([-0.01, 0, 0.01]) for mean in (0.7, 0.8, 0.9))

    def verdicts(terms, kernel, net):
        accuracies = {lab.LINE: line, lab.TERMS: terms, lab.KERNEL: kernel, lab.NET: net}
        claims = judged(lab.judge_bending, accuracies, lab.Config())
        return {claim.id: claim.verdict for claim in claims}

    assert verdicts(better, better, worse) == {
        "A-stacked-perceptrons": "differs",
        "A-kernel-perceptron": "reproduced",
    }
    assert verdicts(better, worse, better) == {
        "A-stacked-perceptrons": "reproduced",
        "A-kernel-perceptron": "depends",
    }

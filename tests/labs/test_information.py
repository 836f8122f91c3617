import numpy as np
import pytest
import scipy

from labs import information as lab
from models.by_hand import distances as by_hand
from tests.labs.quick_run import judged


def test_information_of_another_base_differs(monkeypatch):
    monkeypatch.setattr(by_hand, "self_information", lambda p: -np.log(p))
    first, *_ = judged(lab.judge_information, np.random.default_rng(0), 50)
    assert first.verdict == "differs"


def test_cross_entropy_is_a_difference_in_one_sense_of_three(monkeypatch):
    def verdict(cross_entropy):
        monkeypatch.setattr(by_hand, "cross_entropy", cross_entropy)
        found = judged(lab.judge_information, np.random.default_rng(0), 50)
        return {claim.id: claim.verdict for claim in found}["B-cross-entropy-difference"]

    assert verdict(by_hand.cross_entropy) == "depends"
    assert verdict(lambda p, q: np.abs(np.subtract(p, q)).sum(axis=-1)) == "reproduced"
    assert verdict(lambda p, q: np.sum(np.multiply(p, np.sqrt(q)), axis=-1)) == "differs"


def test_cross_entropy_is_what_is_wrong_of_labels_alone(monkeypatch):
    def verdict():
        return judged(lab.judge_wrong_information, np.random.default_rng(0), 50)[0].verdict

    assert verdict() == "depends"
    right = by_hand.cross_entropy
    monkeypatch.setattr(by_hand, "cross_entropy", lambda p, q: right(p, q) - right(p, p))
    assert verdict() == "reproduced"
    monkeypatch.setattr(by_hand, "cross_entropy", lambda p, q: right(p, q) / 2)
    assert verdict() == "differs"


def test_a_mean_that_is_not_the_integral_differs(monkeypatch):
    def verdict():
        rng = np.random.default_rng(0)
        return {claim.verdict for claim in judged(lab.judge_expectation, rng, 2000)}

    assert verdict() == {"reproduced"}
    quad = scipy.integrate.quad
    monkeypatch.setattr(scipy.integrate, "quad", lambda *a, **k: (quad(*a, **k)[0] + 0.2, 0))
    assert verdict() == {"differs"}


@pytest.mark.parametrize(
    "lengths",
    [
        lambda p: -np.log2(p) if len(p) == 4 else -np.log2(p) / 2,  # Shorter than can be.
        lambda p: np.ceil(-np.log2(p)) + (len(p) > 9),  # Blocks gain nothing.
        lambda p: np.full(len(p), np.ceil(np.log2(len(p)))),  # All words are alike.
    ],
)
def test_bits_are_those_of_the_shortest_code(monkeypatch, lengths):
    rng = np.random.default_rng(0)
    assert by_hand.huffman_lengths([0.4, 0.3, 0.2, 0.1]).tolist() == [1, 2, 3, 3]
    assert judged(lab.judge_code, rng)[0].verdict == "reproduced"
    monkeypatch.setattr(by_hand, "huffman_lengths", lengths)
    assert judged(lab.judge_code, rng)[0].verdict == "differs"

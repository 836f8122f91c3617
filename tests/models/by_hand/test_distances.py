import math

import numpy as np
import pytest
import scipy.spatial
import scipy.stats

from models.by_hand import distances

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("p", "norm"), [(1, 7), (2, 5), (3, 91 ** (1 / 3)), (math.inf, 4)])
def test_norms_of_three_four(p, norm):
    assert distances.p_norm([3, -4], p) == pytest.approx(norm)


def test_norms_equal_numpys_and_do_not_overflow():
    x = RNG.normal(size=9)
    for p in (1, 1.5, 2, 7, np.inf):
        assert distances.p_norm(x, p) == pytest.approx(np.linalg.norm(x, p))
    assert distances.p_norm([1e200, 1e200], 2) == pytest.approx(math.sqrt(2) * 1e200)
    assert distances.p_norm([0, 0], 2) == 0


@pytest.mark.parametrize(("x", "p"), [([1], 0), ([1], -1), ([1], math.nan), ([], 2), ([[1]], 2)])
def test_a_norm_needs_a_positive_p_and_a_vector(x, p):
    with pytest.raises(ValueError, match="p above 0"):
        distances.p_norm(x, p)


def test_cosine_and_hamming_equal_scipys():
    a, b = RNG.normal(size=(2, 5))
    assert distances.cosine_similarity(a, b) == pytest.approx(
        1 - scipy.spatial.distance.cosine(a, b)
    )
    assert distances.hamming_distance([1, 0, 1, 1], [1, 1, 1, 0]) == 2
    with pytest.raises(ValueError, match="direction"):
        distances.cosine_similarity([0, 0], [1, 2])
    with pytest.raises(ValueError, match="shapes"):
        distances.hamming_distance([1], [1, 2])


def test_information_of_a_fair_coin_a_certainty_and_the_impossible():
    assert distances.self_information([0.5, 1, 0.125, 0]).tolist() == [1, 0, 3, math.inf]
    assert distances.entropy([0.5, 0.5]) == 1
    assert distances.entropy([1, 0]) == 0
    with pytest.raises(ValueError, match="0 to 1"):
        distances.self_information(1.5)


def test_entropy_and_cross_entropy_equal_scipys():
    p, q = RNG.dirichlet(np.ones(4), size=(2, 6))
    np.testing.assert_allclose(distances.entropy(p), scipy.stats.entropy(p, axis=-1, base=2))
    divergence = scipy.stats.entropy(p, q, axis=-1, base=2)
    np.testing.assert_allclose(distances.cross_entropy(p, q), distances.entropy(p) + divergence)


def test_cross_entropy_is_infinite_only_where_something_possible_was_excluded():
    assert distances.cross_entropy([0.5, 0.5], [1, 0]) == math.inf
    assert distances.cross_entropy([1, 0], [1, 0]) == 0


@pytest.mark.parametrize("q", [[0.5, 0.6], [-0.5, 1.5], [math.nan, 1]])
def test_what_is_no_distribution_is_refused(q):
    with pytest.raises(ValueError, match=r"sum to 1|0 to 1"):
        distances.cross_entropy([0.5, 0.5], q)

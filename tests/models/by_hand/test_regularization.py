import numpy as np
import pytest
import scipy.optimize
import sklearn.linear_model

from models.by_hand import regularization as reg

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 5)) @ RNG.normal(size=(5, 5))
X -= X.mean(axis=0)
Y = X @ np.array([1.0, -2, 0, 0.5, 0]) + RNG.normal(size=40)
Y -= Y.mean()


def test_maps_worked_by_hand():
    v = np.array([3.0, -1, 0.5])
    assert reg.shrink(v, 0.5).tolist() == [1.5, -0.5, 0.25]
    assert reg.soft_threshold(v, 1).tolist() == [2, 0, 0]
    assert reg.cap(v, 1).tolist() == [2, -1, 0.5]
    assert reg.cap(v, 3).tolist() == [0.5, -0.5, 0.5]
    assert reg.cap(v, 5).tolist() == [0, 0, 0]
    assert reg.cap(np.array([2.0]), 0.5).tolist() == [1.5]


@pytest.mark.parametrize(
    ("prox", "penalty"),
    [
        (reg.shrink, lambda w: np.sum(w**2)),
        (reg.soft_threshold, lambda w: np.abs(w).sum()),
        (reg.cap, lambda w: np.abs(w).max()),
    ],
)
def test_each_map_minimizes_its_definition(prox, penalty):
    for s in (0.1, 0.7, 2.0):
        v = RNG.normal(size=5)
        found = prox(v, s)

        def objective(w, v=v, s=s):
            return np.sum((w - v) ** 2) / 2 + s * penalty(w)

        near = found + RNG.normal(scale=RNG.choice([1e-3, 0.1, 1], size=(500, 1)), size=(500, 5))
        assert all(objective(found) <= objective(w) + 1e-12 for w in near)


def test_l2_and_l1_equal_scikit_learn():
    ridge = sklearn.linear_model.Ridge(alpha=0.3 * len(X), fit_intercept=False).fit(X, Y)
    ours = reg.penalized_least_squares(X, Y, reg.shrink, 0.3)
    np.testing.assert_allclose(ours, ridge.coef_, atol=1e-6)
    # Lasso halves the squared error.
    lasso = sklearn.linear_model.Lasso(alpha=0.4, fit_intercept=False, tol=1e-10).fit(X, Y)
    ours = reg.penalized_least_squares(X, Y, reg.soft_threshold, 0.8)
    np.testing.assert_allclose(ours, lasso.coef_, atol=1e-6)
    assert np.sum(ours == 0) == np.sum(lasso.coef_ == 0) > 0


def test_l_infinity_equals_scipy():
    penalty = 4.0
    bound = scipy.optimize.minimize(  # w and the height t of the largest weight.
        lambda v: np.mean((Y - X @ v[:-1]) ** 2) + penalty * v[-1],
        np.ones(6),
        constraints=[
            {"type": "ineq", "fun": lambda v: v[-1] - v[:-1]},
            {"type": "ineq", "fun": lambda v: v[-1] + v[:-1]},
        ],
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    ours = reg.penalized_least_squares(X, Y, reg.cap, penalty)
    np.testing.assert_allclose(ours, bound.x[:-1], atol=1e-4)


def test_without_penalty_it_is_least_squares():
    ours = reg.penalized_least_squares(X, Y, reg.cap, 0.0)
    np.testing.assert_allclose(ours, np.linalg.lstsq(X, Y)[0], atol=1e-6)
    with pytest.raises(ValueError, match="0 or more"):
        reg.penalized_least_squares(X, Y, reg.cap, -1.0)


def test_best_subsets_are_found_among_all():
    best = reg.best_subsets(X, Y)
    assert [int(np.count_nonzero(w)) for w in best] == [0, 1, 2, 3, 4, 5]
    np.testing.assert_allclose(best[-1], np.linalg.lstsq(X, Y)[0])
    alone = [np.sum((Y - X[:, [i]] @ np.linalg.lstsq(X[:, [i]], Y)[0]) ** 2) for i in range(5)]
    assert np.flatnonzero(best[1]).tolist() == [int(np.argmin(alone))]
    with pytest.raises(ValueError, match="too many"):
        reg.best_subsets(np.ones((3, 16)), np.ones(3))


def test_dropout_deletes_p_and_keeps_the_expectation():
    h = np.full((1000, 200), 3.0)
    dropped = reg.dropout(h, 0.25, np.random.default_rng(1))
    np.testing.assert_allclose(np.unique(dropped), [0, 4])
    assert np.mean(dropped == 0) == pytest.approx(0.25, abs=0.005)
    assert dropped.mean() == pytest.approx(3, abs=0.02)
    assert np.array_equal(reg.dropout(h, 0.0, RNG), h)


@pytest.mark.parametrize("p", [-0.1, 1.0, np.nan])
def test_dropout_refuses_shares_outside_0_to_1(p):
    with pytest.raises(ValueError, match="below 1"):
        reg.dropout(np.ones(3), p, RNG)

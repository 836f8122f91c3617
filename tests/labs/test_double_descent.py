import numpy as np
import pytest
from sklearn.linear_model import Ridge

from labs import double_descent as lab


def test_the_worst_net_has_as_many_units_as_rows(found):
    test = {row["units"]: row["test"] for row in found["tables"]["errors"]}
    assert max(test, key=lambda units: test[units]) == 265
    assert test[4240] < test[530] < test[265]
    assert max(row["test, penalty"] for row in found["tables"]["errors"]) < 1


@pytest.mark.parametrize("shape", [(30, 5), (5, 30), (20, 20)])
def test_weights_are_those_of_least_squares_and_of_ridge_regression(shape):
    rng = np.random.default_rng(0)
    h, y = rng.normal(size=shape), rng.normal(size=shape[0])
    plain, penalized = lab.smallest_weights(h, y, (0.0, 0.3))
    np.testing.assert_allclose(plain, np.linalg.lstsq(h, y)[0], rtol=1e-6)
    ridge = Ridge(0.3 * np.sum(h**2) / shape[1], fit_intercept=False).fit(h, y)
    np.testing.assert_allclose(penalized, ridge.coef_, rtol=1e-6)

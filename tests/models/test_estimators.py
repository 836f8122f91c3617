import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.neural_network import MLPClassifier

from models import fitting_estimators


def test_estimators_come_back_in_order_with_their_parameters():
    x, y = np.eye(4), np.array([0, 1, 1, 1])
    estimators = [MLPClassifier((3,), max_iter=2), DummyClassifier()]
    with fitting_estimators(estimators, x, y, x[:2]) as fits:
        first, second = fits
    assert first.parameters == 4 * 3 + 3 + 3 + 1
    assert second.parameters is None
    assert list(second.train_labels) == [1, 1, 1, 1]
    assert list(second.test_labels) == [1, 1]

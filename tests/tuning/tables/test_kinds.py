from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from keras_tuner import HyperParameters
from threadpoolctl import threadpool_limits

import models
from tests.tuning.searches import sampled_trials
from tuning.space_entries import explore
from tuning.tables.kinds import KINDS, Encoded, Kind

RNG = np.random.default_rng(0)
X = np.hstack([RNG.normal(100, 30, (60, 2)), RNG.integers(0, 2, (60, 2))]).astype(np.float32)
ENCODED = {
    "classification": Encoded(rows=60, numbers=2, num_classes=3, epochs=100),
    "regression": Encoded(rows=60, numbers=2, num_classes=0, epochs=100),
}


def space_of(kind: Kind, encoded: Encoded) -> HyperParameters:
    return explore(lambda hp: build(kind, hp, encoded))


def build(kind: Kind, hp: HyperParameters, encoded: Encoded) -> Any:
    given = {"x_train": X} if kind.key in ("dense", "mlp") else {}
    return kind.build(hp, encoded=encoded, **given)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("task", ENCODED)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.key)
def test_every_kind_learns_from_its_defaults_and_takes_any_draw(kind: Kind, task: str) -> None:
    encoded = ENCODED[task]
    y = np.digitize(X[:, 0], [85, 115]) if encoded.num_classes else (X[:, 0] - 100) / 30
    (drawn,) = sampled_trials(space_of(kind, encoded), 1, lambda values, rng: 0.0)
    hp = HyperParameters()
    hp.values = dict(drawn.hyperparameters)
    assert build(kind, hp, encoded) is not None
    model = build(kind, HyperParameters(), encoded)
    with threadpool_limits(1):
        models.fit(model, X, y, epochs=60, seed=0) if kind.is_net else model.fit(X, y)
        answers = model.predict(X, verbose=0) if kind.is_net else model.predict(X)
    if encoded.num_classes:
        labels = answers.argmax(axis=-1) if kind.is_net else answers
        assert (labels == y).mean() > 0.7
    else:
        assert np.mean((answers.ravel() - y) ** 2) < 0.5


def test_folds_of_the_dense_net_train_as_one_program() -> None:
    encoded = ENCODED["classification"]
    replicas = models.fit_replicas(
        lambda seed, x_train: KINDS[0].build(HyperParameters(), x_train, encoded=encoded),
        X,
        np.digitize(X[:, 0], [85, 115]),
        seeds=2,
        epochs=2,
        row_sets=[np.arange(40), np.arange(20, 60)],
    )
    means = [replicas.model(n).layers[0].mean.numpy().ravel()[:2] for n in (0, 1)]
    np.testing.assert_allclose(means, [X[:40, :2].mean(axis=0), X[20:, :2].mean(axis=0)], rtol=1e-5)

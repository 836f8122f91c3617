"""Nets given by their weights, without training."""

from __future__ import annotations

import numpy as np

from labs.studies.crescents import Trained
from models.by_hand import activations


class FakeReplicas:
    """Nets given by their weights, without training."""

    def __init__(self, weights: list[list[np.ndarray]], losses: list[list[float]]) -> None:
        self._weights = weights
        self.history = {"loss": np.array(losses)}

    def __len__(self) -> int:
        return len(self._weights)

    def weights(self, replica: int) -> list[np.ndarray]:
        return self._weights[replica]

    def predict(self, x: np.ndarray) -> np.ndarray:
        kernel, bias = activations.collapse(self._weights[0][::2], self._weights[0][1::2])
        return np.array([activations.logistic(x @ kernel + bias)] * len(self))


def fake(start, end, losses, test) -> Trained:
    return Trained(start, FakeReplicas(end, losses), np.array(test))  # type: ignore[arg-type]


WEIGHTS = [np.ones((2, 3)), np.zeros(3), np.ones((3, 1)), np.zeros(1)]
MOVED = [np.ones((2, 3)), np.zeros(3), np.ones((3, 1)), np.array([-0.5])]

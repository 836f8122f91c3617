import keras
import numpy as np

from labs import dropout as lab
from models.by_hand import regularization as by_hand
from tests.labs.quick_run import judged


def test_dropout_without_its_scale_differs(monkeypatch):
    monkeypatch.setattr(by_hand, "dropout", lambda h, p, rng: h * (rng.random(h.shape) >= p))
    (scale,) = judged(lab.judge_scale, lab.Config(), np.random.default_rng(0))
    (prediction,) = judged(lab.judge_prediction, 0, np.random.default_rng(0))
    assert (scale.verdict, prediction.verdict) == ("differs", "reproduced")


def test_dropout_that_goes_on_at_prediction_differs(monkeypatch):
    class Always(keras.layers.Dropout):
        def call(self, inputs, training=False):
            return super().call(inputs, training=True)

    monkeypatch.setattr(keras.layers, "Dropout", Always)
    (prediction,) = judged(lab.judge_prediction, 0, np.random.default_rng(0))
    assert prediction.verdict == "differs"

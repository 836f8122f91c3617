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


def test_dropout_that_deletes_the_same_nodes_in_each_pass_differs(monkeypatch):
    class Same(keras.layers.Dropout):
        def call(self, inputs, training=False):
            return keras.random.dropout(inputs, self.rate, seed=3)

    monkeypatch.setattr(keras.layers, "Dropout", Same)
    (scale,) = judged(lab.judge_scale, lab.Config(), np.random.default_rng(0))
    assert scale.verdict == "differs"


def test_dropout_that_goes_on_at_prediction_differs(monkeypatch):
    class Always(keras.layers.Dropout):
        def call(self, inputs, training=False):
            return super().call(inputs, training=True)

    monkeypatch.setattr(keras.layers, "Dropout", Always)
    (prediction,) = judged(lab.judge_prediction, 0, np.random.default_rng(0))
    assert prediction.verdict == "differs"


def test_the_most_important_units_are_those_that_the_output_hangs_on():
    net = [np.eye(4) * 255, np.zeros(4), np.array([[9.0, 0], [0, 8], [0.1, 0], [0, 0.2]])]
    net.append(np.array([0.0, 1.0]))
    x = np.eye(4, dtype="float32")
    config = lab.Config(deleted=0.5)
    important, random = lab.delete_units(net, x, x, config)
    np.testing.assert_array_equal(important, [1, 1, 1, 1])  # The first two units are gone.
    assert random.shape == (4,)
    kept = lab.delete_units(net, x, x, lab.Config(deleted=0.02))
    np.testing.assert_array_equal(kept, [[0, 1, 1, 1]] * 2)


def test_dropout_is_judged_by_what_the_nets_lose():
    few, many = np.array([0.01, 0.02, 0.015]), np.array([0.2, 0.21, 0.22])
    with_it, without = lab.Leaning(few, few, few), lab.Leaning(many, many, many)
    for nets, expected in (
        ((without, with_it), ["reproduced", "reproduced"]),
        ((with_it, without), ["differs", "differs"]),
        ((without, with_it._replace(other_class=2 * many)), ["reproduced", "depends"]),
    ):
        claims = judged(lab.judge_dependence, *nets, lab.Config(seeds=3))
        assert [claim.verdict for claim in claims] == expected

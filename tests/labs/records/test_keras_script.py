"""The script that a run leaves: it has nothing of ours, and trains the same net."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import models
from labs.data import RowsCode
from labs.records import save_keras_script
from tests.labs.quick_run import make_record
from tests.labs.scripts import run_script

ROWS = np.random.default_rng(0).normal(size=(50, 4)).astype("float32")
LABELS = (ROWS[:, 0] * ROWS[:, 1] > 0).astype(int)
IMAGES = np.random.default_rng(0).integers(0, 256, (30, 8, 8), dtype=np.uint8)


def build_dense() -> keras.Model:
    return models.build_mlp(
        (4,), (8, 3), None, activation="tanh", standardize_by=ROWS, dropout=0.2, l1=0.01, l2=0.02,
        optimizer=keras.optimizers.SGD(0.05, momentum=0.9), seed=3,
    )  # fmt: skip


def build_convolutional() -> keras.Model:
    rate = keras.optimizers.schedules.CosineDecay(0.01, 40)
    adam = keras.optimizers.AdamW(rate, beta_2=0.99)
    return models.build_convnet((8, 8), 2, filters=(4,), dense_units=4, optimizer=adam, seed=3)


@pytest.mark.parametrize(
    ("build", "x", "y", "epochs", "rounding"),
    [
        (build_dense, ROWS, LABELS.astype("float32"), 4, 0),
        pytest.param(build_convolutional, IMAGES, LABELS[:30], 1, 1e-5, marks=pytest.mark.slow),
    ],
)
def test_the_script_trains_the_same_net(tmp_path, build, x, y, epochs, rounding):
    net = build()
    history = models.fit(
        net, x, y, 8, epochs, seed=3, validation_data=(x[:7], y[:7]), jit_compile=False
    ).history
    with make_record("playground", tmp_path) as record:
        rows = {"x_train": x, "y_train": y, "x_val": x[:7], "y_val": y[:7]}
        save_keras_script(
            record, net, title="A net.", rows=rows, history=history, seed=3, batch_size=8
        )
    names = run_script(record.directory)
    for ours, theirs in zip(net.get_weights(), names["model"].get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=rounding)
    assert names["RUN"].keys() == names["last"].keys() == history.keys()
    for name, values in history.items():
        assert names["last"][name] == pytest.approx(values[-1], rel=1e-5)


def test_only_what_is_not_keras_default_is_written(tmp_path):
    net = models.build_mlp((4,), (2,), 2, scale=1 / 255, activation="linear", seed=0)
    with make_record("playground", tmp_path) as record:
        rows = RowsCode("x_train, y_train = np.ones((2, 4)), np.ones(2)", [])
        history = {"loss": [float("nan")], "accuracy": [0.5]}
        save_keras_script(
            record, net, title="A net.", rows=rows, history=history, seed=0, batch_size=2
        )
    text = (record.directory / "as_keras.py").read_text()
    seeds = np.random.SeedSequence(0).generate_state(2)
    assert f"Dense(2, kernel_initializer=GlorotUniform(seed={seeds[0]}))," in text
    assert "Rescaling(1 / 255)," in text
    assert "optimizer=Adam()," in text
    assert "evaluate" not in text
    assert np.isnan(run_script(record.directory)["RUN"]["loss"])

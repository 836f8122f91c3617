from pathlib import Path

import keras
import numpy as np
import pytest

from labs import data
from labs import loss_table as lab
from tests.labs.quick_run import judged, read_results, run_quickly


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    return run_quickly("loss_table", tmp_path_factory.mktemp("runs"), seed=7)


def test_data_and_rows_are_in_the_tables(run_directory):
    found = read_results(run_directory)
    assert len(found["tables"]["lecture-table"]) == 5
    assert len(found["tables"]["datasets"]) == 2


def test_a_training_that_has_not_arrived_differs():
    task = next(lab.regression_tasks(data.load_diabetes()))
    arrived = lab.Trained(task, np.full((2, 3), task.optimum), task.reference[None])
    assert judged(lab.judge_row, "C-table-regression", arrived)[0].verdict == "reproduced"
    assert (
        judged(lab.judge_row, "C-table-regression", arrived._replace(losses=arrived.losses * 1.01))[
            0
        ].verdict
        == "differs"
    )
    other = arrived._replace(predictions=arrived.predictions + 10)
    assert judged(lab.judge_row, "C-table-regression", other)[0].verdict == "differs"


def test_the_optimum_of_each_task_is_the_keras_loss_of_the_reference():
    digits, patients = data.load_digits(), data.load_diabetes()
    assert lab.binary_task(patients).optimum == pytest.approx(0.5102, abs=1e-4)
    one_hot, integers = lab.digit_tasks(digits)
    assert one_hot.optimum == integers.optimum
    net = lab.build(0, one_hot.x, task=one_hot)
    assert net.layers[-1].kernel_regularizer.l2 == pytest.approx(one_hot.l2)
    loss = net.evaluate(one_hot.x, one_hot.y, verbose=0, batch_size=500)
    assert loss > one_hot.optimum


def test_rmse_is_the_root_of_keras_mse():
    y, prediction = np.array([[1.0], [2.0]]), np.array([[4.0], [6.0]])
    mse = keras.losses.MeanSquaredError()(y, prediction)
    assert float(lab.rmse(y, prediction)) == pytest.approx(float(mse) ** 0.5)

import keras
import numpy as np
import pytest

from labs import data
from labs import loss_table as lab
from tests.labs.quick_run import judged, read_results

KINDS = ("regression", "regression-rmse", "binary", "categorical", "sparse")
ROWS = [f"C-table-{kind}" for kind in KINDS]


@pytest.fixture(scope="module")
def tasks() -> dict[str, lab.Task]:
    patients, digits = data.load_diabetes(), data.load_digits()
    tasks = [*lab.regression_tasks(patients), lab.binary_task(patients), *lab.digit_tasks(digits)]
    return dict(zip(ROWS, tasks, strict=True))


@pytest.mark.slow
def test_data_and_rows_are_in_the_tables(run_directory):
    found = read_results(run_directory)
    assert len(found["tables"]["lecture-table"]) == 5
    assert len(found["tables"]["datasets"]) == 2


@pytest.mark.parametrize("id", ROWS)
def test_a_training_that_has_not_arrived_differs(tasks, id):
    task = tasks[id]
    arrived = lab.Trained(task, np.full((2, 3), task.optimum), task.reference[None])
    above = arrived._replace(losses=arrived.losses * 1.01)
    other = arrived._replace(predictions=arrived.predictions + 10)
    found = [judged(lab.judge_row, id, row)[0].verdict for row in (arrived, above, other)]
    assert found == ["reproduced", "differs", "differs"]


def test_the_optimum_of_each_task_is_the_keras_loss_of_the_reference(tasks):
    *_, binary, one_hot, integers = tasks.values()
    assert binary.optimum == pytest.approx(0.5102, abs=1e-4)
    assert one_hot.optimum == integers.optimum
    net = lab.build(0, one_hot.x, task=one_hot)
    assert net.layers[-1].kernel_regularizer.l2 == pytest.approx(one_hot.l2)
    loss = net.evaluate(one_hot.x, one_hot.y, verbose=0, batch_size=500)
    assert loss > one_hot.optimum


def test_rmse_is_the_root_of_keras_mse():
    y, prediction = np.array([[1.0], [2.0]]), np.array([[4.0], [6.0]])
    mse = keras.losses.MeanSquaredError()(y, prediction)
    assert float(lab.rmse(y, prediction)) == pytest.approx(float(mse) ** 0.5)


def test_nine_places_are_too_few_for_ten_digits():
    (claim,) = judged(lab.judge_one_hot_places, data.load_digits())
    assert (claim.verdict, claim.measured) == ("erratum", 10)
    assert "the same" in claim.note

import json
from pathlib import Path

import numpy as np
import pytest

from labs import batch_size, data, results
from labs.batch_size import Config, Race
from labs.errors import InputError

VERDICTS = {
    "B-batch-paths": "reproduced",
    "D-steps-per-epoch": "reproduced",
    "C-words-steps": "reproduced",
    "D-online": "reproduced",
    "A-batch-kinds": "reproduced",
    "B-sigma-over-root-n": "reproduced",
    "B-ten-times-deviation": "reproduced",
    "B-hundred-times-time": "reproduced",
    "B-approximate-faster": "reproduced",
}


@pytest.fixture(scope="module")
def run_directory(tmp_path_factory) -> Path:
    config = Config.for_quick_run(output_dir=tmp_path_factory.mktemp("runs"), target=0.9)
    with results.RunRecord("batch_size", config, "replay") as record:
        batch_size.run(config, record)
    return record.directory


@pytest.fixture(scope="module")
def found(run_directory) -> dict:
    return json.loads((run_directory / "results.json").read_text())


def test_every_claim_is_judged(found):
    assert {claim["id"]: claim["verdict"] for claim in found["claims"]} == VERDICTS


def test_everything_promised_is_in_the_run_directory(run_directory, found):
    for picture in ("paths", "noise", "costs"):
        assert (run_directory / f"{picture}.png").read_bytes().startswith(b"\x89PNG")
    assert found["status"] == "done"
    assert (run_directory / "batch-10" / "history.csv").exists()


def test_a_last_batch_of_what_is_left_is_a_step_too(found):
    steps = {row["batch size"]: row["steps an epoch"] for row in found["tables"]["convergence"]}
    assert steps == {10: 48, 479: 1}


def test_the_count_of_operations_grows_with_the_rows(found):
    costs = found["tables"]["costs"]
    assert batch_size.cost_ratio(costs, "operations") == pytest.approx(100, rel=1e-3)
    # Forward, the gradient of the weights and, in the upper layer, of its inputs.
    products = 2 * (2 * 784 * 16 + 3 * 16 * 10)
    assert costs[1]["operations"] / 10 == pytest.approx(products, rel=0.06)
    half = [{**cost, "operations": cost["operations"] ** 0.5} for cost in costs]
    assert batch_size.check_cost(half).verdict == "differs"


@pytest.fixture(scope="module")
def gradients() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(50, 3)) * [1, 2, 3]


def test_noise_follows_the_formulas_for_both_ways_of_drawing(gradients):
    noise = batch_size.measure_noise(gradients, Config(draws=5000))
    for row in batch_size.describe_noise(noise, gradients):
        assert row["measured / formula"] == pytest.approx(1, abs=0.05), row
    assert 45 in noise["without"]


def test_rows_of_the_whole_set_drawn_without_replacement_have_no_noise(gradients):
    products = (gradients - gradients.mean(0)) @ (gradients - gradients.mean(0)).T
    everything = np.full((20, 50), 1 / 50)
    assert batch_size.deviations(everything, products) == pytest.approx(np.zeros(10), abs=1e-7)
    single = np.eye(50)[:20]
    apart = np.linalg.norm(gradients - gradients.mean(0), axis=1)[:20]
    expected = np.sqrt((apart**2).reshape(10, 2).mean(axis=1))
    assert batch_size.deviations(single, products) == pytest.approx(expected)
    assert batch_size.finite_correction(50, 50) == 0
    assert batch_size.finite_correction(1, 50) == 1


def test_noise_that_falls_otherwise_is_not_taken_for_the_square_root():
    rng = np.random.default_rng(0)
    for power, verdict in ((-0.5, "reproduced"), (-0.4, "differs"), (-1.0, "differs")):
        groups = {n: n**power * rng.uniform(0.98, 1.02, 10) for n in batch_size.DRAWN}
        slope, ratio = batch_size.check_noise({"with replacement": groups})
        assert slope.verdict == verdict
        assert ratio.verdict == verdict


def test_gradients_of_single_rows_are_those_of_the_net():
    rows = data.Part(np.random.default_rng(0).integers(0, 255, (6, 28, 28)), np.arange(6))
    net = batch_size.build_net(0, rows.x, "sgd")
    gradients = batch_size.row_gradients(net, rows)
    assert gradients.shape == (6, net.count_params())
    alone = batch_size.flat_gradient(net, rows.x[2:3], rows.y[2:3]).numpy()
    np.testing.assert_allclose(gradients[2], alone, atol=1e-5)
    assert batch_size.check_mean(gradients, net, rows).verdict == "reproduced"
    assert batch_size.check_mean(gradients[:5], net, rows).verdict == "differs"


def test_batches_of_a_path_take_each_row_once_an_epoch():
    x, y = np.arange(5.0)[:, None], np.zeros(5)
    orders = np.array([[[4, 3, 2, 1, 0]], [[0, 1, 2, 3, 4]]])
    gradient = batch_size.gradient_of_batches(x, y, orders, 2)
    # With weight 0, p = ½ and the gradient is half the mean of the rows.
    doubled = [2 * gradient(np.zeros((1, 1)), step)[0, 0] for step in range(6)]
    assert doubled == [3.5, 1.5, 0, 0.5, 2.5, 4]


def race(size, updates, epochs):
    return Race(size, updates, np.array(epochs, dtype=float), 0.1, None)  # type: ignore[arg-type]


def test_a_wrong_number_of_steps_is_found():
    right = [race(10, 5, [3, 3]), race(47, 1, [9, 9])]
    assert all(c.verdict == "reproduced" for c in batch_size.check_steps(right, 47))
    dropped = [race(10, 4, [3, 3]), race(47, 1, [9, 9])]
    assert all(c.verdict == "differs" for c in batch_size.check_steps(dropped, 47))


def test_small_batches_win_only_if_all_nets_arrive_and_sooner():
    def verdict(small, full):
        return batch_size.check_convergence([race(10, 5, small), race(47, 1, full)], 47).verdict

    assert verdict([3, 4, 3], [30, 41, 32]) == "reproduced"
    assert verdict([30, 40, 30], [30, 41, 20]) == "differs"
    assert verdict([3, 4, np.nan], [30, 41, 32]) == "differs"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("seeds", 1),
        ("batch_sizes", ()),
        ("batch_sizes", (10, 1)),
        ("batch_sizes", (0,)),
        ("batch_sizes", (401,)),
        ("target", 0.0),
        ("target", float("nan")),
        ("epochs", 0),
        ("draws", 10),
    ],
)
def test_settings_that_cannot_be_used_are_refused(setting, value):
    with pytest.raises(InputError, match=setting.replace("_", "-")):
        Config(**{setting: value})

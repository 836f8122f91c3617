"""A lab refuses settings that cannot be used, by the bounds that its types carry."""

import dataclasses
import importlib
import shlex
from typing import Any

import pytest

from labs import lectures
from labs.errors import InputError
from labs.running.catalog import find_labs
from labs.running.command_line import parse
from labs.running.lab import tries_of

NAN = float("nan")
REFUSED: dict[str, dict[str, list[Any]]] = {
    "backpropagation": {"samples": [0]},
    "batch_size": {
        "seeds": [1],
        "batch_sizes": [(), (10, 1), (0,), (401,)],
        "target": [0.0, NAN],
        "epochs": [0],
    },
    "biased_sample": {"rows": [49], "rare_share": [0.0, 0.6, NAN], "draws": [1]},
    "chain_rule": {"x": [1e308, NAN]},
    "decision_regions": {"points": [0], "nets": [1]},
    "deep_nets": {
        "hidden_layers": [1, 17],
        "epochs": [0],
        "seeds": [1],
        "learning_rate": [0.0, NAN],
    },
    "diabetes": {
        "epochs": [-1],
        "batch_size": [0],
        "seeds": [1],
        "learning_rate": [0.0, NAN],
        "validation_fraction": [1.0],
        "hidden_units": [(), (5, 0)],
        "activation": ["softmax"],
        "optimizer": ["lbfgs"],
        "equal_seeds": [1],
    },
    "descent_paths": {"seeds": [1], "rows": [1], "rate": [0.0, 1e-300, 11.0]},
    "distances": {"draws": [1]},
    "information": {"draws": [1]},
    "dropout": {"rates": [(), (0.0,)]},
    "early_layers": {"hidden_layers": [1]},
    "early_stopping": {"epochs": [0], "seeds": [1]},
    "every_weight": {"values": [2, 13], "share": [0.6, 1.0, NAN]},
    "features": {"rows": [99, 1_301], "draws": [1], "epochs": [0]},
    "gradient_cost": {"widths": [(), (2,), (4, 2), (0, 1)]},
    "batch_cost": {"hidden_units": [0, 4097], "repeats": [0]},
    "gradient_noise": {"draws": [99]},
    "growing_data": {"portion": [9, 501], "passes": [0], "seeds": [1]},
    "initialization": {"hidden_layers": [1], "epochs": [0], "seeds": [1]},
    "kernel_perceptron": {"degree": [1, 9], "width": [0.0, NAN], "seeds": [1], "epochs": [0]},
    "learning_rate": {"beta": [1.0]},
    "leaving_minima": {"starts": [19], "degree": [0]},
    "line_descent": {"steps": [499, 1_000_001], "rate": [0.0]},
    "line_fit": {"rate": [0.0]},
    "line_or_curve": {"splits": [1], "units": [0], "epochs": [0]},
    "linear_program": {"rice": [0.0, 1e300, NAN]},
    "local_minima": {"starts": [19]},
    "long_memory": {"length": [1, 101], "steps": [0], "seeds": [1]},
    "loss_assumptions": {"batch_size": [0, 65], "epochs": [0], "seeds": [1]},
    "loss_surface": {"epochs": [2], "seeds": [1], "radius": [0.0, NAN]},
    "loss_table": {"epochs": [0], "seeds": [1]},
    "losses": {"steps": [0]},
    "mnist": {"seeds": [1], "convnet_epochs": [0]},
    "net_size": {"parameters": [49], "sizes": [(4,), (8, 2), (0, 1)], "seeds": [1], "epochs": [0]},
    "nonlinearity": {"epochs": [0], "batch_size": [0], "seeds": [1], "learning_rate": [2.0]},
    "normalization": {"epochs": [0], "batch_size": [1, 266], "seeds": [1]},
    "normalization_formulas": {"rows": [1]},
    "normalization_kinds": {
        "rates": [(), (0.0,)],
        "rows": [99],
        "epochs": [0],
        "seeds": [1],
        "recurrent_seeds": [1],
    },
    "optimization": {"iterations": [10], "rate": [2.0, NAN], "momentum": [1.0]},
    "optimizers": {"seeds": [1], "rates": [2, 0], "epochs": [0]},
    "overfitting": {"seeds": [0], "image_rows": [99], "long_epochs": [4], "image_epochs": [0]},
    "penalties": {"factors": [4], "penalty": [0.0, 1e300]},
    "perceptron": {"epochs": [5], "seeds": [1]},
    "playground": {
        "data": ["circles", "table.txt"],
        "problem": ["clustering"],
        "rows": [59],
        "noise": [-1.0, NAN],
        "features": [()],
        "hidden": [(0,), (8,) * 7],
        "learning_rate": [0.0],
        "dropout": [1.0],
        "epochs": [0],
        "seeds": [1],
    },
    "quasi_newton": {"iterations": [10], "rate": [2.0, NAN], "momentum": [1.0]},
    "regularization": {"epochs": [0], "seeds": [1]},
    "scaling": {"splits": [1]},
    "sign_language": {"training_rows": [-1], "validation_fraction": [0.9]},
    "sklearn_vs_keras": {
        "seeds": [1],
        "iterations": [0],
        "early": [(0,)],
        "epochs": [0],
        "batch_size": [0],
    },
    "slow_weights": {"seeds": [1], "steps": [0]},
    "solvers_by_rows": {"rows": [(265,), (9, 99)], "passes": [1], "batch_size": [0], "seeds": [1]},
    "step_decay": {"seeds": [1], "batch_size": [0], "factor": [1.0]},
    "step_function": {"epochs": [0], "seeds": [1], "batch_size": [0]},
    "trained_units": {"hidden_layers": [1, 17], "epochs": [0], "seeds": [1]},
    "trend_lines": {"draws": [1]},
    "update_rules": {"steps": [0]},
    "vanishing_gradient": {"hidden_layers": [1, 17], "seeds": [1]},
    "weight_importance": {"draws": [9]},
    "wrong_signs": {"seeds": [1], "steps": [501]},
}
CASES = [
    (lab, setting, value)
    for lab, settings in REFUSED.items()
    for setting, values in settings.items()
    for value in values
]


@pytest.mark.parametrize(("lab", "setting", "value"), CASES)
def test_settings_that_cannot_be_used_are_refused(lab, setting, value):
    config = importlib.import_module(f"labs.{lab}").Config
    with pytest.raises(InputError, match=f"--{setting.replace('_', '-')} must be"):
        config(**{setting: value})


@pytest.mark.parametrize("lab", sorted(find_labs()))
def test_a_labs_settings_have_defaults_that_it_accepts(lab):
    config = importlib.import_module(f"labs.{lab}").Config
    assert config() == config()
    assert config.for_quick_run().quick
    names = {field.name for field in dataclasses.fields(config)}
    assert names >= {s for e in lectures.claims_of(f"labs.{lab}").values() for s in e.settings}


@pytest.mark.parametrize("lab", sorted(find_labs()))
def test_what_a_lab_suggests_to_try_is_accepted_and_changes_something(lab):
    module = importlib.import_module(f"labs.{lab}")
    doc = str(module.__doc__)
    tried = [one["command"] for one in tries_of(doc, f"labs.{lab}")]
    assert tried
    for command in tried:
        arguments = shlex.split(command)[3:]
        config = parse(module.Config, doc, f"python -m labs.{lab}", arguments)
        assert config != module.Config(), command

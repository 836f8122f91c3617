"""Every lab, run quickly: it judges its claims, answers, and leaves what it says it leaves."""

from __future__ import annotations

import pytest

from labs import lectures
from labs.running.catalog import find_labs
from tests.labs.quick_run import read_results, run_quickly, without_times

# The practical labs and the ledger have runs of their own, of a size of their own.
LABS = sorted(
    find_labs().keys()
    - {"claims", "diabetes", "mnist", "playground", "sign_language", "sklearn_vs_keras"}
)
NOT_SHOWN_QUICKLY = {
    "D-pretraining",
    "E-cost-hyperparameter",
    "A-batch-norm-images",
    "A-layer-norm-text",
    "A-adam-large",
    "A-lbfgs-small",
    "A-much-data",
    "A-stacked-perceptrons",
    "A-deeper-boundaries",
    "A-features-learned",
    "D-features-by-hand",
    "D-features-by-net",
    "A-remedy-lstm",
    "A-remedy-relu",
    "A-remedy-resnet",
    "A-normalization-layers",
    "E-remedy-initialization",
    "E-remedy-activation",
    "E-bias-zero",
    "E-early-layers",
    "E-hidden-relu",
    "A-step-decay-needed",
    "C-curves-close",
    "C-linear-stack",
    "E-mlp-learns",
    "C-optimizers-compared",
    "B-hundred-times-time",
    "B-batch-slow",
    "A-relu-cheap",
    "B-ten-times-deviation",
}
"""What a quick run need not bear out: its seeds are few, its trainings short, its clock busy."""
OTHER_VERDICTS = {
    "A-until-convergence": "depends",
    "E-bias-dependence": "depends",
    "E-weight-importance": "depends",
    "E-larger-error": "depends",
    "E-threshold-20": "depends",
    "D-assumption-1": "depends",
    "D-binary": "depends",
    "A-dropout-stable": "depends",
    "A-minimum-gradient": "depends",
    "A-one-rate": "depends",
    "A-penalty-size": "depends",
    "D-every-parameter": "depends",
    "D-nonlinear-better": "undecided",
    "D-output-sum": "depends",
    "D-remedy-rate": "depends",
    "D-step-function": "depends",
    "D-steps-per-epoch": "depends",
    "D-universal-approximation": "depends",
    "A-tanh-slope": "depends",
    "A-adagrad-stalls": "differs",
    "A-adam": "differs",
    "A-momentum-local-minima": "differs",
    "A-momentum-saddle": "differs",
    "A-rate-too-large": "depends",
    "A-regions-two-layers": "depends",
    "B-batch-too-large": "depends",
    "B-cross-entropy-difference": "depends",
    "B-growing-data": "depends",
    "B-optimum": "depends",
    "B-quasi-newton": "depends",
    "B-conjugate-gradient": "depends",
    "B-levenberg-marquardt": "depends",
    "B-indirect": "differs",
    "B-shared-derivatives": "depends",
    "B-stochastic-noisy": "depends",
    "C-cross-entropy-code": "depends",
    "C-cross-entropy-information": "depends",
    "C-derivative-relu-zero": "differs",
    "C-loss-better": "depends",
    "C-sigmoid-vanishing": "depends",
    "C-words-learning-rate": "differs",
    "E-remedy-clipping": "differs",
}


SLOWEST = {
    "batch_cost",
    "batch_size",
    "deep_nets",
    "early_layers",
    "early_stopping",
    "features",
    "gradient_cost",
    "gradient_noise",
    "growing_data",
    "initialization",
    "line_or_curve",
    "listings",
    "long_memory",
    "loss_assumptions",
    "loss_surface",
    "loss_table",
    "net_size",
    "nonlinearity",
    "normalization",
    "normalization_kinds",
    "optimizers",
    "overfitting",
    "regularization",
    "step_function",
    "trained_units",
    "vanishing_gradient",
}
"""Labs of which even the quick run takes longer than four seconds."""
each_lab = pytest.mark.parametrize(
    "run_directory",
    [pytest.param(lab, marks=pytest.mark.slow if lab in SLOWEST else []) for lab in LABS],
    indirect=True,
    scope="module",
)


@each_lab
def test_a_quick_run_leaves_what_it_states(run_directory, found):
    assert found["status"] == "done"
    assert found["question"].endswith("?")
    assert found["answer"]
    assert found["limits"]
    assert len(found["answer"].replace("vs. ", "").split(". ")) <= 3
    for figure in found["figures"]:
        picture = run_directory / f"{figure['name']}.png"
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert len(figure["caption"].split()) > 4
    assert {path.stem for path in run_directory.glob("*.png")} == {
        figure["name"] for figure in found["figures"]
    }
    assert {path.stem for path in run_directory.glob("*.csv")} == set(found["tables"])


@each_lab
def test_a_quick_run_judges_just_its_claims_as_they_deserve(found):
    entries = lectures.claims_of(f"labs.{found['lab']}")
    verdicts = {claim["id"]: claim["verdict"] for claim in found["claims"]}
    assert verdicts.keys() == entries.keys()
    for id, verdict in verdicts.items():
        if id in NOT_SHOWN_QUICKLY:
            continue
        usual = "erratum" if entries[id].wrong else "reproduced"
        expected = OTHER_VERDICTS.get(id, usual)
        assert (id, verdict) == (id, expected)


@pytest.mark.parametrize(
    "run_directory",
    ["chain_rule", pytest.param("perceptron", marks=pytest.mark.slow)],
    indirect=True,
)
def test_the_same_seed_gives_the_same_results(found, tmp_path):
    again = read_results(run_quickly(found["lab"], tmp_path, seed=7))
    assert without_times(again) == without_times(found)

"""A run in Python code and in a notebook."""

from __future__ import annotations

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from labs import slow_weights
from labs.errors import InputError
from labs.records.result import Result


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("runs"))
    return slow_weights.run(quick=True, quiet=True, seeds=3, output_dir=folder)


def test_a_run_gives_its_settings_claims_and_figures(result):
    assert (result.settings["seeds"], result.settings["steps"]) == (3, 50)
    assert list(result.claims["id"]) == ["D-low-activation", "D-saturation"]
    assert list(result.figures) == ["slow"]
    assert result.answer in repr(result)
    assert (result.nets, result.findings, result.models.empty) == ([], [], True)


def test_a_run_of_another_process_is_read_from_its_directory(result):
    again = Result(result.directory)
    assert again.record == result.record
    assert again.figures == {}


def test_histories_and_tables_are_data_frames(tmp_path, result):
    record = slow_weights.run.carry_out(slow_weights.Config(seeds=2, steps=2, output_dir=tmp_path))
    record.save_history("net", {"loss": [0.5, 0.25]})
    record.add_table("rates", [{"rate": 0.5}, {"rate": 0.25}])
    found = record.result()
    assert list(found.histories["net"].loc[[1, 2], "loss"]) == [0.5, 0.25]
    assert np.array_equal(found.tables["rates"]["rate"], [0.5, 0.25])


def test_what_a_notebook_shows_is_escaped(tmp_path, result):
    page = result._repr_html_()
    assert "data:image/webp;base64," in page
    assert result.answer.split(":")[0] in page
    changed = Result(result.directory)
    changed.record["answer"] = "<script>alert(1)</script>"
    assert "<script>" not in changed._repr_html_()


def test_unknown_settings_are_named_and_bad_values_refused(tmp_path):
    with pytest.raises(TypeError, match=r"no setting 'sees'\. Did you mean seeds\?"):
        slow_weights.run(sees=1)
    with pytest.raises(InputError, match="--seeds must be 2 or more, got ten"):
        slow_weights.run(seeds="ten", output_dir=tmp_path)
    assert list(tmp_path.iterdir()) == []


NOTEBOOK = [
    "from labs import linear_program, scaling, slow_weights",
    "first = slow_weights.run(seeds=3, steps=20)",
    "other = slow_weights.run(seeds=3, steps=40)\nother",
    "diet = linear_program.run(quick=True)\ndiet.claims[['id', 'verdict']]",
    "scaled = scaling.run(quick=True)\nscaled.figures",
    "import pandas as pd\npd.concat({r.settings['steps']: r.claims.set_index('id')['measured']"
    " for r in (first, other)}, axis=1)",
    "print(sorted(first.figures), first.settings['steps'], other.settings['steps'])",
]


@pytest.mark.slow
def test_a_notebook_runs_three_labs_changes_a_setting_and_compares(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in NOTEBOOK])
    NotebookClient(notebook, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.outputs]
    assert not any("ipywidgets" in str(output) for output in outputs)
    page = notebook.cells[2].outputs[-1]["data"]
    assert "data:image/webp;base64," in page["text/html"]
    assert "D-saturation" in notebook.cells[5].outputs[-1]["data"]["text/html"]
    assert notebook.cells[6].outputs[0]["text"] == "['slow'] 20 40\n"
    assert len(list(tmp_path.glob("runs/*/*/results.json"))) == 4

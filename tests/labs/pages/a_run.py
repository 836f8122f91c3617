"""A run with all that a page can show, some of it hostile, made without training anything."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import models
from labs import data, records
from tests.labs.quick_run import make_record

HOSTILE = "</script><script>document.title = 'hacked'</script><img src=x onerror=alert(1)>"


def make_run(folder: Path, *, seed: int = 0, units: int = 16) -> Path:
    """Return the directory of a finished run of labs.diabetes, whose parts are made up."""
    record = make_record("diabetes", folder, seed=seed, hidden_units=(units,))
    with record:
        record.results["question"] = f"Is it so? {HOSTILE}"
        rng = np.random.default_rng(seed)
        x = rng.integers(0, 256, (40, 28, 28), np.uint8)
        part = data.Part(x, np.arange(40) % 10)
        names = (*"012345678", "<script>x</script>")
        record.use_dataset(data.Dataset(f"digits {HOSTILE}", part, part, names, "made up"))
        record.save_model("net", models.build_mlp((28, 28), (units,), 10, scale=1 / 255, seed=seed))
        record.add_models(
            records.ModelResult("net", "keras", 9, 0.9, 0.8, 0.7 + seed / 100, (0.6, 0.85), 1.0),
            records.ModelResult("other", "keras", 8, test_accuracy=0.5),
        )
        epochs = np.arange(60)
        for name, rise in (("net", 0.01), ("other", 0.0)):
            late = np.maximum(0, epochs - 20)
            record.save_history(
                name,
                {
                    "loss": (1 / (1 + epochs)).tolist(),
                    "val_loss": (0.2 + 1 / (1 + epochs) + rise * late).tolist(),
                    "accuracy": (1 - 0.5 / (1 + epochs)).tolist(),
                    "val_accuracy": (0.9 - 0.5 / (1 + epochs)).tolist(),
                    "learning_rate": np.where(epochs < 30, 0.1, 0.01).tolist(),
                },
            )
        rows = [{"row": k, "score": (7 * k) % 24 / 2, "note": HOSTILE} for k in range(24)]
        record.add_table("scores", rows)
        trials = [f"{k},done,{k / 20},,{1 + k % 3},{10.0**-k}" for k in range(6)]
        heading = "number,status,score,error,layers,learning_rate"
        (record.directory / "trials.csv").write_text("\n".join([heading, *trials]))
        figure = Figure(figsize=(2, 1))
        record.add_figure("first", figure, caption=f"A first picture. {HOSTILE}")
        record.add_figure("answer", figure, caption="The picture of the answer.", key=True)
        record.judge("A2-parameters", "177", holds=True, how=f"Counted. {HOSTILE}")
        record.add_findings(f"Something else. {HOSTILE}")
        record.answer(f"Yes. {HOSTILE}", limits="All else.")
    return record.directory

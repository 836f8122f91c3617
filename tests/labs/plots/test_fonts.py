"""Names in any script come out as letters; matplotlib warns of each that would be a box."""

from __future__ import annotations

import warnings
from io import BytesIO

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from labs import plots
from labs.plots.fonts import FIRST, families_for

NAMES = ("혈당 수치", "血糖値", "ระดับน้ำตาล", "रक्त शर्करा", "سكر الدم", "сахар")


def plot_every_name() -> list[Figure]:
    """Pictures with the names as titles, tick labels, legends, headings and annotations."""
    rng = np.random.default_rng(0)
    history = {"loss": [1.0, 0.5], "val_loss": [1.0, 0.7]}
    labels = np.arange(12) % 6
    layers = [rng.normal(size=(6, 6)), np.zeros(6)]
    return [
        plots.plot_curves(NAMES[0], dict.fromkeys(NAMES, history), {NAMES[0]: 1}),
        plots.plot_confusion(NAMES[0], NAMES[1], labels, labels, NAMES),
        plots.plot_recalls(NAMES[0], NAMES[1], labels, labels, NAMES),
        plots.plot_network(NAMES[0], NAMES[1], layers, NAMES, NAMES, ["softmax"]),
        plots.plot_seeds(NAMES[0], NAMES[1], {n: [0.5, 0.6] for n in NAMES}, {NAMES[2]: 0.4}),
    ]


@pytest.mark.parametrize("figure", plot_every_name())
def test_names_in_any_script_have_letters(figure):
    with warnings.catch_warnings(action="error"):
        figure.savefig(BytesIO(), dpi=40)


def test_without_further_fonts_there_would_be_boxes():
    figure = Figure()
    figure.suptitle(NAMES[0])
    with pytest.warns(UserWarning, match="Glyph .* missing"):
        figure.savefig(BytesIO(), dpi=40)


def test_no_further_font_is_opened_for_letters_of_the_first():
    assert families_for(frozenset(map(ord, "σ × − ½ σ(wᵀx) Ж ش"))) == [FIRST]
    with plots.style.figure() as figure:
        figure.suptitle("loss, σ = 0.5")
        figure.savefig(BytesIO(), dpi=40)
    assert {tuple(text.get_fontfamily()) for text in figure.findobj(Text)} == {(FIRST,)}

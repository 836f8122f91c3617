from __future__ import annotations

import io

import matplotlib
import matplotlib.pyplot as plt
import pytest

from labs.plots import style


def test_settings_hold_inside_the_block_only() -> None:
    before = dict(matplotlib.rcParams)
    with style.figure():
        assert matplotlib.rcParams["axes.labelsize"] == style.STYLE["axes.labelsize"]
    assert dict(matplotlib.rcParams) == before


def test_settings_are_taken_back_after_an_error() -> None:
    before = dict(matplotlib.rcParams)
    with pytest.raises(ZeroDivisionError), style.figure():
        _ = 1 / 0
    assert dict(matplotlib.rcParams) == before


def test_ticks_keep_the_style_when_saved_under_other_settings() -> None:
    with style.figure() as figure:
        axes = figure.subplots()
        axes.plot([0, 1])
    with matplotlib.rc_context({"xtick.labelsize": 40, "font.size": 40, "axes.labelsize": 40}):
        figure.savefig(io.BytesIO())
    sizes = {label.get_fontsize() for label in axes.get_xticklabels()}
    assert sizes == {style.STYLE["xtick.labelsize"]}


def test_figure_is_none_of_pyplots() -> None:
    with style.figure(6, 3) as figure:
        pass
    assert plt.get_fignums() == []
    assert figure.get_size_inches().tolist() == [6, 3]


def test_no_two_colors_or_markers_or_line_styles_are_alike() -> None:
    for values in (style.COLORS, style.MARKERS, style.MARK_STYLES):
        assert len(set(values)) == len(values)
    assert len(style.COLORS) == len(style.MARKERS)


def test_a_single_models_curves_differ_in_grey() -> None:
    def lightness(color: str) -> float:
        return sum(matplotlib.colors.to_rgb(color)) / 3

    difference = lightness(style.TRAINING_COLOR) - lightness(style.VALIDATION_COLOR)
    assert difference > 0.1


def test_looks_tell_names_apart_and_go_by_the_order_given() -> None:
    names = [f"net {i}" for i in range(14)]
    looks = style.looks(names)
    assert len(set(looks.values())) == len(names)
    assert style.looks(names[:3]) == {name: looks[name] for name in names[:3]}
    assert looks["net 0"].line == {"color": style.COLORS[0], "marker": style.MARKERS[0]}

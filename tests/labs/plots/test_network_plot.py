from itertools import pairwise

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from labs.plots import style
from labs.plots.network_plot import MOST_LINES, MOST_UNITS, WEIGHTS, WIDEST_LINE, plot_network

KERNEL = np.array([[2.0, -1.0], [0.0, 0.5]])
LAYERS = [KERNEL, np.array([0.26, -0.04]), np.array([[1.0], [-1.0]]), np.array([3.0])]


def drawn() -> Figure:
    return plot_network("toy", "net", LAYERS, ["age", "bmi"], ["ill"], ["tanh", "softmax"])


def draw_large(*sizes: int) -> Figure:
    rng = np.random.default_rng(0)
    weights = []
    for left, right in pairwise(sizes):
        weights += [rng.normal(size=(left, right)), np.zeros(right)]
    names = [[f"{layer} {unit}" for unit in range(sizes[layer])] for layer in (0, -1)]
    inputs, outputs = names
    return plot_network("toy", "large", weights, inputs, outputs, ["relu"] * (len(sizes) - 1))


def lines(figure: Figure) -> list[tuple[LineCollection, LineCollection]]:
    """The faint and the strong weights after each layer."""
    found = [c for c in figure.axes[0].collections if isinstance(c, LineCollection)]
    return list(zip(found[::2], found[1::2], strict=True))


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_every_weight_is_a_line_of_its_sign_and_size_the_largest_on_top():
    faint, strong = lines(drawn())[0]
    assert len(faint.get_segments()) == 0
    assert [segment.tolist() for segment in strong.get_segments()][-1][0][0] == 0
    weights = np.array([0, 0.5, -1, 2])
    assert np.array(strong.get_linewidth()) == pytest.approx(WIDEST_LINE * abs(weights) / 2)
    assert strong.get_colors()[-1] == pytest.approx(to_rgba(style.COLORS[0]))
    assert strong.get_colors()[0] == pytest.approx(WEIGHTS(0.5))
    dashes = [str(pattern) for pattern in strong.get_linestyle()]
    assert [dash == dashes[0] for dash in dashes] == [True, True, False, True]


def test_only_the_largest_weights_of_a_layer_are_in_color():
    (faint, strong), _ = lines(draw_large(6, 5, 1))
    assert len(strong.get_segments()) == MOST_LINES
    assert len(faint.get_segments()) == 6 * 5 - MOST_LINES
    assert faint.get_colors()[0] == pytest.approx(to_rgba(style.AREA))


def test_layers_biases_names_scale_and_number_of_parameters_are_written():
    figure = drawn()
    assert texts(figure) == [
        *("+0.3", "+0.0", "+3.0"),
        *("inputs\n2", "hidden 1\n2 × tanh", "output\n1 × softmax"),
        *("age", "bmi", "ill"),
    ]
    assert figure.axes[1].get_ylabel() == "weight"
    assert figure.axes[1].get_ylim() == pytest.approx((-2, 2))
    assert figure.get_suptitle() == "toy: net, 9 parameters (bias in each unit)"


def test_of_a_large_layer_the_units_with_the_largest_weights_are_drawn():
    weights = [np.ones((1, 12)), np.arange(12.0), np.ones((12, 1)), np.array([0.0])]
    weights[2][[3, 5]] = 0.1
    figure = plot_network("toy", "net", weights, ["x"], ["y"], ["relu", "softmax"])
    shown = [f"{bias:+.1f}" for bias in range(12) if bias not in (3, 5)]
    assert texts(figure)[:11] == [*shown, "… 2 more"]
    assert len(lines(figure)[0][1].get_segments()) == MOST_UNITS


@pytest.mark.parametrize("sizes", [(1, 1), (20, 300, 15, 3, 40), (2, *[2] * 20)])
def test_a_net_of_any_size_is_drawn_with_a_count_of_what_is_left_out(sizes):
    figure = draw_large(*sizes)
    left_out = [f"… {size - MOST_UNITS} more" for size in sizes if size > MOST_UNITS]
    assert [text for text in texts(figure) if "more" in text] == left_out


def test_a_net_without_any_weight_is_drawn():
    weights = [np.zeros((1, 1)), np.zeros(1)]
    assert plot_network("toy", "net", weights, ["x"], ["y"], ["softmax"]).axes


@pytest.mark.parametrize(
    ("inputs", "outputs", "activations", "message"),
    [
        (["age"], ["ill"], ["tanh", "softmax"], "after 1 inputs"),
        (["age", "bmi"], ["ill", "well"], ["tanh", "softmax"], "2 output units"),
        (["age", "bmi"], ["ill"], ["softmax"], "1 layers after the inputs"),
    ],
)
def test_names_that_do_not_fit_the_weights_are_refused(inputs, outputs, activations, message):
    with pytest.raises(ValueError, match=message):
        plot_network("toy", "net", LAYERS, inputs, outputs, activations)

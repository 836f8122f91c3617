import numpy as np
import pytest
from matplotlib.figure import Figure

from labs.results.network_plot import NEGATIVE, POSITIVE, WIDEST_LINE, plot_network

KERNEL = np.array([[2.0, -1.0], [0.0, 0.5]])
WEIGHTS = [KERNEL, np.array([0.26, -0.04]), np.array([[1.0], [-1.0]]), np.array([3.0])]


def drawn() -> Figure:
    return plot_network("toy", "small net", WEIGHTS, ["age", "bmi"], ["ill"])


def test_every_weight_is_a_line_of_its_sign_and_size():
    lines = drawn().axes[0].lines
    assert len(lines) == 6
    assert [line.get_color() for line in lines[:2]] == [POSITIVE, NEGATIVE]
    widths = [line.get_linewidth() for line in lines[:4]]
    assert widths == pytest.approx(WIDEST_LINE * np.array([1, 0.5, 0, 0.25]))
    assert lines[1].get_linestyle() == "--"


def test_biases_names_and_number_of_parameters_are_written():
    figure = drawn()
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ["+0.3", "+0.0", "+3.0", "age", "bmi", "ill"]
    assert figure.get_suptitle() == "toy: small net, 9 parameters (bias in each unit)"


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [(["age"], ["ill"], "after 1 inputs"), (["age", "bmi"], ["ill", "well"], "2 output units")],
)
def test_names_that_do_not_fit_the_weights_are_refused(inputs, outputs, message):
    with pytest.raises(ValueError, match=message):
        plot_network("toy", "net", WEIGHTS, inputs, outputs)


def test_a_net_too_large_to_draw_is_refused():
    with pytest.raises(ValueError, match="at most 16"):
        plot_network("toy", "net", [np.ones((17, 1)), np.ones(1)], ["x"] * 17, ["y"])

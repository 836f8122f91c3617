"""Neurons whose weights are moved in the page say there what they say in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from labs import records
from models.by_hand import half_planes, perceptron
from tests.labs.pages.axe import violations
from tests.labs.pages.touch import swipe
from tests.labs.quick_run import make_record

GATE = perceptron.binary_inputs(2)
POINTS = np.random.default_rng(0).uniform(-3, 3, (150, 2))
STAR = half_planes.polygon(5, 0.8)
LABELS = half_planes.vote(STAR, POINTS, at_least=4)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    with make_record("perceptron", tmp_path_factory.mktemp("runs")) as record:
        records.save_neurons(
            record,
            {
                "AND": records.Division(GATE, GATE.all(axis=1).astype(int), [perceptron.AND]),
                "XOR": records.Division(GATE, [0, 1, 1, 0], [perceptron.OR]),
                "star": records.Division(POINTS, LABELS, zip(*STAR, strict=True), 4),
            },
        )
    return record.directory / "report.html"


@pytest.fixture(scope="module")
def page(open_page, report):
    page = open_page(report)
    assert page.heard == []
    return page


@pytest.fixture
def choose(page):
    def choose(name):
        page.get_by_label("Divide").select_option(name)

    return choose


def weights(page):
    return page.locator("#move input").evaluate_all("all => all.map(input => +input.value)")


def said(page):
    return page.locator("#move .said").inner_text()


def test_the_run_s_weights_divide_as_the_run_does(page, choose):
    for name, right in (("AND", "4 of 4"), ("XOR", "3 of 4"), ("star", "150 of 150")):
        choose(name)
        assert said(page) == f"{right} points right"


def test_the_region_is_where_so_many_neurons_say_1(page, choose):
    choose("star")
    inside = page.evaluate(
        """(points) => {
            const svg = document.querySelector(".plane"), region = svg.querySelector(".region");
            const centers = [...svg.querySelectorAll("[data-label]")];
            return centers.map((it) => +region.isPointInFill(
                new DOMPoint(it.getAttribute("cx"), it.getAttribute("cy"))));
        }"""
    )
    assert inside == LABELS.tolist()
    page.locator("#move select").last.select_option("neuron 3")
    page.locator("#move input").last.fill("-1.5")
    moved = STAR._replace(biases=np.where(np.arange(5) == 2, -1.5, STAR.biases))
    right = (half_planes.vote(moved, POINTS, at_least=4) == LABELS).sum()
    assert said(page) == f"{right} of 150 points right"
    assert page.locator(".plane .wrong").count() == 150 - right
    page.get_by_role("button", name="The run's weights").click()
    assert said(page) == "150 of 150 points right"


def test_the_numbers_shown_are_those_of_the_line_that_is_dragged(page, choose):
    choose("star")
    box = page.locator('.grip[data-neuron="1"][data-end="foot"]').bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    before = weights(page)  # Its own, not those of the first line.
    page.mouse.move(box["x"] + box["width"] / 2 + 12, box["y"] + box["height"] / 2)
    page.mouse.up()
    assert page.locator("#move select").last.evaluate("(it) => it.selectedIndex") == 1
    after = weights(page)
    assert after[:2] == pytest.approx(before[:2])
    assert after[2] != pytest.approx(before[2])
    page.get_by_role("button", name="The run's weights").click()
    assert said(page) == "150 of 150 points right"


def test_keys_move_the_line(page, choose):
    choose("AND")
    page.locator("#move input").last.press("End")
    assert weights(page) == [0.5, 0.5, 2]
    assert said(page) == "1 of 4 points right"
    assert page.locator(".equation").inner_text() == "0.50 x₁ + 0.50 x₂ + 2.00 = 0"


def test_the_perceptron_rule_steps_to_a_line_where_there_is_one(page, choose):
    choose("AND")
    w, b, at = np.array([-1.0, 0.5]), 1.0, -1
    for place, value in enumerate((*w, b)):
        page.locator("#move input").nth(place).fill(str(value))
    step = page.get_by_role("button", name="A step of the perceptron rule")
    for _ in range(100):
        errors = GATE.all(axis=1) - perceptron.fire(perceptron.Neuron(tuple(w), b), GATE)
        wrong = [i % 4 for i in range(at + 1, at + 5) if errors[i % 4]]
        step.click()
        if not wrong:
            break
        at = wrong[0]
        w, b = w + errors[at] * GATE[at], b + errors[at]
        assert weights(page) == pytest.approx([*w, b])
    assert said(page) == "4 of 4 points right"
    assert "changes nothing" in page.locator("#move .note").inner_text()


def test_a_finger_drags_the_line_and_turns_its_arrow(open_page, report):
    page = open_page(report, width=360, has_touch=True, is_mobile=True, reduced_motion="reduce")
    page.locator(".plane").scroll_into_view_if_needed()
    scrolled = page.evaluate("scrollY")

    def drag(grip, to):
        """Drag a grip to a place of the plane, in its own units of 360 by 360."""
        field, box = (page.locator(name).bounding_box() for name in (".plane", grip))
        start = [box[k] + box[size] / 2 for k, size in (("x", "width"), ("y", "height"))]
        target = [field[k] + v * field["width"] / 360 for k, v in zip("xy", to, strict=True)]
        swipe(page, np.linspace(start, target, 5).tolist())

    drag("[data-end=foot]", (180, 180))  # Its middle, (½, ½) of the gate.
    assert weights(page) == pytest.approx([0.5, 0.5, -0.5], abs=0.01)
    drag("[data-end=tip]", (180, 100))  # Straight up: x₂ alone decides, at ½.
    length = np.hypot(0.5, 0.5)
    assert weights(page) == pytest.approx([0, length, -length / 2], abs=0.02)
    assert said(page) == "3 of 4 points right"
    assert page.evaluate("scrollY") == scrolled


@pytest.mark.parametrize(
    ("scheme", "width"),
    [pytest.param("light", 1280, marks=pytest.mark.slow), ("dark", 360)],
)
def test_nobody_is_kept_out(open_page, report, scheme, width):
    page = open_page(report, width=width, color_scheme=scheme)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width

"""The page of a run, in a browser."""

from __future__ import annotations

import json
import shutil

import pytest

from labs.records.report import write_report
from labs.records.result import Result
from tests.labs.pages.a_run import HOSTILE, make_run
from tests.labs.pages.axe import violations

LOSS = "#curves svg[aria-label^=loss]"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("runs")) / "report.html"


@pytest.fixture(scope="module")
def page(open_page, report):
    return open_page(report)


def column(page, table, place):
    rows = page.locator(f"table:has(caption:text-is('{table}')) tbody tr:visible")
    return rows.locator(f"td:nth-child({place})").all_inner_texts()


def test_it_asks_for_nothing_and_complains_of_nothing(page):
    assert page.heard == []
    assert HOSTILE in page.inner_text("h1")
    assert page.title().startswith("Is it so?")
    assert page.locator("img[src=x]").count() == 0


def test_a_notebook_shows_the_page_with_all_that_can_be_tried(open_page, report, tmp_path):
    shown = tmp_path / "notebook.html"
    shown.write_text(Result(report.parent)._repr_html_(), encoding="utf-8")
    page = open_page(shown)
    page.heard[:] = [what for what in page.heard if what != "about:srcdoc"]
    inside = page.frame_locator("iframe")
    assert HOSTILE in inside.locator("h1").inner_text()
    inside.locator(LOSS).scroll_into_view_if_needed()
    assert inside.locator(LOSS).bounding_box()["width"] > 300
    assert page.heard == []


def test_the_fold_holds_question_answer_and_picture(page):
    for place in ("h1", ".answer", ".fold img"):
        box = page.locator(place).bounding_box()
        assert box["y"] + box["height"] < 800, place
    assert page.evaluate("document.querySelector('.fold img').naturalWidth") == 400


def test_a_table_sorts_by_its_headings(page):
    heading = page.locator("table:has(caption:text-is('Scores')) th", has_text="score")
    heading.get_by_role("button").click()
    scores = [float(score) for score in column(page, "Scores", 2)]
    assert scores == sorted(scores)
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.get_by_role("button").press("Enter")
    assert [float(score) for score in column(page, "Scores", 2)] == scores[::-1]


def test_a_long_table_is_filtered(page):
    field = page.locator("#numbers").get_by_label("Filter rows")
    field.fill("9.5")
    assert column(page, "Scores", 2) == ["9.5"]
    assert page.locator("#numbers output").inner_text() == "1 of 24"
    field.fill("")
    assert len(column(page, "Scores", 2)) == 24


def test_dragging_along_an_axis_chooses_trials(page):
    axis = page.locator(".parallel .grip").first
    axis.scroll_into_view_if_needed()
    box = axis.bounding_box()
    middle, top = box["x"] + box["width"] / 2, box["y"]
    page.mouse.move(middle, top + 4)
    page.mouse.down()
    page.mouse.move(middle, top + 90, steps=3)
    page.mouse.up()
    assert column(page, "Trials of Keras net", 5) == ["3", "3"]
    assert page.locator(".trial.passed").count() == 4
    page.mouse.click(middle, top + 90)
    assert len(column(page, "Trials of Keras net", 1)) == 6


@pytest.mark.parametrize(("direction", "height"), [("max", 40), ("min", 300 - 24)])
def test_the_best_trial_is_drawn_as_such_whichever_way_the_scores_go(
    open_page, report, tmp_path, direction, height
):
    directory = shutil.copytree(report.parent, tmp_path / report.parent.name)
    config = json.loads((directory / "config.json").read_text())
    config |= {"name": "mine", "direction": direction}
    (directory / "config.json").write_text(json.dumps(config))
    rows = [f"{k},done,{0.9 + k / 100},{k},,,{2**k}" for k in range(6)]
    heading = "number,status,score,group,continues,error,units"
    (directory / "trials.csv").write_text("\n".join([heading, *rows]))
    write_report(directory)
    page = open_page(directory / "report.html")
    names = page.locator(".parallel .name").all_text_contents()
    assert names == ["units", "score"]
    table = page.locator("table:has(caption:text-is('Trials of mine'))")
    assert table.locator("th").all_inner_texts() == ["number", "status", "score", "error", "units"]
    drawn = page.locator(".trial").evaluate_all("all => all.map(line => line.classList[1])")
    assert len(drawn) == 6
    ends = page.locator(".trial.best").get_attribute("d").split("L")[-1].split(" ")[1]
    assert drawn[-1] == "best"
    assert float(ends) == height  # The upper or the lower end of the last axis, the score's.


def test_curves_are_hovered_chosen_zoomed_and_scaled(page):
    panel = page.locator(LOSS)
    panel.scroll_into_view_if_needed()
    box = panel.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    caption = page.locator("#curves caption")
    epoch = int(caption.inner_text().rsplit(" ", 1)[1])
    assert 25 <= epoch <= 36
    loss = page.locator("#curves tbody tr").first.locator("td").nth(1).inner_text()
    assert float(loss) == pytest.approx(1 / epoch, rel=1e-3)
    assert "overfitting begins" in panel.text_content()
    assert panel.locator("path.line").count() == 4
    page.get_by_role("checkbox", name="other").uncheck()
    page.get_by_role("button", name="- - training").click()
    assert panel.locator("path.line").count() == 1
    page.get_by_role("button", name="log values").click()
    assert page.get_by_role("button", name="log values").get_attribute("aria-pressed") == "true"
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 120, steps=3)
    page.mouse.up()
    zoomed = [float(page.get_by_label(name).input_value()) for name in ("Zoom from", "Zoom to")]
    assert 1 < zoomed[0] < zoomed[1] < 40
    page.get_by_role("button", name="Whole training").click()
    assert page.get_by_label("Zoom from").input_value() == "1"
    page.get_by_role("slider", name="Epoch").press("Home")
    assert caption.inner_text() == "Values at epoch 1"


@pytest.mark.parametrize(
    ("scheme", "width"),
    [pytest.param("light", 1280, marks=pytest.mark.slow), ("dark", 360)],
)
def test_nobody_is_kept_out(open_page, report, scheme, width):
    assert violations(open_page(report, width=width, color_scheme=scheme)) == []


def test_a_phone_needs_no_scrolling_sideways_and_the_dark_is_dark(open_page, report):
    page = open_page(report, width=360, color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    color = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, color[4:-1].split(","))) < 40


def test_without_scripts_all_but_what_moves_is_there(open_page, report):
    page = open_page(report, java_script_enabled=False)
    assert page.locator("noscript img").get_attribute("alt").startswith("Training curves")
    assert page.locator("noscript img").is_visible()
    assert page.locator("table:has(caption:text-is('Scores')) tbody tr").count() == 24


def test_it_prints_black_on_white_with_its_headings_and_without_its_controls(page):
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator(".controls").first.is_visible()
    assert page.locator(LOSS).is_visible()
    assert page.locator("#numbers th", has_text="score").get_by_role("button").is_visible()
    style = (
        "(({backgroundColor, color}) => [backgroundColor, color])(getComputedStyle(document.body))"
    )
    assert page.evaluate(style) == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    page.emulate_media(media="screen", color_scheme="light")

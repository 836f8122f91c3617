"""The page of a run, as text."""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import re
from typing import Any

import pytest
from PIL import Image, ImageSequence

from labs.pages.curves import MOST_POINTS, curves_data, read_histories, representatives
from labs.pages.report import count_verdicts, models_part, notices
from labs.records.marks import marks_of
from labs.records.report import write_report
from tests.labs.pages.a_run import HOSTILE, make_run


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def page(directory):
    return (directory / "report.html").read_text(encoding="utf-8")


def test_what_others_wrote_comes_out_as_text(page):
    assert HOSTILE not in page
    assert page.count("<script") == page.count("</script>") == 3  # Curves, net, the page's own.
    assert html.escape(HOSTILE, quote=False).replace("'", "&#39;") in page


def test_the_policy_lets_in_the_style_and_the_script_of_the_page_and_nothing_else(page):
    policy = html.unescape(page.split('Policy" content="')[1].split('"')[0])
    directives = dict(part.split(maxsplit=1) for part in policy.split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["img-src"] == "data:"
    for kind, tag in (("style", "<style>"), ("script", "<script>")):
        content = page.split(tag)[1].split(f"</{kind}>")[0]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert directives[f"{kind}-src"] == f"'sha256-{digest}'"
    assert "style=" not in page
    assert not re.search(r"\son[a-z]+=", re.sub(r"&lt;.*?&gt;", "", page))


def test_question_answer_and_the_picture_of_the_answer_come_first(page):
    fold = page.split("<nav")[0]
    places = [fold.index(words) for words in ("Is it so?", "Yes.", "All else.")]
    assert places == sorted(places)
    assert 'alt="The picture of the answer."' in fold
    assert "A first picture." not in fold


def test_settings_that_are_not_the_defaults_come_first_and_the_command_repeats_the_run(page):
    repeat = page.split('id="repeat"')[1]
    changed = repeat.split("Settings that are not the defaults</caption>")[1].split("</table>")[0]
    assert re.findall(r"<td>(.*?)</td>", changed) == ["hidden_units", "16"]
    assert "<code>replay</code>" in repeat


def test_a_page_needs_the_directory_alone(directory, page):
    (directory / "report.html").unlink()
    write_report(directory)
    assert (directory / "report.html").read_text(encoding="utf-8") == page


def test_an_animation_plays_when_asked_to_beside_the_picture_of_its_name(directory, page):
    frames = [Image.new("L", (20, 10), gray) for gray in (0, 90, 255)]
    frames[0].save(directory / "first.gif", save_all=True, append_images=frames[1:], duration=50)
    write_report(directory)
    moving = (directory / "report.html").read_text(encoding="utf-8")
    (directory / "first.gif").unlink()
    (source,) = re.findall(r"<details><summary>Play.*?base64,(.*?)\"", moving)
    with Image.open(io.BytesIO(base64.b64decode(source))) as image:
        assert (image.format, image.size) == ("WEBP", (20, 10))
        assert len(list(ImageSequence.Iterator(image))) == 3
    assert "Play the animation" not in page


def test_bars_cover_the_intervals_of_all_models():
    common = dict.fromkeys(("validation_accuracy", "train_accuracy", "parameters", "seconds"))
    models = [
        common | {"name": "a", "test_accuracy": 0.5, "test_interval": [0.4, 0.6]},
        common | {"name": "b", "test_accuracy": 0.8, "test_interval": [0.7, 0.9]},
        common | {"name": "c", "test_accuracy": None, "test_interval": None},
    ]
    rows, scale = models_part(models)
    assert scale == ["0.400", "0.900"]
    assert rows[0]["strip"] == {"low": 0.0, "width": 40.6, "at": 19.8}
    assert (rows[1]["strip"]["low"], rows[1]["strip"]["width"]) == (59.4, 40.6)
    assert rows[2]["strip"] is None


def test_notices_tell_what_makes_numbers_worthless():
    results = {
        "status": "interrupted",
        "dataset": {"name": "digits, in place of MNIST"},
        "claims": [{"verdict": "undecided"}, {"verdict": "reproduced"}],
    }
    trials = {"Trials": [{"status": "done"}, {"status": "failed"}]}
    told = " ".join(notices(results, {"quick": True}, trials))
    for words in ("quick run", "in place of MNIST", "interrupted", "1 trials have no", "1 of 2"):
        assert words in told
    quiet: dict[str, Any] = {"status": "done", "dataset": None, "claims": []}
    assert notices(quiet, {"quick": False}, {}) == []


def test_verdicts_are_counted():
    claims = [{"verdict": verdict} for verdict in ("differs", "reproduced", "reproduced")]
    assert count_verdicts(claims) == "2 reproduced, 1 differs"


def test_long_curves_keep_every_so_many_epochs():
    epochs = 2 * MOST_POINTS + 1
    found = curves_data({"net": {"loss": [1 / 3] * epochs}})["models"][0]
    assert (found["epochs"], found["every"]) == (epochs, 3)
    assert found["curves"]["loss"] == [0.33333] * -(-epochs // 3)
    assert json.dumps(curves_data({"net": {"loss": [float("nan"), 1.0]}}), allow_nan=False)


def test_of_nets_that_differ_in_their_seed_one_is_shown():
    names = ["plain-seed-0", "plain-seed-1", "dropout-0-2-seed-0", "batch-64", "batch-128"]
    shown = representatives(dict.fromkeys(names))
    assert shown == ["plain-seed-0", "dropout-0-2-seed-0", "batch-64"]


def test_marks_of_a_training_are_told_by_its_curves(directory):
    histories = read_histories(directory)
    assert marks_of(histories["other"]) == {"rate falls": [31]}
    marks = marks_of(histories["net"])
    assert marks["rate falls"] == [31]
    assert 20 <= marks["overfitting begins"][0] <= 30
    assert marks_of({"loss": [1.0], "learning_rate": [0.1]}) == {}

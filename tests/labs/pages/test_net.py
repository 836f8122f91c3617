"""The net in the page agrees with Keras, and drawn digits are prepared as labs.predict does."""

from __future__ import annotations

import base64
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image, ImageOps

import models
from labs import data
from labs.records.page_net import plain_net
from tests.labs.pages.axe import violations
from tests.labs.pages.touch import press, swipe
from tests.labs.quick_run import make_record

STROKES: dict[str, list[tuple[int, int] | None]] = {
    "0": [(140, 45), (95, 75), (80, 140), (95, 210), (140, 240), (185, 210), (200, 140), (185, 75),
          (140, 45)],
    "1": [(155, 40), (140, 240)],
    "2": [(85, 90), (110, 50), (165, 45), (195, 85), (180, 130), (85, 235), (210, 230)],
    "3": [(80, 70), (130, 45), (190, 75), (180, 120), (135, 140), (190, 165), (190, 215),
          (140, 240), (80, 220)],
    "4": [(90, 45), (75, 150), (210, 150), None, (180, 90), (175, 245)],
    "5": [(195, 45), (105, 45), (95, 125), (150, 120), (195, 160), (185, 215), (140, 240),
          (80, 225)],
    "6": [(175, 45), (110, 110), (85, 180), (105, 230), (155, 240), (190, 205), (170, 165),
          (115, 165), (90, 190)],
    "7": [(75, 55), (210, 55), (165, 140), (130, 240)],
    "8": [(185, 75), (140, 45), (95, 75), (115, 120), (165, 150), (190, 200), (140, 240), (90, 200),
          (115, 150), (165, 120), (185, 75)],
    "9": [(190, 85), (145, 45), (95, 80), (105, 130), (150, 140), (190, 90), None, (190, 80),
          (180, 170), (150, 245)],
}  # fmt: skip
"""Ten digits on a field of 280 pixels; None lifts the pen."""


@pytest.fixture(scope="module")
def digits():
    return data.load_mnist("digits")


@pytest.fixture(scope="module")
def net(digits):
    net = models.build_mlp((28, 28), (512, 512), 10, scale=1 / 255, seed=0)
    models.fit(net, digits.train.x, digits.train.y, epochs=2, batch_size=64, seed=0)
    return net


def page_of(open_page, folder, dataset, net):
    with make_record("mnist", folder) as record:
        record.use_dataset(dataset)
        record.save_model("dense", net)
    path = record.directory / "report.html"
    assert 1.7e6 < path.stat().st_size < 4e6
    page = open_page(path)
    assert page.heard == []
    return page


@pytest.fixture(scope="module")
def page(open_page, tmp_path_factory, digits, net):
    return page_of(open_page, tmp_path_factory.mktemp("runs"), digits, net)


def test_probabilities_are_those_of_keras(page, digits, net):
    images = digits.test.x[:200].reshape(200, -1)
    found = page.evaluate(
        "(images) => images.map((image) => [...forward(net, image)])",
        images.tolist(),
    )
    expected = net.predict(digits.test.x[:200], verbose=0)
    assert np.abs(np.array(found) - expected).max() < 1e-3


def draw(page, points):
    page.get_by_role("button", name="Clear").click()
    box = page.locator(".pad").bounding_box()
    is_down = False
    for point in [*points, None]:
        if point is None:
            page.mouse.up()
            is_down = False
            continue
        scale = box["width"] / 280
        page.mouse.move(box["x"] + scale * point[0], box["y"] + scale * point[1])
        if not is_down:
            page.mouse.down()
            is_down = True


def channel(page, canvas, number):
    """Return one of the four channels of a canvas; as text, since lists cross slowly."""
    text = page.locator(canvas).evaluate(
        """(it, number) => it.getContext("2d").getImageData(0, 0, it.width, it.height)
            .data.filter((_, i) => i % 4 === number).join(" ")""",
        number,
    )
    values = np.array(text.split(), dtype=np.int64)
    return values.reshape(2 * [round(len(values) ** 0.5)])


@pytest.mark.parametrize("digit", ["0", "1", "4", "7"])
def test_a_drawn_digit_is_prepared_as_labs_predict_does_and_read_as_by_keras(page, net, digit):
    page.locator(".pad").scroll_into_view_if_needed()
    draw(page, STROKES[digit])
    ink = channel(page, ".pad", 3).astype(np.uint8)
    expected, seen = data.prepare_digit(ink), channel(page, ".seen", 0)
    assert np.abs(seen - expected).max() <= 1
    probabilities = net.predict(seen[None], verbose=0)[0]
    assert page.locator(".said").inner_text() == f"The net says {probabilities.argmax()}."
    best = float(page.locator(".bars .best .number").inner_text().rstrip("%"))
    assert best == pytest.approx(100 * probabilities.max(), abs=0.15)


def test_a_finger_draws(open_page, page):
    touched = open_page(Path(page.url[7:]), width=360, has_touch=True, is_mobile=True)
    touched.locator(".pad").scroll_into_view_if_needed()
    box, scrolled = touched.locator(".pad").bounding_box(), touched.evaluate("scrollY")
    swipe(touched, [(box["x"] + 140, box["y"] + y) for y in range(40, 241, 40)])
    assert touched.evaluate("scrollY") == scrolled
    rows = np.flatnonzero(channel(touched, ".seen", 0).any(axis=1))
    assert rows.tolist() == list(range(rows[0], rows[0] + 20))  # One stroke, from top to bottom.
    assert touched.locator(".said").inner_text().startswith("The net says")


def test_a_pen_draws(open_page, page):
    other = open_page(Path(page.url[7:]))
    other.evaluate(
        "kinds = []; document.querySelector('.pad').addEventListener("
        "'pointermove', (event) => kinds.push(event.pointerType))"
    )
    other.locator(".pad").scroll_into_view_if_needed()
    box = other.locator(".pad").bounding_box()
    press(other, [(box["x"] + 140, box["y"] + y) for y in range(40, 241, 40)])
    assert set(other.evaluate("kinds")) == {"pen"}
    rows = np.flatnonzero(channel(other, ".seen", 0).any(axis=1))
    assert rows.tolist() == list(range(rows[0], rows[0] + 20))
    assert other.locator(".said").inner_text().startswith("The net says")


@pytest.mark.slow
def test_ten_drawn_digits_are_read_by_a_net_of_2000_real_ones(real_data, open_page, tmp_path):
    dataset = data.load_mnist("mnist")
    net = models.build_mlp((28, 28), (512, 512), 10, scale=1 / 255, dropout=0.2, seed=0)
    models.fit(net, dataset.train.x[:2000], dataset.train.y[:2000], epochs=6, seed=0)
    page = page_of(open_page, tmp_path, dataset, net)
    page.locator(".pad").scroll_into_view_if_needed()
    said = []
    for points in STROKES.values():
        draw(page, points)
        said.append(page.locator(".said").inner_text())
    assert said == [f"The net says {digit}." for digit in STROKES]


def test_without_a_pointer_one_chooses_a_test_image(page, digits):
    button = page.get_by_role("button", name="Test image 7: 3")
    button.press("Enter")
    assert page.locator(".said").inner_text().endswith("It is 3.")
    assert page.locator(".shelf button").count() == 20


def test_sliders_ask_a_net_for_tables(open_page, tmp_path):
    patients = data.load_diabetes()
    net = models.build_mlp((10,), (10, 5), 2, activation="sigmoid", scale=20.0, seed=0)
    with make_record("diabetes", tmp_path) as record:
        record.use_dataset(patients)
        record.save_model("net", net)
    page = open_page(record.directory / "report.html")
    assert page.heard == []
    page.get_by_label("Take").select_option("test row 3")
    expected = net.predict(patients.test.x[3:4], verbose=0)[0]
    percents = page.locator(".bars .number").all_inner_texts()
    assert [float(p[:-1]) for p in percents] == pytest.approx(100 * expected, abs=0.1)
    assert (
        page.locator(".said")
        .inner_text()
        .endswith(f"It is {patients.class_names[patients.test.y[3]]}.")
    )
    page.get_by_label("bmi").press("End")
    assert page.locator(".bars .number").all_inner_texts() != percents
    assert page.get_by_label("Take").input_value() == ""


def forward(page, plain, rows):
    """Do in the page what its script does with the numbers of another net."""
    asked = {"plain": plain, "rows": rows.reshape(len(rows), -1).tolist()}
    found = page.evaluate(
        "({plain, rows}) => rows.map((row) => [...forward(readNet(plain), row)])", asked
    )
    return np.array(found)


def test_each_layer_of_a_dense_net_is_that_of_keras(page):
    rng = np.random.default_rng(0)
    x = rng.normal(3, 2, (50, 4)).astype("float32")
    normalize = keras.layers.Normalization()
    normalize.adapt(x)
    net = keras.Sequential(
        [
            keras.Input((4,)),
            normalize,
            keras.layers.Rescaling(0.5, offset=0.1),
            keras.layers.Dense(6, use_bias=False),
            keras.layers.BatchNormalization(),
            keras.layers.Activation("tanh"),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    net.layers[3].set_weights([rng.uniform(0.5, 2, 6) for _ in range(4)])
    plain = plain_net(net) or {}
    assert plain["shape"] == (4, 3)
    assert np.abs(forward(page, plain, x) - net.predict(x, verbose=0)).max() < 1e-5


def test_other_nets_are_left_out():
    layers = keras.layers
    for odd in (
        layers.Conv2D(2, 5, padding="same"),
        layers.Conv2D(2, 3),
        layers.Conv2D(2, 3, padding="same", strides=2),
        layers.MaxPooling2D(3),
        layers.BatchNormalization(axis=1),
        layers.ReLU(max_value=6),
        layers.Dense(3, activation="gelu"),
        layers.Dense(3),  # Of images with channels, it works on the channels of each place.
    ):
        net = keras.Sequential([keras.Input((8, 8, 1)), odd, layers.Flatten(), layers.Dense(2)])
        assert plain_net(net) is None, odd.get_config()


@pytest.fixture(scope="module")
def hands():
    return data.load_sign_language("drawn_hands")


@pytest.fixture(scope="module")
def hand_net(hands):
    """A small convolutional net, its moments far from those it began with."""
    net = models.build_convnet((28, 28), 24, filters=(8, 12, 16), dense_units=32, seed=0)
    models.fit(net, hands.train.x[:800], hands.train.y[:800], epochs=3, batch_size=32, seed=0)
    return net


@pytest.fixture(scope="module")
def hand_page(open_page, tmp_path_factory, hands, hand_net):
    with make_record("sign_language", tmp_path_factory.mktemp("runs")) as record:
        record.use_dataset(hands)
        record.save_model("best", hand_net)
    page = open_page(record.directory / "report.html")
    assert page.heard == []
    return page


def test_a_convolutional_net_gives_keras_s_probabilities(hand_page, hands, hand_net):
    images = hands.test.x[:200].reshape(200, -1).tolist()
    found = hand_page.evaluate("(all) => all.map((image) => [...forward(net, image)])", images)
    expected = hand_net.predict(hands.test.x[:200], verbose=0)
    assert expected.max(axis=1).mean() < 0.99  # It has doubts, which rounding could tip.
    assert np.abs(np.array(found) - expected).max() < 1e-5


@pytest.fixture
def photo(tmp_path, hands):
    """A colored picture file, wider than high and paler than training images, of a drawn hand."""
    hand = Image.fromarray(hands.test.x[5]).resize((240, 240)).point(lambda v: 60 + v // 2)
    picture = ImageOps.colorize(hand, "#102030", "#ffe0c0")
    picture = ImageOps.expand(picture, (60, 0, 41, 0), "teal")
    picture.save(tmp_path / "hand.png")
    return tmp_path / "hand.png"


@pytest.mark.parametrize("way", ["choose", "drop"])
def test_a_picture_file_is_prepared_as_labs_predict_does(hand_page, hand_net, hands, photo, way):
    if way == "choose":
        hand_page.locator("input[type=file]").set_input_files(photo)
    else:
        drop(hand_page, "dropped.png", photo.read_bytes())
    told = hand_page.locator(".drop + .note")
    told.filter(has_text=".png").wait_for()
    seen = channel(hand_page, ".seen", 0)
    assert np.abs(seen - data.prepare_hand(data.read_picture(photo))).max() <= 1
    probabilities = hand_net.predict(seen[None], verbose=0)[0]
    said = hand_page.locator(".said").inner_text()
    assert said == f"The net says {hands.class_names[probabilities.argmax()]}."


def drop(page, name, content):
    files = page.evaluate_handle(
        """([name, text]) => {
            const files = new DataTransfer();
            files.items.add(new File([bytes(text)], name));
            return files;
        }""",
        [name, base64.b64encode(content).decode()],
    )
    page.locator(".drop").dispatch_event("drop", {"dataTransfer": files})


def test_what_is_no_picture_of_a_hand_is_told(hand_page, tmp_path):
    Image.new("RGB", (40, 50), "gray").save(tmp_path / "empty.png")
    for name, content, why in (
        ("empty.png", (tmp_path / "empty.png").read_bytes(), "shows nothing"),
        ("<b>.png", b"no picture", "is no picture that this browser reads"),
    ):
        drop(hand_page, name, content)
        hand_page.locator(".drop + .note").filter(has_text=f"{name} {why}").wait_for()
        assert hand_page.locator(".said").inner_text() == ""


@pytest.mark.parametrize(
    ("scheme", "width"),
    [pytest.param("light", 1280, marks=pytest.mark.slow), ("dark", 360)],
)
def test_the_net_keeps_nobody_out(open_page, hand_page, scheme, width):
    page = open_page(Path(hand_page.url[7:]), width=width, color_scheme=scheme)
    page.locator(".shelf button").first.click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width

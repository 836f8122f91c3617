from __future__ import annotations

import copy
import io
import re
import sys
import threading
from typing import Any

import keras
import numpy as np
import pytest
from rich.console import Console

from callbacks import ProgressBar, progress_bar

CURSOR_HIDDEN = "\x1b[?25l"
LOGS = {"loss": 0.5, "accuracy": 0.75}


class Screen:
    """A console that keeps what is written to it."""

    def __init__(self, terminal: bool, width: int = 100) -> None:
        self.file = io.StringIO()
        self.console = Console(file=self.file, force_terminal=terminal, width=width)

    @property
    def text(self) -> str:
        return self.file.getvalue()

    @property
    def drawings(self) -> list[str]:
        """What was drawn, one string for each drawing, without colors."""
        plain = re.sub(r"\x1b\[[0-9;]*m", "", self.text)
        return plain.split("\r\x1b[2K")[1:]


@pytest.fixture
def every_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw at each epoch, whatever the clock says."""
    monkeypatch.setattr(progress_bar, "SECONDS_BETWEEN_DRAWINGS", 0.0)


def drive(
    bars: list[ProgressBar], epochs: int, stop: int | None = None, initial_epoch: int = 0
) -> None:
    callbacks = keras.callbacks.CallbackList(bars, epochs=epochs, steps=1, verbose=0)
    callbacks.on_train_begin()
    for epoch in range(initial_epoch, stop or epochs):
        callbacks.on_epoch_begin(epoch)
        callbacks.on_epoch_end(epoch, LOGS)
    callbacks.on_train_end(LOGS)


@pytest.mark.parametrize("epochs", [10, 11, 19, 100, 1005])
def test_ten_plain_lines_are_printed_where_there_is_no_terminal(epochs: int) -> None:
    screen = Screen(terminal=False)

    drive([ProgressBar("Net", console=screen.console)], epochs)

    lines = screen.text.splitlines()
    assert len(lines) == 10
    assert lines[-1].startswith(f"Net: {epochs}/{epochs} epochs")
    assert "\x1b" not in screen.text
    assert "\r" not in screen.text


def test_plain_lines_are_evenly_spread() -> None:
    screen = Screen(terminal=False)

    drive([ProgressBar(console=screen.console)], 1005)

    done = [int(n) for n in re.findall(r"(\d+)/1005", screen.text)]
    assert done == [101, 201, 302, 402, 503, 603, 704, 804, 905, 1005]


def test_plain_lines_of_a_resumed_training_are_spread_over_what_is_left() -> None:
    screen = Screen(terminal=False)

    drive([ProgressBar(console=screen.console)], 1100, initial_epoch=1000)

    done = [int(n) for n in re.findall(r"(\d+)/1100", screen.text)]
    assert done == list(range(1010, 1101, 10))


def test_short_training_has_a_plain_line_for_each_epoch() -> None:
    screen = Screen(terminal=False)

    drive([ProgressBar(console=screen.console)], 3)

    assert re.findall(r"(\d)/3 epochs", screen.text) == ["1", "2", "3"]


@pytest.mark.parametrize("stop", [1, 100, 1004])
def test_training_that_stops_early_ends_with_a_plain_line(stop: int) -> None:
    screen = Screen(terminal=False)

    drive([ProgressBar(console=screen.console)], 1005, stop=stop)

    lines = screen.text.splitlines()
    assert len(lines) <= 10
    assert f"{stop}/1005 epochs" in lines[-1]


def test_more_epochs_than_announced_print_no_more_lines() -> None:
    screen = Screen(terminal=False)

    drive([ProgressBar(console=screen.console)], 5, stop=50)

    assert len(screen.text.splitlines()) == 10


def test_long_plain_line_is_not_broken() -> None:
    screen = Screen(terminal=False, width=40)

    drive([ProgressBar("A rather long description [of] it", console=screen.console)], 1)

    (line,) = screen.text.splitlines()
    assert line.startswith("A rather long description [of] it: 1/1 epochs")
    assert line.endswith("accuracy 0.75  loss 0.5")


@pytest.mark.usefixtures("every_drawing")
def test_one_bar_shows_epochs_and_metrics_of_the_whole_training() -> None:
    screen = Screen(terminal=True)

    drive([ProgressBar("Net", console=screen.console)], 3)

    assert screen.text.count("\n") == 1
    assert screen.text.endswith("\n")
    for done, line in enumerate(screen.drawings):
        assert line.startswith("Net ━")
        assert f"{done}/3" in line
        assert ("accuracy 0.75  loss 0.5" in line) == (done > 0)
    assert len(screen.drawings) == 4


@pytest.mark.usefixtures("every_drawing")
def test_bar_of_a_resumed_training_begins_where_the_first_ended() -> None:
    screen = Screen(terminal=True)

    drive([ProgressBar(console=screen.console)], 30, initial_epoch=28)

    assert [re.findall(r"\d+/30", line) for line in screen.drawings] == [
        ["28/30"],
        ["29/30"],
        ["30/30"],
    ]


@pytest.mark.usefixtures("every_drawing")
def test_bar_never_exceeds_the_line_of_a_narrow_terminal() -> None:
    screen = Screen(terminal=True, width=30)

    drive([ProgressBar("A rather long\ndescription", console=screen.console)], 3)

    assert all(line.startswith("A rather") for line in screen.drawings)
    assert all(len(line.rstrip("\n")) <= 30 for line in screen.drawings)
    assert screen.text.count("\n") == 1


def test_time_left_follows_from_the_time_of_the_epochs_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = Screen(terminal=False)
    now = 0.0
    screen.console.get_time = lambda: now
    bar = ProgressBar(console=screen.console)
    bar.set_params({"epochs": 10})
    bar.on_train_begin()
    for epoch in range(10):
        bar.on_epoch_begin(epoch)
        now += 60.0
        bar.on_epoch_end(epoch, LOGS)
    bar.on_train_end()

    lines = screen.text.splitlines()
    assert "0:03:00 elapsed, 0:07:00 left" in lines[2]
    assert "0:10:00 elapsed, loss" in lines[-1]


def test_bar_is_drawn_at_most_five_times_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Screen(terminal=True)
    now = 0.0

    class Clock:
        @staticmethod
        def monotonic() -> float:
            nonlocal now
            now += 0.001  # each epoch takes a millisecond, or two where it is drawn
            return now

    monkeypatch.setattr(progress_bar, "time", Clock)

    drive([ProgressBar(console=screen.console)], 1000)

    assert 5 <= len(screen.drawings) <= 7


@pytest.mark.usefixtures("every_drawing")
def test_metrics_of_callbacks_later_in_the_list_are_shown() -> None:
    screen = Screen(terminal=True)
    later = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: logs.update(extra=float(epoch))
    )
    callbacks = keras.callbacks.CallbackList(
        [ProgressBar(console=screen.console), later], epochs=1, steps=1, verbose=0
    )
    callbacks.on_train_begin()
    callbacks.on_epoch_begin(0)
    callbacks.on_epoch_end(0, LOGS)
    callbacks.on_train_end()

    assert "extra 0" in screen.drawings[-1]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_terminal_is_unchanged_when_training_raises(error: type[BaseException]) -> None:
    screen = Screen(terminal=True)
    threads, streams = threading.enumerate(), (sys.stdout, sys.stderr)

    def fail(epoch: int, logs: Any) -> None:
        raise error

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((2, 2), "float32")
    bar = ProgressBar(console=screen.console)
    failing = keras.callbacks.LambdaCallback(on_epoch_end=fail)
    with pytest.raises(error):
        model.fit(x, x[:, :1], verbose=0, callbacks=[bar, failing])

    assert screen.drawings
    assert CURSOR_HIDDEN not in screen.text
    assert (sys.stdout, sys.stderr) == streams
    assert not [t for t in threading.enumerate() if t not in threads and "rich" in repr(type(t))]
    # The same bar serves the next training.
    drive([bar], 2)
    assert "2/2" in screen.drawings[-1]


@pytest.mark.parametrize("terminal", [True, False])
def test_two_bars_and_nested_trainings_do_not_disturb_each_other(terminal: bool) -> None:
    screen = Screen(terminal)
    inner = ProgressBar("Inner", console=screen.console)
    outer = ProgressBar("Outer", console=screen.console)
    outer.set_params({"epochs": 2})
    outer.on_train_begin()
    for epoch in range(2):
        outer.on_epoch_begin(epoch)
        drive([inner, copy.deepcopy(inner)], 2)
        outer.on_epoch_end(epoch, LOGS)
    outer.on_train_end()

    assert screen.text.count("Inner") >= 4
    assert "2/2" in screen.text.splitlines()[-1]


def test_training_without_an_epoch_shows_nothing() -> None:
    screen = Screen(terminal=True)

    drive([ProgressBar(console=screen.console)], 0)

    assert screen.text == ""


def test_values_that_are_no_numbers_are_left_out() -> None:
    screen = Screen(terminal=False)
    bar = ProgressBar(console=screen.console)
    bar.set_params({"epochs": 1})
    bar.on_train_begin()
    bar.on_epoch_begin(0)
    bar.on_epoch_end(0, {"loss": float("nan"), "confusion": np.eye(2), "name": "x"})
    bar.on_train_end()

    assert screen.text.rstrip().endswith("elapsed, loss nan")


@pytest.mark.parametrize("used", [False, True])
def test_copy_draws_to_the_same_console(used: bool) -> None:
    screen = Screen(terminal=False)
    bar = ProgressBar("Net", console=screen.console)
    if used:
        bar.set_params({"epochs": 3})
        bar.on_train_begin()
        bar.on_epoch_begin(0)

    drive([copy.deepcopy(bar)], 2)

    assert re.findall(r"Net: (\d/\d)", screen.text) == ["1/2", "2/2"]


def test_global_console_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    drive([ProgressBar()], 2)

    assert "Training: 2/2 epochs" in capsys.readouterr().out

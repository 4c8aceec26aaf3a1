"""A person at a terminal sees a bar; a log gets one line a step; both know how long it took."""

import io
import logging

import pytest

from data.texts import Text
from geo.progress import Progress

STEPS = (("read", Text("Leyendo", "Reading")), ("write", Text("Escribiendo", "Writing")))


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _run(stream: io.StringIO) -> Progress:
    progress = Progress(steps=len(STEPS), stream=stream)
    for name, title in STEPS:
        with progress.step(name, title):
            pass
    progress.close()
    return progress


def test_a_terminal_shows_a_bar_and_no_log_lines(caplog: pytest.LogCaptureFixture) -> None:
    terminal = _Terminal()
    with caplog.at_level(logging.INFO):
        _run(terminal)
    assert "Leyendo" in terminal.getvalue()
    assert "1/2" in terminal.getvalue()
    assert caplog.messages == []


def test_a_log_gets_a_line_for_each_step(caplog: pytest.LogCaptureFixture) -> None:
    stream = io.StringIO()
    with caplog.at_level(logging.INFO):
        progress = _run(stream)
    assert stream.getvalue() == ""
    assert [message.split(" (")[0] for message in caplog.messages] == ["Leyendo", "Escribiendo"]
    assert set(progress.durations_s) == {"read", "write"}


def test_steps_are_told_in_the_language_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    progress = Progress(steps=1, stream=io.StringIO(), language="en")
    with caplog.at_level(logging.INFO), progress.step(*STEPS[0]):
        pass
    assert caplog.messages[0].startswith("Reading (")

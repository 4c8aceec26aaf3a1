"""Progress of long work: a bar on a terminal, log lines elsewhere, and how long each step took."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from tqdm import tqdm

from data.texts import Language, Text

_LOG = logging.getLogger("cuidados")


class Stream(Protocol):
    """The part of a text stream that progress needs."""

    def write(self, text: str, /) -> object:
        """Write text."""

    def flush(self) -> object:
        """Flush it."""

    def isatty(self) -> bool:
        """Say whether a person is watching."""


class Progress:
    """Reports the steps of one piece of work.

    Parameters
    ----------
    steps
        How many steps are expected.
    stream
        Where the bar goes; without a terminal behind it, each step is a log line instead.
    language
        Language of the step titles.
    """

    def __init__(self, *, steps: int, stream: Stream, language: Language = "es") -> None:
        self.durations_s: dict[str, float] = {}
        self._language: Language = language
        self._bar = (
            tqdm(
                total=steps,
                file=stream,
                leave=False,
                bar_format="{l_bar}{bar}| {n_fmt}/{total_fmt}",
            )
            if stream.isatty()
            else None
        )

    @contextmanager
    def step(self, name: str, title: Text) -> Iterator[None]:
        """Show a step while its work runs, and keep its duration under ``name``."""
        shown = title.in_language(self._language)
        if self._bar is not None:
            self._bar.set_description_str(shown)
        started = time.perf_counter()
        yield
        elapsed = time.perf_counter() - started
        self.durations_s[name] = self.durations_s.get(name, 0.0) + elapsed
        if self._bar is not None:
            self._bar.update(1)
        else:
            _LOG.info("%s (%.1f s)", shown, elapsed)

    def expect(self, steps: int) -> None:
        """Lengthen the bar by steps that became known meanwhile."""
        if self._bar is not None:
            self._bar.total = (self._bar.total or 0) + steps + 1
            self._bar.refresh()

    def tick(self, title: Text) -> None:
        """Tell of one piece of a step that is done."""
        shown = title.in_language(self._language)
        if self._bar is not None:
            self._bar.set_description_str(shown)
            self._bar.update(1)
        else:
            _LOG.info("%s", shown)

    def close(self) -> None:
        """Take the bar off the terminal."""
        if self._bar is not None:
            self._bar.close()


class Silent:
    """A stream nobody watches: pieces of work done by workers are told of by who asked for them."""

    def write(self, text: str, /) -> object:
        """Drop text."""

    def flush(self) -> object:
        """Do nothing."""

    def isatty(self) -> bool:
        """Say that nobody watches."""
        return False

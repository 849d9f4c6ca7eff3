"""How a program hears that it shall stop: SIGTERM and Ctrl-C.

They are thrown into whatever runs, so that a command ends at once and puts away what it has begun. What must not end
half way is told instead, between two steps: an event loop that is half made cannot be put away, and what it was to run
is never awaited.

What is thrown can get lost: Python drops it where it hits a callback of the garbage collector, and a library can pass
it on as an error of its own. Therefore each is noted too: whoever is about to run for long looks whether one has come.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

from lumicert.site.errors import Terminated

SIGNALS = (signal.SIGINT, signal.SIGTERM)
_thrown: list[int] = []


class Stop:
    """The wish to stop, which can come before there is anybody to tell it to, and from another thread."""

    def __init__(self) -> None:
        self._wished = False
        self._tell: Callable[[], None] | None = None

    def tell(self, whom: Callable[[], None]) -> None:
        """Call `whom` for each wish from now on, and for one that came before: at least once, perhaps more often."""
        self._tell = whom
        if self._wished:
            whom()

    def wish(self) -> None:
        """Have whoever runs stop."""
        self._wished = True
        if self._tell is not None:
            self._tell()


def throw_signals() -> None:
    """Have signals thrown from now on: Ctrl-C as `KeyboardInterrupt`, SIGTERM as `Terminated`."""
    for number in SIGNALS:
        # the shell has what runs in the background of a script ignore Ctrl-C
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _throw)


def thrown() -> int | None:
    """The number of the first signal that was thrown, or None."""
    return _thrown[0] if _thrown else None


@contextlib.contextmanager
def told_to_stop() -> Iterator[Stop]:
    """Have signals told for as long as the block lasts, and one that was thrown before and got lost at once.

    Raises:
        KeyboardInterrupt: after the block, where the first was Ctrl-C.
        Terminated: after the block, where the first was SIGTERM.
    """
    stop, heard = Stop(), list[int]()

    def hear(number: int, frame: FrameType | None) -> None:
        heard.append(number)
        stop.wish()

    before = {number: signal.signal(number, hear) for number in SIGNALS}
    # only now: what comes from here on is heard
    if _thrown:
        hear(_thrown[0], None)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if heard:
        signal.raise_signal(heard[0])


def _throw(number: int, frame: FrameType | None) -> None:
    _thrown.append(number)
    raise KeyboardInterrupt if number == signal.SIGINT else Terminated(128 + number)

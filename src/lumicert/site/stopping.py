"""How what runs until it is stopped hears of it: told between two steps, never thrown into one.

Python throws Ctrl-C, and `site.cli` throws SIGTERM, into whatever runs at that moment. An event loop that is half made
cannot be put away again, and what it was to run is never awaited; so servers and workers are told instead, from before
their loop is made.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


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


@contextlib.contextmanager
def told_to_stop() -> Iterator[Stop]:
    """Have signals told for as long as the block lasts; the first that came means what it always does after it.

    Raises:
        KeyboardInterrupt: after the block, where it was Ctrl-C.
        Terminated: after the block, where it was SIGTERM.
    """
    stop, heard = Stop(), list[int]()

    def hear(number: int, frame: FrameType | None) -> None:
        heard.append(number)
        stop.wish()

    before = {number: signal.signal(number, hear) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if heard:
        signal.raise_signal(heard[0])

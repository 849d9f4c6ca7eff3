"""Sandbox time: an instant of the simulated world that runs on at a speed of one's choice.

The world of the sandbox (runs, lumisections, datasets) goes by this clock. Tokens do not: their clients compare them
with the real time, and so does the simulated SSO.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """A clock that starts at an instant and runs `speed` times as fast as real time; 0 is frozen.

    Safe to use from several threads.
    """

    def __init__(self, at: datetime, speed: float = 1.0, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Start at `at` (aware). Raises ValueError for a time without zone or a speed below 0."""
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._speed = _checked_speed(speed)
        self._anchor = _checked_instant(at), monotonic()

    def now(self) -> datetime:
        """The instant of the sandbox, aware, in UTC."""
        with self._lock:
            return self._now()

    @property
    def speed(self) -> float:
        """Seconds of the sandbox a real second."""
        return self._speed

    def set(self, at: datetime) -> None:
        """Jump to an instant, back too. Raises ValueError for a time without zone."""
        with self._lock:
            self._anchor = _checked_instant(at), self._monotonic()

    def run(self, speed: float) -> None:
        """Run on at another speed from now. Raises ValueError for a speed below 0."""
        # what has run so far becomes the new beginning, or it would count at the new speed
        with self._lock:
            self._anchor = self._now(), self._monotonic()
            self._speed = _checked_speed(speed)

    def freeze(self) -> None:
        """Stand still."""
        self.run(0.0)

    def advance(self, seconds: float) -> None:
        """Jump ahead by so many seconds of the sandbox, frozen or not."""
        with self._lock:
            self._anchor = self._now() + timedelta(seconds=seconds), self._monotonic()

    def _now(self) -> datetime:
        at, mark = self._anchor
        return at + timedelta(seconds=(self._monotonic() - mark) * self._speed)


def _checked_instant(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone: write it with Z or +00:00")
    return at.astimezone(UTC)


def _checked_speed(speed: float) -> float:
    if not 0 <= speed < float("inf"):
        raise ValueError(f"a clock cannot run at speed {speed}: give 0 (frozen) or more")
    return speed

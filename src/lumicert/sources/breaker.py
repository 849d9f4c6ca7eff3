"""A circuit breaker: a system that failed several times in a row is left alone for a while.

*Closed*: calls go through. *Open*: calls fail at once, so that nobody waits for a system that is known to be down.
After the pause one call goes through as a trial while the others still fail at once; its outcome closes the circuit
or opens it again. (The library pybreaker holds its lock for as long as a call lasts: calls would go one by one.)
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Counts failures in a row; opens at `failures` of them for `pause` seconds. Safe to share between threads."""

    def __init__(self, failures: int, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.failures = failures
        self.pause = pause
        self._clock = clock
        self._in_a_row = 0
        self._open_until = 0.0
        self._lock = threading.Lock()

    def closed_in(self) -> float:
        """0 if a call may go through now, else the seconds to wait. A permitted trial keeps the next ones out."""
        with self._lock:
            if self._in_a_row < self.failures:
                return 0.0
            now = self._clock()
            if now < self._open_until:
                return self._open_until - now
            self._open_until = now + self.pause
            return 0.0

    def succeeded(self) -> None:
        """The system answered."""
        with self._lock:
            self._in_a_row = 0

    def failed(self) -> None:
        """The system is down."""
        with self._lock:
            self._in_a_row += 1
            if self._in_a_row >= self.failures:
                self._open_until = self._clock() + self.pause

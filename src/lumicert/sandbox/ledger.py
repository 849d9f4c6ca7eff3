"""What was asked of the simulated CERN, so that tests of clients can say how often, and how often at once."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_KEPT = 1000  # newest requests that are told one by one


class Ledger:
    """Counts requests by door and path. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_flight: Counter[str] = Counter()
        self.clear()

    def clear(self) -> None:
        """Begin to count anew; what is in flight stays so."""
        with self._lock:
            self._doors: Counter[str] = Counter()
            self._paths: Counter[str] = Counter()
            self._most_at_once: Counter[str] = Counter()
            self._most_identical: Counter[str] = Counter()
            self._newest: deque[dict[str, Any]] = deque(maxlen=_KEPT)

    @contextmanager
    def entry(self, door: str, method: str, path: str, query: str) -> Iterator[dict[str, Any]]:
        """Count a request while it is answered; the caller puts the `status` into what is yielded.

        A status of 0 stands for a request that was not answered.
        """
        request = f"{method} {path}?{query}" if query else f"{method} {path}"
        entry: dict[str, Any] = {"door": door, "request": request, "status": 0}
        with self._lock:
            self._begin(door, f"{method} {path}", request, entry)
        try:
            yield entry
        finally:
            # in flight until the answer is complete or given up, faults included
            with self._lock:
                self._in_flight[request] -= 1
                self._in_flight[door] -= 1

    def _begin(self, door: str, path: str, request: str, entry: dict[str, Any]) -> None:
        self._doors[door] += 1
        self._paths[path] += 1
        self._newest.append(entry)
        self._in_flight[door] += 1
        self._in_flight[request] += 1
        self._most_at_once[door] = max(self._most_at_once[door], self._in_flight[door])
        self._most_identical[door] = max(self._most_identical[door], self._in_flight[request])

    def to_json(self) -> dict[str, Any]:
        """Requests by door and by path, the most that were in flight at once, and the newest, oldest first."""
        with self._lock:
            return {
                "doors": dict(self._doors),
                "paths": dict(self._paths),
                "most_at_once": dict(self._most_at_once),
                "most_identical_at_once": dict(self._most_identical),
                "newest": [dict(entry) for entry in self._newest],
            }

"""Single flight: when two threads ask the same at the same time, it is asked once, and both get the answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar, cast

T = TypeVar("T")


class SingleFlight:
    """Calls in progress, by key. An answer is shared while its call lasts, and not kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flying: dict[Hashable, Future[Any]] = {}

    def do(self, key: Hashable, call: Callable[[], T]) -> T:
        """What `call` returns or raises; called by one thread while the others with the same key wait for it."""
        with self._lock:
            future = self._flying.get(key)
            if future is None:
                mine: Future[Any] = Future()
                self._flying[key] = mine
        if future is not None:
            return cast(T, future.result())
        return self._fly(key, call, mine)

    def _fly(self, key: Hashable, call: Callable[[], T], mine: Future[Any]) -> T:
        try:
            answer = call()
        except BaseException as error:
            self._land(key)
            mine.set_exception(error)
            raise
        self._land(key)
        mine.set_result(answer)
        return answer

    def _land(self, key: Hashable) -> None:
        with self._lock:
            del self._flying[key]

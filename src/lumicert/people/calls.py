"""Calls to CERN's sign-in service, told to whoever keeps how the outside systems answer: a room above this one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.utils import timezone

from lumicert.sources.errors import SourceDown
from lumicert.sources.http import Call, Observer

SOURCE: Final = "CERN SSO"
_observers: list[Observer] = []


def watch(observer: Observer) -> None:
    """Have every call told to `observer`. What is registered last is told."""
    _observers[:] = [observer]


@contextmanager
def told(what: str, *, failing: type[Exception]) -> Iterator[None]:
    """A call that asks for `what`; it failed where a `failing` comes out of it, whose text says why."""
    started, clock = timezone.now(), time.monotonic()
    failure: SourceDown | None = None
    try:
        yield
    except failing as error:
        advice = "Nobody signs in with CERN until it answers; local passwords work"
        failure = SourceDown(source=SOURCE, what=what, why=str(error), advice=advice)
        raise
    finally:
        seconds = time.monotonic() - clock
        call = Call(SOURCE, what, started, seconds, failure.outcome if failure else "ok", failure, skew=None)
        for observer in _observers:
            observer.told(call)

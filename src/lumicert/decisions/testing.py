"""For tests: the log without its protection, to see that what tampers with it is found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_TRIGGERS = ("decisions_event_append", "decisions_event_keep", "decisions_event_keep_all")


@contextmanager
def unprotected_log() -> Iterator[None]:
    """The log may be changed, and events put in as they are, by everybody until this ends."""
    _each("DISABLE TRIGGER")
    try:
        yield
    finally:
        _each("ENABLE ALWAYS TRIGGER")


def _each(verb: str) -> None:
    with connection.cursor() as cursor:
        # no table is altered while a deferred foreign key is still to be checked
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for trigger in _TRIGGERS:
            cursor.execute(f"ALTER TABLE decisions_event {verb} {trigger}")

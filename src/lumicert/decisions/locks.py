"""That one worker at a time is at something: a lock of its database session, which ends with a killed worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_HASH = "hashtextextended(%s, 0)"


@contextmanager
def alone(what: str) -> Iterator[bool]:
    """Whether this is the only job at it; for as long as the block lasts, and this session of the database lives.

    Args:
        what: names the work over the whole product: `crosscheck deliver`.
    """
    key = [what]
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_try_advisory_lock({_HASH})", key)
            is_alone = bool(cursor.fetchone()[0])
        try:
            yield is_alone
        finally:
            if is_alone:
                with connection.cursor() as cursor:
                    cursor.execute(f"SELECT pg_advisory_unlock({_HASH})", key)
    finally:
        # jobs run in threads that come and go, and each would keep its connection
        if not connection.in_atomic_block:
            connection.close()


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """A transaction in which nobody else is at it; whoever comes second waits."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock({_HASH})", [what])
        yield

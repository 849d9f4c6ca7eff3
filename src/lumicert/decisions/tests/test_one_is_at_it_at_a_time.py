"""Locks over workers: one alone is at something, whoever comes second is told or waits, and a killed one frees it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from lumicert.decisions.locks import alone, one_at_a_time

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def another_session() -> Iterator[psycopg.Connection]:
    connection.ensure_connection()
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        yield other


def take(session: psycopg.Connection, what: str) -> bool:
    found = session.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [what]).fetchone()
    return bool(found and found[0])


def test_the_second_is_told_that_it_is_not_alone_and_another_work_goes_on():
    with another_session() as other:
        assert take(other, "a work")
        with alone("a work") as is_alone:
            assert not is_alone
        with alone("another work") as is_alone:
            assert is_alone


def test_a_session_that_ends_leaves_the_work_to_the_next():
    with another_session() as other:
        assert take(other, "a work")
    # the server notices a moment later that the session has ended
    assert any(_is_free("a work") for _ in range(100))


def _is_free(what: str) -> bool:
    time.sleep(0.05)
    with alone(what) as is_alone:
        return is_alone


def test_work_that_fails_is_free_for_the_next():
    def fail() -> None:
        with alone("a work") as is_alone:
            assert is_alone
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with another_session() as other:
        assert take(other, "a work")


def test_whoever_comes_second_to_a_transaction_waits_for_its_end():
    order = []

    def second() -> None:
        try:
            with one_at_a_time("a work"):
                order.append("second")
        finally:
            connection.close()

    waiting = threading.Thread(target=second)
    with one_at_a_time("a work"):
        waiting.start()
        waiting.join(0.3)
        order.append("first")
    waiting.join(20)
    assert order == ["first", "second"]

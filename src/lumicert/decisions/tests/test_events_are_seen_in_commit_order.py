"""R1: whoever has seen event N has seen every event before it. The negative control shows what the lock is for."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from lumicert.decisions.tests.build import other_session
from lumicert.decisions.tests.storm import INSERT, Reader, in_the_log, storm, write_acts, write_raw

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_reader_sees_the_log_as_it_ends_up() -> None:
    streams, log = storm([write_raw, write_raw, write_acts, write_acts], acts=220, readers=3)
    assert len(log) > 2000
    assert log == list(range(1, len(log) + 1))
    assert all(stream == log for stream in streams)


def read_while_one_overtakes() -> tuple[list[int], list[int]]:
    """One writer inserts and waits; a second inserts and commits if it can; a reader polls before the first commits."""
    reader, first, second = Reader(), other_session(), other_session()

    def insert_and_commit() -> None:
        second.execute(INSERT, [uuid4()])
        second.commit()

    first.execute(INSERT, [uuid4()])
    overtaking = Thread(target=insert_and_commit)
    overtaking.start()
    overtaking.join(timeout=0.3)
    reader.poll()
    first.commit()
    overtaking.join()
    reader.poll()
    for session in (reader.session, first, second):
        session.close()
    return reader.seen, in_the_log()


@pytest.fixture
def unlocked() -> Iterator[None]:
    """The log with a plain sequence in place of the lock, as most home-made logs have it."""
    definition = run("SELECT pg_get_functiondef('decisions_event_append'::regproc)")[0][0]
    run("CREATE SEQUENCE unlocked")
    run("""CREATE OR REPLACE FUNCTION decisions_event_append() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        NEW.seq := nextval('unlocked'); NEW.at := clock_timestamp(); NEW.digest := ''; RETURN NEW; END $$""")
    yield
    run(definition)
    run("DROP SEQUENCE unlocked")


def run(statement: str) -> list[tuple[Any, ...]]:
    with other_session(autocommit=True) as session:
        cursor = session.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def test_a_second_writer_waits_for_the_first_and_the_reader_misses_nothing() -> None:
    seen, log = read_while_one_overtakes()
    assert seen == log == [1, 2]


@pytest.mark.usefixtures("unlocked")
def test_without_the_lock_the_same_reader_misses_an_event() -> None:
    seen, log = read_while_one_overtakes()
    assert log == [1, 2]
    assert seen == [2]


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_transaction_with_an_old_snapshot_fails_instead_of_forking_the_chain(level: str) -> None:
    with other_session() as old, other_session() as newer:
        old.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
        old.execute("SELECT count(*) FROM decisions_event")
        newer.execute(INSERT, [uuid4()])
        newer.commit()
        with pytest.raises((psycopg.errors.UniqueViolation, psycopg.errors.SerializationFailure)):
            old.execute(INSERT, [uuid4()])
    assert in_the_log() == [1]

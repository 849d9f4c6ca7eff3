"""R1: whoever has seen event N has seen every event before it. The negative control shows what the lock is for."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal
from threading import Thread
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection

from lumicert.decisions.models import Layer, Origin
from lumicert.decisions.services import append
from lumicert.decisions.tests.build import other_session, said

pytestmark = pytest.mark.django_db(transaction=True)

INSERT = """INSERT INTO decisions_event (act, actor_name, origin, kind, version, payload)
    VALUES (%s, 'somebody', 'import', 'act.undone', 1, '{"act": "", "reason": ""}')"""


class Reader:
    """Polls the log by watermark: asks for what is behind the last event it has."""

    def __init__(self) -> None:
        self.session = other_session(autocommit=True)
        self.seen: list[int] = []

    def poll(self) -> None:
        behind = self.seen[-1] if self.seen else 0
        found = self.session.execute("SELECT seq FROM decisions_event WHERE seq > %s ORDER BY seq", [behind])
        self.seen += [seq for (seq,) in found.fetchall()]

    def poll_until(self, over: Signal) -> list[int]:
        while not over.is_set():
            self.poll()
            time.sleep(0.001)
        self.poll()
        self.session.close()
        return self.seen


def in_the_log() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM decisions_event ORDER BY seq")
        return [seq for (seq,) in cursor.fetchall()]


def write_raw(acts: int, seed: int) -> None:
    """Transactions of several inserts with pauses between them, past our own code: only the trigger orders them."""
    dice = random.Random(seed)
    with other_session() as session:
        for _ in range(acts):
            for _ in range(dice.randint(1, 5)):
                session.execute(INSERT, [uuid4()])
                time.sleep(dice.random() * 0.001)
            session.commit()


def write_acts(acts: int, seed: int) -> None:
    dice = random.Random(seed)
    try:
        for _ in range(acts):
            events = [said("GOOD", run=dice.randint(1, 9), layer=Layer.AUTOMATIC) for _ in range(dice.randint(1, 5))]
            append(events=events, actor=None, origin=Origin.AUTOMATIC)
            time.sleep(dice.random() * 0.001)
    finally:
        connection.close()


def test_every_reader_sees_the_log_as_it_ends_up() -> None:
    over = Signal()
    with ThreadPoolExecutor(8) as pool:
        readers = [pool.submit(Reader().poll_until, over) for _ in range(3)]
        writers = [
            pool.submit(write, 220, seed) for seed, write in enumerate([write_raw, write_raw, write_acts, write_acts])
        ]
        for writer in writers:
            writer.result()
        over.set()
        streams = [reader.result() for reader in readers]
    log = in_the_log()
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

"""Writers that overlap in time and readers that poll, for R1; the benchmark runs the same for longer."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal
from uuid import uuid4

from django.db import connection

from lumicert.decisions.models import Layer, Origin
from lumicert.decisions.services import append
from lumicert.decisions.tests.build import other_session, said

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


def storm(
    writers: Sequence[Callable[[int, int], None]], *, acts: int, readers: int
) -> tuple[list[list[int]], list[int]]:
    """Every writer writes `acts` transactions while readers poll. Returns what each reader saw, and the log."""
    over = Signal()
    with ThreadPoolExecutor(len(writers) + readers) as pool:
        reading = [pool.submit(Reader().poll_until, over) for _ in range(readers)]
        writing = [pool.submit(write, acts, seed) for seed, write in enumerate(writers)]
        try:
            for each in writing:
                each.result()
        finally:
            over.set()
        streams = [each.result() for each in reading]
    return streams, in_the_log()

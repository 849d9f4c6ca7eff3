"""Verifying the log: that it is what was written, whole, in order.

Each event's digest is the SHA-256 of the digest before it and of the event's own text (`decisions_event_text`), so that
a changed byte, an event taken out and an event put in break the chain at that place. A tail that was cut off breaks
nothing: it is found with an *anchor*, the number and digest of an event that somebody wrote down elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

EVENTS_A_STEP = 100_000
MOST_PROBLEMS = 20
SHORTEST_DIGEST = 8


@dataclass(frozen=True, slots=True)
class Anchor:
    """An event as it was once: its number and its digest, or the beginning of it, in hexadecimal."""

    seq: int
    digest: str

    @classmethod
    def parse(cls, text: str) -> Anchor:
        """From `SEQ:DIGEST`, as `verify-log` prints it.

        Raises:
            ValueError: saying what is not of this form.
        """
        seq, _, digest = text.strip().lower().partition(":")
        if not (seq.isdecimal() and 0 < int(seq) < 2**63):
            raise ValueError(f"'{text}' is not SEQ:DIGEST: '{seq}' is not the number of an event")
        if len(digest) not in range(SHORTEST_DIGEST, 65) or set(digest) - set("0123456789abcdef"):
            raise ValueError(f"'{text}' is not SEQ:DIGEST: '{digest}' is not 8 to 64 hexadecimal digits")
        return cls(int(seq), digest)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at event `seq`, for people."""

    seq: int
    message: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify_log` found: `problems` are the first ones, in the order of the log."""

    checked: int
    head: int
    digest: str
    problems: tuple[Problem, ...]

    @property
    def sound(self) -> bool:
        return not self.problems


def _unheard(done: int, total: int) -> None:
    """Nobody wants to know how far it is."""


def verify_log(*, expect: Anchor | None = None, progress: Callable[[int, int], None] = _unheard) -> Verification:
    """Read the whole log once and check its chain, its numbers and its times.

    Events that are appended meanwhile are left for the next time. `progress` is told (events done, events in all).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(min(seq), 1), coalesce(max(seq), 0), count(*) FROM decisions_event")
        first, head, checked = cursor.fetchone()
        problems = _problems(cursor, min(first, 1), head, progress)
        if expect:
            problems += _unlike(cursor, expect, head)
        digest = _digest(cursor, head)
    found = tuple(sorted(problems, key=lambda problem: problem.seq)[:MOST_PROBLEMS])
    return Verification(checked, head, digest or "", found)


def _problems(cursor: CursorWrapper, first: int, head: int, progress: Callable[[int, int], None]) -> list[Problem]:
    problems: list[Problem] = []
    for start in range(first, head + 1, EVENTS_A_STEP):
        stop = min(start + EVENTS_A_STEP, head + 1)
        cursor.execute(_BROKEN, {"start": start, "stop": stop, "most": MOST_PROBLEMS})
        problems += [_problem(*row) for row in cursor.fetchall()]
        progress(stop - 1, head)
        if len(problems) >= MOST_PROBLEMS:
            break
    return problems


# The event before a step's first is read with it. What precedes event 1 is nothing, with an empty digest.
_BROKEN = """
    SELECT seq, before, changed, at_before FROM (
        SELECT seq, coalesce(lag(seq) OVER log, 0) AS before, at, lag(at) OVER log AS at_before,
            digest IS DISTINCT FROM sha256(coalesce(lag(digest) OVER log, ''::bytea)
                || convert_to(decisions_event_text(e), 'UTF8')) AS changed
        FROM decisions_event e
        WHERE seq >= coalesce((SELECT max(seq) FROM decisions_event WHERE seq < %(start)s), %(start)s)
            AND seq < %(stop)s
        WINDOW log AS (ORDER BY seq)
    ) chained WHERE seq >= %(start)s AND (seq <> before + 1 OR changed OR at < at_before)
    ORDER BY seq LIMIT %(most)s"""


def _problem(seq: int, before: int, changed: bool, at_before: Any) -> Problem:
    if seq < 1:
        return Problem(seq, f"event {seq} was put in: numbers begin at 1")
    if seq == before + 2:
        return Problem(seq, f"event {before + 1} is missing")
    if seq != before + 1:
        return Problem(seq, f"events {before + 1} to {seq - 1} are missing")
    if changed:
        return Problem(seq, f"event {seq} is not what was written: its digest does not fit its text and event {before}")
    return Problem(seq, f"event {seq} is dated before event {before} ({at_before.isoformat()})")


def _unlike(cursor: CursorWrapper, expect: Anchor, head: int) -> list[Problem]:
    digest = _digest(cursor, expect.seq)
    if digest is None and expect.seq > head:
        return [Problem(expect.seq, f"the log ends at event {head}, and event {expect.seq} was in it: its end is gone")]
    if digest is None or not digest.startswith(expect.digest):
        message = f"event {expect.seq} had the digest {expect.digest}, and now has {digest or 'none'}"
        return [Problem(expect.seq, f"{message}: the log was written anew")]
    return []


def _digest(cursor: CursorWrapper, seq: int) -> str | None:
    cursor.execute("SELECT encode(digest, 'hex') FROM decisions_event WHERE seq = %s", [seq])
    found = cursor.fetchone()
    return found[0] if found else None

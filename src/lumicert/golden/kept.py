"""Universes kept in memory, so that the same question is answered again without reading a year again.

A universe is kept under the digest of the last event it has seen. The digests of the log are a chain, so that equal
digests are equal logs, and a kept universe can never be served for another state. Where only statuses were said since,
the new universe is made from the newest kept one by reading those alone.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from threading import Lock

from django.db import connection

from lumicert.decisions.models import Event
from lumicert.golden.frame import Universe, read_universe, with_new_statuses

# a universe of a year takes some 15 MB with its columns
MOST_KEPT = 6
MOST_TOUCHED = 500
# kinds of events that change no column of any universe
_WITHOUT_COLUMNS = frozenset({"act.undone", "policy.saved", "policy.withdrawn", "list.imported", "list.withdrawn"})

Key = tuple[str, int, bytes]

_kept: OrderedDict[Key, Universe] = OrderedDict()
_lock = Lock()


class NoSuchEvent(LookupError):
    """The log has no such event."""


def universe(pattern: str, at: int | None) -> Universe:
    """The lumisections of the datasets whose name is LIKE `pattern`, as of event `at`, or of the newest (None).

    Raises:
        NoSuchEvent: if `at` lies beyond the log.
        SeveralDatasets: if the pattern names two datasets of one run.
    """
    newest, digest = Event.objects.order_by("-seq").values_list("seq", "digest").first() or (0, b"")
    if at is not None and not 0 <= at <= newest:
        raise NoSuchEvent(f"there is no event {at}: the log ends at event {newest}")
    as_of = None if at in (None, newest) else at
    key = (pattern, newest, bytes(digest)) if as_of is None else (pattern, as_of, _digest(as_of))
    found = _take(key)
    if found is None:
        found = _from_an_earlier_one(key) if as_of is None else None
        found = _keep(key, found or read_universe(pattern, at=as_of, seq=key[1]))
    # a kept universe may have been of the newest event once, and of a past one now: its tables differ, its rows do not
    return found if found.at == as_of else replace(found, at=as_of)


def forget() -> None:
    """Keep nothing, so that the next question is read from the database."""
    with _lock:
        _kept.clear()


def _digest(seq: int) -> bytes:
    return bytes(Event.objects.values_list("digest", flat=True).get(seq=seq)) if seq else b""


def _take(key: Key) -> Universe | None:
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
        return _kept.get(key)


def _keep(key: Key, universe: Universe) -> Universe:
    with _lock:
        _kept[key] = universe
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return universe


def _from_an_earlier_one(key: Key) -> Universe | None:
    """What the newest kept universe of the pattern becomes by the statuses said since; None if it takes more."""
    pattern, seq, _ = key
    with _lock:
        earlier = [(kept, found) for kept, found in _kept.items() if kept[0] == pattern and kept[1] < seq]
    if not earlier:
        return None
    (_, since, digest), found = max(earlier, key=lambda item: item[0][1])
    touched = _touched(since, seq) if _digest_or_none(since) == digest else None
    return None if touched is None else with_new_statuses(replace(found, at=None), seq=seq, touched=touched)


def _digest_or_none(seq: int) -> bytes | None:
    digest = Event.objects.filter(seq=seq).values_list("digest", flat=True).first()
    return None if digest is None else bytes(digest)


def _touched(since: int, seq: int) -> list[tuple[int, str, str]] | None:
    """The (run, dataset, component) that statuses were said of; None if other things happened, or too many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT kind, run, dataset, component FROM decisions_event
               WHERE seq > %s AND seq <= %s AND kind <> ALL(%s) LIMIT %s""",
            [since, seq, list(_WITHOUT_COLUMNS), MOST_TOUCHED + 1],
        )
        rows = cursor.fetchall()
    if len(rows) > MOST_TOUCHED or any(kind != "component.status" for kind, *_ in rows):
        return None
    return [(run, dataset, component) for _, run, dataset, component in rows]

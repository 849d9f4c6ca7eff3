"""What the tests of this room say, in few words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection, transaction

from lumicert.accounts.models import User
from lumicert.decisions.events import ComponentStatusSaid
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Layer, Origin
from lumicert.decisions.projections import Projection, all_projections
from lumicert.decisions.ranges import Ranges, canonical
from lumicert.decisions.services import Act, append

RUN = 315257
DATASET = "/PromptReco/Collisions2018A/DQM"
PIXEL = "tracker-pixel"


def said(
    status: str | None = "GOOD",
    *ranges: tuple[int, int],
    run: int = RUN,
    dataset: str = DATASET,
    component: str = PIXEL,
    layer: Layer = Layer.PERSON,
    comment: str = "",
) -> NewEvent:
    """That a component has a status in `ranges`, by default in LS 1-10."""
    payload = ComponentStatusSaid(layer=layer, status=status, comment=comment)
    return NewEvent(payload, run, dataset, component, canonical(ranges or [(1, 10)]))


def say(status: str | None = "GOOD", *ranges: tuple[int, int], **about: Any) -> Act:
    """Append one such event, in an act of its own."""
    layer = about.get("layer", Layer.PERSON)
    origin = Origin.PERSON if layer == Layer.PERSON else Origin.AUTOMATIC
    actor, expected = about.pop("actor", None), about.pop("expected", None)
    return append(events=[said(status, *ranges, **about)], actor=actor, origin=origin, expected=expected)


def person(name: str = "shifter") -> User:
    return User.objects.get_or_create(username=name)[0]


def lumis_by_status(standings: list[Any], layer: Layer = Layer.PERSON) -> dict[str, Ranges]:
    """Of what stands in one layer for one component: the lumisections by status."""
    merged: dict[str, list[tuple[int, int]]] = {}
    for item in standings:
        if item.layer == layer:
            merged.setdefault(item.status, []).extend(item.lumis)
    return {status: canonical(ranges) for status, ranges in merged.items()}


def kept_bytes(projection: Projection, at: int | None = None) -> bytes:
    """The table, or what it was as of event `at`, as PostgreSQL writes it out, sorted."""
    names = ", ".join(projection.columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ROW({names})::text FROM {projection.as_of(at)}", {"after": 0, "upto": at})
        return "\n".join(sorted(line for (line,) in cursor.fetchall())).encode()


def all_kept_bytes(at: int | None = None) -> dict[str, bytes]:
    return {projection.table: kept_bytes(projection, at) for projection in all_projections()}


def log_bytes() -> list[tuple[Any, ...]]:
    """Every stored column of every event as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT e::text FROM decisions_event e ORDER BY seq")
        return list(cursor.fetchall())


def other_session(**options: Any) -> psycopg.Connection[tuple[Any, ...]]:
    """A session of its own with the test database, as somebody with psql would have; the role is a superuser's."""
    there = connection.settings_dict
    return psycopg.connect(
        dbname=there["NAME"],
        user=there["USER"],
        password=there["PASSWORD"],
        host=there["HOST"],
        port=there["PORT"] or None,
        **options,
    )


@contextmanager
def taken_back() -> Iterator[None]:
    """Whatever is written inside is rolled back at the end: a log of its own for every example."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)

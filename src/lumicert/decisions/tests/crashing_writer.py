"""A writer that is killed: a process of its own that appends a fixed series of acts."""

from __future__ import annotations

from uuid import NAMESPACE_OID, uuid5

import django
from django.conf import settings

EVENTS_AN_ACT = 3

django.setup()


def act_of(index: int) -> str:
    return str(uuid5(NAMESPACE_OID, f"act {index}"))


def write(database: str, acts: int) -> None:
    """Append acts 0, 1, ... of three events each, beginning with the last few that are in the log already."""
    from uuid import UUID

    from django.db import connection

    from lumicert.decisions.models import Event, Origin
    from lumicert.decisions.services import append
    from lumicert.decisions.tests.build import said

    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = database
    known = Event.objects.count() // EVENTS_AN_ACT
    for index in range(max(known - 3, 0), acts):
        run = 1 + index % 7
        events = [said(status, (index % 50 + 1, index % 50 + 9), run=run) for status in ("GOOD", "BAD", None)]
        append(events=events, actor=None, origin=Origin.AUTOMATIC, act=UUID(act_of(index)))
    connection.close()

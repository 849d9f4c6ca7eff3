"""Reading: what was withdrawn, with what it had said."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from lumicert.accounts.models import User
from lumicert.certification.events import CertificationMade
from lumicert.certification.models import Withdrawn
from lumicert.certification.restoring import may_restore
from lumicert.certification.workspaces import Workspace
from lumicert.decisions.models import Event

MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class WithdrawnRow:
    """A withdrawn certification: what it said, who withdrew it, and whether the reader may put it back."""

    of: Withdrawn
    said: CertificationMade
    by: str
    may_restore: bool


_LAST = """
    SELECT w.seq, (
        SELECT max(e.seq) FROM decisions_event e WHERE e.run = w.run AND e.seq < w.seq AND e.kind = 'certification.made'
        AND e.payload->>'workspace' = w.workspace AND e.payload->>'reconstruction' = w.reconstruction
    ) FROM certification_withdrawn w WHERE w.workspace = %s ORDER BY w.seq DESC LIMIT %s"""


def withdrawn_rows(of: Workspace, *, reader: User) -> list[WithdrawnRow]:
    """The newest of them, newest first: three queries."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [of.name, MOST_ROWS])
        last = dict(cursor.fetchall())
    events = Event.objects.in_bulk([*last.keys(), *last.values()])
    found = []
    for row in Withdrawn.objects.filter(seq__in=last).order_by("-seq"):
        said = CertificationMade.model_validate(events[last[row.seq]].payload)
        found.append(WithdrawnRow(row, said, events[row.seq].actor_name, may_restore(reader, said.shifter)))
    return found

"""What others did with a person's certifications since the person last looked: amended, reviewed, withdrawn them, or
made them somebody else's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from lumicert.accounts.models import User
from lumicert.certification.models import Looked
from lumicert.decisions.models import Event, Origin

# who was away for months reads the list of certifications instead
MOST_TOLD = 50

# From what stands now, by the indexes of its tables: the log would have to be read from where the person last looked.
# Only what was handed over is found in the log, by an index of its own: it stands for somebody else now.
_NEWS = """
    WITH looked AS (
        SELECT coalesce((SELECT seq FROM certification_looked WHERE user_id = %(user)s), 0) AS seen
    )
    SELECT seq FROM certification_certification WHERE shifter = %(name)s AND seq > (SELECT seen FROM looked)
    UNION ALL
    SELECT v.seq FROM certification_review v JOIN certification_certification c
        USING (run, workspace, reconstruction) WHERE c.shifter = %(name)s AND v.seq > (SELECT seen FROM looked)
    UNION ALL
    SELECT w.seq FROM certification_withdrawn w WHERE w.seq > (SELECT seen FROM looked) AND %(name)s = (
        SELECT e.payload->>'shifter' FROM decisions_event e WHERE e.run = w.run AND e.seq < w.seq
        AND e.kind = 'certification.made' AND e.payload->>'workspace' = w.workspace
        AND e.payload->>'reconstruction' = w.reconstruction ORDER BY e.seq DESC LIMIT 1)
    UNION ALL
    SELECT e.seq FROM decisions_event e WHERE e.kind = 'certification.made' AND e.payload->>'handed_from' > ''
        AND e.payload->>'handed_from' = %(name)s AND e.payload->>'restores' IS NULL
        AND e.seq > (SELECT seen FROM looked)"""


@dataclass(frozen=True, slots=True)
class News:
    """What asks for a look, newest first, and what was merely approved; `head` is the newest event of both."""

    changes: Sequence[Event] = ()
    approvals: Sequence[Event] = ()
    head: int = 0


def news_for(user: User) -> News:
    """What this person has not seen yet: two queries."""
    told = list(_news(user).order_by("-seq")[:MOST_TOLD])
    approvals = [event for event in told if _approves(event)]
    changes = [event for event in told if not _approves(event)]
    return News(changes, approvals, told[0].seq if told else 0)


def _approves(event: Event) -> bool:
    return event.kind == "certification.reviewed" and event.payload["outcome"] == "approved"


def count_of_news(user: User) -> int:
    """How many ask for a look: to be approved of is good to know, and no reason to look."""
    return _news(user).exclude(kind="certification.reviewed", payload__outcome="approved").count()


def _news(user: User) -> QuerySet[Event]:
    # what was brought in from elsewhere is years of the past
    return Event.objects.filter(seq__in=_seqs(user)).exclude(actor=user).exclude(origin=Origin.IMPORT)


def _seqs(user: User) -> Sequence[int]:
    with connection.cursor() as cursor:
        cursor.execute(_NEWS, {"name": user.get_username(), "user": user.pk})
        return [seq for (seq,) in cursor.fetchall()]


def look(user: User, *, upto: int) -> None:
    """This person has seen what happened up to event `upto`."""
    Looked.objects.update_or_create(user=user, defaults={"seq": upto})

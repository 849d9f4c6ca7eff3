"""What others did with a person's certifications since the person last looked: amended, reviewed, withdrawn them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection
from django.db.models import QuerySet

from lumicert.accounts.models import User
from lumicert.certification.models import Looked
from lumicert.decisions.models import Event, Origin

# who was away for months reads the list of certifications instead
MOST_TOLD = 50

# From what stands now, by the indexes of its tables: the log would have to be read from where the person last looked.
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
        AND e.payload->>'reconstruction' = w.reconstruction ORDER BY e.seq DESC LIMIT 1)"""


def news_for(user: User) -> list[Event]:
    """The events, newest first: two queries."""
    return list(_news(user).order_by("-seq")[:MOST_TOLD])


def count_of_news(user: User) -> int:
    """How many there are."""
    return _news(user).count()


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

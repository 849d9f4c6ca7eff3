"""Who is on what: a *claim* says that somebody certifies a run in one reconstruction just now.

A claim keeps nobody out. It is renewed while a page of it is open, and what nobody renewed for a while was left. It is
no decision, and not in the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

from django.db import connection
from django.utils import timezone

from lumicert.accounts.models import User
from lumicert.certification.models import Claim

# a page renews its claim twice a minute; a laptop that sleeps for less than this keeps it
LEFT_AFTER = timedelta(minutes=5)


class Key(TypedDict):
    """What claims and drafts know a certification by."""

    run: int
    workspace: str
    reconstruction: str


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody is on it since `since`, and was seen there last at `seen_at`."""

    user_id: int
    who: str
    since: datetime
    seen_at: datetime

    def is_of(self, user: User) -> bool:
        """Whether it is this person who is on it."""
        return self.user_id == user.pk


# in one statement, so that of two who come at once one is first
_KEEP = """
    INSERT INTO certification_claim AS c (run, workspace, reconstruction, user_id, at, seen_at)
    VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT (run, workspace, reconstruction) DO UPDATE SET
        user_id = excluded.user_id, seen_at = excluded.seen_at,
        at = CASE WHEN c.user_id = excluded.user_id AND c.seen_at > %s THEN c.at ELSE excluded.at END
    WHERE c.user_id = excluded.user_id OR c.seen_at <= %s"""


def keep(*, run: int, workspace: str, reconstruction: str, user: User) -> Presence:
    """Claim it, or renew the claim; whoever was on it before stays on it. Tells who is."""
    now = timezone.now()
    key: Key = {"run": run, "workspace": workspace, "reconstruction": reconstruction}
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [run, workspace, reconstruction, user.pk, now, now, now - LEFT_AFTER, now - LEFT_AFTER])
    return who_is_on(**key) or Presence(user.pk, user.get_username(), now, now)


def who_is_on(*, run: int, workspace: str, reconstruction: str) -> Presence | None:
    """Whoever is on it; None where nobody is, or not any more."""
    found = (
        Claim.objects.filter(run=run, workspace=workspace, reconstruction=reconstruction)
        .filter(seen_at__gt=timezone.now() - LEFT_AFTER)
        .values_list("user_id", "user__username", "at", "seen_at")
        .first()
    )
    return None if found is None else Presence(*found)


def release(*, run: int, workspace: str, reconstruction: str, user: User) -> bool:
    """Leave it to others; False where somebody else, or nobody, is on it."""
    mine = Claim.objects.filter(run=run, workspace=workspace, reconstruction=reconstruction, user=user)
    return bool(mine.delete()[0])


def tag() -> str:
    """Names who is on what now, for pages that follow it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*), coalesce(sum(hashtext(concat_ws(' ', run, reconstruction, user_id))::bigint), 0)
                FROM certification_claim WHERE seen_at > %s""",
            [timezone.now() - LEFT_AFTER],
        )
        return "{}.{}".format(*cursor.fetchone())

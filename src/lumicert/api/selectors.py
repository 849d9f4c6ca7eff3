"""Reading for programs: pages by key, each a fixed number of queries however long it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery

from lumicert.accounts.models import User
from lumicert.certification.listing import reviewed
from lumicert.certification.models import Certification, Reference, Review, Withdrawn
from lumicert.certification.queue import ROWS_A_PAGE, Asked, Waiting, waiting
from lumicert.decisions.models import Event
from lumicert.runs.models import Run

OF_CERTIFICATIONS = ("certification.made", "certification.withdrawn", "certification.reviewed")
Key = Sequence[Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """A certification with its run as it is known now, and the review that counts with the name of the reviewer."""

    of: Certification
    run: Run | None
    review: Review | None
    is_reference: bool

    @property
    def key(self) -> list[Any]:
        return [self.of.run, self.of.reconstruction]


def changed_since(event: int) -> Q:
    """Certifications that were made, changed or reviewed after an event."""
    same = {name: OuterRef(name) for name in ("run", "workspace", "reconstruction")}
    return Q(seq__gt=event) | Q(Exists(Review.objects.filter(**same, seq__gt=event)))


def review_is(outcome: str) -> Q:
    """Certifications whose live version has this review: `none`, `any`, `approved` or `sent back`."""
    if outcome in ("none", "any"):
        return Q(reviewed()) if outcome == "any" else ~Q(reviewed())
    return Q(reviewed(outcome))


def certifications(*, workspace: str, conditions: Sequence[Q], behind: Key | None, limit: int) -> list[Shown]:
    """Certifications, the newest run first, and one more than `limit` where there are more: three queries."""
    found = Certification.objects.filter(*conditions, workspace=workspace)
    if behind is not None:
        run, reconstruction = behind
        # the first condition is one of the index, the second of what comes at its border
        found = found.filter(run__lte=run).exclude(run=run, reconstruction__gte=reconstruction)
    return shown(found.order_by("-run", "-reconstruction")[: limit + 1])


def shown(found: Any) -> list[Shown]:
    """Certifications of a query with what is told beside them: three queries."""
    same = {name: OuterRef(name) for name in ("run", "workspace", "reconstruction")}
    rows = list(found.annotate(is_reference=Exists(Reference.objects.filter(**same))))
    runs = Run.objects.only("run", "klass", "fill", "n_ls", "recorded", "delivered").in_bulk({row.run for row in rows})
    who = Event.objects.filter(seq=OuterRef("seq")).values("actor_name")
    # a review of an earlier version does not count any more
    counting = Review.objects.filter(of__in=[row.seq for row in rows]).exclude(outcome="")
    reviews = {each.of: each for each in counting.annotate(by=Subquery(who))}
    return [Shown(row, runs.get(row.run), reviews.get(row.seq), row.is_reference) for row in rows]


def one(*, run: int, reconstruction: str, workspace: str) -> Shown | None:
    """The live certification of a run in one reconstruction."""
    found = Certification.objects.filter(run=run, reconstruction=reconstruction, workspace=workspace)
    return next(iter(shown(found)), None)


def history(*, run: int, reconstruction: str, workspace: str, before: int | None, limit: int) -> list[Event]:
    """What happened to a certification, newest first: one query."""
    same = {"payload__workspace": workspace, "payload__reconstruction": reconstruction}
    found = Event.objects.filter(run=run, kind__in=OF_CERTIFICATIONS, **same)
    if before is not None:
        found = found.filter(seq__lt=before)
    return list(found.order_by("-seq")[: limit + 1])


def withdrawals(*, workspace: str, since: int, before: int | None, limit: int) -> list[Withdrawn]:
    """What was withdrawn after event `since` and not made again, newest first: one query."""
    found = Withdrawn.objects.filter(workspace=workspace, seq__gt=since)
    if before is not None:
        found = found.filter(seq__lt=before)
    return list(found.order_by("-seq")[: limit + 1])


def queue(*, asked: Asked, workspace: str, behind: Key | None, limit: int) -> list[Waiting]:
    """What waits, the newest run first: two queries a hundred rows."""
    if behind is not None:
        asked = _upto(asked, behind[0])
        if not asked.runs:
            return []
    # the queue of nobody in particular: one's own claims would stand on top, and move through the pages
    nobody = User()
    rows: list[Waiting] = []
    for number in count(1):
        read = waiting(asked=asked, workspace=workspace, user=nobody, page=number).rows
        rows += [row for row in read if behind is None or (-row.run, row.reconstruction) > (-behind[0], behind[1])]
        if len(read) < ROWS_A_PAGE or len(rows) > limit:
            break
    return rows[: limit + 1]


def _upto(asked: Asked, run: int) -> Asked:
    runs = [(first, min(last, run)) for first, last in asked.runs or [(1, run)] if first <= run]
    return replace(asked, runs=runs)

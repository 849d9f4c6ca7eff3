"""What is to be certified: runs in one reconstruction whose dataset has arrived and that nobody certified.

A dataset *arrives* with the first event that names it. It is *due* some time after that, by its reconstruction. Of
several datasets of one run and reconstruction the first by name stands for all, as in the form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from django.db import connection
from django.utils import timezone

from lumicert.accounts.models import User
from lumicert.certification.claims import LEFT_AFTER
from lumicert.certification.events import RECONSTRUCTIONS
from lumicert.rules.reconstruction import Reconstruction, reconstruction_of
from lumicert.runs.amounts import rounded_pb
from lumicert.runs.selectors import dataset_names
from lumicert.shell.pages import Place

# as the tracker's shifts have it: express the day after, prompt before the weekly meeting. A re-reconstruction is
# certified in campaigns, whose ends are agreed on elsewhere: it has no deadline here.
DUE_AFTER: Mapping[str, timedelta] = {"express": timedelta(hours=24), "prompt": timedelta(days=7)}
# the data of `online` are looked at while they are taken
USUAL: tuple[Reconstruction, ...] = tuple(each for each in RECONSTRUCTIONS if each != "online")
ROWS_A_PAGE = 100

Order = Literal["due", "newest"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the queue is asked for; `runs` are ranges with both ends in them, and empty for all."""

    runs: Sequence[tuple[int, int]] = ()
    reconstructions: Sequence[str] = USUAL
    klass: str = ""
    insignificant: bool = False
    order: Order = "due"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run in one reconstruction that waits; recorded luminosity in whole inverse barns."""

    run: int
    reconstruction: str
    dataset: str
    klass: str
    run_type: str
    n_ls: int | None
    recorded: int | None
    significant: bool | None
    arrived: datetime | None
    due: datetime | None
    on_it: str = ""
    on_it_since: datetime | None = None
    seen_at: datetime | None = None
    mine: bool = False
    draft_at: datetime | None = None

    @property
    def overdue(self) -> bool:
        return self.due is not None and self.due < timezone.now()

    @property
    def recorded_pb(self) -> Decimal | None:
        """Recorded luminosity in inverse picobarns."""
        return rounded_pb(self.recorded)


@dataclass(frozen=True, slots=True)
class Queue:
    """One page of what waits, and how many wait in all; `hidden` wait too, but their runs are not significant."""

    rows: list[Waiting]
    hidden: int
    place: Place

    @property
    def found(self) -> int:
        """How many wait, of which this page shows some."""
        return self.place.found


@dataclass(frozen=True, slots=True)
class SentBack:
    """A certification that a second person sent back to its shifter, with what he or she said."""

    run: int
    reconstruction: str
    dataset: str
    verdict: str
    by: str
    at: datetime
    comment: str


_WAITING = """
    SELECT DISTINCT ON (d.run, n.reconstruction) d.run, n.reconstruction, d.dataset, r.klass, r.run_type, r.n_ls,
        r.recorded, r.significant, coalesce(r.significant, true) OR %(insignificant)s AS shown, a.at AS arrived,
        a.at + n.due AS due
    FROM unnest(%(datasets)s::text[], %(reconstructions)s::text[], %(due)s::interval[])
        AS n (dataset, reconstruction, due)
    JOIN runs_dataset d USING (dataset)
    JOIN runs_run r ON r.run = d.run
    LEFT JOIN LATERAL (
        SELECT e.at FROM decisions_event e
        WHERE e.run = d.run AND e.kind = 'dataset.registered' AND e.dataset = d.dataset ORDER BY e.seq LIMIT 1
    ) a ON true
    WHERE NOT EXISTS (
        SELECT 1 FROM certification_certification c
        WHERE c.run = d.run AND c.workspace = %(workspace)s AND c.reconstruction = n.reconstruction
    ) AND (%(any_run)s OR EXISTS (
        SELECT 1 FROM unnest(%(firsts)s::int[], %(lasts)s::int[]) AS w (first, last)
        WHERE d.run BETWEEN w.first AND w.last
    )) AND (%(klass)s = '' OR lower(r.klass) = lower(%(klass)s))
    ORDER BY d.run, n.reconstruction, d.dataset"""
_PAGE = """
    WITH waiting AS MATERIALIZED ({waiting}), placed AS (
        SELECT w.*, u.username, c.at AS claimed_at, c.seen_at, coalesce(c.user_id = %(user)s, false) AS mine,
            row_number() OVER (ORDER BY coalesce(c.user_id = %(user)s, false) DESC, {order}) AS place
        FROM waiting w
        LEFT JOIN certification_claim c ON c.run = w.run AND c.workspace = %(workspace)s
            AND c.reconstruction = w.reconstruction AND c.seen_at > %(left)s
        LEFT JOIN accounts_user u ON u.id = c.user_id
        WHERE w.shown
    ), page AS (SELECT * FROM placed ORDER BY place LIMIT %(limit)s OFFSET %(offset)s)
    SELECT (SELECT count(*) FROM waiting WHERE shown), (SELECT count(*) FROM waiting WHERE NOT shown),
        p.run, p.reconstruction, p.dataset, p.klass, p.run_type, p.n_ls, p.recorded, p.significant, p.arrived, p.due,
        coalesce(p.username, ''), p.claimed_at, p.seen_at, coalesce(p.mine, false), f.saved_at
    FROM (SELECT 1) one LEFT JOIN page p ON true
    LEFT JOIN certification_draft f ON f.run = p.run AND f.reconstruction = p.reconstruction
        AND f.workspace = %(workspace)s AND f.user_id = %(user)s
    ORDER BY p.place"""
_ORDERS: Mapping[Order, str] = {
    "due": "w.due NULLS LAST, w.run DESC, w.reconstruction",
    "newest": "w.run DESC, w.reconstruction",
}


def waiting(*, asked: Asked, workspace: str, user: User, page: int = 1) -> Queue:
    """A page of the queue, what this person is on first: two queries."""
    statement = _PAGE.format(waiting=_WAITING, order=_ORDERS[asked.order])
    with connection.cursor() as cursor:
        cursor.execute(statement, _parameters(asked, workspace, user, page))
        rows = cursor.fetchall()
    found, hidden = rows[0][:2]
    return Queue([Waiting(*row[2:]) for row in rows if row[2] is not None], hidden, Place(page, found, ROWS_A_PAGE))


def _parameters(asked: Asked, workspace: str, user: User, page: int) -> dict[str, Any]:
    named = [(name, told) for name in dataset_names() if (told := reconstruction_of(name)) in asked.reconstructions]
    return {
        "datasets": [name for name, _ in named],
        "reconstructions": [told for _, told in named],
        "due": [DUE_AFTER.get(str(told)) for _, told in named],
        "any_run": not asked.runs,
        "firsts": [first for first, _ in asked.runs],
        "lasts": [last for _, last in asked.runs],
        "klass": asked.klass,
        "insignificant": asked.insignificant,
        "workspace": workspace,
        "user": user.pk,
        "left": timezone.now() - LEFT_AFTER,
        "limit": ROWS_A_PAGE,
        "offset": ROWS_A_PAGE * (page - 1),
    }


def next_of(*, asked: Asked, workspace: str, user: User, after: tuple[int, str] | None = None) -> Waiting | None:
    """What to go on with: the first behind `after` that nobody else is on, else the first of all."""
    rows = waiting(asked=asked, workspace=workspace, user=user).rows
    keys = [(row.run, row.reconstruction) for row in rows]
    start = keys.index(after) + 1 if after in keys else 0
    around = [*rows[start:], *rows[:start]]
    return next((row for row in around if not _is_anothers(row) and (row.run, row.reconstruction) != after), None)


def _is_anothers(row: Waiting) -> bool:
    return bool(row.on_it) and not row.mine


_SENT_BACK = """
    SELECT c.run, c.reconstruction, c.dataset, c.verdict, e.actor_name, v.at, v.comment
    FROM certification_review v
    JOIN certification_certification c
        ON c.run = v.run AND c.workspace = v.workspace AND c.reconstruction = v.reconstruction AND c.seq = v.of
    JOIN decisions_event e ON e.seq = v.seq
    WHERE v.outcome = 'sent back' AND v.workspace = %s AND c.shifter = %s ORDER BY v.seq DESC"""


def sent_back(*, workspace: str, user: User) -> list[SentBack]:
    """This person's certifications that were sent back and not changed since, the newest first: one query."""
    with connection.cursor() as cursor:
        cursor.execute(_SENT_BACK, [workspace, user.get_username()])
        return [SentBack(*row) for row in cursor.fetchall()]

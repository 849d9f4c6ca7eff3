"""Appending what an import found, a batch at a time: each is one act, so that what was killed goes on from there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar
from uuid import NAMESPACE_URL, uuid5

from django.db import connection, transaction

from lumicert.accounts.models import User
from lumicert.certhelper.report import Report
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Origin
from lumicert.decisions.projections import lock_log
from lumicert.decisions.services import append
from lumicert.runs.services import Progress

SOURCE = "CertHelper"
# whoever else writes waits while a batch does: about a fifth of a second
ROWS_IN_AN_ACT = 200

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Log:
    """The log of decisions as an import writes to it, or only counts what it would write."""

    report: Report
    actor: User | None
    progress: Progress

    @contextmanager
    def batch(self) -> Iterator[None]:
        """What is read of the log in here is still so when it is appended to: nobody else writes meanwhile."""
        if self.report.is_check:
            yield
            return
        with transaction.atomic(), connection.cursor() as cursor:
            lock_log(cursor)
            yield

    def append(self, events: Sequence[NewEvent], *, after: Iterable[int] = ()) -> None:
        """Append events as one act.

        Args:
            after: the events that these come after. They make a change back to what was before another act than the
                first one was, while the same batch once more is the same act.
        """
        if not events:
            return
        self.report.events += len(events)
        self.report.acts += 1
        if self.report.is_check:
            return
        said = hashlib.sha256(repr(sorted(after)).encode())
        for event in events:
            scope = (type(event.payload).__name__, event.run, event.dataset, event.component, event.lumis)
            said.update(f"{scope}{event.payload.model_dump_json()}".encode())
        act = uuid5(NAMESPACE_URL, f"lumicert import certhelper {said.hexdigest()}")
        append(events=events, actor=self.actor, origin=Origin.IMPORT, signed=SOURCE, act=act)


def batches(items: Iterable[_Item]) -> Iterator[list[_Item]]:
    """The items in lists of `ROWS_IN_AN_ACT`, each read when it is asked for."""
    rest = iter(items)
    while batch := list(islice(rest, ROWS_IN_AN_ACT)):
        yield batch

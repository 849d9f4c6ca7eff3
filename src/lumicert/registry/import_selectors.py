"""Reading: the imports that workers carry out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

from lumicert.decisions.models import Event
from lumicert.registry.models import Import

# a worker sends a heartbeat every ten seconds
ALIVE_FOR = timedelta(seconds=30)
PATIENCE = timedelta(seconds=5)
RECENT = 10


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """An import as its page shows it; `seconds` is how long it waits, runs, or ran."""

    row: Import
    seconds: float
    no_worker: bool
    in_log: bool

    @property
    def ended(self) -> bool:
        return self.row.ended_at is not None

    @property
    def percent(self) -> int | None:
        return round(100 * self.row.done / self.row.total) if self.row.total else None


def recent() -> list[Import]:
    """The newest imports that were asked for."""
    return list(Import.objects.select_related("actor").order_by("-asked_at")[:RECENT])


def progress(job: UUID) -> ImportProgress | None:
    """How far an import is; None where nobody asked for one of that identity."""
    row = Import.objects.select_related("actor").filter(id=job).first()
    if row is None:
        return None
    now = timezone.now()
    began = row.started_at or row.asked_at
    return ImportProgress(
        row=row,
        seconds=((row.ended_at or now) - began).total_seconds(),
        no_worker=row.ended_at is None and now - row.asked_at > PATIENCE and not _worker_lives(now),
        in_log=Event.objects.filter(act=job).exists(),
    )


def _worker_lives(now: datetime) -> bool:
    return ProcrastinateWorker.objects.filter(last_heartbeat__gt=now - ALIVE_FOR).exists()

"""Writing: what is asked of the workers that fetch. Nothing here is a decision, so nothing goes into the log."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from lumicert.runs import fetching, jobs
from lumicert.runs.models import Backfill, Fetch


class NotSetUp(Exception):
    """This deployment asks no OMS; the text says which variable would change that."""

    def __init__(self) -> None:
        super().__init__(
            "OMS is not set up here, so nothing can be fetched from it: whoever runs this installation sets "
            "LUMICERT_OMS_URL. Until then enter a run by hand or import an export"
        )


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """What is asked for again at once."""

    runs: int
    backfills: int


def fetch_run(*, run: int) -> None:
    """Have one run fetched now; one that waits after a failure is asked for at once.

    Raises:
        NotSetUp: there is no OMS to ask.
    """
    refuse_without_oms()
    with transaction.atomic():
        fetching.want(run)
        jobs.enqueue_due()


def ask_again() -> AskedAgain:
    """Have everything that waits for OMS asked for now, however long it was to wait.

    Raises:
        NotSetUp: there is no OMS to ask.
    """
    refuse_without_oms()
    now = timezone.now()
    with transaction.atomic():
        runs = Fetch.objects.update(due_at=now)
        backfills = Backfill.objects.filter(state=Backfill.State.WAITING).update(due_at=now)
        jobs.enqueue_due()
    return AskedAgain(runs, backfills)


def refuse_without_oms() -> None:
    """Raises NotSetUp where there is no OMS to ask."""
    if settings.CONFIG.oms_url is None:
        raise NotSetUp

"""Writing: rules are saved, and runs that are here are classified again by the rules of now."""

from __future__ import annotations

import time
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from lumicert.accounts.models import User
from lumicert.classification.models import Reclassification
from lumicert.classification.selectors import classified_runs
from lumicert.runs.intake import classify_again

# a year of runs must not keep the run that goes on waiting for a worker
AT_MOST_SECONDS = 20.0
_GOING = (Reclassification.State.WAITING, Reclassification.State.RUNNING)


class NoRuns(ValueError):
    """No run of the range can be classified again."""


def ask_to_classify_again(*, first: int, last: int, actor: User, asked: UUID) -> Reclassification:
    """Have the runs `first` to `last` classified by the rules of now; asking twice under one identity is asking once.

    Raises:
        NoRuns: no source has reported a run of the range.
    """
    # procrastinate is ready only after all apps are, and this module is imported before
    from lumicert.classification import jobs

    with transaction.atomic():
        total = classified_runs(first, last).count()
        if not total:
            raise NoRuns(
                f"no run from {first} to {last} was reported by a source, so rules say nothing of them; "
                "look for the run numbers under Runs"
            )
        row, is_new = Reclassification.objects.get_or_create(
            id=asked, defaults={"actor": actor, "first": first, "last": last, "position": first, "total": total}
        )
        if is_new:
            jobs.classify_again.defer(asked=str(asked))
    return row


def stop(asked: UUID) -> None:
    """Have a reclassification end behind the run that it is at."""
    going = Reclassification.objects.filter(id=asked, state__in=_GOING)
    going.update(state=Reclassification.State.STOPPED, ended_at=timezone.now())


def carry_on(asked: UUID) -> bool:
    """Classify the runs of a reclassification again, from its position on, each in a transaction of its own.

    Returns whether there is more to do: after `AT_MOST_SECONDS` others get their turn at the workers.
    """
    going = Reclassification.objects.filter(id=asked, state__in=_GOING)
    row = going.first()
    if row is None:
        return False
    going.update(state=Reclassification.State.RUNNING)
    until = time.monotonic() + AT_MOST_SECONDS
    for run in list(classified_runs(row.position, row.last).values_list("run", flat=True)):
        if not _one(asked, run):
            return False
        if time.monotonic() >= until:
            return True
    going.update(state=Reclassification.State.DONE, ended_at=timezone.now())
    return False


def _one(asked: UUID, run: int) -> bool:
    """Classify one run again and write that down; false, and nothing, where it was stopped or another is at it."""
    mine = Reclassification.objects.filter(id=asked, state=Reclassification.State.RUNNING, position__lte=run)
    with transaction.atomic():
        # held until the run is done: a worker that was taken for dead does none twice
        if mine.select_for_update().first() is None:
            return False
        changed, refusal = False, ""
        try:
            with transaction.atomic():
                changed = classify_again(run=run).act is not None
        except ValueError as error:
            # one run of which the log takes nothing must not keep the others from their turn
            refusal = f"run {run}: {error}"
        row = Reclassification.objects.filter(id=asked)
        row.update(position=run + 1, done=F("done") + 1, changed=F("changed") + int(changed))
        if refusal:
            row.update(refused=F("refused") + 1, refusal=refusal)
    return True

"""Background jobs that fetch from outside systems, for procrastinate's worker.

What is to be done stands in tables of our own (`Fetch`, `Backfill`); a job in the queue is only told to look there.
So a worker that is killed loses nothing, a source that is down delays and fails nothing, and people see what waits.
That one job at a time is at a run is held by a lock of the database's session, which ends with the worker however that
ends; a lock of the queue would stand until the worker is known to be dead.
"""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import (
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
    transaction,
)
from django.db.models import F
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from lumicert.accounts.models import User
from lumicert.decisions.locks import alone
from lumicert.decisions.services import ActRefused
from lumicert.runs import fetching, outside
from lumicert.runs.models import Backfill, Fetch
from lumicert.sources.errors import SourceChanged, SourceError

QUEUE = "sources"
# of runs that wait, so many are given to the workers at a time
AT_ONCE = 100
_FIRST_PAUSE = timedelta(seconds=15)
_LONGEST_PAUSE = timedelta(minutes=15)
# then it lets others at the workers: a back-fill of years must not keep the run that goes on waiting
_BACKFILL_SECONDS = 20.0
# the database may be away for some minutes
_TRY_AGAIN = RetryStrategy(max_attempts=8, exponential_wait=2, retry_exceptions=[OperationalError, InterfaceError])

_OURS = "An error of ours; nothing was written. The log of the worker has the details."
# what is neither a source that fails nor a database that is away
_UNEXPECTED = (ArithmeticError, AttributeError, DataError, IntegrityError, LookupError, ProgrammingError, TypeError,
               ValueError, ActRefused)  # fmt: skip

_log = structlog.get_logger(__name__)


def _every(seconds: int) -> str:
    """A cron expression of procrastinate, whose sixth field are the seconds."""
    return f"* * * * * */{seconds}" if seconds < 60 else f"*/{max(1, seconds // 60)} * * * *"


@app.periodic(cron=_every(settings.CONFIG.oms_every))
@app.task(name="runs.look_for_runs", queue=QUEUE, queueing_lock="runs.look_for_runs")
def look_for_runs(timestamp: int) -> None:
    """Ask OMS what is new, and see to it that everything that is due is fetched."""
    oms = outside.oms()
    with alone("runs.jobs look for runs") as is_alone:
        if oms is None or not is_alone:
            return
        try:
            fetching.look_for_runs(oms)
            fetching.fetch_fills(oms, fetching.unfinished_fills())
            if not fetching.eras_are_known():
                fetching.fetch_eras(oms)
        except SourceError as error:
            _log.warning("OMS could not be asked what is new", error=str(error))
        enqueue_due()


def enqueue_due() -> None:
    """Tell the workers of what is due, each run and back-fill once however often this is called."""
    now = timezone.now()
    for run in Fetch.objects.filter(due_at__lte=now).order_by("-run").values_list("run", flat=True)[:AT_ONCE]:
        _defer(fetch_run, f"run {run}", run=run)
    waiting = Backfill.objects.filter(state__in=[Backfill.State.WAITING, Backfill.State.RUNNING], due_at__lte=now)
    for asked in waiting.values_list("id", flat=True):
        _defer(back_fill, f"back-fill {asked}", asked=str(asked))


def _defer(task: object, lock: str, **arguments: object) -> None:
    try:
        with transaction.atomic():
            task.configure(queueing_lock=lock).defer(**arguments)  # type: ignore[attr-defined]
    except AlreadyEnqueued:
        pass


@app.task(name="runs.fetch_run", queue=QUEUE, retry=_TRY_AGAIN)
def fetch_run(*, run: int) -> None:
    """Fetch one run. Where its source fails, the run waits and is asked for again later."""
    with alone(f"runs.jobs run {run}") as is_alone:
        if is_alone:
            _fetch_run(run)


def _fetch_run(run: int) -> None:
    oms = outside.oms()
    asked = Fetch.objects.filter(run=run).first()
    if oms is None or asked is None:
        return
    try:
        fetching.fetch_run(oms, run)
    except SourceError as error:
        # what changed helps nobody to ask again soon
        least = _LONGEST_PAUSE if isinstance(error, SourceChanged) else _FIRST_PAUSE
        pause = min(_LONGEST_PAUSE, max(least, _FIRST_PAUSE * 2**asked.tries))
        _wait(run, str(error), pause)
        return
    except _UNEXPECTED:
        _wait(run, _OURS, _LONGEST_PAUSE)
        raise
    # unless it was asked for again meanwhile
    Fetch.objects.filter(run=run, due_at=asked.due_at).delete()


def _wait(run: int, failure: str, pause: timedelta) -> None:
    Fetch.objects.filter(run=run).update(tries=F("tries") + 1, failure=failure, due_at=timezone.now() + pause)


@app.periodic(cron=_every(settings.CONFIG.dqmgui_every))
@app.task(name="runs.look_for_datasets", queue=QUEUE, queueing_lock="runs.look_for_datasets")
def look_for_datasets(timestamp: int) -> None:
    """Ask the DQM GUI which datasets have arrived."""
    gui = outside.dqmgui()
    with alone("runs.jobs look for datasets") as is_alone:
        if gui is None or not is_alone:
            return
        try:
            fetching.look_for_datasets(gui)
        except SourceError as error:
            _log.warning("the DQM GUI could not be asked what has arrived", error=str(error))


# ---- back-fill ----


def ask_for_backfill(*, first: int, last: int, actor: User | None, asked: UUID) -> Backfill:
    """Have the runs `first` to `last` fetched; asking twice under the same identity is asking once.

    Raises:
        ValueError: the range is reversed, or no run numbers.
    """
    if not 1 <= first <= last < 2**31:
        raise ValueError(f"runs {first} to {last} are no range: the first is at least 1 and not behind the last")
    with transaction.atomic():
        row, is_new = Backfill.objects.get_or_create(
            id=asked,
            defaults={"actor": actor, "first": first, "last": last, "position": first, "due_at": timezone.now()},
        )
        if is_new:
            _defer(back_fill, f"back-fill {asked}", asked=str(asked))
    return row


def stop_backfill(asked: UUID) -> None:
    """Have a back-fill end after the run that it is at."""
    going = Backfill.objects.filter(id=asked, state__in=[Backfill.State.WAITING, Backfill.State.RUNNING])
    going.update(state=Backfill.State.STOPPED, ended_at=timezone.now())


@app.task(name="runs.back_fill", queue=QUEUE, retry=_TRY_AGAIN)
def back_fill(*, asked: str) -> None:
    """Go on with a back-fill from where it is."""
    with alone(f"runs.jobs back-fill {asked}") as is_alone:
        if is_alone:
            carry_on(UUID(asked))


def carry_on(asked: UUID) -> None:
    """Fetch runs of a back-fill from its position on, for a while. Where OMS fails it waits there."""
    oms = outside.oms()
    going = Backfill.objects.filter(id=asked, state__in=[Backfill.State.WAITING, Backfill.State.RUNNING])
    row = going.first()
    if row is None or oms is None:
        return
    going.update(state=Backfill.State.RUNNING)
    until, over = time.monotonic() + _BACKFILL_SECONDS, False
    try:
        for step in fetching.fetch_range(oms, row.position, row.last, stop=lambda: not going.exists()):
            going.update(
                position=step.run + 1, done=F("done") + 1, acts=F("acts") + int(step.taken.act is not None), failure=""
            )
            if over := time.monotonic() > until:
                break
    except SourceError as error:
        going.update(state=Backfill.State.WAITING, failure=str(error), due_at=timezone.now() + _FIRST_PAUSE)
        return
    except _UNEXPECTED:
        going.update(state=Backfill.State.WAITING, failure=_OURS, due_at=timezone.now() + _LONGEST_PAUSE)
        raise
    if over:
        _defer(back_fill, f"back-fill {asked}", asked=str(asked))
    else:
        going.update(state=Backfill.State.DONE, ended_at=timezone.now(), failure="")

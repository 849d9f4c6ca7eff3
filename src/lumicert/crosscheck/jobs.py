"""Background jobs, for procrastinate's worker: compare what is new, ask outside, send what waits.

What is to be done stands in tables and in the log, so that each job may be killed and repeated.
"""

from __future__ import annotations

from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from lumicert.crosscheck import deliveries, kept, seeing, sending
from lumicert.decisions.locks import alone
from lumicert.runs import outside
from lumicert.sources.errors import SourceError

QUEUE = "crosscheck"
_log = structlog.get_logger(__name__)


@app.periodic(cron="* * * * * */10")
@app.task(name="crosscheck.compare", queue=QUEUE, queueing_lock="crosscheck.compare")
def compare(timestamp: int) -> None:
    """Take what was said since into the comparison."""
    with alone("crosscheck compare what is new") as is_alone:
        if is_alone:
            kept.catch_up()


@app.periodic(cron="* * * * * */30")
@app.task(name="crosscheck.look", queue=QUEUE, queueing_lock="crosscheck.look")
def look(timestamp: int) -> None:
    """Ask the registry outside about the runs that are due."""
    registry = outside.run_registry()
    with alone("crosscheck look") as is_alone:
        if registry is None or not is_alone:
            return
        try:
            seeing.ask_due(registry)
        except SourceError as error:
            _log.warning("Run Registry could not be asked", error=str(error))


@app.periodic(cron="* * * * * */10")
@app.task(name="crosscheck.deliver", queue=QUEUE, queueing_lock="crosscheck.deliver")
def deliver(timestamp: int) -> None:
    """Take what was certified since into the outbox, and send what is due."""
    registry = outside.run_registry()
    if registry is None or not settings.CONFIG.run_registry_write:
        return
    with alone("crosscheck deliver") as is_alone:
        if is_alone:
            while deliveries.take_from_log() == deliveries.EVENTS_AT_ONCE:
                pass
            sending.send_due(registry)


def soon(task: Task[..., Any, Any]) -> None:
    """Have a job done at once, once however often this is called."""
    try:
        with transaction.atomic():
            task.defer(timestamp=0)
    except AlreadyEnqueued:
        pass

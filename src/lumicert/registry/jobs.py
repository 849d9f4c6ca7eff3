"""Background jobs of this app, for procrastinate's worker."""

from __future__ import annotations

from uuid import UUID

from django.db import InterfaceError, OperationalError, connection
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from lumicert.registry import imports

QUEUE = "imports"
# the database may be away for some minutes: after 2, 4, 8, ... seconds
_TRY_AGAIN = RetryStrategy(max_attempts=8, exponential_wait=2, retry_exceptions=[OperationalError, InterfaceError])


@app.task(name="registry.carry_out_import", queue=QUEUE, retry=_TRY_AGAIN)
def carry_out_import(*, asked: str) -> None:
    """Carry out one import."""
    try:
        imports.carry_out(UUID(asked))
    finally:
        # jobs run in threads that come and go, and each would keep its connection
        if not connection.in_atomic_block:
            connection.close()


@app.periodic(cron="* * * * *")
@app.task(name="registry.take_up_stalled_jobs", queueing_lock="registry.take_up_stalled_jobs", pass_context=True)
async def take_up_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Give jobs back whose worker was killed: it sends no heartbeat any more."""
    manager = context.app.job_manager
    # oldest first: of two that ask for the same, the one that was asked for first goes on
    for job in sorted(await manager.get_stalled_jobs(), key=lambda job: job.id or 0):
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            # the same waits already: asked for since, or given back a moment ago
            await manager.finish_job(job, Status.FAILED, delete_job=True)

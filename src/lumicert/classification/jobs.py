"""Background jobs of this app, for procrastinate's worker."""

from __future__ import annotations

from uuid import UUID

from django.db import InterfaceError, OperationalError, connection
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from lumicert.classification import services

QUEUE = "rules"
# the database may be away for some minutes
_TRY_AGAIN = RetryStrategy(max_attempts=8, exponential_wait=2, retry_exceptions=[OperationalError, InterfaceError])


# one at a time: two that go over the same runs would only wait for each other
@app.task(name="classification.classify_again", queue=QUEUE, lock="classification.classify_again", retry=_TRY_AGAIN)
def classify_again(*, asked: str) -> None:
    """Go on with a reclassification from where it is."""
    try:
        if services.carry_on(UUID(asked)):
            classify_again.defer(asked=asked)
    finally:
        # jobs run in threads that come and go, and each would keep its connection
        if not connection.in_atomic_block:
            connection.close()

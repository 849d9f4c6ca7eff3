"""Background jobs: procrastinate's worker, as a process of its own or, in the demo, as a thread of the web process.

A job that runs when the stop is asked for is finished first, for at most `GRACE_SECONDS`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence

import structlog

from lumicert.site.errors import Terminated
from lumicert.site.runtime import migrated_database
from lumicert.site.stopping import Stop, told_to_stop

GRACE_SECONDS = 30
_log = structlog.get_logger(__name__)


def main(argv: Sequence[str]) -> int:
    """Run jobs until SIGTERM or Ctrl-C, and return the exit status."""
    parser = argparse.ArgumentParser(prog="lumicert worker", description="Run the background jobs until stopped.")
    parser.add_argument("--concurrency", type=int, default=1, metavar="N", help="jobs at a time (default 1)")
    options = parser.parse_args(argv)
    if options.concurrency < 1:
        parser.error(f"--concurrency must be at least 1, not {options.concurrency}")
    with migrated_database():
        _log.info("worker started", concurrency=options.concurrency)
        run(concurrency=options.concurrency)
    return 0


def run(*, concurrency: int) -> None:
    """Run jobs until a signal says stop."""
    try:
        with told_to_stop() as stop:
            asyncio.run(_work(stop, concurrency=concurrency))
    except Terminated:
        _log.info("worker stopped")


@contextlib.contextmanager
def background_worker() -> Iterator[None]:
    """Run jobs in a thread of this process for as long as the block lasts."""
    stop = Stop()
    thread = threading.Thread(target=_drive, args=(stop,), name="worker")
    thread.start()
    try:
        yield
    finally:
        stop.wish()
        thread.join()


def _drive(stop: Stop) -> None:
    try:
        asyncio.run(_work(stop, concurrency=1))
    except Exception:
        _log.exception("the worker has failed; pages go on, background jobs wait until the next start")


async def _work(stop: Stop, *, concurrency: int) -> None:
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    # a copy: the app itself keeps Django's connection, so that a job is enqueued in the transaction that asks for it
    working = app.with_connector(DjangoConnector().get_worker_connector())
    loop = asyncio.get_running_loop()
    async with working.open_async():
        task = loop.create_task(
            working.run_worker_async(
                concurrency=concurrency,
                # what was to be done, and what came of it, stands in tables of our own
                delete_jobs="successful",
                # they are heard before there is a loop to hear them
                install_signal_handlers=False,
                shutdown_graceful_timeout=GRACE_SECONDS,
            )
        )

        def finish() -> None:
            # a second time would abort the jobs that are being finished
            if not task.cancelling():
                task.cancel()

        # not before there are connections: a pool that is cancelled while it opens is never put away
        stop.tell(lambda: _in(loop, finish))
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _in(loop: asyncio.AbstractEventLoop, what: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # it is closed already: the worker has failed or finished
        loop.call_soon_threadsafe(what)

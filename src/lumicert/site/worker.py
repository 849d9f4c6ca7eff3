"""Background jobs: procrastinate's worker, as a process of its own or, in the demo, as a thread of the web process.

A job that runs when the stop is asked for is finished first, for at most `GRACE_SECONDS`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence

import structlog

from lumicert.site.runtime import migrated_database

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
        asyncio.run(_work(concurrency=options.concurrency, install_signal_handlers=True))
        _log.info("worker stopped")
    return 0


@contextlib.contextmanager
def background_worker() -> Iterator[None]:
    """Run jobs in a thread of this process for as long as the block lasts."""
    loop = asyncio.new_event_loop()
    task = loop.create_task(_work(concurrency=1, install_signal_handlers=False))
    thread = threading.Thread(target=_drive, args=(loop, task), name="worker")
    thread.start()
    try:
        yield
    finally:
        with contextlib.suppress(RuntimeError):  # the loop is closed already when the worker has failed
            loop.call_soon_threadsafe(task.cancel)
        thread.join()


def _drive(loop: asyncio.AbstractEventLoop, task: asyncio.Task[None]) -> None:
    try:
        loop.run_until_complete(task)
    except asyncio.CancelledError:
        pass
    except Exception:
        _log.exception("the worker has failed; pages go on, background jobs wait until the next start")
    finally:
        loop.close()


async def _work(*, concurrency: int, install_signal_handlers: bool) -> None:
    from procrastinate.contrib.django import app
    from procrastinate.contrib.django.django_connector import DjangoConnector

    # a copy: the app itself keeps Django's connection, so that a job is enqueued in the transaction that asks for it
    working = app.with_connector(DjangoConnector().get_worker_connector())
    async with working.open_async():
        await working.run_worker_async(
            concurrency=concurrency,
            # what was to be done, and what came of it, stands in tables of our own
            delete_jobs="successful",
            install_signal_handlers=install_signal_handlers,
            shutdown_graceful_timeout=GRACE_SECONDS,
        )

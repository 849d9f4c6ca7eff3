"""Logs: one stream, standard error, one event a line, as text or JSON by `LUMICERT_LOG_FORMAT`.

Our own events (structlog) and those of the libraries (the standard library's logging) go the same way. A line holds
what happened, never what was sent: no query string, no body, no header, no variables of a traceback.
"""

from __future__ import annotations

import logging
import logging.config
import sys
import time
from collections.abc import Mapping
from typing import Any

import structlog
from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, Scope
from structlog.typing import Processor

_access = structlog.get_logger("lumicert.access")
# asked for every few seconds, and never the reason for reading a log
QUIET_PATHS = ("/healthz", "/readyz", "/static/")


def configure(options: Mapping[str, Any]) -> None:
    """Send all logs of this process to standard error; `options["log_format"]` is `console` or `json`."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(_standard_logging(shared, options["log_format"]))


def _standard_logging(shared: list[Processor], log_format: str) -> dict[str, Any]:
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(log_format)],
        "foreign_pre_chain": shared,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            # Django's own handlers would print every line a second time
            "django": {"handlers": [], "level": "INFO"},
            "django.server": {"handlers": [], "propagate": True},
            # a refused request is the access line's matter; only a failure needs its traceback here
            "django.request": {"level": "ERROR"},
            # "error connecting", once a second; the request that needs the database says so itself
            "psycopg.pool": {"level": "ERROR"},
            # every address it asks for, with the query
            "httpx": {"level": "WARNING"},
            "procrastinate": {"level": "WARNING"},
            "uvicorn": {"level": "WARNING"},
        },
    }


def _renderers(log_format: str) -> list[Processor]:
    # the richer tracebacks of structlog print local variables, hence passwords
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    colours = sys.stderr.isatty()
    return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)]


class AccessLog:
    """ASGI: one line a request, with method, path, status and milliseconds."""

    def __init__(self, application: ASGI3Application) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] != "http" or scope["path"].startswith(QUIET_PATHS):
            await self.application(scope, receive, send)
            return
        started = time.perf_counter()
        # a client that went away before the answer has no status
        status: int | None = None

        async def note_status(event: ASGISendEvent) -> None:
            nonlocal status
            if event["type"] == "http.response.start":
                status = event["status"]
            await send(event)

        try:
            await self.application(scope, receive, note_status)
        finally:
            spent = round((time.perf_counter() - started) * 1000, 1)
            _access.info("request", method=scope["method"], path=scope["path"], status=status, ms=spent)

"""A log line says what happened, in text or JSON, and nothing that was sent."""

from __future__ import annotations

import json
import logging

import pytest
import structlog
from asgiref.testing import ApplicationCommunicator

from lumicert.site import log


@pytest.fixture
def lines(capsys):
    """Configure the logs, and read what was written since."""

    def configure(log_format: str) -> None:
        log.configure({"log_format": log_format})

    configure.read = lambda: capsys.readouterr().err.splitlines()
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield configure
    root.handlers, root.level = before, level
    structlog.reset_defaults()


def fail_with_a_secret_in_a_variable() -> None:
    password = "sentinel-7c1f"
    raise RuntimeError(f"{len(password)} characters")


@pytest.mark.parametrize("log_format", ["console", "json"])
@pytest.mark.parametrize("logger", [logging.getLogger("elsewhere"), structlog.get_logger("ours")])
def test_a_traceback_shows_no_variables(lines, log_format: str, logger) -> None:
    lines(log_format)
    try:
        fail_with_a_secret_in_a_variable()
    except RuntimeError:
        logger.exception("it failed")
    shown = "\n".join(lines.read())
    assert "it failed" in shown
    assert "RuntimeError: 13 characters" in shown
    assert "sentinel-7c1f" not in shown.replace('password = "sentinel-7c1f"', "")


def test_json_is_one_object_a_line_with_level_time_and_logger(lines) -> None:
    lines("json")
    structlog.get_logger("ours").warning("done", count=3)
    logging.getLogger("elsewhere").warning("also %s", "done")
    ours, elsewhere = map(json.loads, lines.read())
    assert (ours["event"], ours["level"], ours["logger"], ours["count"]) == ("done", "warning", "ours", 3)
    assert (elsewhere["event"], elsewhere["logger"]) == ("also done", "elsewhere")
    assert ours["timestamp"].endswith("Z")


async def answer(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(("path", "written"), [("/runs/1", 1), ("/healthz", 0), ("/static/x.css", 0)])
def test_a_request_is_one_line_without_its_query(lines, path: str, written: int) -> None:
    import asyncio

    async def ask() -> None:
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"token=sentinel-7c1f", "headers": []}
        asked = ApplicationCommunicator(log.AccessLog(answer), scope)
        await asked.send_input({"type": "http.request"})
        assert (await asked.receive_output())["status"] == 404
        await asked.wait()

    lines("json")
    asyncio.run(ask())
    shown = lines.read()
    assert len(shown) == written
    for line in map(json.loads, shown):
        assert (line["method"], line["path"], line["status"]) == ("GET", path, 404)
        assert line["ms"] >= 0
        assert "sentinel-7c1f" not in str(line)

"""A page with every component on it, served with the product's own content policy; for the browser tests only."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from django.conf import settings
from django.template import engines
from django.test import RequestFactory

from lumicert.accounts.models import User
from lumicert.shell.tables import Column, Table

HERE = Path(__file__).parent
STATIC = HERE.parent / "static"
RECORDER = """
window.heard = [];
for (const name of ["ls-select", "ls-clear", "ls-open", "map-open", "map-loaded"])
  document.addEventListener(name, (event) => window.heard.push([name, event.target.id, event.detail]));
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""
LOSSES = Table(
    "Largest losses",
    [Column("Condition"), Column("exclusive", "pb⁻¹", number=True), Column("runs", number=True), Column("first run")],
    [[f"condition {i}", f"{1020.4 / i:.1f}", 161 // i, 315257 + i] for i in range(1, 9)],
    "No condition loses anything.",
)
NOTHING = Table("Imports", [Column("File"), Column("LS", number=True)], [], "Nothing was imported yet: import a list.")


def map_of(runs: int, seed: int = 7) -> dict[str, object]:
    """A made-up year: run lengths and losses of about the shape of 2018."""
    dice = random.Random(seed)
    return {"runs": [_run(315257 + 9 * i, 1 + int(min(2275, dice.expovariate(1 / 255))), dice) for i in range(runs)]}


def _run(run: int, last: int, dice: random.Random) -> dict[str, object]:
    segments, first = [], 1
    while first <= last:
        end = min(last, first + dice.randint(0, max(3, last // 2)))
        segments.append([first, end, dice.choices(["in", "out", "unknown"], [88, 10, 2])[0]])
        first = end + 1
    return {"run": run, "last": last, "segments": segments}


def page(theme: str = "auto", role: str = "leader", template: str | None = None) -> str:
    request = RequestFactory().get("/golden/")
    request.user = User(username=role, role=role)
    request.COOKIES["lumicert_theme"] = theme
    context = {
        "statuses": ["GOOD", "BAD", "STANDBY", "EXCLUDED", "NOTSET", "EMPTY", "unknown", "in", "out"],
        "at": datetime(2018, 9, 26, 20, 58, 12, tzinfo=UTC),
        "ranges": [(12, 137), (193, 776), (901, 901)],
        "table": LOSSES,
        "nothing": NOTHING,
        "messages": [_Message()],
    }
    text = template or (HERE / "gallery.html").read_text()
    return engines["django"].from_string(text).render(context, request)


class _Message:
    level_tag, extra_tags = "success", "/undo"

    def __str__(self) -> str:
        return "Marked tracker-strip BAD in LS 401–518 of run 315257 (event 121 004)."


class Stage(SimpleHTTPRequestHandler):
    """The page at `/`, the static files, and answers of each kind that an htmx request can get."""

    runs = 60
    posts: list[str] = []

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path.startswith("/static/") and path != "/static/record.js":
            self.path = path.removeprefix("/static")
            return super().do_GET()
        answers = {
            "/": (200, "text/html", page(theme=query or "auto")),
            "/static/record.js": (200, "text/javascript", RECORDER),
            "/map.json": (200, "application/json", json.dumps(map_of(self.runs))),
            "/fails": (500, "text/html", "<h1>stack trace</h1>"),
            "/refused": (403, "text/plain", "You may not do this. Ask a leader."),
            "/signed-out": (401, "text/plain", "You are not signed in."),
            "/invalid": (422, "text/html", "<p>LS 9999 is beyond the run</p>"),
        }
        return self._answer(*answers.get(path, (404, "text/plain", "nothing here")))

    def do_POST(self) -> None:
        self.posts.append(self.path)
        time.sleep(2.2)
        self._answer(200, "text/html", page(template="{% extends 'base.html' %}"))

    def _answer(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.end_headers()
        self.wfile.write(text.encode())

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", content_policy())
        super().end_headers()

    def log_message(self, *args: object) -> None:
        """Silent: the test's own output is enough."""


def content_policy() -> str:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    return "; ".join(f"{name} {' '.join(values)}" for name, values in directives.items())


@contextmanager
def served() -> Iterator[str]:
    """The address of the stage while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Stage, directory=str(STATIC)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()

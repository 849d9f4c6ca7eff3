"""A program that asks the API, and what it may send."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.test import Client

from lumicert.accounts.models import User
from lumicert.certification import selectors
from lumicert.certification.tests.world import ticked
from lumicert.decisions.selectors import current_seq
from lumicert.people.services import make_token
from lumicert.people.tokens import Scope

API = "/api/v1"
EVERY_SCOPE = tuple(Scope)


def a_program(owner: User, *scopes: Scope) -> Client:
    """A client that shows a token of this person, for everything where no scope is named."""
    _, secret = make_token(owner=owner, name="a program", scopes=scopes or EVERY_SCOPE, days=1)
    cache.clear()
    return Client(headers={"authorization": f"Bearer {secret}"}, raise_request_exception=False)


def sent(run: int, reconstruction: str = "express", **changes: Any) -> dict[str, Any]:
    """A whole good certification, with every checklist ticked and no reference run confirmed."""
    of = selectors.subject(run=run, reconstruction=reconstruction)
    lists = [each.model_dump(exclude={"by"}) for each in ticked(of)]
    return {
        "run": run, "reconstruction": reconstruction, "expected": current_seq(), "tracker_map": "exists",
        "components": {key: {"status": "GOOD"} for key in ("pixel", "strip", "tracking")}, "date": "2018-05-14",
        "checklists": lists, "confirmed": ["no-reference"], **changes,
    }  # fmt: skip


def post(program: Client, address: str, body: Any) -> Any:
    return program.post(f"{API}{address}", body, content_type="application/json")


def items(program: Client, address: str) -> list[Any]:
    """All rows of a list, page by page."""
    found: list[Any] = []
    link: str | None = f"{API}{address}"
    while link:
        answer = program.get(link)
        assert answer.status_code == 200, answer.content
        found += answer.json()["items"]
        link = answer.json()["next"]
    return found


def runs(program: Client, address: str) -> list[int]:
    return [each["run"] for each in items(program, address)]

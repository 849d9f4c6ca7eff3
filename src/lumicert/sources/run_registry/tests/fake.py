"""A Run Registry in memory, which gives what a test wants it to give."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import orjson

from lumicert.sources.run_registry.client import RunRegistry
from lumicert.sources.tests.servers import Notes, door, json

EXPRESS = "/Express/Collisions2022/DQM"
Answer = Callable[[dict[str, Any]], Any]


def row(run: int = 360441, name: str = EXPRESS, **more: Any) -> dict[str, Any]:
    """A row of datasets as the original gives it."""
    return {
        "run_number": run,
        "name": name,
        "dataset_attributes": {"tracker_state": "OPEN", "global_state": "SIGNOFF", "appeared_in": []},
        "datasets_in_gui": [],
        "deleted": False,
        "version": 48,
        "Run": {"rr_attributes": {"class": "Collisions22", "state": "SIGNOFF"}, "oms_attributes": {"energy": 6800}},
        "DatasetTripletCache": {
            "triplet_summary": {
                "tracker-pixel": {"BAD": 2, "GOOD": 10, "EMPTY": 0, "causes": [], "comments": ["hv trip"]},
                "tracker-track": {"EMPTY": 0, "causes": [], "comments": [], "NO VALUE FOUND": 12},
            },
            "dcs_summary": {},
        },
        **more,
    }


def page(*rows: Any, count: int | None = None) -> dict[str, Any]:
    """A page of datasets."""
    return {"datasets": list(rows), "pages": 1, "count": len(rows) if count is None else count}


def span(first: int, last: int, **components: str) -> dict[str, Any]:
    """A range whose components have a status each: `span(1, 4, pixel="GOOD")`."""
    triplets = {
        f"tracker-{name}": {"status": status, "cause": "", "comment": ""} for name, status in components.items()
    }
    return {**triplets, "start": first, "end": last}


class Fake:
    """Answers by address; `asked` are the bodies that came, by address."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {
            "datasets": page(row()),
            "names": ["online", EXPRESS],
            "ranges": [span(1, 12, pixel="GOOD")],
            "edit": lambda body: {"run_number": body["run_number"], "name": body["dataset_name"], "version": 1},
        } | answers
        self.asked: list[tuple[str, Any]] = []
        self.notes = Notes()

    def client(self, *, rows_a_page: int = 100, **limits: Any) -> RunRegistry:
        """A client of it."""
        return RunRegistry(door(self._answer, self.notes, name="Run Registry", **limits), rows_a_page=rows_a_page)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        kind = next(kind for kind in self.answers if kind in path)
        body = orjson.loads(request.content or b"null")
        self.asked.append((kind, body))
        answer = self.answers[kind]
        answer = answer(body) if callable(answer) else answer
        return answer if isinstance(answer, httpx.Response) else json(answer)

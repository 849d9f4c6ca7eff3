"""An OMS in memory that filters, sorts and pages as the real one does; tests bend its rows and documents."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import httpx

from lumicert.sources.oms.attributes import ERAS, FILLS, LUMISECTIONS, RUNS, Table
from lumicert.sources.oms.client import OmsClient
from lumicert.sources.tests.servers import Notes, door, json

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "EQ": operator.eq,
    "GT": operator.gt,
    "GE": operator.ge,
    "LE": operator.le,
    "LT": operator.lt,
}
_FILTER = re.compile(r"filter\[(\w+)\]\[(\w+)\]")
PB = "pb^{-1}"


def nulls(table: Table) -> dict[str, Any]:
    """A row in which all is null that OMS always serves."""
    return {name: None for name, attribute in table.items() if attribute.always}


def run(number: int, **attributes: Any) -> dict[str, Any]:
    return {**nulls(RUNS), "run_number": number, "last_update": "2022-10-15T06:00:00Z", **attributes}


def fill(number: int, **attributes: Any) -> dict[str, Any]:
    return {**nulls(FILLS), "fill_number": number, **attributes}


def era(name: str, **attributes: Any) -> dict[str, Any]:
    return {**nulls(ERAS), "era": name, **attributes}


def ls(number: int, of: int = 7, fill: int | None = 8000, lumi: float | None = None, **more: Any) -> dict[str, Any]:
    """A lumisection; `lumi` is what the fill has recorded and delivered up to its end."""
    return {
        **nulls(LUMISECTIONS),
        "run_number": of,
        "lumisection_number": number,
        "fill_number": fill,
        "recorded_lumi": lumi,
        "delivered_lumi": lumi,
        **more,
    }


class Oms:
    """Serves `rows` (resource to rows); `bend` changes a document before it is sent; remembers the queries."""

    def __init__(self, **rows: Sequence[dict[str, Any]]) -> None:
        self.rows = rows
        self.units = {"recorded_lumi": PB, "delivered_lumi": PB}
        self.bend: Callable[[dict[str, Any]], Any] = lambda document: document
        self.asked: list[tuple[str, dict[str, str]]] = []

    def client(self, notes: Notes | None = None, page: int = 500, lumisections: int = 5000) -> OmsClient:
        return OmsClient(door(self, notes), None, rows_a_page=page, lumisections_a_page=lumisections)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        resource = request.url.path.rsplit("/", 1)[-1]
        query = dict(request.url.params)
        self.asked.append((resource, query))
        found = [row for row in self.rows.get(resource, ()) if _passes(row, query)]
        for key in reversed(query["sort"].split(",") if "sort" in query else []):
            found.sort(key=lambda row: row[key.lstrip("-")], reverse=key.startswith("-"))
        first, limit = int(query["page[offset]"]), int(query["page[limit]"])
        meta = {"row": {name: {"units": unit} for name, unit in self.units.items()}}
        data = [{"id": "1", "type": resource, "attributes": row, "meta": meta} for row in found[first : first + limit]]
        return json(self.bend({"data": data, "meta": {"totalResourceCount": len(found)}}))


def _passes(row: dict[str, Any], query: dict[str, str]) -> bool:
    for name, text in query.items():
        if match := _FILTER.fullmatch(name):
            value = row[match[1]]
            wanted: Any = int(text) if text.isdigit() else datetime.fromisoformat(text)
            value = datetime.fromisoformat(value) if isinstance(wanted, datetime) and value else value
            if value is None or not _OPERATORS[match[2]](value, wanted):
                return False
    return True

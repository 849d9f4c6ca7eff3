"""What the faults of answers and values make of a body that was right."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from lumicert.sandbox.faults import OF_VALUES, Fault, Kind

Row = dict[str, Any]

HUGE = 10**15
# the attribute that a fault of values hits when it names none, by resource of OMS and by door
DEFAULT_FIELDS: Mapping[str, str] = {
    "runs": "delivered_lumi",
    "fills": "bunches_colliding",  # which OMS once did serve negative
    "lumisections": "delivered_lumi",
    "eras": "start_run",
    "dqmgui": "dataset",
    "sso": "access_token",
    "brilcalc": "recorded",
    "runregistry": "run_number",
}
# where the rows of a page stand: with OMS, and with Run Registry
_LISTS = ("data", "datasets", "runs")
_RESOURCE = re.compile(r"/agg/api/v1/(\w+)")


def spoiled(fault: Fault, door: str, path: str, body: bytes) -> bytes | None:
    """The body with the fault in it, or None where the fault finds nothing to spoil."""
    if fault.kind is Kind.TRUNCATED:
        return body[: len(body) // 2]
    if fault.kind not in OF_VALUES | {Kind.MISSING_PAGE}:
        return None
    if door == "brilcalc":
        return _spoiled_csv(fault, body)
    document = orjson.loads(body)
    if fault.kind is Kind.MISSING_PAGE:
        return _without_rows(document)
    field = fault.field or DEFAULT_FIELDS[_resource(door, path)]
    hit = [_spoil_row(fault, field, row) for row in _rows(door, document) if _is_of_run(fault, row)]
    return orjson.dumps(document) if any(hit) else None


def changed(value: Any, to: Any) -> Any:
    """What a late correction makes of a value: `to`, or without one a number that is 10 % larger."""
    if to is not None or isinstance(value, bool) or not isinstance(value, int | float):
        return to
    # a small whole number would stay what it is
    return type(value)(value * 1.1) + (isinstance(value, int) and value < 10)


def _without_rows(document: Any) -> bytes | None:
    name = next((name for name in _LISTS if name in document), None) if isinstance(document, dict) else None
    return None if name is None else orjson.dumps(document | {name: []})


def _resource(door: str, path: str) -> str:
    match = _RESOURCE.match(path)
    return match[1] if match and match[1] in DEFAULT_FIELDS else door


def _rows(door: str, document: Any) -> Iterable[Row]:
    if isinstance(document, list):
        # ranges of Run Registry; names are no rows
        return [one for one in document if isinstance(one, dict)]
    if not isinstance(document, dict):
        return []
    if door == "oms":
        data = document.get("data") or []
        return [one["attributes"] for one in (data if isinstance(data, list) else [data])]
    if door == "dqmgui":
        return [item for sample in document.get("samples", []) for item in sample["items"]]
    return next((document[name] for name in _LISTS if isinstance(document.get(name), list)), [document])


def _is_of_run(fault: Fault, row: Row) -> bool:
    return fault.run is None or str(row.get("run_number", row.get("run"))) == str(fault.run)


def _spoil_row(fault: Fault, field: str, row: Row) -> bool:
    # nothing spoiled, nothing used up: a fault with `times` waits for a row that has its field
    if field not in row:
        return False
    if fault.kind is Kind.RENAMED:
        row[str(fault.value or f"{field}_v2")] = row.pop(field)
    else:
        row[field] = _VALUES[fault.kind](row[field], fault.value)
    return True


def _negative(value: Any, given: Any) -> Any:
    if given is not None:
        return given
    # nothing and null have no negative, and a fault that changes nothing would test nothing
    return -abs(value) if value and isinstance(value, int | float) else -1


_VALUES: Mapping[Kind, Callable[[Any, Any], Any]] = {
    Kind.NULL: lambda value, given: None,
    Kind.NEGATIVE: _negative,
    Kind.HUGE: lambda value, given: HUGE if given is None else given,
}


def _spoiled_csv(fault: Fault, body: bytes) -> bytes | None:
    """brilcalc's table: the line of names begins ``#run``, and a name ends where its unit begins."""
    field = fault.field or DEFAULT_FIELDS["brilcalc"]
    rows = list(csv.reader(io.StringIO(body.decode())))
    place, hit = None, False
    for row in rows:
        if row and row[0].startswith("#run"):
            place = next((at for at, name in enumerate(row) if name.startswith(field)), None)
            if place is not None and fault.kind is Kind.RENAMED:
                row[place] = str(fault.value or f"new_{row[place]}")
                hit = True
        elif place is not None and row and not row[0].startswith("#") and fault.kind is not Kind.RENAMED:
            if fault.run is not None and row[0].partition(":")[0] != str(fault.run):
                continue
            row[place] = _cell(_VALUES[fault.kind](float(row[place]), fault.value))
            hit = True
    return "".join(",".join(row) + "\n" for row in rows).encode() if hit else None


def _cell(value: Any) -> str:
    return "" if value is None else str(value)

"""OMS's door: the aggregation API v1, ``/agg/api/v1``, in JSON:API documents.

Resources are `runs`, `fills`, `lumisections` and `eras`; `/{resource}/meta` tells their attributes, `/{resource}/{id}`
is one of them, and `/runs/{id}/lumisections` and `/fills/{id}/runs` are those that belong to it. What a query may ask
stands in `oms_query`.

Every row has the unit of its luminosities in `meta.row`, for it differs between rows. OMS publishes no text about
`include`; here ``meta`` adds the attributes' descriptions to the document, ``presentation_timestamp`` the start in ms
since 1970 to each row, and ``data_only`` leaves all but type, id and attributes out of the rows.

Whoever brings no token of the audience `cmsoms-prod` is sent to the SSO (302); a token that has run out is refused
(401).
"""

from __future__ import annotations

import types as python_types
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlencode

import jwt
import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from lumicert.sandbox.clock import Clock
from lumicert.sandbox.faults import Faults, Kind
from lumicert.sandbox.model import (
    ERA_ATTRIBUTES,
    FILL_ATTRIBUTES,
    FLAGS,
    LUMISECTION_ATTRIBUTES,
    RUN_ATTRIBUTES,
    Era,
    Fill,
    Resource,
    Run,
    World,
    units,
)
from lumicert.sandbox.oms_query import BadQuery, Filter, Query, parse
from lumicert.sandbox.realm import OMS_AUDIENCE, Realm
from lumicert.sandbox.spoil import DEFAULT_FIELDS, changed
from lumicert.sandbox.sso import SsoDoor, bearer
from lumicert.sandbox.view import Row, WorldView, rows

PATH = "/agg/api/v1"
SIGNED_IN = "/agg/oidc"
PAGE_LIMIT = 5000
# a query over the lumisections of more runs is refused: it would hold the one process for seconds
RUNS_AT_ONCE = 200
_JSON_API = "application/vnd.api+json"
_NUMBER: Mapping[str, str] = {"runs": "run_number", "fills": "fill_number", "lumisections": "run_number"}


def _name_of(hint: Any) -> str:
    """How OMS calls a Python type; of a union with None, the other one counts."""
    if get_origin(hint) is python_types.UnionType:
        hint = next(one for one in get_args(hint) if one is not type(None))
    if get_origin(hint) is tuple:
        return "list"
    return {int: "integer", float: "float", bool: "boolean", datetime: "datetime"}.get(hint, "string")


def _types(model: type, attributes: Iterable[str]) -> dict[str, str]:
    hints = get_type_hints(model)
    return {name: _name_of(hints[name]) for name in attributes}


_LUMISECTION_TYPES = (
    dict.fromkeys(LUMISECTION_ATTRIBUTES, "float")
    | dict.fromkeys(("run_number", "fill_number", "lumisection_number", "prescale_index"), "integer")
    | dict.fromkeys(("start_time", "end_time"), "datetime")
    | dict.fromkeys(FLAGS, "boolean")
    | {"prescale_name": "string"}
)
TYPES: Mapping[Resource, Mapping[str, str]] = {
    "eras": _types(Era, ERA_ATTRIBUTES),
    "fills": _types(Fill, FILL_ATTRIBUTES),
    "runs": _types(Run, RUN_ATTRIBUTES),
    "lumisections": _LUMISECTION_TYPES,
}


class NotThere(LookupError):
    """An address at which OMS has nothing; the message says so."""


class OmsDoor:
    """Serves what OMS knows at the instant of asking."""

    def __init__(
        self, world: World, clock: Clock, faults: Faults, realm: Realm, sso: SsoDoor, *, page_limit: int = PAGE_LIMIT
    ) -> None:
        self.world, self.clock, self.faults, self.realm, self.sso = world, clock, faults, realm, sso
        self.page_limit = page_limit

    def routes(self) -> list[BaseRoute]:
        """What the door answers."""
        return [Route(f"{PATH}/{{address:path}}", self.answer)]

    async def answer(self, request: Request) -> Response:
        """One request, once it is known who asks."""
        try:
            self.realm.verify(bearer(request) or "", OMS_AUDIENCE)
        except jwt.ExpiredSignatureError:
            return _error(401, "Unauthorized", "the token has run out: ask for a new one")
        except jwt.InvalidTokenError:
            return to_sign_in(self.sso)
        try:
            return _document(self._found(request))
        except BadQuery as error:
            return _error(400, "Bad Request", str(error))
        except NotThere as error:
            return _error(404, "Not Found", str(error))

    def _found(self, request: Request) -> dict[str, Any]:
        parts = [part for part in request.path_params["address"].split("/") if part]
        resource = _resource(parts[0] if parts else "")
        match parts[1:]:
            case []:
                return self._listed(request, resource, ())
            case ["meta"]:
                return {"meta": {"fields": described(resource)}}
            case [number]:
                return {"data": self._single(resource, number, self._asked(request, resource))}
            case [number, "lumisections"] if resource == "runs":
                return self._listed(request, "lumisections", [("filter[run_number][EQ]", number)])
            case [number, "runs"] if resource == "fills":
                return self._listed(request, "runs", [("filter[fill_number][EQ]", number)])
        raise NotThere(f"there is nothing at {request.url.path}")

    def _asked(self, request: Request, resource: Resource, more: Sequence[tuple[str, str]] = ()) -> Query:
        return parse([*more, *request.query_params.multi_items()], TYPES[resource], self.page_limit)

    def _listed(self, request: Request, resource: Resource, more: Sequence[tuple[str, str]]) -> dict[str, Any]:
        query = self._asked(request, resource, more)
        view = WorldView(self.world, self.clock.now())
        found = query.wanted(self._rows(view, resource, query))
        shown = self._resources(view, resource, query.page(found), query)
        meta: dict[str, Any] = {"totalResourceCount": len(found)}
        if "meta" in query.include:
            meta["fields"] = described(resource)
        document = {"data": shown, "meta": meta}
        return document if "data_only" in query.include else document | {"links": _links(request, query, len(found))}

    def _single(self, resource: Resource, number: str, query: Query) -> dict[str, Any]:
        view = WorldView(self.world, self.clock.now())
        for row in self._candidates(view, resource, number):
            if _identity(resource, row) == number:
                return self._resources(view, resource, [row], query)[0]
        raise NotThere(f"there is no {resource[:-1]} {number}")

    def _candidates(self, view: WorldView, resource: Resource, number: str) -> Iterable[Row]:
        """Rows of which one may have the id `number`; a run and its lumisections are found without the others."""
        if resource in ("eras", "fills"):
            return self._rows(view, resource, Query())
        run = number.partition("_")[0]
        if not run.isdecimal():
            return ()
        if resource == "lumisections":
            return self._changed(resource, rows(view.lumisections(int(run))))
        row = view.run(int(run))
        return self._changed(resource, [row]) if row else ()

    def _rows(self, view: WorldView, resource: Resource, query: Query) -> list[Row]:
        found: list[Row] = []
        if resource == "lumisections":
            for run in _runs_of(view, query):
                found += rows(view.lumisections(run))
        else:
            found = getattr(view, resource)()
        return self._changed(resource, found)

    def _changed(self, resource: Resource, found: list[Row]) -> list[Row]:
        """With the faults of time, which must be in the rows before these are filtered and sorted."""
        now = self.clock.now()
        for placed in self.faults.of_time(Kind.CHANGED, "oms"):
            due = placed.since + timedelta(seconds=placed.fault.for_seconds)
            name = placed.fault.field or DEFAULT_FIELDS[resource]
            if now >= due and name in TYPES[resource]:
                # without it no client that asks for what is new would ever see the change
                news = {"last_update": _text(due)} if "last_update" in TYPES[resource] else {}
                number, run = _NUMBER.get(resource), placed.fault.run
                found = [
                    row | {name: changed(row[name], placed.fault.value)} | news
                    if run is None or row.get(number or "") == run
                    else row
                    for row in found
                ]
        skew = self.faults.skew("oms")
        if skew and "last_update" in TYPES[resource]:
            found = [row | {"last_update": _shifted(row["last_update"], skew)} for row in found]
        return found

    def _resources(
        self, view: WorldView, resource: Resource, page: Sequence[Mapping[str, Any]], query: Query
    ) -> list[dict[str, Any]]:
        """JSON:API resource objects of rows."""
        address = f"{self.sso.base_url}{PATH}/{resource}"
        bare = "data_only" in query.include
        # one object for all lumisections of a run: what is serialised 5,000 times is made once
        metas: dict[int | None, dict[str, Any]] = {}
        shown: list[dict[str, Any]] = []
        for row in page:
            one: dict[str, Any] = {"id": _identity(resource, row), "type": resource, "attributes": _part(row, query)}
            if not bare:
                number = row.get(_NUMBER.get(resource, ""))
                if number not in metas:
                    metas[number] = {"row": _row_meta(view, resource, number, query)}
                one["meta"] = metas[number]
                one["links"] = {"self": f"{address}/{one['id']}"}
                if resource in ("runs", "fills"):
                    one["relationships"] = _relationships(resource, f"{address}/{one['id']}")
            shown.append(one)
        return shown


def to_sign_in(sso: SsoDoor) -> Response:
    """Where OMS sends whom it does not know."""
    return RedirectResponse(sso.sign_in_address(OMS_AUDIENCE, sso.base_url + SIGNED_IN), 302)


def described(resource: Resource) -> dict[str, dict[str, Any]]:
    """The attributes of a resource as `/{resource}/meta` tells them."""
    of_row = units(resource)
    return {
        name: {
            "name": name,
            "title": name.replace("_", " ").capitalize(),
            "type": kind,
            "units": of_row.get(name),
            "searchable": True,
            "sortable": kind != "list",
            "order": order,
        }
        for order, (name, kind) in enumerate(TYPES[resource].items(), start=1)
    }


def _resource(name: str) -> Resource:
    for resource in TYPES:
        if resource == name:
            return resource
    raise NotThere(f"there is no resource {name!r}; there are {', '.join(TYPES)}")


def _runs_of(view: WorldView, query: Query) -> list[int]:
    """The runs whose lumisections a query can ask for. Raises BadQuery when they are too many."""
    named = [one.value for one in query.on("run_number") if one.operator == "EQ"]
    if named:
        return named[:1]
    conditions: list[Filter] = [*query.on("run_number"), *query.on("fill_number")]
    found = [run for run in view.runs() if all(one.holds(run[one.attribute]) for one in conditions)]
    with_ls = [run["run_number"] for run in found if run["last_lumisection_number"]]
    if len(with_ls) > RUNS_AT_ONCE:
        raise BadQuery(f"lumisections of {len(with_ls)} runs: filter by run_number or fill_number, {RUNS_AT_ONCE} runs")
    return [number for number in with_ls if isinstance(number, int)]


def _identity(resource: Resource, row: Mapping[str, Any]) -> str:
    if resource == "lumisections":
        return f"{row['run_number']}_{row['lumisection_number']}"
    return str(row[{"runs": "run_number", "fills": "fill_number", "eras": "era"}[resource]])


def _part(row: Mapping[str, Any], query: Query) -> Mapping[str, Any]:
    part = row if query.fields is None else {name: row[name] for name in query.fields}
    if "presentation_timestamp" in query.include:
        start = datetime.fromisoformat(row["start_time"])
        return {**part, "presentation_timestamp": int(start.timestamp() * 1000)}
    return part


def _row_meta(view: WorldView, resource: Resource, number: Any, query: Query) -> dict[str, dict[str, str]]:
    of_row = view.units(resource, number)
    return {name: {"units": unit} for name, unit in of_row.items() if query.fields is None or name in query.fields}


def _relationships(resource: Literal["runs", "fills"], address: str) -> dict[str, Any]:
    other = {"runs": "lumisections", "fills": "runs"}[resource]
    return {other: {"links": {"related": f"{address}/{other}"}}}


def _links(request: Request, query: Query, total: int) -> dict[str, str]:
    """`next` and `prev` are there only where there is such a page."""
    last = max(total - 1, 0) // query.limit * query.limit
    offsets = {"first": 0, "last": last, "self": query.offset}
    if query.offset + query.limit < total:
        offsets["next"] = query.offset + query.limit
    if query.offset > 0:
        offsets["prev"] = max(query.offset - query.limit, 0)
    # the page is said anew; filters and sorting must stay, or a client that follows the links leaves its query
    kept = [(name, value) for name, value in request.query_params.multi_items() if not name.startswith("page[")]
    address = str(request.url.replace(query=""))
    return {
        name: f"{address}?{urlencode([*kept, ('page[offset]', str(offset)), ('page[limit]', str(query.limit))])}"
        for name, offset in offsets.items()
    }


def _document(document: dict[str, Any]) -> Response:
    return Response(orjson.dumps(document), media_type=_JSON_API)


def _error(status: int, title: str, detail: str) -> Response:
    errors = [{"status": str(status), "code": title.upper().replace(" ", "_"), "title": title, "detail": detail}]
    return Response(orjson.dumps({"errors": errors}), status, media_type=_JSON_API)


def _text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def _shifted(text: Any, seconds: float) -> str | None:
    return None if text is None else _text(datetime.fromisoformat(text) + timedelta(seconds=seconds))

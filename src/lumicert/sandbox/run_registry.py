"""Run Registry's door, ``/runregistry/api``: its wire format, as its public client speaks it.

| address | what it does |
|---|---|
| `POST /datasets_filtered_ordered`, `/runs_filtered_ordered` | rows by filter, order and page (`registry_query`) |
| `GET /runs/{run}`, `/get_all_dataset_names_of_run/{run}` | one run or null; the names of its datasets |
| `POST /lumisections/rr_lumisections`, `.../rr_lumisection_ranges`, `..._ranges_by_component` | triplets |
| `PUT /lumisections/edit_rr_lumisections` | say what a component was in a range of lumisections |
| `POST /datasets/{workspace}/move_dataset/{from}/{to}` | move a dataset to another state |

Before it stands the proxy of CERN's sign-in: who brings no token of the audience `cmsrunregistry-sso-proxy` is sent to
the SSO (302), and whose token has run out is refused (401). It knows the e-groups of each application. As in the
original every error behind it is a 500 with ``{"err": words}``, but for a 401 to who is in none of the e-groups for
what was asked.

Unlike the original, an edit of a dataset that is not OPEN in the component's workspace is refused, and a dataset is
moved only to a state that exists, in the workspace that the address names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import unquote

import jwt
import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from lumicert.sandbox.realm import RUN_REGISTRY_AUDIENCE, Realm
from lumicert.sandbox.registry import ONLINE, STATES, WAITING, WORKSPACES, AnyRun, Registry, Span, Spans, summary
from lumicert.sandbox.registry_query import BadQuery, ordered, page_of, wants
from lumicert.sandbox.sso import SsoDoor, bearer
from lumicert.sandbox.view import WorldView

PATH = "/runregistry/api"
SIGNED_IN = "/runregistry/oidc"
CERTIFIERS = "cms-dqm-runregistry-offline-tracker-certifiers"
EXPERTS = "cms-dqm-runregistry-experts"

# what each e-group may do, by the address below PATH
_PERMISSIONS: Mapping[str, tuple[str, ...]] = {
    EXPERTS: (r"/.*",),
    CERTIFIERS: (
        r"/lumisections/edit_rr_lumisections",
        r"/datasets/tracker/move_dataset/(OPEN|SIGNOFF)/(SIGNOFF|COMPLETED)",
    ),
}
_NOT_IN_GROUP = (
    "User needs to be part of any of the following e-groups to fulfill this action (clickable links): "
    "<br/><br/>{groups} <br/><br/> IMPORTANT: After being accepted to an e-group it is necessary to "
    '<a href="/logout">log-out</a> and log-in again. '
)
_GROUP = (
    '<strong><i><a target="_blank" '
    "href=https://e-groups.cern.ch/e-groups/Egroup.do?egroupName={group}&tab=3>{group}</a></i></strong>"
)
_INCLUDABLE = (
    "castor", "csc", "ctpps", "ctpps_tot", "daq", "dcs", "dqm", "dt", "ecal", "es", "gem", "hcal", "pixel", "rpc",
    "scal", "tcds", "tracker", "trg",
)  # fmt: skip
Handler = Callable[[Request], Awaitable[Any]]


class Failed(Exception):
    """What the original answers with 500 and these words."""


class _NotAllowed(Exception):
    """Who asks is in none of the e-groups; the text is the original's."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run, whose values are computed as they are asked for."""

    registry: Registry
    run: AnyRun

    def value(self, path: str) -> Any:
        """See `registry_query.Valued`."""
        if path == "run_number":
            return self.run.run_number
        table, _, name = path.partition(".")
        if table == "triplet_summary":
            return _of_summary(self.registry.spans(self.run.run_number, ONLINE), name)
        return _at("Run", self.attributes(), path)

    def attributes(self) -> dict[str, Any]:
        """The row without its summary."""
        number = self.run.run_number
        return {
            "run_number": number,
            "oms_attributes": _oms_attributes(self.registry, self.run),
            "rr_attributes": _rr_attributes(self.registry, self.run),
            "version": self.registry.version(number, ONLINE),
            "deleted": False,
        }

    def to_json(self) -> dict[str, Any]:
        """The row as it is served."""
        triplets = _summaries(self.registry.spans(self.run.run_number, ONLINE))
        return self.attributes() | {"DatasetTripletCache": {"triplet_summary": triplets}}


@dataclass(frozen=True, slots=True)
class DatasetRow:
    """A dataset of a run, likewise."""

    registry: Registry
    run: AnyRun
    name: str

    def value(self, path: str) -> Any:
        """See `registry_query.Valued`."""
        number = self.run.run_number
        table, _, name = path.partition(".")
        # what is asked for most without the rest of the row, which takes time for each of thousands
        if path in ("run_number", "name"):
            return number if path == "run_number" else self.name
        match table:
            case "triplet_summary":
                return _of_summary(self.registry.spans(number, self.name), name)
            case "oms_attributes":
                return _oms_attributes(self.registry, self.run).get(name)
            case "rr_attributes":
                return _rr_attributes(self.registry, self.run).get(name)
        return _at("Dataset", self.attributes(), path)

    def attributes(self) -> dict[str, Any]:
        """The row without its run and its summary."""
        number = self.run.run_number
        states = self.registry.states(number, self.name)
        dataset = self.registry.dataset(number, self.name)
        return {
            "run_number": number,
            "name": self.name,
            "dataset_attributes": {f"{one}_state": state for one, state in states.items()} | _appeared(states),
            "datasets_in_gui": [] if dataset is None or states["global"] == WAITING else list(dataset.in_gui),
            "deleted": False,
            "version": self.registry.version(number, self.name),
        }

    def to_json(self) -> dict[str, Any]:
        """The row as it is served."""
        spans = self.registry.spans(self.run.run_number, self.name)
        of_run = {
            "rr_attributes": _rr_attributes(self.registry, self.run),
            "oms_attributes": _oms_attributes(self.registry, self.run),
        }
        # the bits of the lumisections are OMS's business here
        cache = {"triplet_summary": _summaries(spans), "dcs_summary": {}}
        return self.attributes() | {"Run": of_run, "DatasetTripletCache": cache}

    def whole(self) -> dict[str, Any]:
        """The row with all that the tables have of its run and its cache, as a move is answered."""
        number = self.run.run_number
        cache = {
            "run_number": number,
            "name": self.name,
            "rr_ranges": _ranges_by_status(self.registry.spans(number, self.name)),
            "dcs_ranges": {},
            "brilcalc_recorded_luminosity": None,
            "brilcalc_delivered_luminosity": None,
            "version": self.registry.version(number, self.name),
        }
        row = self.to_json()
        whole_run = RunRow(self.registry, self.run).attributes()
        return row | {"Run": whole_run, "DatasetTripletCache": row["DatasetTripletCache"] | cache}


class RunRegistryDoor:
    """Serves the registry to applications with a token; `egroups` are those of each application, by its client id."""

    def __init__(self, registry: Registry, realm: Realm, sso: SsoDoor, egroups: Mapping[str, Iterable[str]]) -> None:
        self.registry, self.realm, self.sso = registry, realm, sso
        self._egroups = {client: frozenset(groups) for client, groups in egroups.items()}
        self._metadata = count(1)

    def routes(self) -> list[BaseRoute]:
        """What the door answers."""
        handlers: list[tuple[str, str, Handler]] = [
            ("/runs/{run}", "GET", self.run),
            ("/get_all_dataset_names_of_run/{run}", "GET", self.names),
            ("/runs_filtered_ordered", "POST", self.runs),
            ("/datasets_filtered_ordered", "POST", self.datasets),
            ("/lumisections/rr_lumisections", "POST", self.lumisections),
            ("/lumisections/rr_lumisection_ranges", "POST", self.ranges),
            ("/lumisections/rr_lumisection_ranges_by_component", "POST", self.ranges_by_component),
            ("/lumisections/edit_rr_lumisections", "PUT", self.edit),
            ("/datasets/{workspace}/move_dataset/{before}/{after}", "POST", self.move),
        ]
        return [Route(PATH + path, self._behind_proxy(handler), methods=[verb]) for path, verb, handler in handlers]

    def _behind_proxy(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                claims = self.realm.verify(bearer(request) or "", RUN_REGISTRY_AUDIENCE)
            except jwt.ExpiredSignatureError:
                return JSONResponse({"error": "invalid_token", "error_description": "the token has run out"}, 401)
            except jwt.InvalidTokenError:
                back = self.sso.base_url + SIGNED_IN
                return RedirectResponse(self.sso.sign_in_address(RUN_REGISTRY_AUDIENCE, back), 302)
            request.state.egroups = self._egroups.get(claims["azp"], frozenset())
            try:
                return _json(await handler(request))
            except _NotAllowed as refused:
                return _json({"message": str(refused)}, 401)
            except (Failed, BadQuery) as failed:
                return _json({"err": str(failed)}, 500)

        return answer

    async def run(self, request: Request) -> Any:
        """One run, or null."""
        run = self.registry.run(_number(request.path_params["run"]))
        return None if run is None else RunRow(self.registry, run).to_json()

    async def names(self, request: Request) -> list[str]:
        """The names of the datasets of a run."""
        return self.registry.names(_number(request.path_params["run"]))

    async def runs(self, request: Request) -> dict[str, Any]:
        """Runs by filter."""
        rows = [RunRow(self.registry, run) for run in self.registry.runs()]
        return _page("runs", rows, await _body(request))

    async def datasets(self, request: Request) -> dict[str, Any]:
        """Datasets by filter."""
        rows = [
            DatasetRow(self.registry, run, name)
            for run in self.registry.runs()
            for name in sorted(self.registry.names(run.run_number))
        ]
        return _page("datasets", rows, await _body(request))

    async def lumisections(self, request: Request) -> list[dict[str, Any]]:
        """A dataset's triplets, one entry a lumisection."""
        return [
            triplets for triplets, first, last in self._ranges(await _body(request)) for _ in range(first, last + 1)
        ]

    async def ranges(self, request: Request) -> list[dict[str, Any]]:
        """A dataset's triplets, one entry a range in which none changes."""
        found = self._ranges(await _body(request))
        return [triplets | {"start": first, "end": last} for triplets, first, last in found]

    async def ranges_by_component(self, request: Request) -> dict[str, list[dict[str, Any]]]:
        """A dataset's triplets by component."""
        spans = self._asked(await _body(request))
        return {
            component: [_triplet(span) | {"start": span.first, "end": span.last} for span in of_component]
            for component, of_component in spans.items()
        }

    async def edit(self, request: Request) -> dict[str, Any]:
        """An edit of a component, answered with its event."""
        body = await _body(request)
        self._allow(request)
        run, name, component, span = _edit(body)
        self._check_open(run, name, component)
        version = self.registry.edit(run, name, component, span)
        told = {"run_number": run, "name": name, "lumisection_metadata_id": next(self._metadata)}
        return told | {"version": version, "manual_change": True}

    async def move(self, request: Request) -> dict[str, Any]:
        """A move of a dataset, answered with its row."""
        body = await _body(request)
        self._allow(request)
        workspace, before, after = (unquote(request.path_params[name]) for name in ("workspace", "before", "after"))
        run, name = _dataset_of(body)
        states, dataset = self.registry.states(run, name), self.registry.dataset(run, name)
        if workspace not in (*WORKSPACES, "global") or after not in STATES:
            raise Failed("The final state must be SIGNOFF, OPEN OR COMPLETED, no other option is valid")
        if dataset is None:
            raise Failed("Dataset not found")
        if states[workspace] != before:
            raise Failed(f"Dataset {name} of run {run} is in state {states[workspace]}, not {before}")
        self.registry.move(run, name, workspace, after)
        return DatasetRow(self.registry, dataset.run, name).whole()

    def _allow(self, request: Request) -> None:
        path = unquote(request.url.path.removeprefix(PATH))
        able = [group for group, routes in _PERMISSIONS.items() if any(re.fullmatch(one, path) for one in routes)]
        if request.state.egroups.isdisjoint(able):
            raise _NotAllowed(_NOT_IN_GROUP.format(groups=" ".join(_GROUP.format(group=group) for group in able)))

    def _check_open(self, run: int, name: str, component: str) -> None:
        known = self.registry.run(run)
        if known is None or name not in self.registry.names(run):
            raise Failed(f"Error updating lumisections of {name} dataset, run number: {run}: there is no such dataset")
        if name == ONLINE:
            if self.registry.run_state(known) != "OPEN":
                raise Failed("Run must be in state OPEN to be edited")
            return
        workspace = component.partition("-")[0]
        state = self.registry.states(run, name).get(workspace, WAITING)
        if state != "OPEN":
            raise Failed(f"Dataset must be in state OPEN to be edited: it is in state {state} in workspace {workspace}")

    def _asked(self, body: dict[str, Any]) -> dict[str, Spans]:
        run, name = _dataset_of(body)
        spans = self.registry.spans(run, name)
        return {component: spans[component] for component in sorted(spans)}

    def _ranges(self, body: dict[str, Any]) -> list[tuple[dict[str, Any], int, int]]:
        """The triplets of all components for each range in which none changes; EMPTY where one has none."""
        spans = self._asked(body)
        edges = sorted({span.first for each in spans.values() for span in each})
        last = max((each[-1].last for each in spans.values()), default=0)
        ends = [edge - 1 for edge in edges[1:]] + [last]
        return [
            ({component: _triplet(_at_ls(each, first)) for component, each in spans.items()}, first, end)
            for first, end in zip(edges, ends, strict=bool(edges))
        ]


def _page(kind: str, rows: list[Any], body: dict[str, Any]) -> dict[str, Any]:
    found = [row for row in rows if wants(body.get("filter"), row)]
    shown, pages = page_of(ordered(found, body.get("sortings")), body.get("page", 0), body.get("page_size"))
    return {kind: [row.to_json() for row in shown], "pages": pages, "count": len(found)}


def _edit(body: dict[str, Any]) -> tuple[int, str, str, Span]:
    run, name = _dataset_of(body)
    asked, component = body.get("new_lumisection_range"), body.get("component")
    asked = asked if isinstance(asked, dict) else {}
    status, comment, cause = (asked.get(key) or "" for key in ("status", "comment", "cause"))
    if not isinstance(status, str) or not status or not isinstance(component, str):
        raise Failed("No status present when trying to edit lumisections")
    if status == "BAD" and not comment:
        raise Failed("When setting lumisections as BAD, there MUST be a comment for this action.")
    first, last = (_number(asked.get(edge)) for edge in ("start", "end"))
    if not 1 <= first <= last:
        words = "Start Lumisection must be less than end lumisection"
        raise Failed(f"Error updating lumisections of {name} dataset, run number: {run}: {words}")
    return run, name, component, Span(first, last, status, str(comment), str(cause))


def _dataset_of(body: dict[str, Any]) -> tuple[int, str]:
    name = body.get("dataset_name")
    if not isinstance(name, str):
        raise Failed('WHERE parameter "name" has invalid "undefined" value')
    return _number(body.get("run_number")), name


def _number(value: Any) -> int:
    # node hands what it is given to PostgreSQL, which takes a number as text, too
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise Failed(f'invalid input syntax for type integer: "{value}"') from None
    if abs(number) >= 2**31:
        raise Failed(f'value "{value}" is out of range for type integer')
    return number


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise Failed(f"Unexpected token in JSON: {error}") from None
    if not isinstance(body, dict):
        raise Failed("Unexpected token in JSON at position 0")
    return body


def _json(document: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(document), status, media_type="application/json")


def _at(table: str, row: Mapping[str, Any], path: str) -> Any:
    column, _, name = path.partition(".")
    # a path must lead into a column of JSON, and only such a column has paths
    if column not in row or bool(name) != isinstance(row[column], dict):
        raise BadQuery(f"column {table}.{path} does not exist")
    return row[column].get(name) if name else row[column]


def _of_summary(spans: Mapping[str, Spans], path: str) -> Any:
    component, _, key = path.partition(".")
    return summary(spans[component]).get(key) if component in spans else None


def _summaries(spans: Mapping[str, Spans]) -> dict[str, Any]:
    return {component: summary(spans[component]) for component in sorted(spans)}


def _ranges_by_status(spans: Mapping[str, Spans]) -> dict[str, dict[str, list[list[int]]]]:
    ranges: dict[str, dict[str, list[list[int]]]] = {component: {"EMPTY": []} for component in spans}
    for component, each in spans.items():
        for span in each:
            ranges[component].setdefault(span.status, []).append([span.first, span.last])
    return ranges


def _triplet(span: Span) -> dict[str, str]:
    return {"cause": span.cause, "status": span.status, "comment": span.comment}


def _at_ls(spans: Spans, ls: int) -> Span:
    return next((span for span in spans if span.first <= ls <= span.last), Span(ls, ls, "EMPTY"))


def _appeared(states: Mapping[str, str]) -> dict[str, list[str]]:
    # `online` has no attributes at all
    return {"appeared_in": []} if states else {}


def _rr_attributes(registry: Registry, run: AnyRun) -> dict[str, Any]:
    run_class = registry.run_class(run)
    significant = bool(run_class and run.tier0_transfer)
    return {"class": run_class, "state": registry.run_state(run), "significant": significant, "stop_reason": ""}


def _oms_attributes(registry: Registry, run: AnyRun) -> dict[str, Any]:
    row = WorldView(registry.world, registry.clock.now()).run(run.run_number) or {}
    taking_part = {part.lower() for part in run.components}
    included = {f"{part}_included": True for part in _INCLUDABLE if part in taking_part}
    derived = {"ls_duration": row.get("last_lumisection_number"), "beams_present_and_stable": False}
    return dict(row) | included | derived

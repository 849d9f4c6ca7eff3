"""The events of this app: a run or a dataset is registered, sources report lumisections, a list is imported.

Each has a companion that takes it back, so that an act that brought something in can be undone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from pydantic import Field, JsonValue, StringConstraints, model_validator

from lumicert.decisions import ranges
from lumicert.decisions.events import Text
from lumicert.decisions.kinds import Kind, NewEvent, Payload, register
from lumicert.decisions.models import Event
from lumicert.decisions.projections import Projection, latest_by_key
from lumicert.decisions.ranges import Ranges

Value = Literal["true", "false", "null"]
FLAG_VALUES: tuple[Value, ...] = ("true", "false", "null")
Unit = Literal["/mb", "/ub", "/nb", "/pb", "/fb"]
DecimalText = Annotated[str, StringConstraints(pattern=r"^-?\d+(\.\d+)?$", max_length=60)]


class RunRegistered(Payload):
    """A run exists; `attributes` are what `source` reported, under OMS's names."""

    source: Text
    klass: Text = Field(default="", max_length=80)
    attributes: dict[str, JsonValue]


class RunWithdrawn(Payload):
    """The run is not there any more: its registration was undone."""


class DatasetRegistered(Payload):
    """A dataset of a run exists; the event's lumisections are those that it has."""

    source: Text
    states: dict[str, str] = Field(default_factory=dict)


class DatasetWithdrawn(Payload):
    """The dataset is not there any more: its registration was undone."""


class LuminosityReported(Payload):
    """Recorded and delivered luminosity of the lumisections `lumis`, ascending, as exact decimals of `unit`."""

    unit: Unit
    lumis: Ranges
    recorded: list[DecimalText]
    delivered: list[DecimalText]

    @model_validator(mode="after")
    def _one_value_a_lumisection(self) -> LuminosityReported:
        wanted = ranges.count(self.lumis)
        for name, values in (("recorded", self.recorded), ("delivered", self.delivered)):
            if len(values) != wanted:
                raise ValueError(f"{len(values)} values of {name} luminosity for {wanted} lumisections")
        return self


class LumisectionsReported(Payload):
    """What `source` reported for the event's lumisections: flags, and luminosity where there is any."""

    source: Text
    flags: dict[str, dict[Value, Ranges]]
    luminosity: LuminosityReported | None = None


class LumisectionsWithdrawn(Payload):
    """What was reported of the run's lumisections is taken back."""


class ListImported(Payload):
    """A list of lumisections was imported under a name."""

    name: Text = Field(min_length=1, max_length=120)
    purpose: Literal["dcs", "golden", "other"]
    sha256: str
    n_runs: int
    n_ls: int
    lumis: dict[str, Ranges]


class ListWithdrawn(Payload):
    """The list of that name is not there any more: its import was undone."""

    name: Text


RUN = latest_by_key(
    table="runs_run",
    kind="run.registered",
    withdrawn="run.withdrawn",
    key={"run": "run"},
    values={
        "seq": "seq",
        "source": "payload->>'source'",
        "klass": "payload->>'klass'",
        "attributes": "payload->'attributes'",
    },
)

DATASET = latest_by_key(
    table="runs_dataset",
    kind="dataset.registered",
    withdrawn="dataset.withdrawn",
    key={"run": "run", "dataset": "dataset"},
    values={"seq": "seq", "source": "payload->>'source'", "states": "payload->'states'", "lumis": "lumis"},
)

# [[1, 5], [9, 9]] as jsonb becomes the multirange {[1,6),[9,10)}
_RANGES = "(SELECT range_agg(int4range((r->>0)::int, (r->>1)::int, '[]')) FROM jsonb_array_elements({}) r)"

FLAG = latest_by_key(
    table="runs_flag",
    kind="lumisections.reported",
    withdrawn="lumisections.withdrawn",
    key={"run": "run"},
    values={"flag": "flag", "value": "value", "lumis": _RANGES.format("ranges")},
    rows="""CROSS JOIN LATERAL jsonb_each(payload->'flags') f(flag, by_value)
            CROSS JOIN LATERAL jsonb_each(by_value) v(value, ranges)""",
)

# 1 /pb is 10^12 /b: whole inverse barns hold the twelve decimals of /pb that OMS gives
_PER_BARN = """(CASE payload->'luminosity'->>'unit' WHEN '/mb' THEN 1e3 WHEN '/ub' THEN 1e6 WHEN '/nb' THEN 1e9
    WHEN '/pb' THEN 1e12 WHEN '/fb' THEN 1e15 END)::numeric"""


def _in_barns(name: str) -> str:
    return f"""ARRAY(SELECT round(value::numeric * {_PER_BARN})::bigint
        FROM jsonb_array_elements_text(payload->'luminosity'->'{name}') WITH ORDINALITY e(value, place)
        ORDER BY place)"""  # noqa: S608


LUMINOSITY = latest_by_key(
    table="runs_luminosity",
    kind="lumisections.reported",
    withdrawn="lumisections.withdrawn",
    key={"run": "run"},
    values={
        "lumis": _RANGES.format("payload->'luminosity'->'lumis'"),
        "recorded": _in_barns("recorded"),
        "delivered": _in_barns("delivered"),
    },
    # one row where there is luminosity, none where there is not
    rows="JOIN LATERAL (SELECT jsonb_typeof(payload->'luminosity')) l(shape) ON shape = 'object'",
)

LUMI_LIST = latest_by_key(
    table="runs_lumilist",
    kind="list.imported",
    withdrawn="list.withdrawn",
    key={"name": "payload->>'name'"},
    values={
        "seq": "seq",
        "at": "at",
        "purpose": "payload->>'purpose'",
        "sha256": "payload->>'sha256'",
        "n_runs": "(payload->>'n_runs')::int",
        "n_ls": "(payload->>'n_ls')::int",
        "lumis": "payload->'lumis'",
    },
)


def _previous(event: Event, kind: str, withdrawn: str, stream: Sequence[str], before: int) -> Event | None:
    same = {column: getattr(event, column) for column in stream}
    if not stream:
        same["payload__name"] = event.payload["name"]
    earlier = Event.objects.filter(kind__in=[kind, withdrawn], seq__lte=before, **same)
    return earlier.order_by("-seq").first()


def _restorer(
    said: type[Payload], withdrawn: type[Payload], names: tuple[str, str], stream: tuple[str, ...]
) -> Callable[[Sequence[Event], int], list[NewEvent]]:
    """How an event of a keyed kind is taken back: its key's previous word is said again, or the key is withdrawn."""

    def restore(events: Sequence[Event], before: int) -> list[NewEvent]:
        restored = []
        for event in events:
            scope = {column: getattr(event, column) for column in stream}
            previous = _previous(event, *names, stream, before)
            if previous is not None and previous.kind == names[0]:
                restored.append(NewEvent(said(**previous.payload), **scope, lumis=previous.lumis))
            else:
                key = {} if stream else {"name": event.payload["name"]}
                restored.append(NewEvent(withdrawn(**key), **scope))
        return restored

    return restore


def _register_pair(
    name: str,
    said: type[Payload],
    withdrawn: type[Payload],
    *,
    stream: tuple[str, ...],
    has_lumis: bool,
    foundation: bool = False,
    projections: tuple[Projection, ...],
    describe: tuple[Callable[[Event], str], Callable[[Event], str]],
) -> None:
    names = (name, name.partition(".")[0] + ".withdrawn")
    restore = _restorer(said, withdrawn, names, stream)
    for index, payload in enumerate((said, withdrawn)):
        lumis = {"lumis"} if has_lumis and payload is said else set()
        register(
            Kind(
                name=names[index],
                version=1,
                payload=payload,
                scope=frozenset({*stream, *lumis}),
                stream=stream,
                describe=describe[index],
                projections=projections,
                foundation=foundation,
                restore=restore,
            )
        )


_register_pair(
    "run.registered",
    RunRegistered,
    RunWithdrawn,
    stream=("run",),
    has_lumis=False,
    foundation=True,
    projections=(RUN,),
    describe=(
        lambda event: f"run {event.run} registered from {event.payload['source']}",
        lambda event: f"run {event.run} withdrawn",
    ),
)
_register_pair(
    "dataset.registered",
    DatasetRegistered,
    DatasetWithdrawn,
    stream=("run", "dataset"),
    has_lumis=True,
    foundation=True,
    projections=(DATASET,),
    describe=(
        lambda event: f"dataset {event.dataset} of run {event.run} has {ranges.count(event.lumis or ())} LS",
        lambda event: f"dataset {event.dataset} of run {event.run} withdrawn",
    ),
)
_register_pair(
    "lumisections.reported",
    LumisectionsReported,
    LumisectionsWithdrawn,
    stream=("run",),
    has_lumis=True,
    projections=(FLAG, LUMINOSITY),
    describe=(
        lambda event: f"{event.payload['source']} reported {ranges.count(event.lumis or ())} LS of run {event.run}",
        lambda event: f"what was reported of the lumisections of run {event.run} withdrawn",
    ),
)
_register_pair(
    "list.imported",
    ListImported,
    ListWithdrawn,
    stream=(),
    has_lumis=False,
    projections=(LUMI_LIST,),
    describe=(
        lambda event: (
            f"list '{event.payload['name']}' imported: {event.payload['n_ls']} LS in {event.payload['n_runs']} runs"
        ),
        lambda event: f"list '{event.payload['name']}' withdrawn",
    ),
)

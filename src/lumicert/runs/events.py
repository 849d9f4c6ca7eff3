"""The events of this app: what sources report of runs, fills, eras and lumisections; what rules make of it; what people
type over it; datasets and lists.

What came with an import has a companion that takes it back, so that the import can be undone whole. What a source said
by itself is no decision: it is not undone but corrected, by a value that a person types or by the source's next word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, NoReturn

from pydantic import AwareDatetime, Field, JsonValue, StringConstraints, model_validator

from lumicert.decisions import ranges
from lumicert.decisions.events import Text
from lumicert.decisions.kinds import Kind, NewEvent, Payload, kind_named, register
from lumicert.decisions.models import Event
from lumicert.decisions.projections import Projection
from lumicert.decisions.ranges import Ranges
from lumicert.runs.projections import DATASET, ERA, FILL, FLAG, LABEL, LUMI_LIST, LUMINOSITY, RUN, SERIES

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


State = Literal["going", "ended", "final"]
Attribute = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,79}$")]


class _Reported(Payload):
    """What changed in what a source says of a run or a fill; `final` when the source is expected to say no more.

    `attributes` have the new values, under the source's names, with their `units` as the source wrote them; `rejected`
    those that cannot be, each with what was said and why it was not taken.
    """

    source: Text
    fetched_at: AwareDatetime
    state: State
    attributes: dict[Attribute, JsonValue] = Field(default_factory=dict)
    units: dict[Attribute, Text] = Field(default_factory=dict)
    rejected: dict[Attribute, Text] = Field(default_factory=dict)


class RunReported(_Reported):
    """A source says something new of the run."""


class FillReported(_Reported):
    """A source says something new of a fill."""

    fill: int = Field(ge=1, lt=2**31)


class EraReported(Payload):
    """A source names an era of data-taking, from its first run on."""

    source: Text
    name: Text
    first_run: int | None
    attributes: dict[Attribute, JsonValue]


class RunClassified(Payload):
    """What rules make of the run: values of `run_type`, `class`, `significant`; `versions` of the rules, by name."""

    values: dict[Literal["run_type", "class", "significant"], str | bool]
    versions: dict[str, int]


class _Typed(Payload):
    """A person's values, with units where they have one; they count above every other until they are released."""

    values: dict[Attribute, JsonValue] = Field(default_factory=dict)
    units: dict[Attribute, Text] = Field(default_factory=dict)
    released: list[Attribute] = Field(default_factory=list)
    reason: Text = Field(default="", max_length=4000)

    @model_validator(mode="after")
    def _says_something(self) -> _Typed:
        if not self.values and not self.released:
            raise ValueError("neither typed nor released anything")
        if both := self.values.keys() & set(self.released):
            raise ValueError(f"typed and released at once: {', '.join(sorted(both))}")
        return self


class RunTyped(_Typed):
    """A person types values of the run, or releases some."""


class FillTyped(_Typed):
    """A person types values of a fill, or releases some."""

    fill: int = Field(ge=1, lt=2**31)


class DatasetRegistered(Payload):
    """A dataset of a run exists; the event's lumisections are those that it has, `in_gui` its names in the DQM GUI."""

    source: Text
    states: dict[str, str] = Field(default_factory=dict)
    in_gui: list[Text] = Field(default_factory=list)


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


class SeriesReported(Payload):
    """One number for each of the lumisections `lumis`, ascending: pile-up, instantaneous luminosity and the like."""

    lumis: Ranges
    values: list[DecimalText]

    @model_validator(mode="after")
    def _one_value_a_lumisection(self) -> SeriesReported:
        if len(self.values) != ranges.count(self.lumis):
            raise ValueError(f"{len(self.values)} values for {ranges.count(self.lumis)} lumisections")
        return self


class LumisectionsReported(Payload):
    """What `source` reported for the event's lumisections; it stands until a later report speaks of them.

    `flags` and `labels` have, for each value, the lumisections that have it.
    """

    source: Text
    flags: dict[str, dict[Value, Ranges]]
    luminosity: LuminosityReported | None = None
    labels: dict[str, dict[Text, Ranges]] = Field(default_factory=dict)
    series: dict[str, SeriesReported] = Field(default_factory=dict)


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


def _restore_lumisections(events: Sequence[Event], before: int) -> list[NewEvent]:
    from lumicert.runs.lumisections import read_lumisections

    restored = []
    for event in events:
        reported = read_lumisections(event.run or 0, at=before)
        if reported.lumis:
            within = reported.within(event.lumis or ())
            restored.append(within.event(event.run or 0, source=event.payload["source"], lumis=event.lumis))
        else:
            restored.append(NewEvent(LumisectionsWithdrawn(), event.run))
    return restored


def _restore_typed(events: Sequence[Event], before: int) -> list[NewEvent]:
    """Type again what a person had typed before, and release what nobody had."""
    restored = []
    for event in events:
        said = kind_named(event.kind).payload
        scope: dict[str, Any] = {"fill": event.payload["fill"]} if "fill" in event.payload else {}
        earlier = Event.objects.filter(kind=event.kind, run=event.run, seq__lte=before).order_by("seq")
        typed: dict[str, tuple[Any, str | None]] = {}
        for word in earlier.filter(payload__fill=scope["fill"]) if scope else earlier:
            for name in word.payload["released"]:
                typed.pop(name, None)
            for name, value in word.payload["values"].items():
                typed[name] = (value, word.payload["units"].get(name))
        names = [*event.payload["values"], *event.payload["released"]]
        again = {name: typed[name] for name in names if name in typed}
        payload = said.model_validate(
            {
                **scope,
                "values": {name: value for name, (value, _) in again.items()},
                "units": {name: unit for name, (_, unit) in again.items() if unit is not None},
                "released": [name for name in names if name not in again],
            }
        )
        restored.append(NewEvent(payload, event.run))
    return restored


def _not_undone(events: Sequence[Event], before: int) -> NoReturn:
    from lumicert.decisions.services import ActRefused

    advice = "it is corrected by its next word, or by a value that a person types over it"
    raise ActRefused([(0, f"what a source reported is not undone ({events[0].kind}, event {events[0].seq}): {advice}")])


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
    restore: Callable[[Sequence[Event], int], list[NewEvent]] | None = None,
) -> None:
    names = (name, name.partition(".")[0] + ".withdrawn")
    restore = restore or _restorer(said, withdrawn, names, stream)
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
    projections=(FLAG, LABEL, SERIES, LUMINOSITY),
    restore=_restore_lumisections,
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


def _changes(event: Event) -> str:
    """The names that an event brings values for, a few of them."""
    names = [*event.payload.get("attributes", event.payload.get("values", {})), *event.payload.get("rejected", {})]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _said_by_source(event: Event, thing: str) -> str:
    state = {"going": "still going on", "ended": "ended", "final": "final"}[event.payload["state"]]
    return f"{event.payload['source']} reported {thing}, {state}: {_changes(event) or 'nothing else new'}"


def _typed(event: Event, thing: str) -> str:
    parts = [
        f"{name} of {thing} typed as {value}" + (f" {unit}" if (unit := event.payload["units"].get(name)) else "")
        for name, value in event.payload["values"].items()
    ]
    parts += [f"{name} of {thing} released" for name in event.payload["released"]]
    return "; ".join(parts) + (f" ({event.payload['reason']})" if event.payload["reason"] else "")


def _classified(event: Event) -> str:
    values = event.payload["values"]
    significance = {True: "significant", False: "not significant"}.get(values.get("significant"), "")
    words = [values.get("run_type", ""), values.get("class", ""), significance]
    return f"run {event.run} classified by rules: {', '.join(filter(None, words)) or 'nothing can be told'}"


def _register_words(
    name: str, payload: type[Payload], describe: Callable[[Event], str], *, restore: Callable[..., list[NewEvent]]
) -> None:
    """A kind about the values of a run, or of a fill, which is no column of the log."""
    of_run = name.startswith("run.")
    register(
        Kind(
            name=name,
            version=1,
            payload=payload,
            scope=frozenset({"run"} if of_run else ()),
            stream=("run",) if of_run else (),
            describe=describe,
            projections=(RUN if of_run else FILL,),
            restore=restore,
        )
    )


_register_words(
    "run.reported", RunReported, lambda event: _said_by_source(event, f"run {event.run}"), restore=_not_undone
)
_register_words("run.classified", RunClassified, _classified, restore=_not_undone)
_register_words("run.typed", RunTyped, lambda event: _typed(event, f"run {event.run}"), restore=_restore_typed)
_register_words(
    "fill.reported",
    FillReported,
    lambda event: _said_by_source(event, f"fill {event.payload['fill']}"),
    restore=_not_undone,
)
_register_words(
    "fill.typed", FillTyped, lambda event: _typed(event, f"fill {event.payload['fill']}"), restore=_restore_typed
)
register(
    Kind(
        name="era.reported",
        version=1,
        payload=EraReported,
        scope=frozenset(),
        stream=(),
        describe=lambda event: f"{event.payload['source']} reported era {event.payload['name']}",
        projections=(ERA,),
        restore=_not_undone,
    )
)

"""The events of this app: the status of a component over lumisections, and the undoing of an act."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from lumicert.decisions import ranges
from lumicert.decisions.kinds import Kind, NewEvent, Payload, register
from lumicert.decisions.models import Event, Layer
from lumicert.decisions.projections import PAYLOAD, Projection

# EMPTY is not here: it is what a reader calls the absence of a status
Status = Literal["GOOD", "BAD", "STANDBY", "EXCLUDED", "NOTSET"]
STATUSES: tuple[Status, ...] = ("GOOD", "BAD", "STANDBY", "EXCLUDED", "NOTSET")


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("the text holds a NUL character, which no database text can hold")
    return text


Text = Annotated[str, AfterValidator(_no_nul)]


class ComponentStatusSaid(Payload):
    """Somebody, or a rule, says what a component's status is; `status` None takes back what was said in that layer.

    `restores` is the event whose word this one puts back, where it does.
    """

    layer: Layer
    status: Status | None
    cause: Text = Field(default="", max_length=200)
    comment: Text = Field(default="", max_length=4000)
    restores: int | None = None


class ActUndone(Payload):
    """The first event of an act that undoes another; the events behind it put back what stood before."""

    act: UUID
    reason: Text = Field(default="", max_length=4000)


_SELECTION = f"""
    SELECT seq, run, dataset, component, layer, status, cause, comment, left_over FROM (
        SELECT seq, run, dataset, component, payload->>'layer' AS layer, payload->>'status' AS status,
            payload->>'cause' AS cause, payload->>'comment' AS comment,
            lumis - coalesce(decisions_cover(lumis) OVER later, '{{}}') AS left_over
        FROM (
            SELECT seq, run, dataset, component, lumis, {PAYLOAD} AS payload FROM decisions_event
            WHERE kind = 'component.status' AND seq > %(after)s AND seq <= %(upto)s
        ) said
        WINDOW later AS (PARTITION BY run, dataset, component, payload->>'layer'
            ORDER BY seq DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ) standing WHERE status IS NOT NULL AND NOT isempty(left_over)"""  # noqa: S608

# What the newest events say, all together, for each stream.
_COVER = f"""
    SELECT run, dataset, component, {PAYLOAD}->>'layer' AS layer, range_agg(lumis) AS lumis FROM decisions_event
    WHERE kind = 'component.status' AND seq > %(after)s AND seq <= %(upto)s GROUP BY 1, 2, 3, 4"""  # noqa: S608

COMPONENT_STATUS = Projection(
    table="decisions_componentstatus",
    columns=("seq", "run", "dataset", "component", "layer", "status", "cause", "comment", "lumis"),
    key=("run", "dataset", "component", "payload->>'layer'"),
    selection=_SELECTION,
    supersede=f"""
        MERGE INTO decisions_componentstatus old USING ({_COVER}) cover
        ON old.run = cover.run AND old.dataset = cover.dataset AND old.component = cover.component
            AND old.layer = cover.layer AND old.lumis && cover.lumis
        WHEN MATCHED AND old.lumis <@ cover.lumis THEN DELETE
        WHEN MATCHED THEN UPDATE SET lumis = old.lumis - cover.lumis""",
)


def _describe_status(event: Event) -> str:
    status = event.payload["status"] or "nothing any more"
    where = f"{event.component} is {status} in LS {ranges.readable(event.lumis or ())}"
    reason = ": ".join(part for part in (event.payload["cause"], event.payload["comment"]) if part)
    return f"{where} ({reason})" if reason else where


def _restore_status(events: Sequence[Event], before: int) -> list[NewEvent]:
    from lumicert.decisions.selectors import restored_status

    return restored_status(events, before)


register(
    Kind(
        name="component.status",
        version=1,
        payload=ComponentStatusSaid,
        scope=frozenset({"run", "dataset", "component", "lumis"}),
        stream=("run", "dataset", "component"),
        describe=_describe_status,
        projections=(COMPONENT_STATUS,),
        restore=_restore_status,
    )
)

register(
    Kind(
        name="act.undone",
        version=1,
        payload=ActUndone,
        scope=frozenset(),
        stream=(),
        describe=lambda event: f"act {event.payload['act'][:8]} undone",
    )
)

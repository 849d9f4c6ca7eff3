"""The events of certifications: made, withdrawn, reviewed; a reference run promoted, demoted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from lumicert.accounts.roles import Permission
from lumicert.certification.judging import Word, good
from lumicert.certification.workspaces import RunType
from lumicert.decisions.events import Text
from lumicert.decisions.kinds import Kind, NewEvent, Payload, register
from lumicert.decisions.models import Event
from lumicert.decisions.projections import Projection, latest_by_key
from lumicert.decisions.ranges import Ranges
from lumicert.rules.reconstruction import Reconstruction

RECONSTRUCTIONS: tuple[Reconstruction, ...] = get_args(Reconstruction)
Name = Annotated[Text, Field(min_length=1, max_length=150)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RunIn(_Part):
    """A run in one reconstruction."""

    run: int = Field(ge=1, lt=2**31)
    reconstruction: Reconstruction

    def __str__(self) -> str:
        return f"{self.run} {self.reconstruction}"


class Confirmed(_Part):
    """A warning that the shifter saw and confirmed, with its text then."""

    code: str = Field(max_length=80)
    text: Text = Field(max_length=1000)


class Ticked(_Part):
    """A checklist as it was worked through: which version, when each of its items was ticked (ISO 8601), and by whom.

    `by` is the service's to fill in: a form says only when.
    """

    identifier: str
    version: int
    items: dict[str, str]
    by: dict[str, str] = Field(default_factory=dict)


class CertificationMade(Payload):
    """What somebody says of a run in one reconstruction; a later one of the same key takes its place.

    Attributes:
        shifter: whose certification it is, which an edit by another does not change.
        verdict: what `judging.good` makes of the words; it is checked, so that no event can say otherwise.
        left: by component, the lumisections of which GOOD does not speak: rules or an import say something worse of
            them, and that stands. Who says that a run is good has not looked at each lumisection without high voltage.
        facts: what the form showed of the run: type, B field, LS, luminosity, in their units.
        missing: what of those nobody knew.
        reason: why an earlier one was changed; empty in the first.
        handed_from: whose it was, where this makes it somebody else's.
        restores: the event whose word this one puts back, where it does.
    """

    workspace: str
    reconstruction: Reconstruction
    run_type: RunType
    verdict: Literal["good", "bad"]
    shifter: Name
    date: date
    parts: dict[str, Word]
    decides: list[str]
    left: dict[str, Ranges] = Field(default_factory=dict)
    reference: RunIn | None = None
    bad_reason: Text = Field(default="", max_length=50)
    tracker_map: Literal["", "exists", "missing"] = ""
    comment: Text = Field(default="", max_length=4000)
    facts: dict[str, JsonValue] = Field(default_factory=dict)
    missing: list[str] = Field(default_factory=list)
    confirmed: list[Confirmed] = Field(default_factory=list)
    checklists: list[Ticked] = Field(default_factory=list)
    reason: Text = Field(default="", max_length=1000)
    handed_from: Text = Field(default="", max_length=150)
    restores: int | None = None

    @model_validator(mode="after")
    def _verdict_follows(self) -> CertificationMade:
        follows = "good" if good(self.parts, self.decides) else "bad"
        if self.verdict != follows:
            raise ValueError(f"the verdict is {follows} by its components, not {self.verdict}")
        return self


class CertificationWithdrawn(Payload):
    """The certification does not stand any more; it stays in the history and can be restored."""

    workspace: str
    reconstruction: Reconstruction
    reason: Text = Field(default="", max_length=1000)


class CertificationReviewed(Payload):
    """A second person's word on the certification of event `of`; with `outcome` None it is taken back."""

    workspace: str
    reconstruction: Reconstruction
    of: int
    outcome: Literal["approved", "sent back"] | None
    comment: Text = Field(default="", max_length=1000)


class ReferencePromoted(Payload):
    """A run that was certified good may be compared with, for runs from `first_run` to `last_run` (None: on)."""

    workspace: str
    reconstruction: Reconstruction
    notes: Text = Field(default="", max_length=1000)
    first_run: int | None = None
    last_run: int | None = None


class ReferenceDemoted(Payload):
    """It is not offered any more; certifications that were compared with it stand as they are."""

    workspace: str
    reconstruction: Reconstruction
    reason: Text = Field(default="", max_length=1000)


# ---- tables ----

_KEY = {"run": "run", "workspace": "payload->>'workspace'", "reconstruction": "payload->>'reconstruction'"}

CERTIFICATION = latest_by_key(
    table="certification_certification",
    kind="certification.made",
    withdrawn="certification.withdrawn",
    key=_KEY,
    values={
        "seq": "seq",
        "at": "at",
        "dataset": "dataset",
        "run_type": "payload->>'run_type'",
        "verdict": "payload->>'verdict'",
        "shifter": "payload->>'shifter'",
        "date": "(payload->>'date')::date",
        "reference_run": "(payload->'reference'->>'run')::int",
        "reference_reconstruction": "payload->'reference'->>'reconstruction'",
        "bad_reason": "payload->>'bad_reason'",
        "tracker_map": "payload->>'tracker_map'",
        "comment": "payload->>'comment'",
        "complete": "payload->'missing' = '[]'",
        "imported": "origin = 'import'",
        "parts": "payload->'parts'",
        "rest": "payload - '{parts,comment,bad_reason,tracker_map}'::text[]",
    },
)
WITHDRAWN = latest_by_key(
    table="certification_withdrawn",
    kind="certification.withdrawn",
    withdrawn="certification.made",
    key=_KEY,
    values={"seq": "seq", "at": "at", "dataset": "dataset", "reason": "payload->>'reason'"},
)
REVIEW = latest_by_key(
    table="certification_review",
    kind="certification.reviewed",
    withdrawn=None,
    key=_KEY,
    values={
        "seq": "seq",
        "at": "at",
        "of": "(payload->>'of')::bigint",
        "outcome": "coalesce(payload->>'outcome', '')",
        "comment": "payload->>'comment'",
    },
)
REFERENCE = latest_by_key(
    table="certification_reference",
    kind="reference.promoted",
    withdrawn="reference.demoted",
    key=_KEY,
    values={
        "seq": "seq",
        "at": "at",
        "notes": "payload->>'notes'",
        "first_run": "(payload->>'first_run')::int",
        "last_run": "(payload->>'last_run')::int",
    },
)


# ---- taking back ----


def _previous(event: Event, kinds: Sequence[str], before: int) -> Event | None:
    same = {f"payload__{name}": event.payload[name] for name in ("workspace", "reconstruction")}
    earlier = Event.objects.filter(run=event.run, kind__in=kinds, seq__lte=before, **same)
    return earlier.order_by("-seq").first()


def _key_of(event: Event) -> dict[str, Any]:
    return {name: event.payload[name] for name in ("workspace", "reconstruction")}


def _restore_made(events: Sequence[Event], before: int) -> list[NewEvent]:
    """The certification that stood before, or none."""
    restored = []
    for event in events:
        earlier = _previous(event, ("certification.made", "certification.withdrawn"), before)
        if earlier is not None and earlier.kind == "certification.made":
            payload: Payload = CertificationMade.model_validate({**earlier.payload, "restores": earlier.seq})
            restored.append(NewEvent(payload, earlier.run, earlier.dataset))
        else:
            payload = CertificationWithdrawn(**_key_of(event), reason="it was undone")
            restored.append(NewEvent(payload, event.run, event.dataset))
    return restored


def _restore_review(events: Sequence[Event], before: int) -> list[NewEvent]:
    restored = []
    for event in events:
        earlier = _previous(event, ("certification.reviewed",), before)
        said = earlier.payload if earlier else {**event.payload, "outcome": None, "comment": ""}
        restored.append(NewEvent(CertificationReviewed.model_validate(said), event.run, event.dataset))
    return restored


def _restore_reference(events: Sequence[Event], before: int) -> list[NewEvent]:
    restored = []
    for event in events:
        earlier = _previous(event, ("reference.promoted", "reference.demoted"), before)
        payload: Payload = (
            ReferencePromoted.model_validate(earlier.payload)
            if earlier is not None and earlier.kind == "reference.promoted"
            else ReferenceDemoted(**_key_of(event), reason="it was undone")
        )
        restored.append(NewEvent(payload, event.run))
    return restored


# ---- kinds ----


# a list of hundreds of ranges is read on the page of the certification
_MOST_RANGES = 4


def _describe_word(key: str, word: dict[str, Any]) -> str:
    low = " (low statistics)" if word["low_statistics"] else ""
    bad = [f"{first}–{last}" if first < last else f"{first}" for first, last in word.get("bad_lumis", ())]
    more = f" and {len(bad) - _MOST_RANGES} more ranges" if len(bad) > _MOST_RANGES else ""
    apart = f" but BAD in LS {', '.join(bad[:_MOST_RANGES])}{more}" if bad else ""
    return f"{key} {word['status']}{low}{apart}"


def _describe_made(event: Event) -> str:
    before, restores = event.payload.get("handed_from"), event.payload["restores"]
    if before and not restores:
        what = f"certification of run {event.run} {event.payload['reconstruction']}"
        return f"{what} handed over from {before} to {event.payload['shifter']} ({event.payload['reason']})"
    words = ", ".join(_describe_word(key, word) for key, word in event.payload["parts"].items())
    again = " again" if restores else ""
    why = f" ({event.payload['reason']})" if event.payload["reason"] else ""
    verdict = str(event.payload["verdict"]).upper()
    return f"run {event.run} {event.payload['reconstruction']} certified {verdict}{again}: {words}{why}"


def _describe(verb: str, why: str) -> Callable[[Event], str]:
    def describe(event: Event) -> str:
        told = f" ({event.payload[why]})" if event.payload[why] else ""
        what = f"run {event.run} {event.payload['reconstruction']}"
        return verb.format(what=what) + told

    return describe


def _describe_review(event: Event) -> str:
    outcome = event.payload["outcome"] or "not reviewed any more"
    told = f" ({event.payload['comment']})" if event.payload["comment"] else ""
    return f"certification of run {event.run} {event.payload['reconstruction']} {outcome}{told}"


_KINDS: tuple[tuple[str, type[Payload], tuple[Projection, ...], Any, Callable[[Event], str], Permission], ...] = (
    (
        "certification.made",
        CertificationMade,
        (CERTIFICATION, WITHDRAWN),
        _restore_made,
        _describe_made,
        Permission.CERTIFY,
    ),
    (
        "certification.withdrawn",
        CertificationWithdrawn,
        (CERTIFICATION, WITHDRAWN),
        _restore_made,
        _describe("certification of {what} withdrawn", "reason"),
        Permission.CERTIFY,
    ),
    ("certification.reviewed", CertificationReviewed, (REVIEW,), _restore_review, _describe_review, Permission.REVIEW),
    (
        "reference.promoted",
        ReferencePromoted,
        (REFERENCE,),
        _restore_reference,
        _describe("{what} is a reference run", "notes"),
        Permission.REFERENCES,
    ),
    (
        "reference.demoted",
        ReferenceDemoted,
        (REFERENCE,),
        _restore_reference,
        _describe("{what} is no reference run any more", "reason"),
        Permission.REFERENCES,
    ),
)
for _name, _payload, _projections, _restore, _words, _permission in _KINDS:
    register(
        Kind(
            name=_name,
            version=1,
            payload=_payload,
            scope=frozenset({"run"} if _name.startswith("reference.") else {"run", "dataset"}),
            stream=(),
            describe=_words,
            projections=_projections,
            restore=_restore,
            permission=_permission,
        )
    )

"""The shapes of what the API answers and takes. Times are ISO 8601 in UTC; luminosities decimals as text, in /pb.

Names of statuses, verdicts and reconstructions are those of the pages. Ranges of lumisections are pairs, both ends in.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field

from lumicert.catalogue.documents import ChecklistDocument, Slug
from lumicert.certification.events import RunIn
from lumicert.certification.judging import Word, WordStatus
from lumicert.certification.workspaces import RunType, Workspace
from lumicert.decisions.events import Text
from lumicert.rules.reconstruction import Reconstruction
from lumicert.shell.fields import LAST_EVENT, LAST_RUN

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def _written(value: object) -> object:
    """A date or a time as it is; pydantic would take a number, or one as text, for seconds since 1970.

    Raises:
        ValueError: it is neither, nor text that begins with a date as ISO 8601 writes it.
    """
    if isinstance(value, date) or (isinstance(value, str) and _ISO_DATE.match(value)):
        return value
    raise ValueError("is to be written as 2018-05-13, a time as 2018-05-13T14:30:00Z")


PerPb = Annotated[str | None, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", description="inverse picobarns; null: unknown")]
RunNumber = Annotated[int, Field(ge=1, le=LAST_RUN)]
EventNumber = Annotated[int, Field(ge=0, le=LAST_EVENT)]
Day = Annotated[date, BeforeValidator(_written)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
Range = Annotated[list[int], Field(min_length=2, max_length=2)]


class Unconfirmed(Schema):
    """Something unlikely, which is taken once its code is confirmed."""

    code: str
    field: str
    text: str


class Differs(Schema):
    """One value that was sent, and the one that stands."""

    what: str
    here: str
    there: str


# ---- certifications ----


class Component(Schema):
    """What was said of one component: of all its lumisections, but for `bad_lumis`, in which it is BAD.

    Of `left_lumis` it does not speak: rules or an import say something worse than GOOD of them, and that counts.
    """

    key: str
    component: str
    status: WordStatus
    low_statistics: bool
    problems: list[str]
    comment: str
    bad_lumis: list[Range]
    left_lumis: list[Range]


class ReviewOf(Schema):
    """A second person's word on this version of the certification."""

    event: int
    outcome: Literal["approved", "sent back"]
    by: str
    at: datetime
    comment: str


class Certification(Schema):
    """The live certification of a run in one reconstruction."""

    run: int
    reconstruction: Reconstruction
    workspace: str
    dataset: str
    run_type: RunType
    verdict: Literal["good", "bad"]
    components: list[Component]
    reference: RunIn | None
    bad_reason: str
    tracker_map: Literal["", "exists", "missing"]
    comment: str
    shifter: str
    date: Day
    event: int = Field(description="the event that made it what it is; send it as `expected` to change it")
    at: datetime
    complete: bool = Field(description="whether all that its form shows of the run was known")
    is_reference: bool
    review: ReviewOf | None
    class_: str | None = Field(alias="class", description="of the run, as is known now, like what follows")
    fill: int | None
    lumisections: int | None
    recorded_per_pb: PerPb
    delivered_per_pb: PerPb


class Confirmed(Schema):
    """A warning that the shifter confirmed, with its text then."""

    code: str
    text: str


class TickedList(Schema):
    """A checklist that was worked through: when each item was ticked, and by whom where that is known."""

    identifier: str
    version: int
    items: dict[str, str]
    by: dict[str, str] = {}


class Facts(Schema):
    """What was known of the run when it was certified."""

    run_type: str | None
    b_field_tesla: float | None
    energy_gev: float | None
    fill: int | None
    fill_type: str | None
    lumisections: int | None
    recorded_per_pb: PerPb


class CertificationDetail(Certification):
    """A certification with all that its act holds."""

    reason: str = Field(description="why an earlier one was changed")
    missing: list[str]
    confirmed: list[Confirmed]
    checklists: list[TickedList]
    facts: Facts


class Event(Schema):
    """One statement of the log."""

    event: int
    act: UUID
    at: datetime
    actor: str
    origin: str
    kind: str
    summary: str
    payload: dict[str, Any]


class Withdrawal(Schema):
    """A certification that was withdrawn and not made again."""

    run: int
    reconstruction: Reconstruction
    workspace: str
    dataset: str
    event: int
    at: datetime
    reason: str


# ---- what it is made of ----


class ReferenceRun(Schema):
    """A run that others are compared with, and how often it was."""

    run: int
    reconstruction: Reconstruction
    run_type: str
    class_: str = Field(alias="class")
    era: str
    b_field_tesla: float | None
    energy_gev: float | None
    peak_pileup: float | None
    bunches: int | None
    apv_mode: str
    start: datetime | None
    notes: str
    first_run: int | None
    last_run: int | None
    uses: int
    last_used: int | None


class ManagedReason(Schema):
    """An entry of a managed list; a retired one is not chosen any more."""

    name: str
    description: str
    retired: bool


class ManagedProblem(ManagedReason):
    """A problem of a component."""

    component: str


class Checklist(Schema):
    """One version of a checklist; its texts are Markdown."""

    identifier: str
    version: int
    note: str
    withdrawn: bool
    event: int | None
    at: datetime | None
    by: str
    document: ChecklistDocument


class Claim(Schema):
    """Who is on it now."""

    by: str
    since: datetime
    seen_at: datetime
    mine: bool


class QueueEntry(Schema):
    """A run in one reconstruction whose data have arrived and that nobody certified."""

    run: int
    reconstruction: Reconstruction
    dataset: str
    run_type: str
    class_: str = Field(alias="class")
    lumisections: int | None
    recorded_per_pb: PerPb
    significant: bool | None
    arrived: datetime | None
    due: datetime | None
    overdue: bool
    claim: Claim | None


# ---- lists ----


class CertificationList(Schema):
    items: list[Certification]
    next: str | None
    as_of: int = Field(description="the last event when the page was read; `changed_since` of a later look")


class WithdrawalList(Schema):
    items: list[Withdrawal]
    next: str | None


class EventList(Schema):
    items: list[Event]
    next: str | None


class ReferenceList(Schema):
    items: list[ReferenceRun]
    next: str | None


class ProblemList(Schema):
    items: list[ManagedProblem]
    next: str | None


class ReasonList(Schema):
    items: list[ManagedReason]
    next: str | None


class ChecklistList(Schema):
    items: list[Checklist]
    next: str | None


class QueueList(Schema):
    items: list[QueueEntry]
    next: str | None


class WorkspaceList(Schema):
    items: list[Workspace]
    next: str | None


# ---- what is sent ----


class _Sent(Schema):
    # a name that is mistyped would be left out silently
    model_config = ConfigDict(extra="forbid")


class SentTicks(_Sent):
    """A checklist that was worked through: when each of its items was ticked, by their keys."""

    identifier: Slug
    version: int = Field(ge=1, le=10**6)
    items: dict[Slug, Moment] = Field(max_length=200)


class SentCertification(_Sent):
    """What is said of a run in one reconstruction, in place of what was said before."""

    run: RunNumber
    reconstruction: Reconstruction
    expected: EventNumber = Field(description="the last event that was known when this was decided")
    date: Day = Field(description="the day of the shift, at CERN")
    components: dict[str, Word] = Field(max_length=20, description="by the keys of the workspace")
    workspace: str = Field(default="tracker", max_length=40)
    dataset: Text | None = Field(default=None, max_length=300, description="where the run has several")
    reference: RunIn | None = None
    bad_reason: Text = Field(default="", max_length=50)
    tracker_map: Literal["", "exists", "missing"] = ""
    comment: Text = Field(default="", max_length=4000)
    checklists: list[SentTicks] = Field(default=[], max_length=30)
    confirmed: list[str] = Field(default=[], max_length=100, description="codes of warnings")
    reason: Text = Field(default="", max_length=1000, description="needed to change what somebody else certified")
    act: UUID | None = Field(default=None, description="made by the sender: sent twice, it is done once")


class SentAct(_Sent):
    """What every act on something that stands already is sent with."""

    expected: EventNumber = Field(description="the last event that was known when this was decided")
    workspace: str = Field(default="tracker", max_length=40)
    act: UUID | None = Field(default=None, description="made by the sender: sent twice, it is done once")


class SentWithdrawal(SentAct):
    """Why a certification does not stand any more."""

    reason: Text = Field(min_length=1, max_length=1000)


class SentRestoration(SentAct):
    """That a withdrawn certification stands again."""


class SentReview(SentAct):
    """A second person's word on the certification that stands."""

    outcome: Literal["approved", "sent back"]
    comment: Text = Field(default="", max_length=1000, description="needed to send it back")


class SentPromotion(SentAct):
    """What is said of a reference run; it is compared with in runs `first_run` to `last_run`, null for any."""

    notes: Text = Field(default="", max_length=1000)
    first_run: RunNumber | None = None
    last_run: RunNumber | None = None


class SentDemotion(SentAct):
    """Why a run is no reference run any more."""

    reason: Text = Field(min_length=1, max_length=1000)


class Done(Schema):
    """What was written: one act, with the events `first` to `last`. `repeated`: it was in the log already."""

    act: UUID
    first: int
    last: int
    repeated: bool


class Certified(Done):
    """What was written, and what stands now."""

    certification: CertificationDetail


# ---- refusals ----


class ProblemDetails(Schema):
    """Why a request was not carried out (RFC 9457). Nothing was written."""

    type: str
    title: str
    status: int
    detail: str
    errors: dict[str, list[str]] = Field(default={}, description="422: what is wrong, by field; empty for the whole")
    warnings: list[Unconfirmed] = Field(default=[], description="422: send their codes as `confirmed` to go on")
    events: list[Event] = Field(default=[], description="409: what came in between")
    current: Certification | None = Field(default=None, description="409: what stands now")
    differences: list[Differs] = Field(default=[], description="409: where what was sent differs from what stands")
    claim: Claim | None = Field(default=None, description="409: who is on it")

"""The shift leader's checklist of a week: its event, who ticks it, what was ticked.

A week is an ISO week, from Monday to Sunday, written `2018-W20`. What is ticked, and a note for whoever leads the next
one, are one event, and a later one of the same week takes its place. A tick names the version of the checklist that
said what was ticked, when, and who did.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import pydantic
from django.utils import timezone
from pydantic import AfterValidator, Field

from lumicert.accounts.models import User
from lumicert.accounts.roles import Permission, roles_in_words
from lumicert.catalogue.selectors import Checklist, checklists
from lumicert.certification.events import Ticked
from lumicert.certification.models import WeekChecklist
from lumicert.certification.services import CertificationRefused, NotYours
from lumicert.decisions.events import Text
from lumicert.decisions.kinds import Kind, NewEvent, Payload, register
from lumicert.decisions.models import Event, Origin
from lumicert.decisions.projections import latest_by_key
from lumicert.decisions.services import Act, append

LONGEST_NOTE = 4000
# no run was certified before, and a calendar ends somewhere
FIRST_YEAR, LAST_YEAR = 2000, 2200


@dataclass(frozen=True, slots=True)
class Week:
    """An ISO week."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year:04}-W{self.number:02}"

    @classmethod
    def of(cls, day: date) -> Week:
        """The week in which a day lies; at the turn of a year that may be a week of another year."""
        return cls(*day.isocalendar()[:2])

    @classmethod
    def parse(cls, text: str) -> Week:
        """The week that `2018-W20` names.

        Raises:
            ValueError: it names none.
        """
        year, _, number = text.strip().partition("-W")
        if not (year.isdecimal() and number.isdecimal() and len(year) == 4 and len(number) <= 2):
            raise ValueError(f"'{text}' is no week such as 2018-W20")
        try:
            date.fromisocalendar(int(year), int(number), 1)
        except ValueError:
            raise ValueError(f"{year} has no week {int(number)}") from None
        if not FIRST_YEAR <= int(year) <= LAST_YEAR:
            raise ValueError(f"'{text}' is no week of the years {FIRST_YEAR} to {LAST_YEAR}")
        return cls(int(year), int(number))

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        return date.fromisocalendar(self.year, self.number, 7)

    def later(self, weeks: int) -> Week:
        """The week that comes so many weeks later, or before."""
        return Week.of(self.monday + timedelta(weeks=weeks))


# ---- the event ----


def _is_week(text: str) -> str:
    if str(Week.parse(text)) != text:
        raise ValueError(f"'{text}' is no week such as 2018-W20")
    return text


class WeekChecked(Payload):
    """What is ticked of the checklists of a week, all of it; no tick at all where that was taken back.

    `restores` is the event whose word this one puts back, where it does.
    """

    workspace: str
    week: Annotated[str, AfterValidator(_is_week)]
    checklists: list[Ticked] = Field(default_factory=list)
    note: Text = Field(default="", max_length=LONGEST_NOTE)
    restores: int | None = None


WEEK_CHECKLIST = latest_by_key(
    table="certification_weekchecklist",
    kind="week.checked",
    withdrawn=None,
    key={"workspace": "payload->>'workspace'", "week": "payload->>'week'"},
    values={"seq": "seq", "at": "at", "checklists": "payload->'checklists'", "note": "payload->>'note'"},
)


def _restore(events: Sequence[Event], before: int) -> list[NewEvent]:
    """What stood of the week before, or nothing."""
    restored = []
    for event in events:
        same = {name: event.payload[name] for name in ("workspace", "week")}
        said = Event.objects.filter(kind="week.checked", seq__lte=before, payload__contains=same)
        earlier = said.order_by("-seq").first()
        stood: dict[str, Any] = {**earlier.payload, "restores": earlier.seq} if earlier else same
        restored.append(NewEvent(WeekChecked.model_validate(stood)))
    return restored


def _describe(event: Event) -> str:
    count = sum(len(each["items"]) for each in event.payload["checklists"])
    noted = ", with a note" if event.payload["note"] else ""
    again = " again" if event.payload["restores"] else ""
    return f"checklist of week {event.payload['week']}{again}: {count} item{'' if count == 1 else 's'} ticked{noted}"


register(
    Kind(
        name="week.checked",
        version=1,
        payload=WeekChecked,
        scope=frozenset(),
        stream=(),
        describe=_describe,
        projections=(WEEK_CHECKLIST,),
        restore=_restore,
        permission=Permission.REVIEW,
    )
)


# ---- reading ----


@dataclass(frozen=True, slots=True)
class Tick:
    """An item that was ticked: in which version of its checklist, when, and by whom."""

    identifier: str
    key: str
    version: int
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class WeekState:
    """The checklists of a week as they stand: those for reports, and what is ticked, by (identifier, key).

    `said` is None where nobody ticked or wrote anything yet. An item of an earlier version that is ticked and no longer
    there stays in `ticks`.
    """

    said: WeekChecklist | None
    checklists: list[Checklist]
    ticks: dict[tuple[str, str], Tick]

    @property
    def gone(self) -> list[Tick]:
        """What was ticked and is in no checklist any more."""
        there = {(each.identifier, key) for each in self.checklists for key in each.item_keys}
        return [tick for place, tick in self.ticks.items() if place not in there]


def state_of(week: Week, *, workspace: str) -> WeekState:
    """What is ticked of a week: two queries."""
    said = WeekChecklist.objects.filter(workspace=workspace, week=str(week)).first()
    ticks = {(tick.identifier, tick.key): tick for tick in _ticks(said.checklists if said else [])}
    return WeekState(said, [each for each in checklists() if each.purpose == "report"], ticks)


def ticked_since(week: Week, *, workspace: str, seq: int) -> set[tuple[str, str]]:
    """What is ticked of a week now and was not at event `seq`, as (identifier, key): three queries."""
    same = {"workspace": workspace, "week": str(week)}
    then = Event.objects.filter(kind="week.checked", seq__lte=seq, payload__contains=same).order_by("-seq").first()
    before = {(tick.identifier, tick.key) for tick in _ticks(then.payload["checklists"] if then else [])}
    return state_of(week, workspace=workspace).ticks.keys() - before


def _ticks(said: Iterable[Any]) -> Iterator[Tick]:
    for each in map(Ticked.model_validate, said):
        for key, at in each.items.items():
            yield Tick(each.identifier, key, each.version, datetime.fromisoformat(at), each.by.get(key, ""))


# ---- writing ----


def check_week(
    *,
    week: Week,
    workspace: str,
    ticked: Collection[tuple[str, int, str]],
    note: str,
    actor: User,
    expected: int,
    act: UUID | None = None,
) -> Act:
    """Say what is ticked of a week, all of it. A tick that stood already keeps its time, its version and who made it.

    Args:
        ticked: (identifier, version, key) of each item, in the version that the page showed.
        note: for the report and whoever leads the next week.
        expected: the event at which the page was read.

    Raises:
        NotYours: only who reviews ticks, in a workspace of his or hers.
        CertificationRefused: an item is in no checklist of now, the note is too long, or all of it is said already.
        Conflict: somebody else ticked something of this week since the page was read.
    """
    if not actor.may(Permission.REVIEW):
        raise NotYours(f"Your role does not tick the checklist of a week; {roles_in_words(Permission.REVIEW)} may.")
    if not actor.works_in(workspace):
        raise NotYours(f"You certify {', '.join(actor.workspaces) or 'nothing'}, and this is the week of {workspace}.")
    state = state_of(week, workspace=workspace)
    ticks = [_tick(state, *each, by=actor.get_username()) for each in set(ticked)]
    made = _made(week, workspace, [*ticks, *state.gone], note.strip())
    repeated = act is not None and Event.objects.filter(act=act).exists()
    if not repeated and _says_the_same(made, state.said):
        raise CertificationRefused({"": ["nothing is ticked or written here that is not saved already"]})
    return append(events=[NewEvent(made)], actor=actor, origin=Origin.PERSON, act=act, expected=expected)


def _tick(state: WeekState, identifier: str, version: int, key: str, *, by: str) -> Tick:
    if before := state.ticks.get((identifier, key)):
        return before
    offered = {(each.identifier, each.version): each for each in state.checklists}
    of = offered.get((identifier, version))
    if of is None or key not in of.item_keys:
        gone = f"'{key}' is no item of {identifier} v{version} any more: look at the checklist again, and save again"
        raise CertificationRefused({"": [gone]})
    return Tick(identifier, key, version, timezone.now().astimezone(UTC), by)


def _made(week: Week, workspace: str, ticks: Sequence[Tick], note: str) -> WeekChecked:
    lists: dict[tuple[str, int], Ticked] = {}
    # in one order, so that what says the same is the same
    for tick in sorted(ticks, key=lambda tick: (tick.identifier, tick.version, tick.key)):
        of = lists.setdefault(
            (tick.identifier, tick.version), Ticked(identifier=tick.identifier, version=tick.version, items={})
        )
        of.items[tick.key] = tick.at.isoformat(timespec="seconds")
        of.by[tick.key] = tick.by
    try:
        return WeekChecked(workspace=workspace, week=str(week), checklists=[*lists.values()], note=note)
    except pydantic.ValidationError as error:
        raise CertificationRefused({str(item["loc"][0]): [item["msg"]] for item in error.errors()}) from error


def _says_the_same(made: WeekChecked, said: WeekChecklist | None) -> bool:
    before = WeekChecked(
        workspace=made.workspace,
        week=made.week,
        checklists=[Ticked.model_validate(each) for each in said.checklists] if said else [],
        note=said.note if said else "",
    )
    return made == before

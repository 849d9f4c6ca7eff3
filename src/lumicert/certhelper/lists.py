"""The managed lists of CertHelper: problems by component, and reasons for bad data.

Names are compared without regard to case and blanks, so that an entry which ships, or which somebody here defined, is
not there twice. Its description here stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lumicert.catalogue import selectors
from lumicert.catalogue.events import ProblemDefined, ReasonDefined
from lumicert.catalogue.selectors import Problem, Reason
from lumicert.certhelper.source import COMPONENTS, Original, Row
from lumicert.certhelper.writing import Log
from lumicert.certification.workspaces import workspace
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Origin

REASONS = "reasons"
LONGEST_NAME = 50
LONGEST_DESCRIPTION = 1000


@dataclass(frozen=True, slots=True)
class Names:
    """What the names of the original are called here, by list: one of COMPONENTS, or REASONS."""

    by_list: dict[str, dict[str, str]] = field(default_factory=dict)

    def here(self, of: str, name: str) -> str:
        """The name here; one that is in no list any more is shortened to what an event can hold."""
        return self.by_list.get(of, {}).get(_folded(name), one_line(name)[:LONGEST_NAME])


def one_line(name: str) -> str:
    """The name with single blanks, as the lists here have it."""
    return " ".join(name.split())


def _folded(name: str) -> str:
    return one_line(name)[:LONGEST_NAME].casefold()


def import_lists(original: Original, log: Log) -> Names:
    """Take in the entries that are not on the lists here yet, and tell what every entry is called here."""
    names = Names()
    components = {key: workspace("tracker").part(key).component for key in COMPONENTS}
    with log.batch():
        events, after = [], []
        for key in (*COMPONENTS, REASONS):
            table = "certifier_badreason" if key == REASONS else f"certifier_{key}problem"
            taken = _List(table, components.get(key), log)
            for row in original.rows(table):
                taken.take(row)
            names.by_list[key] = taken.names
            events += taken.events
            after += taken.after
        log.append(events, after=after)
    return names


class _List:
    """One list, with what is on it here already."""

    def __init__(self, table: str, component: str | None, log: Log) -> None:
        self.table, self.component, self.report = table, component, log.report
        entries: list[Problem] | list[Reason] = (
            selectors.problems(components=[component], with_retired=True)
            if component
            else selectors.reasons(with_retired=True)
        )
        self.names = {_folded(each.name): each.name for each in entries}
        self.said = _last_said(component)
        self.events: list[NewEvent] = []
        self.after: list[int] = []

    def take(self, row: Row) -> None:
        """Take one row, or tell why not."""
        name, twin = one_line(row["name"] or "")[:LONGEST_NAME], self.names.get(_folded(row["name"] or ""))
        if not name:
            self.report.count(self.table, "left out")
            self.report.note(self.table, row["id"], "left out", "it has no name")
            return
        # what ships has no event, and an event always says more than it
        said = self.said.get(name.casefold())
        if said is None and twin is not None:
            self._keep(row, "an entry of this name is on the list here already, whose description stands", twin)
        elif said is not None and said.origin != Origin.IMPORT:
            self._keep(row, "somebody changed it here", f"{name}, event {said.seq} by {said.actor_name}")
            self.names.setdefault(name.casefold(), name)
        else:
            self._define(row, name, said)

    def _keep(self, row: Row, why: str, detail: str) -> None:
        self.report.count(self.table, "kept")
        self.report.note(self.table, row["id"], "kept", why, detail)

    def _define(self, row: Row, name: str, said: Event | None) -> None:
        description = (row["description"] or "").replace("\r\n", "\n").strip()
        if len(description) > LONGEST_DESCRIPTION:
            why = f"its description is cut to {LONGEST_DESCRIPTION:,} characters"
            self.report.note(self.table, row["id"], "changed", why, f"{name}, {len(description):,} characters")
        if one_line(row["name"]) != name:
            self.report.note(self.table, row["id"], "changed", f"its name is cut to {LONGEST_NAME} characters", name)
        wanted = self._payload(name, description[:LONGEST_DESCRIPTION].strip())
        self.names[name.casefold()] = name
        if said is not None and said.payload == wanted.model_dump(mode="json"):
            self.report.count(self.table, "unchanged")
            return
        self.report.count(self.table, "changed" if said else "new")
        self.events.append(NewEvent(wanted))
        self.after += [said.seq] if said else []

    def _payload(self, name: str, description: str) -> ReasonDefined:
        if self.component:
            return ProblemDefined(component=self.component, name=name, description=description)
        return ReasonDefined(name=name, description=description)


def _last_said(component: str | None) -> Mapping[str, Event]:
    events = Event.objects.filter(kind="problem.defined" if component else "reason.defined")
    of: dict[str, Any] = {"payload__component": component} if component else {}
    return {event.payload["name"].casefold(): event for event in events.filter(**of).order_by("seq")}

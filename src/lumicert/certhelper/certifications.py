"""The certifications of CertHelper: each row as a certification here, with the statuses of components that follow."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

from lumicert.certhelper import here
from lumicert.certhelper.here import Known, Said
from lumicert.certhelper.lists import Names
from lumicert.certhelper.mapping import TABLE, LeftOut, Mapped, mapped
from lumicert.certhelper.source import Original, Row
from lumicert.certhelper.writing import SOURCE, Log, batches
from lumicert.certification.events import CertificationWithdrawn
from lumicert.certification.selectors import Subject
from lumicert.certification.services import statuses_of
from lumicert.decisions import ranges
from lumicert.decisions.events import ComponentStatusSaid
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Layer
from lumicert.runs.events import DatasetRegistered
from lumicert.runs.models import Run


def import_certifications(original: Original, names: Names, log: Log) -> None:
    """Take in every certification that nobody here has changed, with its deletion where it was deleted."""
    total, done = original.count(TABLE), 0
    for rows in batches(original.certifications()):
        with log.batch():
            batch = _Batch(rows, names, log)
            for row in rows:
                batch.take(row)
            log.append(batch.events, after=batch.after)
        done += len(rows)
        log.progress("certifications", done, total)


@dataclass(slots=True)
class _Batch:
    """Some rows, with what is known here of their runs."""

    rows: list[Row]
    names: Names
    log: Log
    events: list[NewEvent] = field(default_factory=list)
    after: list[int] = field(default_factory=list)
    known: dict[int, Known] = field(init=False)
    said: dict[here.Key, Said] = field(init=False)

    def __post_init__(self) -> None:
        numbers = sorted({row["run"] for row in self.rows if 1 <= row["run"] < 2**31})
        self.known, self.said = here.runs(numbers), here.certifications(numbers)

    def take(self, row: Row) -> None:
        """Take one row, or tell why not."""
        report, key = self.log.report, row["runreconstruction_id"]
        said = self.said.get((row["run"], row["reconstruction"]))
        if said is not None and not said.is_imported:
            report.count(TABLE, "kept")
            what = "withdrew it" if said.kind == "certification.withdrawn" else "certified or changed it"
            told = f"run {row['run']} {row['reconstruction']}, event {said.seq} by {said.by}"
            report.note(TABLE, key, "kept", f"somebody here {what}", told)
            return
        try:
            made = mapped(row, self.known.get(row["run"], Known()), self.names, report)
        except LeftOut as why:
            report.count(TABLE, "left out")
            report.note(TABLE, key, "left out", str(why), why.detail)
            return
        if said is not None and said.record == made.record:
            report.count(TABLE, "unchanged")
            return
        report.count(TABLE, "changed" if said else "new")
        self._say(made, said, key)

    def _say(self, made: Mapped, said: Said | None, key: int) -> None:
        known = self.known[made.run]
        statuses = [] if made.deleted_at else self._statuses(made, known, key)
        # also for a deleted one: who restores it says something of the dataset's components
        if made.lumis and made.dataset not in known.datasets:
            known.datasets[made.dataset] = made.lumis
            self.events.append(NewEvent(DatasetRegistered(source=SOURCE), made.run, made.dataset, lumis=made.lumis))
        self.events.append(NewEvent(made.made, made.run, made.dataset))
        self.events += statuses
        # behind the certification: within one act, too, the later event is the one that stands
        if made.deleted_at:
            self.events.append(_withdrawn(made))
        if said is not None:
            self.after.append(said.seq)
            self.events += _released(made, said.act, said.dataset, statuses, known)

    def _statuses(self, made: Mapped, known: Known, key: int) -> list[NewEvent]:
        """The statuses that follow, but where a person here has spoken."""
        if not made.lumis:
            return []
        of = Subject(Run(run=made.run), made.reconstruction, made.dataset, "tracker", made.lumis, is_registered=True)
        found = []
        for event in statuses_of(of, made.made.parts, made.made.bad_reason, made.made.left):
            theirs = known.of_people(made.dataset, event.component or "")
            if left := ranges.difference(event.lumis or (), theirs):
                found.append(replace(event, lumis=left))
            if left != event.lumis:
                told = f"{event.component} of run {made.run} in {made.dataset}"
                self.log.report.note(TABLE, key, "told", "a status that a person here gave stands above its own", told)
        return found


def _withdrawn(made: Mapped) -> NewEvent:
    at = made.deleted_at.isoformat(sep=" ", timespec="seconds") if made.deleted_at else ""
    said = CertificationWithdrawn(
        workspace="tracker", reconstruction=made.reconstruction, reason=f"deleted in CertHelper at {at}"
    )
    return NewEvent(said, made.run, made.dataset)


def _released(made: Mapped, act: UUID | None, dataset: str, statuses: list[NewEvent], known: Known) -> list[NewEvent]:
    """Takes back what its earlier import said of components and this one says no more."""
    nothing = ComponentStatusSaid(layer=Layer.PERSON, status=None)
    found = []
    for each in known.of_act(act, dataset):
        now = [
            event.lumis or ()
            for event in statuses
            if (event.dataset, event.component) == (each.dataset, each.component)
        ]
        if left := ranges.difference(each.lumis, ranges.union(*now)):
            found.append(NewEvent(nothing, made.run, each.dataset, each.component, left))
    return found

"""Reading: one certification with all that was ever said of it, now or as of an event."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from lumicert.accounts.models import User
from lumicert.accounts.roles import Permission
from lumicert.catalogue.selectors import Checklist, NoSuchChecklist, checklist
from lumicert.certification.comparing import Difference
from lumicert.certification.contradictions import Contradiction, contradictions
from lumicert.certification.events import CertificationMade, Ticked
from lumicert.certification.judging import Word
from lumicert.certification.models import Certification, Reference, Review, Withdrawn
from lumicert.certification.restoring import may_restore
from lumicert.certification.selectors import live_of
from lumicert.certification.services import may_certify
from lumicert.certification.workspaces import Part, Workspace
from lumicert.decisions import ranges
from lumicert.decisions.between import undoings
from lumicert.decisions.models import Event
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.rights import offers_undo
from lumicert.decisions.selectors import current_seq, describe
from lumicert.review.changes import changes
from lumicert.review.evidence import Evidence, evidence_for
from lumicert.runs.selectors import datasets_of_run

MADE, WITHDRAWN = "certification.made", "certification.withdrawn"
KINDS = (MADE, WITHDRAWN, "certification.reviewed", "reference.promoted", "reference.demoted")


@dataclass(frozen=True, slots=True)
class Version:
    """An event of the history: for a certification what it says, and what it changed of the one before."""

    event: Event
    words: str
    said: CertificationMade | None = None
    changed: Sequence[Difference] = ()
    undone_by: Event | None = None
    may_undo: bool = False


@dataclass(frozen=True, slots=True)
class TickedList:
    """A checklist as it was worked through; `of` is None where nobody has that version any more."""

    ticked: Ticked
    of: Checklist | None

    @property
    def items(self) -> list[tuple[str, str, str]]:
        """The text of each item, when it was ticked, and by whom."""
        groups = self.of.groups if self.of else ()
        texts = {item.key: item.html for group in groups for item in group.items}
        return [(texts.get(key, key), at, self.ticked.by.get(key, "")) for key, at in self.ticked.items.items()]


@dataclass(frozen=True, slots=True)
class PartTold:
    """A component with its word, the bar of its lumisections, and which it leaves to the rules, or has against them."""

    part: Part
    word: Word
    bar: str
    left: str
    against: Sequence[Contradiction]


@dataclass(frozen=True)
class CertificationPage:
    """All that the page shows. `head` is the last event that the reader can know of; `at` None means now."""

    run: int
    reconstruction: str
    of: Workspace
    reader: User
    head: int
    at: int | None
    history: list[Version]
    live: Certification | None
    withdrawn: Withdrawn | None
    review: Review | None
    reviewer: str
    reference: Reference | None
    against: Sequence[Contradiction] = ()
    lumis: Ranges = field(default=())

    @cached_property
    def shown(self) -> Version:
        """The version that the page tells: the last that was said, or the last at that time."""
        return next(version for version in self.upto if version.said)

    @property
    def upto(self) -> list[Version]:
        return [each for each in self.history if self.at is None or each.event.seq <= self.at]

    @property
    def said(self) -> CertificationMade:
        """What it says."""
        return next(version.said for version in self.upto if version.said)

    @property
    def is_withdrawn(self) -> bool:
        """Whether it stands no more, or did not stand then."""
        return next(each for each in self.upto if each.event.kind in (MADE, WITHDRAWN)).event.kind == WITHDRAWN

    @property
    def why_withdrawn(self) -> Version:
        """The event that withdrew it."""
        return next(each for each in self.upto if each.event.kind == WITHDRAWN)

    @cached_property
    def evidence(self) -> Evidence:
        return evidence_for(self.run, self.said, self.shown.event.dataset or "", self.of)

    @property
    def parts(self) -> list[PartTold]:
        """Each component that it speaks of."""
        return [self._told(part, self.said.parts[part.key]) for part in self.of.parts if part.key in self.said.parts]

    def _told(self, part: Part, word: Word) -> PartTold:
        left = self.said.left.get(part.key, ())
        against = [each for each in self.against if each.part == part]
        return PartTold(part, word, self._bar(word, left), ranges.readable(left), against)

    def _bar(self, word: Word, left: Ranges) -> str:
        rest = ranges.difference(self.lumis, ranges.union(word.bad_lumis, left))
        inside = [(first, last, word.status.lower(), "") for first, last in rest]
        bad = [(first, last, "bad", "by its range") for first, last in word.bad_lumis]
        by_rule = [(first, last, "notset", "left to the rules, by which it was not good") for first, last in left]
        return json.dumps(sorted([*inside, *bad, *by_rule]))

    @property
    def first_ls(self) -> int:
        return self.lumis[0][0] if self.lumis else 1

    @property
    def last_ls(self) -> int:
        return self.lumis[-1][1] if self.lumis else 1

    @cached_property
    def checklists(self) -> list[TickedList]:
        """The checklists with the texts of the versions that were ticked: a query each."""
        return [TickedList(ticked, _checklist(ticked)) for ticked in self.said.checklists]

    # ---- what this reader may do now; the services decide again ----

    @property
    def may_change(self) -> bool:
        return (
            self.at is None
            and self.live is not None
            and may_certify(self.reader, self.live, workspace=self.live.workspace)
        )

    @property
    def may_restore(self) -> bool:
        return self.at is None and self.withdrawn is not None and may_restore(self.reader, self.said.shifter)

    @property
    def is_own(self) -> bool:
        return self.said.shifter == self.reader.get_username()

    @property
    def may_review(self) -> bool:
        return self.at is None and self.live is not None and not self.is_own and self.reader.may(Permission.REVIEW)

    @property
    def may_promote(self) -> bool:
        return (
            self.at is None
            and self.live is not None
            and self.live.verdict == "good"
            and self.reader.may(Permission.REFERENCES)
        )


def _checklist(ticked: Ticked) -> Checklist | None:
    try:
        return checklist(ticked.identifier, ticked.version)
    except NoSuchChecklist:
        return None


def certification_page(
    run: int, reconstruction: str, of: Workspace, *, reader: User, at: int | None = None
) -> CertificationPage | None:
    """The certification of a run in one reconstruction; None where there is none, or was none then."""
    # read before the rest: what comes in while we read counts as not seen
    head = current_seq()
    history = history_of(run, reconstruction, of, reader=reader)
    if not any(each.said and (at is None or each.event.seq <= at) for each in history):
        return None
    key = {"run": run, "workspace": of.name, "reconstruction": reconstruction}
    live = live_of(run, of.name, reconstruction)
    review = Review.objects.filter(of=live.seq, **key).exclude(outcome="").first() if live else None
    dataset = next(each.event.dataset for each in history if each.said and (at is None or each.event.seq <= at))
    lumis = [each.lumis for each in datasets_of_run(run) if each.dataset == dataset]
    return CertificationPage(
        run=run,
        reconstruction=reconstruction,
        of=of,
        reader=reader,
        head=head,
        at=at,
        history=history,
        live=live,
        withdrawn=Withdrawn.objects.filter(**key).first(),
        review=review,
        reviewer=_actor(history, review.seq) if review else "",
        reference=Reference.objects.filter(**key).first(),
        against=contradictions(of, [(run, reconstruction)]).get((run, reconstruction), ())
        if live and at is None
        else (),
        lumis=lumis[0] if lumis else (),
    )


def _actor(history: Sequence[Version], seq: int) -> str:
    return next((each.event.actor_name for each in history if each.event.seq == seq), "")


def history_of(run: int, reconstruction: str, of: Workspace, *, reader: User) -> list[Version]:
    """Every event of it and of its being a reference run, newest first: three queries."""
    same = {"payload__workspace": of.name, "payload__reconstruction": reconstruction}
    events = list(Event.objects.filter(run=run, kind__in=KINDS, **same).order_by("seq"))
    undone = undoings([event.act for event in events])
    by_seq = Event.objects.in_bulk(undone.values())
    found: list[Version] = []
    before: CertificationMade | None = None
    for event in events:
        said = CertificationMade.model_validate(event.payload) if event.kind == MADE else None
        found.append(
            Version(
                event=event,
                words=describe(event),
                said=said,
                changed=changes(before, said, of) if said and before else (),
                undone_by=by_seq.get(undone[event.act]) if event.act in undone else None,
                may_undo=event.act not in undone and offers_undo(reader, event),
            )
        )
        before = said or before
    return found[::-1]

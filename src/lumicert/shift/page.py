"""Reading: everything that the certification form shows, in a number of queries that does not grow."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from uuid import UUID, uuid4

from django.utils import timezone

from lumicert.accounts.models import User
from lumicert.catalogue.selectors import Checklist, Problem, Reason, checklists_for, problems, reasons
from lumicert.certification import claims, drafts, selectors
from lumicert.certification.checking import Warned
from lumicert.certification.claims import Key, Presence
from lumicert.certification.comparing import COUNTERPARTS, Difference, differences
from lumicert.certification.events import RECONSTRUCTIONS
from lumicert.certification.judging import Word, good
from lumicert.certification.leaving import own_events, worse_by_rule
from lumicert.certification.models import Certification, Draft, Review
from lumicert.certification.selectors import KnownReference, Subject
from lumicert.certification.services import may_certify
from lumicert.certification.workspaces import Part
from lumicert.decisions import bars, ranges
from lumicert.decisions.models import Event, Layer
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.selectors import Standing, current_seq, standing
from lumicert.rules.reconstruction import reconstruction_of
from lumicert.runs.models import Dataset, Run
from lumicert.runs.timeline import Timeline, timeline
from lumicert.runs.values import values_of_run
from lumicert.shell.bars import Bar, Segment
from lumicert.shift import facts
from lumicert.shift.typed import Problems, Typed
from lumicert.sources.oms import links

RECOMMENDER: selectors.Recommender = selectors.MostRecentlyUsed()
# of a long fill the latest say most about this run
MOST_SIBLINGS = 12


@dataclass(frozen=True, slots=True)
class Sent:
    """What the page says of itself as it is sent: the last event it had seen, its act, and when it was opened."""

    expected: int
    act: UUID
    opened: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is wrong with what was sent: errors by field, warnings to confirm, and what others said meanwhile."""

    errors: Problems = field(default_factory=dict)
    warnings: Sequence[Warned] = ()
    conflict: Conflicting | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Conflicting:
    """Theirs against yours, field by field; `later` are events that came in between, where no certification did."""

    live: Certification | None
    fields: Sequence[tuple[str, str, str]]
    later: Sequence[Event] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One component of the form."""

    part: Part
    place: int
    typed: Typed
    offered: Sequence[Problem]
    errors: Sequence[str]
    so_far: Bar | None
    other: Word | None
    decides: bool
    # what GOOD leaves to the rules, and all lumisections of the dataset
    left: Sequence[Segment] = ()
    dataset_lumis: Ranges = ()

    @property
    def left_json(self) -> str:
        """For the bar: `[[first, last, state, text], ...]`."""
        return "[]" if self.is_against_rules else json.dumps(self.left)

    @property
    def left_lumis(self) -> Ranges:
        return ranges.canonical((first, last) for first, last, *_ in self.left)

    @property
    def left_text(self) -> str:
        return ranges.readable(self.left_lumis)

    @property
    def is_against_rules(self) -> bool:
        """Whether GOOD would speak against the rules in every lumisection."""
        return bool(self.left) and self.left_lumis == self.dataset_lumis

    @property
    def statuses(self) -> list[tuple[str, bool]]:
        """The statuses that can be chosen, and which is."""
        offered = ("GOOD", "BAD", "EXCLUDED") if self.part.excludable else ("GOOD", "BAD")
        return [(each, each == self.status) for each in offered]

    @property
    def status(self) -> str:
        return self.typed.one(f"{self.part.key}.status")

    @property
    def low(self) -> bool:
        return bool(self.typed.one(f"{self.part.key}.low"))

    @property
    def lumis(self) -> str:
        return self.typed.one(f"{self.part.key}.lumis")

    @property
    def comment(self) -> str:
        return self.typed.one(f"{self.part.key}.comment")

    @property
    def problems(self) -> list[tuple[Problem, bool]]:
        """The problems that are offered, and which are chosen."""
        chosen = self.typed.many(f"{self.part.key}.problems")
        return [(each, each.name in chosen) for each in self.offered]

    @property
    def gone(self) -> list[str]:
        """Problems that were chosen and are not offered any more."""
        offered = {each.name for each in self.offered}
        return [name for name in self.typed.many(f"{self.part.key}.problems") if name not in offered]

    @property
    def has_more(self) -> bool:
        """Whether there is something in the part that is folded away."""
        return bool(self.lumis or self.comment or self.typed.many(f"{self.part.key}.problems"))


@dataclass(frozen=True, slots=True)
class Offered:
    """A reference run in the picker."""

    of: KnownReference
    chosen: bool
    recommended: bool
    age: str


@dataclass(frozen=True, slots=True)
class Sibling:
    """An earlier run of the same fill, with the verdict of each reconstruction that was certified."""

    run: int
    n_ls: int | None
    verdicts: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Tickable:
    """A checklist of the form, with which of its items are ticked."""

    of: Checklist
    ticks: Mapping[str, str]
    errors: Sequence[str]
    unfolded: bool = False

    @property
    def groups(self) -> list[tuple[str, str, list[tuple[str, str, bool, str]]]]:
        """Groups with name, description and items: (name of the tick, text, whether it is ticked, value to send)."""
        return [(group.name, group.html, [self._item(item.key, item.html) for item in group.items])
                for group in self.of.groups]  # fmt: skip

    def _item(self, key: str, html: str) -> tuple[str, str, bool, str]:
        name = f"{self.of.identifier}:{self.of.version}:{key}"
        at = self.ticks.get(name)
        return name, html, at is not None, f"{name}={at}" if at else name

    @property
    def count(self) -> int:
        return len(self.of.item_keys)

    @property
    def done(self) -> int:
        """How many of its items are ticked."""
        return sum(ticked for _, _, items in self.groups for _, _, ticked, _ in items)


@dataclass(frozen=True)
class FormPage:
    """All that the form shows."""

    subject: Subject
    typed: Typed
    sent: Sent
    answer: Answer
    live: Certification | None
    draft: Draft | None
    presence: Presence | None
    review: Review | None
    cards: Sequence[facts.Card]
    timeline: Timeline
    rows: Sequence[Row]
    counterpart: Certification | None
    fact_differences: Sequence[Difference]
    siblings: Sequence[Sibling]
    references: Sequence[Offered]
    reasons: Sequence[Reason]
    checklists: Sequence[Tickable]
    datasets: Sequence[str]
    in_gui: Sequence[str] = ()
    restored: bool = False
    # whether it is somebody else's certification that is changed
    of_another: bool = False

    @property
    def chosen(self) -> Offered | None:
        """The reference run that is chosen."""
        return next((each for each in self.references if each.chosen), None)

    @property
    def lost_reference(self) -> str:
        """A reference run that was chosen and is not offered."""
        return "" if self.chosen else self.typed.one("reference")

    @property
    def links(self) -> list[tuple[str, str]]:
        """Where the run is told of outside."""
        run = self.subject.run
        gui = links.run_in_offline_dqm(run, self.in_gui[0] if self.in_gui else "")
        online = self.subject.reconstruction == "online"
        return [
            ("OMS", links.run_in_oms(run)),
            ("DQM GUI", links.run_in_online_dqm(run) if online else gui),
            ("Run Registry", links.run_registry_runs()),
        ]

    @cached_property
    def to_tick(self) -> int:
        """How many items of checklists are not ticked."""
        return sum(each.count - each.done for each in self.checklists)

    @property
    def verdict(self) -> str:
        """GOOD or BAD as it is typed; empty while a component has no status."""
        if not all(row.status for row in self.rows):
            return ""
        words = {
            row.part.key: Word.model_validate({"status": row.status, "low_statistics": row.low}) for row in self.rows
        }
        return "GOOD" if good(words, [row.part.key for row in self.rows if row.decides]) else "BAD"

    @property
    def lumis(self) -> str:
        return ranges.readable(self.subject.lumis)

    @property
    def recommender(self) -> str:
        return RECOMMENDER.name


def fresh(expected: int) -> Sent:
    """Of a page that is opened now."""
    return Sent(expected, uuid4(), timezone.now().isoformat(timespec="seconds"))


def opened(subject: Subject, user: User, *, from_theirs: bool = False) -> FormPage:
    """The form as it is opened: with the draft, else the live certification, else empty."""
    # read before anything else: an event that comes in while we read counts as not seen
    head = current_seq()
    certified = certified_of_run(subject)
    live = certified.get(subject.reconstruction)
    draft = None if from_theirs else drafts.find(**key_of(subject), user=user)
    sent = fresh(min(head, draft.seq) if draft else head)
    answer = Answer()
    if draft is not None and live is not None and live.seq > draft.seq:
        answer = Answer(conflict=conflicting(subject, Typed(draft.typed), live))
        sent = fresh(head)
    typed = Typed(draft.typed) if draft else Typed.of_certification(live) if live else Typed({})
    return form_page(subject, user, typed, sent, answer, certified, draft=draft, restored=draft is not None)


def certified_of_run(subject: Subject) -> dict[str, Certification]:
    """The live certifications of the run by reconstruction: its own and its counterpart's in one query."""
    found = selectors.certifications_of_run(subject.run)
    return {each.reconstruction: each for each in found if each.workspace == subject.workspace}


def form_page(
    subject: Subject,
    user: User,
    typed: Typed,
    sent: Sent,
    answer: Answer,
    certified: Mapping[str, Certification],
    *,
    draft: Draft | None = None,
    restored: bool = False,
) -> FormPage:
    """The form with what is typed in it."""
    live = certified.get(subject.reconstruction)
    said = values_of_run(subject.run)
    other = certified.get(COUNTERPARTS.get(subject.reconstruction, ""))
    datasets = {each.dataset: each.in_gui for each in Dataset.objects.filter(run=subject.run).defer("lumis")}
    typed = typed.with_default("date", selectors.today().isoformat())
    references, typed = offered(subject, typed)
    stands = standing(run=subject.run, dataset=subject.dataset)
    own = own_events(live, subject.dataset, stands)
    return FormPage(
        subject=subject,
        typed=typed,
        sent=sent,
        answer=answer,
        live=live,
        draft=draft,
        presence=claims.who_is_on(**key_of(subject)),
        review=_sent_back(live),
        cards=facts.cards(subject.row, said),
        timeline=timeline(subject.run, subject.lumis, with_pileup=False),
        rows=rows(subject, typed, answer.errors, other, stands, own),
        counterpart=other,
        fact_differences=_fact_differences(subject, other),
        siblings=_siblings(subject),
        references=references,
        reasons=reasons(),
        checklists=tickables(subject, typed, answer.errors),
        datasets=sorted(name for name in datasets if reconstruction_of(name) == subject.reconstruction),
        in_gui=datasets.get(subject.dataset, ()),
        restored=restored,
        of_another=live is not None and live.shifter != user.get_username(),
    )


def key_of(subject: Subject) -> Key:
    """What claims and drafts know a certification by."""
    return {"run": subject.run, "workspace": subject.workspace, "reconstruction": subject.reconstruction}


def is_refused(page: FormPage, user: User) -> bool:
    """Whether there is nothing for this person to do here: it is somebody else's, and nothing of theirs is typed."""
    return page.draft is None and not may_certify(user, page.live, workspace=page.subject.workspace)


def _sent_back(live: Certification | None) -> Review | None:
    if live is None:
        return None
    key = {"run": live.run, "workspace": live.workspace, "reconstruction": live.reconstruction}
    return Review.objects.filter(**key, of=live.seq, outcome="sent back").first()


def rows(
    subject: Subject,
    typed: Typed,
    errors: Problems,
    other: Certification | None,
    stands: Sequence[Standing],
    own: Collection[int] = (),
) -> list[Row]:
    """The components of the form; `own` are the events that gave the statuses of the live certification."""
    named = problems(components=subject.of.components)
    others = {part.key: word for part, word in other.words} if other else {}
    by = bars.authors(stands)
    return [
        Row(
            part=part,
            place=place,
            typed=typed,
            offered=[each for each in named if each.component == part.component],
            errors=errors.get(part.key, ()),
            so_far=_so_far(part.component, stands, subject.lumis, by),
            other=others.get(part.key),
            decides=subject.row.run_type in part.decides,
            left=_left(part.component, stands, subject.lumis, own),
            dataset_lumis=subject.lumis,
        )
        for place, part in enumerate(subject.of.parts, 1)
    ]


def _left(component: str, stands: Sequence[Standing], lumis: Ranges, own: Collection[int]) -> list[Segment]:
    worse = ranges.overlap(lumis, worse_by_rule(component, stands, own))
    found = [
        (first, last, each.status.lower(), f"left to the rules: {each.status}{f', {each.cause}' if each.cause else ''}")
        for each in stands
        if each.component == component and each.layer == Layer.AUTOMATIC
        for first, last in ranges.overlap(worse, each.lumis)
    ]
    return sorted(found)


def _so_far(component: str, stands: Sequence[Standing], lumis: Ranges, by: Mapping[int, Event]) -> Bar | None:
    """What counts now for a component; None where nobody and no rule spoke."""
    own = [word for word in stands if word.component == component]
    return bars.bar(component, bars.pieces(own, lumis), by) if own else None


def _fact_differences(subject: Subject, other: Certification | None) -> list[Difference]:
    if other is None:
        return []
    return differences(
        words={}, other_words={}, labels={}, facts=subject.facts, other_facts=other.rest.get("facts", {})
    )


def _siblings(subject: Subject) -> list[Sibling]:
    if subject.row.fill is None:
        return []
    found = list(
        Run.objects.filter(fill=subject.row.fill, run__lt=subject.run)
        .order_by("-run")
        .values_list("run", "n_ls")[:MOST_SIBLINGS]
    )
    certified = Certification.objects.filter(workspace=subject.workspace, run__in=[run for run, _ in found])
    verdicts: dict[int, list[tuple[str, str]]] = {}
    for run, reconstruction, verdict in certified.values_list("run", "reconstruction", "verdict"):
        verdicts.setdefault(run, []).append((reconstruction, verdict.upper()))
    in_order = RECONSTRUCTIONS.index
    return [
        Sibling(run, n_ls, sorted(verdicts.get(run, []), key=lambda each: in_order(each[0]))) for run, n_ls in found
    ]


def offered(subject: Subject, typed: Typed) -> tuple[list[Offered], Typed]:
    """The reference runs that match, the best first; where none was chosen or refused yet, the recommended one is."""
    ranked = [
        each
        for each in RECOMMENDER.recommend(subject, selectors.references(subject.workspace))
        if (each.first_run or 0) <= subject.run and (each.last_run is None or subject.run <= each.last_run)
    ]
    best = RECOMMENDER.chooses(subject) if ranked else ""
    if any(each.key == best for each in ranked):
        typed = typed.with_default("reference", best)
    chosen = typed.one("reference")
    start = subject.row.start_time
    return [Offered(each, each.key == chosen, each.key == best, _age(each.start, start)) for each in ranked], typed


def _age(of: datetime | None, now: datetime | None) -> str:
    """How long before this run a reference was taken."""
    if of is None or now is None:
        return ""
    days = (now - of).days
    if days < 0:
        return "later"
    return f"{days} d" if days < 100 else f"{days / 365.25:.1f} y"


def tickables(subject: Subject, typed: Typed, errors: Problems) -> list[Tickable]:
    """The checklists that are to be ticked."""
    applying = checklists_for(
        run_type=subject.row.run_type, reconstruction=subject.reconstruction, components=subject.of.components
    )
    found = [Tickable(each, typed.ticks, errors.get(f"checklist.{each.identifier}", ())) for each in applying]
    # one at a time, where forty items at once would not be read
    first = next((each.of for each in found if each.done < each.count), None)
    return [replace(each, unfolded=bool(each.errors) or each.of is first) for each in found]


# ---- theirs and yours ----


def conflicting(subject: Subject, mine: Typed, live: Certification | None, later: Sequence[Event] = ()) -> Conflicting:
    """What somebody else said, against what is typed."""
    theirs = Typed.of_certification(live) if live else Typed({})
    fields = [
        (label, _told(theirs, names), _told(mine, names))
        for label, names in _fields(subject)
        if live is not None and _told(theirs, names) != _told(mine, names)
    ]
    return Conflicting(live, fields, later)


def _fields(subject: Subject) -> list[tuple[str, list[str]]]:
    of_parts = [
        (part.label, [f"{part.key}.{name}" for name in ("status", "low", "lumis", "problems", "comment")])
        for part in subject.of.parts
    ]
    whole = {"Reference run": "reference", "Why bad": "bad_reason", "Tracker map": "tracker_map", "Comment": "comment"}
    return [*of_parts, *((label, [name]) for label, name in whole.items()), ("Date", ["date"])]


def _told(typed: Typed, names: Sequence[str]) -> str:
    """What was typed in some fields, in one line."""
    told = []
    for name in names:
        text = ", ".join(each.strip() for each in typed.many(name) if each.strip())
        kind = name.rpartition(".")[2]
        if text:
            told.append({"low": "low statistics", "lumis": f"BAD in LS {text}"}.get(kind, text))
    return "; ".join(told) or "nothing"

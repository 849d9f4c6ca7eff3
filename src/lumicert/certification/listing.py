"""The certifications as a table: those that fulfil conditions, in an order, a page at a time.

The order is that of an index, of the table of certifications or of that of runs, so that a page of 100,000 of them
costs what a page of a hundred does. A value that is not known comes last, whichever way the table is sorted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from lumicert.certification.judging import Word
from lumicert.certification.models import Certification, Reference, Review
from lumicert.certification.workspaces import Part
from lumicert.decisions.models import Event
from lumicert.runs.models import Run
from lumicert.shell import pages
from lumicert.shell.pages import Page, Passing

NEWEST_FIRST = "-date"

# what the table is sorted by, as the address names it: columns of the certification, and of its run
OWN = {
    "run": "run", "date": "date", "shifter": "shifter", "reconstruction": "reconstruction", "verdict": "verdict",
    "type": "run_type", "dataset": "dataset", "reason": "bad_reason", "map": "tracker_map", "at": "seq",
    "reference": "reference_run",
}  # fmt: skip
OF_RUN = {"ls": "n_ls", "recorded": "recorded", "class": "klass", "fill": "fill"}
_NULLABLE = {"reference", *OF_RUN} - {"class"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: conditions on certifications, and the order, `-date` for the newest day first."""

    workspace: str
    conditions: Sequence[Q] = ()
    sort: str = NEWEST_FIRST


@dataclass(frozen=True, slots=True)
class Listed:
    """A certification with its run as it is known now, the review that counts, and whether it is a reference run."""

    of: Certification
    run: Run | None
    review: Review | None
    reviewer: str
    is_reference: bool
    words: list[tuple[Part, Word]]


def sortable(sort: str) -> bool:
    """Whether `sort` is an order of the table."""
    return sort.removeprefix("-") in {**OWN, **OF_RUN}


def page_of(question: Question, *, number: int = 1) -> Page[Listed]:
    """A page; one that is not there is the last."""
    return pages.page_of(_passing(question), number, listed)


def all_of(question: Question) -> Iterator[Listed]:
    """All that pass, in the same order."""
    return pages.all_of(_passing(question), listed)


def _passing(question: Question) -> Passing[Certification]:
    conditions = reduce(and_, question.conditions, Q(workspace=question.workspace))
    # the long rest of what was said is read on the page of one
    found = Certification.objects.filter(conditions).defer("rest")
    key = question.sort.removeprefix("-")
    sign = "-" if question.sort.startswith("-") else ""
    if key in OF_RUN:
        return _by_run(found, OF_RUN[key], sign, nullable=key in _NULLABLE)
    column = OWN[key]
    order = [f"{sign}{column}"] if column in ("run", "seq") else [f"{sign}{column}", f"{sign}run"]
    if key not in _NULLABLE:
        return Passing(found, found.order_by(*order), None)
    missing = Q(**{f"{column}__isnull": True})
    return Passing(found, found.exclude(missing).order_by(*order), found.filter(missing).order_by("-run"))


def _by_run(found: QuerySet[Certification], column: str, sign: str, *, nullable: bool) -> Passing[Certification]:
    # a join that PostgreSQL may begin at either end; a subquery as the order would be computed for every row
    joined = found.extra(  # noqa: S610  (the names are ours)
        tables=["runs_run"], where=["runs_run.run = certification_certification.run", f"runs_run.{column} IS NOT NULL"]
    )
    known = joined.extra(order_by=[f"{sign}runs_run.{column}", f"{sign}runs_run.run"])
    if not nullable:
        return Passing(found, known, None)
    has_value = Run.objects.filter(run=OuterRef("run"), **{f"{column}__isnull": False})
    return Passing(found, known, found.filter(~Exists(has_value)).order_by("-run"))


def reviewed(outcome: str | None = None) -> Exists:
    """Condition: its live version is reviewed, with this outcome or any."""
    # the number of its event names a certification; the comparison is that of the index
    counts = Review.objects.filter(of=OuterRef("seq"), outcome__gt="")
    return Exists(counts if outcome is None else counts.filter(outcome=outcome))


def listed(found: Sequence[Certification]) -> list[Listed]:
    """Certifications with what a list tells of them beside: three queries, however many there are."""
    numbers = {each.run for each in found}
    runs = Run.objects.defer("attributes", "units").in_bulk(numbers)
    reviews = reviews_of(found)
    rows = Reference.objects.filter(run__in=numbers).values_list("run", "workspace", "reconstruction")
    references = set(rows)
    return [
        Listed(
            of=each,
            run=runs.get(each.run),
            review=(review := reviews.get(each.seq)),
            reviewer=getattr(review, "who", ""),
            is_reference=(each.run, each.workspace, each.reconstruction) in references,
            words=each.words,
        )
        for each in found
    ]


def reviews_of(found: Sequence[Certification]) -> dict[int, Review]:
    """By the event of the certification: the review that counts, with `who` gave it. One query."""
    # a review of an earlier version does not count any more
    of = Review.objects.filter(run__in={each.run for each in found}, of__in=[each.seq for each in found])
    who = Event.objects.filter(seq=OuterRef("seq")).values("actor_name")
    return {each.of: each for each in of.exclude(outcome="").annotate(who=Subquery(who))}

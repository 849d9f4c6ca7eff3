"""The certifications as a table: those that fulfil conditions, in an order, a page at a time.

The order is that of an index, of the table of certifications or of that of runs, so that a page of 100,000 of them
costs what a page of a hundred does. A value that is not known comes last, whichever way the table is sorted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import chain, islice
from operator import and_

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from lumicert.certification.judging import Word
from lumicert.certification.models import Certification, Reference, Review
from lumicert.certification.workspaces import Part
from lumicert.decisions.models import Event
from lumicert.runs.models import Run

ROWS_A_PAGE = 100
_ROWS_A_FETCH = 1000
# beyond this nobody reads the number, and counting on would cost more than the page
MOST_COUNTED = 1000
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

    @property
    def key(self) -> str:
        """As forms name it: `321123 express`."""
        return f"{self.of.run} {self.of.reconstruction}"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the table. `found` counts those that pass, MOST_COUNTED of them at most; `more` beyond that."""

    rows: list[Listed]
    number: int
    found: int
    more: bool
    has_next: bool

    @property
    def pages(self) -> int | None:
        """How many pages there are; None where that was not counted."""
        return None if self.more else max(1, -(-self.found // ROWS_A_PAGE))


def sortable(sort: str) -> bool:
    """Whether `sort` is an order of the table."""
    return sort.removeprefix("-") in {**OWN, **OF_RUN}


def page_of(question: Question, *, number: int = 1) -> Page:
    """A page; one that is not there is the last."""
    passing = _passing(question)
    found = _read(passing, number)
    counted = _counted(passing, number, len(found))
    if not found and number > 1:
        number = max(1, -(-counted // ROWS_A_PAGE))
        found = _read(passing, number)
    shown = listed(found[:ROWS_A_PAGE])
    has_next = len(found) > ROWS_A_PAGE
    return Page(shown, number, min(counted, MOST_COUNTED), counted > MOST_COUNTED, has_next)


def all_of(question: Question) -> Iterator[Listed]:
    """All that pass, in the same order."""
    passing = _passing(question)
    parts = [passing.known] if passing.unknown is None else [passing.known, passing.unknown]
    rows = chain.from_iterable(part.iterator(chunk_size=_ROWS_A_FETCH) for part in parts)
    while part := list(islice(rows, _ROWS_A_FETCH)):
        yield from listed(part)


@dataclass(frozen=True, slots=True)
class _Passing:
    """Those that pass, in two parts: whose sorted value is known, in its order, and the rest."""

    all: QuerySet[Certification]
    known: QuerySet[Certification]
    unknown: QuerySet[Certification] | None


def _passing(question: Question) -> _Passing:
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
        return _Passing(found, found.order_by(*order), None)
    missing = Q(**{f"{column}__isnull": True})
    return _Passing(found, found.exclude(missing).order_by(*order), found.filter(missing).order_by("-run"))


def _by_run(found: QuerySet[Certification], column: str, sign: str, *, nullable: bool) -> _Passing:
    # a join that PostgreSQL may begin at either end; a subquery as the order would be computed for every row
    joined = found.extra(  # noqa: S610  (the names are ours)
        tables=["runs_run"], where=["runs_run.run = certification_certification.run", f"runs_run.{column} IS NOT NULL"]
    )
    known = joined.extra(order_by=[f"{sign}runs_run.{column}", f"{sign}runs_run.run"])
    if not nullable:
        return _Passing(found, known, None)
    has_value = Run.objects.filter(run=OuterRef("run"), **{f"{column}__isnull": False})
    return _Passing(found, known, found.filter(~Exists(has_value)).order_by("-run"))


def _read(passing: _Passing, number: int) -> list[Certification]:
    """A page, and one row more, which tells that there is a next one."""
    first, wanted = (number - 1) * ROWS_A_PAGE, ROWS_A_PAGE + 1
    found = list(passing.known[first : first + wanted])
    if len(found) < wanted and passing.unknown is not None:
        behind = 0 if found else max(0, first - passing.known.order_by().count())
        found += passing.unknown[behind : behind + wanted - len(found)]
    return found


def _counted(passing: _Passing, number: int, n_read: int) -> int:
    """How many pass, counted to one beyond MOST_COUNTED; a last page that was read tells it without counting."""
    if n_read <= ROWS_A_PAGE and (n_read or number == 1):
        return (number - 1) * ROWS_A_PAGE + n_read
    return passing.all.order_by().values("run")[: MOST_COUNTED + 1].count()


def reviewed(outcome: str | None = None) -> Exists:
    """Condition: its live version is reviewed, with this outcome or any."""
    # the number of its event names a certification; the comparison is that of the index
    counts = Review.objects.filter(of=OuterRef("seq"), outcome__gt="")
    return Exists(counts if outcome is None else counts.filter(outcome=outcome))


def listed(found: Sequence[Certification]) -> list[Listed]:
    """Certifications with what a list tells of them beside: three queries, however many there are."""
    numbers = {each.run for each in found}
    runs = Run.objects.defer("attributes", "units").in_bulk(numbers)
    # a review of an earlier version does not count any more
    seqs = {each.seq for each in found}
    who = Event.objects.filter(seq=OuterRef("seq")).values("actor_name")
    reviews = {
        each.of: each
        for each in Review.objects.filter(run__in=numbers, of__in=seqs).exclude(outcome="").annotate(who=Subquery(who))
    }
    rows = Reference.objects.filter(run__in=numbers).values_list("run", "workspace", "reconstruction")
    references = set(rows)
    return [
        Listed(
            of=each,
            run=runs.get(each.run),
            review=(review := reviews.get(each.seq)),
            reviewer=getattr(review, "who", None) or "",
            is_reference=(each.run, each.workspace, each.reconstruction) in references,
            words=each.words,
        )
        for each in found
    ]

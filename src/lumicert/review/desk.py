"""Reading: what a leader reviews, oldest first, and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from django.db.models import Q

from lumicert.accounts.models import User
from lumicert.certification.contradictions import contradictions
from lumicert.certification.listing import reviewed, reviews_of
from lumicert.certification.models import Certification, Review
from lumicert.certification.workspaces import Workspace
from lumicert.shell.fields import number_of
from lumicert.shell.pages import MOST_COUNTED, Page, Passing, page_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """A certification with the review that counts, and whether the rules say worse of it by now."""

    of: Certification
    review: Review | None
    against: bool

    @property
    def key(self) -> str:
        """As forms name it: `321123 express`."""
        return f"{self.of.run} {self.of.reconstruction}"


def desk(of: Workspace, *, conditions: list[Q], number: int) -> Page[Waiting]:
    """A page of the certifications that fulfil the conditions, the oldest word first."""
    found = Certification.objects.filter(*conditions, workspace=of.name)
    # whole rows are read of one page alone: what is passed over is read in an index
    keys = found.only("seq", "workspace", "run", "reconstruction").order_by("seq")
    return page_of(Passing(found, keys, None), number, partial(_waiting, of))


def _waiting(of: Workspace, keys: Sequence[Certification]) -> Sequence[Waiting]:
    rows = list(Certification.objects.filter(seq__in=[key.seq for key in keys]).defer("rest").order_by("seq"))
    reviews = reviews_of(rows)
    against = contradictions(of, [(row.run, row.reconstruction) for row in rows])
    return [Waiting(row, reviews.get(row.seq), (row.run, row.reconstruction) in against) for row in rows]


def unreviewed() -> Q:
    """Certifications whose live version nobody reviewed."""
    return ~Q(reviewed())


def count_of_imported(of: Workspace) -> int:
    """How many that an import brought in nobody reviewed, counted to one beyond MOST_COUNTED."""
    waiting = Certification.objects.filter(unreviewed(), workspace=of.name, imported=True)
    return waiting.values("run")[: MOST_COUNTED + 1].count()


def next_to_review(of: Workspace, *, reader: User, after: int = 0, imported: bool = False) -> Certification | None:
    """The oldest that this person may review and nobody did, behind event `after`; else the oldest of all.

    Args:
        imported: those that an import brought in, instead of those that were made here.
    """
    of_these = Certification.objects.filter(unreviewed(), workspace=of.name, imported=imported)
    waiting = of_these.exclude(shifter=reader.get_username())
    found = waiting.filter(seq__gt=after).order_by("seq").first()
    return found or waiting.order_by("seq").first()


def named(of: Workspace, keys: list[str]) -> list[Certification]:
    """The live certifications that a form names, `321123 express`; what is no name of one is left out."""
    named = (key.partition(" ") for key in keys)
    wanted = {(run, reconstruction) for text, _, reconstruction in named if (run := number_of(text))}
    found = Certification.objects.filter(workspace=of.name, run__in={run for run, _ in wanted}).order_by("seq")
    return [each for each in found if (each.run, each.reconstruction) in wanted]

"""Reading: reference runs, and one with its history and the certifications that were compared with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from lumicert.accounts.models import User
from lumicert.certification.listing import Listed, Question, page_of
from lumicert.certification.models import Certification, Reference
from lumicert.certification.selectors import KnownReference, live_of, references
from lumicert.certification.workspaces import Workspace
from lumicert.decisions.models import Event
from lumicert.decisions.selectors import current_seq
from lumicert.review.certificationpage import Version, history_of
from lumicert.shell.pages import Page


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """A reference run with who promoted it, or said something of it last."""

    of: KnownReference
    by: str
    at: datetime | None
    verdict: str

    @property
    def is_sound(self) -> bool:
        """Whether its certification still stands as good."""
        return self.verdict == "good"


def reference_rows(of: Workspace) -> list[ReferenceRow]:
    """All reference runs, newest run first: seven queries."""
    seqs = {(row.run, row.reconstruction): row.seq for row in Reference.objects.filter(workspace=of.name)}
    events = Event.objects.in_bulk(list(seqs.values()))
    standing = Certification.objects.filter(workspace=of.name, run__in=[run for run, _ in seqs])
    verdicts = {(run, name): verdict for run, name, verdict in standing.values_list("run", "reconstruction", "verdict")}
    found = []
    for known in references(of.name):
        key = (known.is_of.run, known.is_of.reconstruction)
        event = events.get(seqs.get(key, 0))
        found.append(
            ReferenceRow(known, event.actor_name if event else "", event.at if event else None, verdicts.get(key, ""))
        )
    return found


@dataclass(frozen=True, slots=True)
class ReferencePage:
    """One run that is a reference, or was; `now` None where it is none any more."""

    run: int
    reconstruction: str
    head: int
    now: Reference | None
    live: Certification | None
    history: Sequence[Version]
    of_certification: Sequence[Version]
    uses: Page[Listed]


def reference_page(run: int, reconstruction: str, of: Workspace, *, reader: User) -> ReferencePage | None:
    """None where it never was a reference run."""
    # read before anything else: an event that comes in while we read counts as not seen
    head = current_seq()
    told = history_of(run, reconstruction, of, reader=reader)
    history = [each for each in told if each.event.kind.startswith("reference.")]
    if not history:
        return None
    used = Q(reference_run=run, reference_reconstruction=reconstruction)
    return ReferencePage(
        run=run,
        reconstruction=reconstruction,
        head=head,
        now=Reference.objects.filter(run=run, workspace=of.name, reconstruction=reconstruction).first(),
        live=live_of(run, of.name, reconstruction),
        history=history,
        of_certification=told,
        uses=page_of(Question(of.name, [used])),
    )

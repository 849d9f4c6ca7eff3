"""A second person's word on many certifications at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from lumicert.accounts.models import User
from lumicert.accounts.roles import Permission, roles_in_words
from lumicert.certification.events import CertificationReviewed
from lumicert.certification.models import Certification
from lumicert.certification.services import CertificationRefused, NotYours
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Origin
from lumicert.decisions.services import Act, Conflict, append


def approve_all(
    *, chosen: Sequence[Certification], actor: User, expected: int, comment: str = "", act: UUID | None = None
) -> Act:
    """Approve several certifications in one act: all of them or none.

    Raises:
        NotYours: one of them is one's own, or the role does not review.
        CertificationRefused: none was chosen.
        Conflict: one of them was changed or reviewed since the page was read.
    """
    if not actor.may(Permission.REVIEW):
        raise NotYours(f"Your role does not review; {roles_in_words(Permission.REVIEW)} may.")
    if not chosen:
        raise CertificationRefused({"": ["choose the certifications that you approve"]})
    if own := [each for each in chosen if each.shifter == actor.get_username()]:
        named = ", ".join(f"{each.run} {each.reconstruction}" for each in own)
        raise NotYours(f"{named}: your own certifications are reviewed by a second person. Nothing was approved.")
    if changed := [each.seq for each in chosen if each.seq > expected]:
        raise Conflict(list(Event.objects.filter(seq__in=changed).order_by("seq")))
    events = [NewEvent(_approved(each, comment), each.run, each.dataset) for each in chosen]
    return append(events=events, actor=actor, origin=Origin.PERSON, act=act, expected=expected)


def _approved(of: Certification, comment: str) -> CertificationReviewed:
    said = {"workspace": of.workspace, "reconstruction": of.reconstruction, "of": of.seq, "comment": comment}
    return CertificationReviewed.model_validate({**said, "outcome": "approved"})

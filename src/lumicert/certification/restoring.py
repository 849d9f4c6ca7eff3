"""Putting back what was withdrawn: the certification with the statuses that it gave, as it was said before."""

from __future__ import annotations

from uuid import UUID

from lumicert.accounts.models import User
from lumicert.accounts.roles import Permission, roles_in_words
from lumicert.certification.events import CertificationMade
from lumicert.certification.judging import Word
from lumicert.certification.models import Withdrawn
from lumicert.certification.selectors import subject
from lumicert.certification.services import CertificationRefused, NotYours, statuses_of
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Origin
from lumicert.decisions.services import Act, append


def last_words(of: Withdrawn) -> Event:
    """The event of the certification that was withdrawn."""
    same = {"payload__workspace": of.workspace, "payload__reconstruction": of.reconstruction}
    made = Event.objects.filter(run=of.run, kind="certification.made", seq__lt=of.seq, **same)
    return made.order_by("-seq")[0]


def may_restore(user: User, shifter: str) -> bool:
    """True where this person may put a certification of `shifter` back: its shifter, or who may change others'."""
    return user.may(Permission.CERTIFY) and (shifter == user.get_username() or user.may(Permission.CERTIFY_OTHERS))


def restore(*, withdrawn: Withdrawn, actor: User, expected: int, act: UUID | None = None) -> Act:
    """Put a withdrawn certification back, and the statuses of components that follow from it.

    Raises:
        NotYours: it is somebody else's.
        CertificationRefused: the run has no such dataset any more, or other lumisections than then.
        CannotBeCertified: the run is not known as it was.
        Conflict: somebody certified it again, or spoke of the same lumisections, since the page was read.
    """
    before = last_words(withdrawn)
    made = CertificationMade.model_validate({**before.payload, "restores": before.seq})
    if not may_restore(actor, made.shifter):
        raise NotYours(
            f"It is a certification of {made.shifter}. You may restore your own; "
            f"{roles_in_words(Permission.CERTIFY_OTHERS)} may restore those of others."
        )
    of = subject(run=withdrawn.run, reconstruction=made.reconstruction, dataset=before.dataset, of=withdrawn.workspace)
    if strange := [part.label for part in of.of.parts if part.key not in made.parts]:
        raise CertificationRefused({"": [f"it says nothing of {', '.join(strange)}: certify the run anew"]})
    words: dict[str, Word] = dict(made.parts)
    events = [NewEvent(made, of.run, of.dataset), *statuses_of(of, words, made.bad_reason, made.left)]
    return append(events=events, actor=actor, origin=Origin.PERSON, act=act, expected=expected)

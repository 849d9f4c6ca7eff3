"""Writing: mark a component, undo an act.

A refusal says at which field of the form the mistake is. Whether an act may be undone by somebody is decided here, not
on the page that shows the button.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pydantic

from lumicert.accounts.models import User
from lumicert.decisions import ranges
from lumicert.decisions.events import ComponentStatusSaid, Status
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Layer, Origin
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.rights import why_not
from lumicert.decisions.selectors import current_seq, standing
from lumicert.decisions.services import Act, append
from lumicert.decisions.services import undo as undo_in_log
from lumicert.registry import components
from lumicert.runs.selectors import datasets_of_run

# as in Run Registry: who says BAD says why
SHORTEST_COMMENT_OF_BAD = 3
# not a permission of a view: whether it is needed depends on whose act it is


class MarkRefused(ValueError):
    """A mark that cannot be taken; `problems` has what is wrong, by field of the form."""

    def __init__(self, problems: dict[str, str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems.values()))


class NotYours(Exception):
    """An act of somebody else, which this person's role does not undo."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a person says: over these lumisections the component has this status; None takes the person's word back."""

    run: int
    dataset: str
    component: str
    lumis: Ranges
    status: Status | None
    cause: str = ""
    comment: str = ""

    @property
    def summary(self) -> str:
        where = f"{self.component} in LS {ranges.readable(self.lumis)} of run {self.run}"
        return f"Marked {where} {self.status}" if self.status else f"Released what people said of {where}"

    def event(self) -> NewEvent:
        """The event to append.

        Raises:
            MarkRefused: the cause or the comment cannot be stored.
        """
        try:
            said = ComponentStatusSaid(layer=Layer.PERSON, status=self.status, cause=self.cause, comment=self.comment)
        except pydantic.ValidationError as error:
            raise MarkRefused({str(item["loc"][0]): item["msg"] for item in error.errors()}) from error
        return NewEvent(said, self.run, self.dataset, self.component, self.lumis)


def mark(*, wanted: Mark, actor: User, expected: int, act: UUID) -> Act:
    """Append what a person says of a component.

    Args:
        expected: the last event of the log when the page was read.
        act: made with the page, so that a second click does nothing again.

    Raises:
        MarkRefused: saying at which field.
        Conflict: somebody spoke of the same lumisections since the page was read.
        ActRefused: the act is in the log already and says something else.
    """
    event = wanted.event()
    _refuse_wrong(wanted, expected)
    return append(events=[event], actor=actor, origin=Origin.PERSON, act=act, expected=expected)


def _refuse_wrong(wanted: Mark, expected: int) -> None:
    problems = {
        # a number from the future would see no conflict, whoever spoke meanwhile
        "expected": "the page was read at an event that is not there; load it again" * (expected > current_seq()),
        "lumis": _problem_of_lumis(wanted),
        "component": components.problem(wanted.component, _components_of_run(wanted.run)),
        "comment": problem_of_comment(wanted.status, wanted.comment),
    }
    if found := {field: problem for field, problem in problems.items() if problem}:
        raise MarkRefused(found)


def _components_of_run(run: int) -> list[str]:
    return [item.component for item in standing(run=run)]


def problem_of_comment(status: str | None, comment: str) -> str:
    """What is wrong with a comment on a status; empty when nothing is."""
    if status == "BAD" and len(comment.strip()) < SHORTEST_COMMENT_OF_BAD:
        return f"BAD needs a comment of at least {SHORTEST_COMMENT_OF_BAD} characters: say what was wrong"
    return ""


def _problem_of_lumis(wanted: Mark) -> str:
    found = [item.lumis for item in datasets_of_run(wanted.run) if item.dataset == wanted.dataset]
    if not found:
        return f"run {wanted.run} has no dataset {wanted.dataset} any more"
    if beyond := ranges.difference(wanted.lumis, found[0]):
        has = ranges.readable(found[0])
        return f"LS {ranges.readable(beyond)} are not in this dataset, which has LS {has}"
    return ""


def undo(*, act: UUID, actor: User, reason: str = "") -> Act:
    """Undo an act, which is an act of its own.

    Raises:
        NotYours: the act is somebody else's, and the person's role does not undo it.
        ActRefused: there is no such act, it is undone already, or it cannot be undone.
        Conflict: later events changed what it covered.
    """
    events = list(Event.objects.filter(act=act).order_by("seq").defer("payload"))
    if events and (why := why_not(actor, events[0], {event.kind for event in events})):
        raise NotYours(why)
    return undo_in_log(act=act, actor=actor, reason=reason)

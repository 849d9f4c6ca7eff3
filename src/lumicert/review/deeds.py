"""Carrying out an act of a form, and what comes of it: done, refused, or somebody was faster."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import reverse

from lumicert.accounts.requests import SignedIn
from lumicert.certification.selectors import CannotBeCertified
from lumicert.certification.services import CertificationRefused, NotYours
from lumicert.decisions.models import Event
from lumicert.decisions.services import Act, ActRefused, Conflict
from lumicert.shell.notices import say_done

CONFLICT, UNPROCESSABLE = 409, 422


@dataclass(frozen=True, slots=True)
class Failed:
    """An act that was not carried out: which form it was, what was typed, and why not. Nothing was written."""

    deed: str
    typed: Mapping[str, str]
    problems: Mapping[str, Sequence[str]] = field(default_factory=dict)
    later: Sequence[Event] = ()

    @property
    def status(self) -> int:
        return CONFLICT if self.later else UNPROCESSABLE

    @property
    def all_problems(self) -> list[str]:
        return [problem for found in self.problems.values() for problem in found]


def carry_out(
    request: SignedIn,
    deed: str,
    act: Callable[[], Act],
    *,
    words: str,
    then: Callable[[], HttpResponse],
    again: Callable[[Failed], HttpResponse],
) -> HttpResponse:
    """Do it and say so with an undo, or show the page again with what was typed.

    Raises:
        PermissionDenied: it is not this person's to do.
    """
    typed = request.POST.dict()
    try:
        done = act()
    except NotYours as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except CertificationRefused as refusal:
        return again(Failed(deed, typed, refusal.problems))
    except (ActRefused, CannotBeCertified) as refusal:
        return again(Failed(deed, typed, {"": [str(refusal)]}))
    except Conflict as conflict:
        return again(Failed(deed, typed, later=conflict.later))
    repeated = "; it was in the log already" if done.repeated else ""
    say_done(request, f"{words} ({name_of(done)}{repeated}).", undo=reverse("registry:undo", args=[done.id]))
    return then()


def name_of(act: Act) -> str:
    """The events of an act."""
    return f"event {act.first}" if act.first == act.last else f"events {act.first} to {act.last}"

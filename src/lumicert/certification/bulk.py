"""Certifying several runs with the same words, in one act: all of them or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from lumicert.accounts.models import User
from lumicert.certification.checking import Wanted, Warned
from lumicert.certification.selectors import Subject
from lumicert.certification.services import CertificationRefused, NotConfirmed, prepared
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Origin
from lumicert.decisions.services import Act, append


class SomeRefused(ValueError):
    """At least one of the runs cannot be certified so; `problems` has what is wrong by run and field."""

    def __init__(self, problems: Mapping[int, Mapping[str, Sequence[str]]]) -> None:
        self.problems = problems
        told = [f"run {run}: {text}" for run, found in problems.items() for texts in found.values() for text in texts]
        super().__init__("; ".join(told))


class SomeNotConfirmed(Exception):
    """Warnings, by run, that nobody confirmed yet. Nothing was written."""

    def __init__(self, warnings: Mapping[int, Sequence[Warned]]) -> None:
        self.warnings = warnings
        super().__init__("; ".join(f"run {run}: {each.text}" for run, found in warnings.items() for each in found))


def certify_all(
    *, subjects: Sequence[Subject], wanted: Wanted, actor: User, expected: int, act: UUID
) -> tuple[Act, dict[int, str]]:
    """Certify each of `subjects` with the words of `wanted`: the act, and the verdict by run.

    Raises:
        SomeRefused: with what is wrong, by run and field.
        SomeNotConfirmed: warnings are to be confirmed first.
        NotYours: one of them is somebody else's certification.
        Conflict: somebody certified one of them since the form was read.
    """
    events: list[NewEvent] = []
    verdicts: dict[int, str] = {}
    problems: dict[int, dict[str, list[str]]] = {}
    warnings: dict[int, Sequence[Warned]] = {}
    for subject in subjects:
        try:
            made, own = prepared(subject=subject, wanted=wanted, actor=actor, expected=expected, act=act)
        except CertificationRefused as refusal:
            problems[subject.run] = refusal.problems
        except NotConfirmed as refusal:
            warnings[subject.run] = refusal.warnings
        else:
            events += own
            verdicts[subject.run] = made.verdict
    if problems:
        raise SomeRefused(problems)
    if warnings:
        raise SomeNotConfirmed(warnings)
    return append(events=events, actor=actor, origin=Origin.PERSON, act=act, expected=expected), verdicts

"""Reading certifications: lists of them, one, what happened to it, and what was withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError
from django.db.models import Q
from ninja import Query
from pydantic import Field

from lumicert.api import presenters, selectors
from lumicert.api.gate import ApiRequest
from lumicert.api.operations import operation
from lumicert.api.paging import Paging, after, page
from lumicert.api.problems import not_there, unprocessable
from lumicert.api.schemas import (
    CertificationDetail,
    CertificationList,
    Day,
    EventList,
    EventNumber,
    RunNumber,
    WithdrawalList,
)
from lumicert.certification.workspaces import RunType, UnknownWorkspace, workspace
from lumicert.decisions.events import Text
from lumicert.decisions.selectors import current_seq
from lumicert.rules.reconstruction import Reconstruction
from lumicert.runs.selectors import in_ranges
from lumicert.shell.fields import RunsField

Runs = Annotated[
    str,
    Field(
        max_length=4000,
        pattern=r"^[0-9]{1,9}(-[0-9]{1,9})?(,[0-9]{1,9}(-[0-9]{1,9})?)*$",
        description="runs and ranges of them, both ends in: 321123,321130-321140",
    ),
]
Name = Annotated[Text, Field(max_length=300)]
_NOT_THERE = frozenset({404})


class InWorkspace(Paging):
    """Of which workspace."""

    workspace: str = Field(default="tracker", max_length=40)


class CertificationsAsked(InWorkspace):
    """The filters of certifications; all that are given have to hold."""

    runs: Runs | None = None
    reconstruction: Reconstruction | None = None
    type: RunType | None = None
    verdict: Literal["good", "bad"] | None = None
    shifter: Name | None = None
    date_from: Day | None = None
    date_to: Day | None = None
    dataset: Name | None = None
    reference_run: RunNumber | None = None
    reference_reconstruction: Reconstruction | None = None
    review: Literal["none", "any", "approved", "sent back"] | None = None
    changed_since: EventNumber | None = Field(default=None, description="made, changed or reviewed after this event")


class WithdrawalsAsked(InWorkspace):
    """What was withdrawn since when."""

    changed_since: EventNumber = 0


def ranges_of(text: str) -> list[tuple[int, int]]:
    """The ranges of a text that has the form of `Runs`.

    Raises:
        Problem: naming the part that is no range of runs.
    """
    try:
        return RunsField().clean(text)
    except ValidationError as error:
        raise unprocessable({"runs": error.messages}) from error


def known_workspace(name: str) -> str:
    """The name, where there is such a workspace.

    Raises:
        Problem: with those that there are.
    """
    try:
        return workspace(name).name
    except UnknownWorkspace as error:
        raise unprocessable({"workspace": [str(error)]}) from error


_CONDITIONS: Mapping[str, Callable[[Any], Q]] = {
    "runs": lambda text: in_ranges(ranges_of(text)),
    "type": lambda value: Q(run_type=value),
    "date_from": lambda day: Q(date__gte=day),
    "date_to": lambda day: Q(date__lte=day),
    "review": selectors.review_is,
    "changed_since": selectors.changed_since,
}


def _conditions(asked: CertificationsAsked) -> list[Q]:
    if asked.date_from and asked.date_to and asked.date_to < asked.date_from:
        raise unprocessable({"date_to": [f"{asked.date_to} lies before {asked.date_from}"]})
    given = asked.model_dump(exclude_none=True, exclude={"workspace", "limit", "cursor"})
    return [_CONDITIONS[name](value) if name in _CONDITIONS else Q(**{name: value}) for name, value in given.items()]


@operation("GET", "/certifications", answer=CertificationList)
def list_certifications(request: ApiRequest, asked: Query[CertificationsAsked]) -> Any:
    """Live certifications, the newest run first."""
    of, conditions, behind = known_workspace(asked.workspace), _conditions(asked), after(request, asked)
    # read before the rows: what changes meanwhile is then seen twice, and never missed
    as_of = current_seq()
    found = selectors.certifications(workspace=of, conditions=conditions, behind=behind, limit=asked.limit)
    told = page(request, found, asked, lambda each: each.key)
    return {"items": [presenters.certification(each) for each in told["items"]], "next": told["next"], "as_of": as_of}


@operation("GET", "/certifications/{run}/{reconstruction}", answer=CertificationDetail, refusals=_NOT_THERE)
def read_certification(
    request: ApiRequest, run: RunNumber, reconstruction: Reconstruction, workspace: str = "tracker"
) -> Any:
    """The live certification of a run in one reconstruction."""
    found = selectors.one(run=run, reconstruction=reconstruction, workspace=known_workspace(workspace))
    if found is None:
        raise not_there(f"Run {run} is not certified in {reconstruction}; its history may tell of an earlier one.")
    return presenters.detail(found)


@operation("GET", "/certifications/{run}/{reconstruction}/history", answer=EventList, refusals=_NOT_THERE)
def read_history(request: ApiRequest, run: RunNumber, reconstruction: Reconstruction, asked: Query[InWorkspace]) -> Any:
    """What happened to the certification of a run in one reconstruction, newest first."""
    of, behind = known_workspace(asked.workspace), after(request, asked)
    before = behind[0] if behind else None
    found = selectors.history(run=run, reconstruction=reconstruction, workspace=of, before=before, limit=asked.limit)
    if not found and before is None:
        raise not_there(f"Run {run} was never certified in {reconstruction}.")
    told = page(request, found, asked, lambda each: [each.seq])
    return {"items": [presenters.event(each) for each in told["items"]], "next": told["next"]}


@operation("GET", "/withdrawals", answer=WithdrawalList)
def list_withdrawals(request: ApiRequest, asked: Query[WithdrawalsAsked]) -> Any:
    """Certifications that were withdrawn and not made again, newest first."""
    of, behind = known_workspace(asked.workspace), after(request, asked)
    before = behind[0] if behind else None
    found = selectors.withdrawals(workspace=of, since=asked.changed_since, before=before, limit=asked.limit)
    told = page(request, found, asked, lambda each: [each.seq])
    return {"items": [presenters.withdrawal(each) for each in told["items"]], "next": told["next"]}

"""Reading what certifications are made of: workspaces, reference runs, managed lists, checklists, and the queue."""

from __future__ import annotations

from typing import Annotated, Any

from ninja import Query
from pydantic import Field

from lumicert.api import presenters, selectors
from lumicert.api.certifications import InWorkspace, Name, Runs, known_workspace, ranges_of
from lumicert.api.gate import ApiRequest
from lumicert.api.operations import operation
from lumicert.api.paging import Paging, after, page, part
from lumicert.api.problems import not_there
from lumicert.api.schemas import (
    Checklist,
    ChecklistList,
    ProblemList,
    QueueList,
    ReasonList,
    ReferenceList,
    WorkspaceList,
)
from lumicert.catalogue import selectors as catalogue
from lumicert.certification.queue import ROWS_A_PAGE, USUAL, Asked
from lumicert.certification.selectors import references
from lumicert.certification.workspaces import workspaces
from lumicert.rules.reconstruction import Reconstruction

Version = Annotated[int, Field(ge=1, le=10**6)]


class WithRetired(Paging):
    """Whether what is not chosen any more is told too."""

    retired: bool = False


class ProblemsAsked(WithRetired):
    """Problems of one component, or of all."""

    component: Name | None = None


class QueueAsked(InWorkspace):
    """What of the queue; runs that are not significant are left out unless they are asked for."""

    limit: Annotated[int, Field(ge=1, le=ROWS_A_PAGE, description="rows a page")] = ROWS_A_PAGE
    runs: Runs | None = None
    reconstruction: Reconstruction | None = None
    class_: Name | None = Field(default=None, alias="class")
    insignificant: bool = False


@operation("GET", "/workspaces", answer=WorkspaceList)
def list_workspaces(request: ApiRequest, asked: Query[Paging]) -> Any:
    """What each workspace certifies: its components, and which of them decide."""
    return part(request, list(workspaces().values()), asked, lambda each: [each.name])


@operation("GET", "/references", answer=ReferenceList)
def list_references(request: ApiRequest, asked: Query[InWorkspace]) -> Any:
    """Reference runs, the newest first."""
    found = references(known_workspace(asked.workspace))
    told = part(request, found, asked, lambda each: [-each.is_of.run, each.is_of.reconstruction])
    return {"items": [presenters.reference(each) for each in told["items"]], "next": told["next"]}


@operation("GET", "/problems", answer=ProblemList)
def list_problems(request: ApiRequest, asked: Query[ProblemsAsked]) -> Any:
    """The managed problems, by component and name."""
    wanted = None if asked.component is None else [asked.component]
    found = sorted(
        catalogue.problems(components=wanted, with_retired=asked.retired), key=lambda each: (each.component, each.name)
    )
    return part(request, found, asked, lambda each: [each.component, each.name])


@operation("GET", "/reasons", answer=ReasonList)
def list_reasons(request: ApiRequest, asked: Query[WithRetired]) -> Any:
    """The managed reasons for bad data, by name."""
    found = sorted(catalogue.reasons(with_retired=asked.retired), key=lambda each: each.name)
    return part(request, found, asked, lambda each: [each.name])


@operation("GET", "/checklists", answer=ChecklistList)
def list_checklists(request: ApiRequest, asked: Query[WithRetired]) -> Any:
    """The newest version of every checklist, by identifier."""
    found = sorted(catalogue.checklists(with_retired=asked.retired), key=lambda each: each.identifier)
    told = part(request, found, asked, lambda each: [each.identifier])
    return {"items": [presenters.checklist(each) for each in told["items"]], "next": told["next"]}


@operation("GET", "/checklists/{identifier}/{version}", answer=Checklist, refusals=frozenset({404}))
def read_checklist(request: ApiRequest, identifier: Name, version: Version) -> Any:
    """One version of a checklist, be it retired or withdrawn."""
    try:
        return presenters.checklist(catalogue.checklist(identifier, version))
    except catalogue.NoSuchChecklist as error:
        raise not_there(str(error)) from error


@operation("GET", "/queue", answer=QueueList)
def list_queue(request: ApiRequest, asked: Query[QueueAsked]) -> Any:
    """What is to be certified, the newest run first, and who is on it."""
    wanted = Asked(
        runs=ranges_of(asked.runs) if asked.runs else (),
        reconstructions=(asked.reconstruction,) if asked.reconstruction else USUAL,
        klass=asked.class_ or "",
        insignificant=asked.insignificant,
        order="newest",
    )
    of, behind = known_workspace(asked.workspace), after(request, asked)
    found = selectors.queue(asked=wanted, workspace=of, behind=behind, limit=asked.limit)
    told = page(request, found, asked, lambda each: [each.run, each.reconstruction])
    reader = request.user.get_username()
    return {"items": [presenters.queued(each, reader=reader) for each in told["items"]], "next": told["next"]}

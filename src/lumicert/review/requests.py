"""What every view here asks of its request: who it is, and which workspace."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.http import Http404, HttpRequest

from lumicert.certification.workspaces import USUAL_WORKSPACE, UnknownWorkspace, Workspace, workspace
from lumicert.shell.fields import LAST_EVENT, number_of


def workspace_of(request: HttpRequest) -> Workspace:
    """The workspace that the address or the form names, the tracker's where neither does."""
    name = request.POST.get("workspace") or request.GET.get("workspace") or USUAL_WORKSPACE
    try:
        return workspace(name)
    except UnknownWorkspace as error:
        raise Http404(f"{error}.") from error


def expected_of(request: HttpRequest) -> int:
    """The event at which the page was read; 0, which conflicts with everything since, where that is no number."""
    text = request.POST.get("expected", "")
    return number_of(text, LAST_EVENT) or 0


def act_of(request: HttpRequest) -> UUID:
    """The identity of the act, made with the page."""
    try:
        return UUID(request.POST.get("act", ""))
    except ValueError:
        return uuid4()

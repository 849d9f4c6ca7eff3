"""What every view here asks of its request: from which queue it comes, and so of which workspace it is."""

from __future__ import annotations

from django.http import Http404, HttpRequest, QueryDict
from django.utils.http import urlencode

from lumicert.certification.workspaces import USUAL_WORKSPACE, UnknownWorkspace, Workspace, workspace

# the filters of a queue, not the runs of a year one by one
MOST_CHARACTERS = 4000


def queue_of(request: HttpRequest) -> str:
    """The filters of the queue that the request comes from, as the query of its address; they name the workspace."""
    query = (request.POST.get("queue") or request.GET.get("queue") or "")[:MOST_CHARACTERS]
    name = request.GET.get("workspace")
    return query if not name or query else urlencode({"workspace": name})


def workspace_in(query: str) -> Workspace:
    """The workspace that a queue's filters name, else the usual one.

    Raises:
        Http404: there is no such workspace.
    """
    try:
        return workspace(QueryDict(query).get("workspace") or USUAL_WORKSPACE)
    except UnknownWorkspace as error:
        raise Http404(f"{error}.") from error


def workspace_of(request: HttpRequest) -> str:
    """The workspace of a form, and of all that is posted from it.

    Raises:
        Http404: there is no such workspace.
    """
    return workspace_in(queue_of(request)).name

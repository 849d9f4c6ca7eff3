"""Error pages: what happened, and what to do. Each has a page, a text for fragments, and JSON for programs."""

from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import Resolver404

from lumicert.accounts.refusals import refuse
from lumicert.shell.context import theme_of


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the request itself is wrong."""
    # a suspicious request is not told what gave it away
    said = "" if isinstance(exception, SuspiciousOperation) else _said(exception)
    return refuse(
        request,
        HTTPStatus.BAD_REQUEST,
        "This request cannot be read",
        what=said or "Something in the address or in the form has a value that cannot be right.",
        todo="Go back, correct it, and send it again.",
    )


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403 that a view raised itself."""
    return refuse(
        request,
        HTTPStatus.FORBIDDEN,
        "This is not yours to do",
        what=_said(exception) or "Your account may open this page, but not do this.",
        todo="Ask the person whose act it is, or a shift leader.",
    )


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: with the view's own words where it has some, else the address."""
    said = "" if isinstance(exception, Resolver404) else _said(exception)
    return refuse(
        request,
        HTTPStatus.NOT_FOUND,
        "There is nothing here",
        what=said or f"No page has the address {request.path}.",
        todo="Check the address, search for a run or a dataset, or start from the start page.",
    )


def conflict(request: HttpRequest, what: str, todo: str = "") -> HttpResponse:
    """409: somebody else changed the same thing first; `what` says who and what."""
    return refuse(
        request,
        HTTPStatus.CONFLICT,
        "Somebody was faster",
        what=what,
        todo=todo or "Nothing was written. Load the page again, look at what changed, and decide anew.",
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form does not carry this session's token. Named by `CSRF_FAILURE_VIEW`."""
    return refuse(
        request,
        HTTPStatus.FORBIDDEN,
        "This form is out of date",
        what="It came from another session: you signed in or out since it was loaded, or cookies are off. "
        "Nothing was written.",
        todo="Go back, load the page again, and send the form once more.",
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault. Rendered without session and database, since one of them may be what failed."""
    what = "The request was not carried out and left nothing half-written. The log of the server has the details."
    todo = "Try once more. If it happens again, tell the people who run this installation, with the time."
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(f"{what} {todo}", status=500, content_type="text/plain; charset=utf-8")
    page = {"status": 500, "title": "Something broke on our side", "what": what, "todo": todo}
    frame = {"theme": theme_of(request), "demo": bool(getattr(settings, "DEMO", False))}
    return HttpResponse(render_to_string("refusal.html", page | frame), status=500)


def _said(exception: Exception | None) -> str:
    """The words a view put into the exception, if it did."""
    return exception.args[0] if exception and exception.args and isinstance(exception.args[0], str) else ""

"""The sign-in page, and what it says when signing in did not work."""

from __future__ import annotations

from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lumicert.accounts.refusals import safe_next
from lumicert.accounts.services import DEMO_ACCOUNTS
from lumicert.people import cern

BACKEND = "django.contrib.auth.backends.ModelBackend"
UNREADABLE, UNAVAILABLE = 400, 503
_log = structlog.get_logger(__name__)


def is_demo() -> bool:
    """Whether everybody may sign in with a click."""
    return bool(getattr(settings, "DEMO", False))


def entrance(
    request: HttpRequest, *, form: AuthenticationForm | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    """The sign-in page: CERN first where it is configured, a demo's accounts, and the local password."""
    context = {
        "form": form or AuthenticationForm(request),
        "next": safe_next(request, request.POST.get("next") or request.GET.get("next")),
        "demo_accounts": list(DEMO_ACCOUNTS.values()) if is_demo() else [],
        "cern": cern.is_configured(),
        "problem": problem,
    }
    return render(request, "people/sign_in.html", context, status=status)


def page_of_failure(request: HttpRequest, error: Any, *, cancelled: bool = False) -> HttpResponse:
    """The sign-in page, saying why CERN's sign-in did not work and what works all the same."""
    if cancelled:
        return entrance(request, problem="CERN did not sign you in: the sign-in was cancelled there.")
    if error is None:
        said = str(request.GET.get("error", ""))[:100]
        problem = f"CERN answered '{said}'." if said else "This sign-in was begun too long ago, or in another browser."
        return entrance(request, problem=f"{problem} Begin again.", status=UNREADABLE)
    _log.warning("sign-in at CERN failed", reason=str(error), error=type(error).__name__)
    if isinstance(error, cern.NotTrusted):
        problem = (
            f"What came back from CERN cannot be trusted: {error}. Begin again; if it stays so, tell an administrator."
        )
        return entrance(request, problem=problem, status=UNREADABLE)
    problem = (
        f"CERN's sign-in service cannot be used now: {error}. Nobody is signed in. Try again in a minute; "
        "who has a local account can use its password."
    )
    return entrance(request, problem=problem, status=UNAVAILABLE)

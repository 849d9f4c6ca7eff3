"""How a request is refused: as a page for a person, as text for a fragment of a page, as JSON for a program.

A refusal says what was asked for, which roles may do it, and how to get there.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from lumicert.accounts.roles import Permission, Role, roles_in_words


def safe_next(request: HttpRequest, candidate: str | None) -> str:
    """The address to go on to: `candidate` where it stays on this site, else the start page.

    An address on another host would make the sign-in page a tool for phishing.
    """
    if candidate and url_has_allowed_host_and_scheme(
        candidate, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return candidate
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def not_signed_in(request: HttpRequest) -> HttpResponse:
    """401 for fragments and programs, else a redirect to the sign-in page that leads back here."""
    if _wants_fragment(request) or _wants_json(request):
        return refuse(
            request,
            401,
            "You are not signed in",
            what="Nobody is signed in on this browser any more.",
            todo="Sign in again, then repeat what you did.",
        )
    # only an address that can be opened again is worth returning to: after a form it is the page that held it
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else request.headers.get("Referer")
    query = urlencode({"next": safe_next(request, back)})
    return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?{query}")


def lacking(request: HttpRequest, permission: Permission) -> HttpResponse:
    """403: the account's role does not have the permission."""
    role = Role(getattr(request.user, "role", Role.GUEST))
    if role is Role.GUEST:
        return refuse(
            request,
            403,
            "Your account has no role yet",
            what="You are signed in, but this account has no role in certification, so there is nothing to show. "
            f"This page needs the permission {permission}; who has it: {roles_in_words(permission)}.",
            todo="Ask your shift leader or an administrator to give you the role shifter, then sign in again. "
            "The start page says what your role follows from.",
        )
    return refuse(
        request,
        403,
        f"You may not {permission.deed}",
        what=f"This needs the permission {permission}; who has it: {roles_in_words(permission)}. "
        f"Your role is {role.label}.",
        todo="Ask somebody who has one of these roles to do it, or an administrator to change yours.",
    )


def undeclared(request: HttpRequest) -> HttpResponse:
    """403 for a view that nobody has said who may see: closed by default."""
    return refuse(
        request,
        403,
        "This page is closed",
        what="It does not say who may see it, so nobody may.",
        todo="Tell the people who run this installation; the log names the view.",
    )


def refuse(request: HttpRequest, status: int, title: str, *, what: str, todo: str) -> HttpResponse:
    """The answer to a request that is not carried out, in the form its sender can read."""
    if _wants_fragment(request):
        return HttpResponse(f"{what} {todo}", status=status, content_type="text/plain; charset=utf-8")
    if _wants_json(request):
        return JsonResponse({"error": title, "detail": what, "todo": todo}, status=status)
    context = {"status": status, "title": title, "what": what, "todo": todo}
    return render(request, "refusal.html", context, status=status)


def _wants_fragment(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def _wants_json(request: HttpRequest) -> bool:
    accept = request.headers.get("Accept", "")
    return "json" in accept and "text/html" not in accept

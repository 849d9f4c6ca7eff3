"""Signing in and out: by CERN, by a local password, by a click in a demo."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from lumicert.accounts.models import User
from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.refusals import safe_next
from lumicert.accounts.services import DEMO_ACCOUNTS, AccountTakenError, demo_account
from lumicert.people import attempts, cern, services, sessions
from lumicert.people.attempts import Locked
from lumicert.people.entrance import BACKEND, entrance, is_demo, page_of_failure

UNPROCESSABLE, TOO_MANY = 422, 429


@requires(Permission.PUBLIC)
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page, and signing in with a local password."""
    target = safe_next(request, request.POST.get("next") or request.GET.get("next"))
    if request.method != "POST":
        return redirect(target) if request.user.is_authenticated else entrance(request)
    who = {"account": request.POST.get("username", ""), "address": str(request.META.get("REMOTE_ADDR", ""))[:64]}
    if locked := attempts.begin(**who):
        return _locked(request, locked)
    form = AuthenticationForm(request, data=request.POST)
    user = form.get_user() if form.is_valid() else None
    if not isinstance(user, User):
        return entrance(request, form=form, status=UNPROCESSABLE)
    attempts.succeed(**who)
    login(request, user)
    sessions.begin(request)
    services.note_local_sign_in(user)
    return redirect(target)


def _locked(request: HttpRequest, locked: Locked) -> HttpResponse:
    """The sign-in page, saying how long to wait; the same for accounts that are there and that are not."""
    problem = (
        f"Too many wrong passwords: the next one is looked at in {locked.words}. Signing in with CERN goes on. "
        "Who administers the machine can end this at once with 'lumicert admin unlock NAME'."
    )
    response = entrance(request, problem=problem, status=TOO_MANY)
    response["Retry-After"] = str(locked.seconds)
    return response


@requires(Permission.PUBLIC)
@never_cache
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Signing in with a click. It exists in a demo only: elsewhere it would be a door without a lock."""
    username = request.POST.get("account", "")
    if not is_demo() or username not in DEMO_ACCOUNTS:
        raise Http404("There is no such demo account here.")
    try:
        login(request, demo_account(username=username), backend=BACKEND)
    except AccountTakenError as error:
        messages.error(request, str(error))
        return redirect("people:sign-in")
    sessions.begin(request)
    return redirect(safe_next(request, request.POST.get("next")))


@requires(Permission.PUBLIC)
@never_cache
@require_POST
def cern_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Off to CERN. By POST, so that no link elsewhere can begin a sign-in in somebody's name."""
    if not cern.is_configured():
        raise Http404("Signing in with CERN is not configured on this installation.")
    try:
        return cern.send_there(request, back_to=safe_next(request, request.POST.get("next")))
    except cern.NoAnswer as error:
        return page_of_failure(request, error)


@requires(Permission.PUBLIC)
@never_cache
@require_GET
def cern_callback(request: HttpRequest) -> HttpResponseBase:
    """Back from CERN."""
    if not cern.is_configured():
        raise Http404("Signing in with CERN is not configured on this installation.")
    try:
        return cern.take_back(request)
    except cern.NoAnswer as error:
        return page_of_failure(request, error)


@requires(Permission.SIGNED_IN)
@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Signing out, here and where CERN signed the person in, which leads back to the sign-in page."""
    address = sessions.end(request)
    # htmx would ask CERN in the background, which the browser refuses
    return HttpResponseClientRedirect(address) if request.headers.get("HX-Request") else redirect(address)

"""Signing in and out."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.refusals import safe_next
from lumicert.accounts.services import DEMO_ACCOUNTS, AccountTakenError, demo_account

_BACKEND = "django.contrib.auth.backends.ModelBackend"


@requires(Permission.PUBLIC)
@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page, and signing in with a local password."""
    target = safe_next(request, request.POST.get("next") or request.GET.get("next"))
    if request.method != "POST" and request.user.is_authenticated:
        return redirect(target)
    form = AuthenticationForm(request, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.get_user())
        return redirect(target)
    context = {
        "form": form,
        "next": target,
        "demo_accounts": list(DEMO_ACCOUNTS.values()) if _is_demo() else [],
    }
    return render(request, "accounts/sign_in.html", context, status=422 if form.errors else 200)


@requires(Permission.PUBLIC)
@never_cache
@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Signing in with a click. It exists in a demo only: elsewhere it would be a door without a lock."""
    username = request.POST.get("account", "")
    if not _is_demo() or username not in DEMO_ACCOUNTS:
        raise Http404("There is no such demo account here.")
    try:
        login(request, demo_account(username=username), backend=_BACKEND)
    except AccountTakenError as error:
        messages.error(request, str(error))
        return redirect("accounts:sign-in")
    return redirect(safe_next(request, request.POST.get("next")))


@requires(Permission.SIGNED_IN)
@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Signing out, which leads back to the sign-in page."""
    logout(request)
    return redirect("accounts:sign-in")


def _is_demo() -> bool:
    return bool(getattr(settings, "DEMO", False))

"""One's own account; and for administrators the accounts of all."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import RedirectView

from lumicert.accounts.permissions import Permission, account_of, requires
from lumicert.accounts.roles import ROLES_WITH, Role
from lumicert.decisions.selectors import describe
from lumicert.decisions.services import Act
from lumicert.people import selectors, services
from lumicert.people.attempts import locks
from lumicert.people.forms import RoleForm

CONFLICT = 409
UNPROCESSABLE = 422


class Home(RedirectView):
    """Where whoever is signed in begins: a guest's start page says why there is nothing to see."""

    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str | None:
        if account_of(self.request).role == Role.GUEST:
            return reverse("people:own-account")
        return super().get_redirect_url(*args, **kwargs)


@requires(Permission.SIGNED_IN)
@never_cache
@require_safe
def own_account(request: HttpRequest) -> HttpResponse:
    """Who one is here, what CERN said, and how to get a role."""
    found = selectors.account_of_user(account_of(request))
    rules = selectors.current_mapping().rules
    context = {
        "account": found,
        "is_guest": found.user.role == Role.GUEST,
        "may": [permission for permission in Permission if found.user.role in ROLES_WITH[permission]],
        "roles": [(role, [rule for rule in rules if rule.role == role]) for role in Role if role is not Role.GUEST],
    }
    return render(request, "people/own_account.html", context)


@requires(Permission.ADMINISTER)
@never_cache
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Every account, and who came in by a local password."""
    context = {"accounts": selectors.accounts(), "local": selectors.local_sign_ins(), "locks": locks()}
    return render(request, "people/people.html", context)


@requires(Permission.ADMINISTER)
@never_cache
@require_safe
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """One account with what happened to it."""
    return _account(request, pk)


def _account(
    request: HttpRequest, pk: int, *, form: RoleForm | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    found = _found(pk)
    now = {"role": found.user.role, "workspaces": " ".join(found.user.workspaces)}
    context = {
        "account": found,
        "events": [(event, describe(event)) for event in selectors.history(found.user.get_username())],
        "form": form or RoleForm(initial=now),
        "problem": problem,
    }
    return render(request, "people/account.html", context, status=status)


def _found(pk: int) -> selectors.Account:
    found = selectors.account(pk)
    if found is None:
        raise Http404(f"There is no account number {pk}.")
    return found


@requires(Permission.ADMINISTER)
@never_cache
@require_POST
def set_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a local account a role."""
    user, form = _found(pk).user, RoleForm(request.POST)
    if not form.is_valid():
        return _account(request, pk, form=form, status=UNPROCESSABLE)
    role = Role(form.cleaned_data["role"])
    try:
        done = services.set_role(
            user=user, role=role, workspaces=form.cleaned_data["workspaces"], actor=account_of(request)
        )
    except services.NotDone as refusal:
        return _account(request, pk, form=form, problem=str(refusal), status=CONFLICT)
    return _done(request, pk, f"{user.get_username()} is {role.label}", done)


@requires(Permission.ADMINISTER)
@never_cache
@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch an account off, or on again."""
    user, active = _found(pk).user, request.POST.get("active") == "yes"
    try:
        done = services.switch(user=user, active=active, actor=account_of(request))
    except services.NotDone as refusal:
        return _account(request, pk, problem=str(refusal), status=CONFLICT)
    return _done(request, pk, f"{user.get_username()} is switched {'on' if active else 'off'}", done)


def _done(request: HttpRequest, pk: int, what: str, done: Act | None) -> HttpResponse:
    messages.success(request, f"{what} (event {done.first})." if done else f"{what} already; nothing was written.")
    return redirect("people:account", pk)

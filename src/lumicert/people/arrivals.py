"""Somebody came from CERN: whose account it is, which role follows, and the session that begins.

An account is found by the `sub` of the claims and by nothing else. A local account of the same name stays another
person's: the newcomer's account then has `@cern` behind its name.
"""

from __future__ import annotations

import re
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from lumicert.accounts.models import User
from lumicert.accounts.refusals import safe_next
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Origin
from lumicert.decisions.services import append
from lumicert.people import selectors, sessions
from lumicert.people.cern import PROVIDER
from lumicert.people.entrance import BACKEND, entrance
from lumicert.people.events import AccountMade
from lumicert.people.mapping import names_in, standing
from lumicert.people.services import give, one_at_a_time

SIGNED = "CERN SSO"
_MOST_LETTERS = 120


def welcome(request: HttpRequest, arrival: Any) -> HttpResponse:
    """Begin the session of whoever CERN vouched for, and lead on to where the sign-in began."""
    user = arrive(sub=arrival.account.uid, said=arrival.account.extra_data)
    if not user.is_active:
        problem = f"CERN knows you, but your account {user.get_username()} was switched off here. Ask an administrator."
        return entrance(request, problem=problem, status=403)
    login(request, user, backend=BACKEND)
    sessions.begin(request, there=arrival.there)
    return redirect(safe_next(request, arrival.state.get("next")))


def arrive(*, sub: str, said: dict[str, Any]) -> User:
    """The account of `sub`, made where it is missing, with the role that follows from what CERN says now."""
    with one_at_a_time():
        known = SocialAccount.objects.select_related("user").filter(provider=PROVIDER, uid=sub).first()
        events = [] if known else [NewEvent(AccountMade(account=_free_name(said, sub), source="CERN"))]
        user = known.user if known else _made(events[0].payload, sub)
        SocialAccount.objects.filter(provider=PROVIDER, uid=sub).update(extra_data=said)
        _rename(user, said)
        claim = said.get("cern_roles")
        rules = selectors.current_mapping().rules
        events += give(user, standing(rules, claim), claimed=names_in(claim))
        if events:
            append(events=events, actor=None, origin=Origin.AUTOMATIC, signed=SIGNED)
    return user


def _made(payload: Any, sub: str) -> User:
    user = User(username=payload.account)
    user.set_unusable_password()
    user.save()
    SocialAccount.objects.create(provider=PROVIDER, uid=sub, user=user)
    return user


def _free_name(said: dict[str, Any], sub: str) -> str:
    wanted = re.sub(r"[^\w.@+-]", "", str(said.get("cern_upn") or sub))[:_MOST_LETTERS] or "somebody"
    candidates = [wanted, f"{wanted}@cern", *(f"{wanted}@cern-{number}" for number in range(2, 1000))]
    taken = set(User.objects.filter(username__in=candidates).values_list("username", flat=True))
    return next(name for name in candidates if name not in taken)


def _rename(user: User, said: dict[str, Any]) -> None:
    """Call the person what CERN calls them now."""
    wanted = {
        "first_name": str(said.get("given_name") or said.get("name") or "")[:150],
        "last_name": str(said.get("family_name") or "")[:150],
        "email": str(said.get("email") or "")[:254],
    }
    if any(getattr(user, field) != value for field, value in wanted.items()):
        vars(user).update(wanted)
        user.save(update_fields=list(wanted))

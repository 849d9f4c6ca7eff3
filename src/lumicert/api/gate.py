"""Who may do what through the API: every operation has a rule, and what has none is closed.

The middleware knows the views of the API by their rules and looks before the view runs: whose token or session it is,
whether that may do it, and whether the request can be read at all. It stands before the house's own middleware, which
then asks for the permission of the address as for any page. A token that is shown counts alone: a wrong one is not made
good by a session that is open beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar, cast

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control, patch_vary_headers
from ninja.throttling import SimpleRateThrottle
from ninja.utils import check_csrf

from lumicert.accounts.models import User, may
from lumicert.accounts.permissions import required_permission
from lumicert.accounts.roles import Permission, roles_in_words
from lumicert.api.problems import Problem, failed, unprocessable
from lumicert.people.tokens import OPENS, Scope, account_for, allowed

MOST_BYTES = 1024 * 1024
_SAFE = frozenset({"GET", "HEAD"})
_REALM = 'Bearer realm="lumicert"'
Scopes = frozenset[Scope]
_View = TypeVar("_View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Rule:
    """What an operation needs and takes: a permission, parameters of the address, a body in JSON or none."""

    permission: Permission
    parameters: frozenset[str] = frozenset()
    has_body: bool = False


Rules = Mapping[str, Rule]


def scope_of(permission: Permission) -> Scope | None:
    """The scope that opens a permission; None where none does, or none is needed."""
    return next((scope for scope in Scope if permission in OPENS[scope]), None)


class ApiRequest(HttpRequest):
    """A request that the gate let through; `scopes` are those of its token, None where a session is behind it."""

    user: User
    scopes: Scopes | None


def ruled(rules: Rules) -> Callable[[_View], _View]:
    """Declare the rules of a view by method: the gate looks after them."""

    def declare(view: _View) -> _View:
        vars(view)["api_rules"] = rules
        return view

    return declare


def rules_of(view: Callable[..., Any]) -> Rules | None:
    """The rules that a view has declared; None for one that is not of the API."""
    found: Rules | None = getattr(view, "api_rules", None)
    return found


class Gate:
    """Middleware: asks the rules of the API's views."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.resolver_match and rules_of(request.resolver_match.func) is not None:
            patch_vary_headers(response, ["Authorization", "Cookie"])
            if not response.has_header("Cache-Control"):
                patch_cache_control(response, private=True, no_cache=True)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """The refusal, or None to let the request on."""
        rules = rules_of(view)
        if rules is None:
            return None
        try:
            _look(request, rules, required_permission(view) or Permission.ADMINISTER)
        except Problem as problem:
            return problem.response
        except SuspiciousOperation:
            return Problem(400, "This request cannot be read: it has more parts than any that means well.").response
        except Exception as error:
            # the database is away, say: Django would answer with a page
            return failed(request.path, error).response
        return None


def _look(request: HttpRequest, rules: Rules, door: Permission) -> None:
    scopes = _identified(request)
    cast(ApiRequest, request).scopes = scopes
    _check_permission(request, None, door)
    rule = rules.get("GET" if request.method == "HEAD" else str(request.method))
    if rule is None:
        named = ", ".join(sorted(rules))
        raise Problem(405, f"This address takes {named or 'nothing'}, not {request.method}.", headers={"Allow": named})
    _check_permission(request, scopes, rule.permission)
    if scopes is None:
        _check_csrf(request)
    else:
        _check_rate(request)
    _check_form(request, rule)


def _identified(request: HttpRequest) -> Scopes | None:
    """The scopes of the token that is shown, whose owner the request is of from now on; None where none is shown."""
    shown = request.headers.get("Authorization")
    if shown is None:
        return None
    found = account_for(shown)
    if found is None:
        detail = "This token opens nothing: it is mistyped, expired or revoked. Send 'Authorization: Bearer lct_...'."
        raise Problem(401, detail, headers={"WWW-Authenticate": f'{_REALM}, error="invalid_token"'})
    request.user, scopes = found
    return scopes


def _check_permission(request: HttpRequest, scopes: Scopes | None, permission: Permission) -> None:
    """Refuses who may not; with `scopes` None their role alone is asked."""
    user = request.user
    if not may(user, permission):
        if not isinstance(user, User):
            detail = "Nobody is signed in and no token was sent. Make one on the page of your tokens."
            raise Problem(401, detail, headers={"WWW-Authenticate": _REALM})
        has = roles_in_words(permission)
        raise Problem(403, f"You may not {permission.deed}: your role is {user.get_role_display()}; {has} may.")
    if scopes is not None and isinstance(user, User) and not allowed(user, scopes, permission):
        lacking = scope_of(permission)
        header = f'{_REALM}, error="insufficient_scope", scope="{lacking or ""}"'
        detail = f"This token may not {permission.deed}: it lacks the scope '{lacking}'. Make one that has it."
        raise Problem(403, detail, headers={"WWW-Authenticate": header})


def _check_csrf(request: HttpRequest) -> None:
    if request.method not in _SAFE and check_csrf(request) is not None:
        detail = "A page that writes with its session sends the header X-CSRFToken. Programs send a token instead."
        raise Problem(403, detail)


def _check_form(request: HttpRequest, rule: Rule) -> None:
    if strange := sorted(set(request.GET) - rule.parameters):
        known = ", ".join(sorted(rule.parameters)) or "none"
        raise unprocessable({name[:80]: [f"there is no such parameter; there are: {known}"] for name in strange[:20]})
    # of two values one would be left out silently
    if twice := [name for name in request.GET if len(request.GET.getlist(name)) > 1]:
        raise unprocessable({name: ["it is given more than once; give one value"] for name in twice})
    if not rule.has_body:
        return
    kind, length = request.content_type or "", request.META.get("CONTENT_LENGTH") or "0"
    if kind != "application/json":
        raise Problem(415, f"The body is to be application/json, not {kind[:80] or 'without a type'}.")
    if not length.isdecimal() or int(length) > MOST_BYTES:
        raise Problem(413, f"The body is longer than {MOST_BYTES:,} bytes, which no certification is.")


# ---- how often ----


class _Rate(SimpleRateThrottle):
    """So many requests a minute a token, counted in this process."""

    def get_cache_key(self, request: HttpRequest) -> str:
        shown = sha256(request.headers["Authorization"].encode()).hexdigest()
        return f"lumicert.api.rate.{shown}"


def _check_rate(request: HttpRequest) -> None:
    if not (most := settings.CONFIG.api_rate):
        return
    rate = _Rate(f"{most}/min")
    if not rate.allow_request(request):
        wait = max(1, round(rate.wait() or 1))
        detail = f"A token may ask {most} times a minute. Go on in {wait} s."
        raise Problem(429, detail, headers={"Retry-After": str(wait)})

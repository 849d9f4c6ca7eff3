"""How an operation is declared, and how what goes wrong in one is answered.

`operation` gives django-ninja the operation and notes its rule; `doors` makes the views of the API of them, each with
its rules. What is not declared here has no door.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import orjson
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from lumicert.accounts.permissions import requires
from lumicert.accounts.roles import ROLES_WITH, Permission
from lumicert.api.gate import Rule, ruled, scope_of
from lumicert.api.problems import Problem, failed, unprocessable
from lumicert.api.schemas import ProblemDetails

_View = TypeVar("_View", bound=Callable[..., Any])
_rules: dict[str, dict[str, Rule]] = {}
# these can befall every operation; what is special to one it declares
USUAL = frozenset({400, 401, 403, 422, 429})
_OF_A_BODY = frozenset({413, 415})


class _Json(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, option=orjson.OPT_UTC_Z)


class _StrictJson(Parser):
    """Takes what is JSON alone: Python's own reader also takes NaN, and halves of characters."""

    def parse_body(self, request: HttpRequest) -> Any:
        return orjson.loads(request.body)


api = NinjaAPI(
    title="Lumicert",
    version="1",
    description="Certifications of collider data, what they are made of, and the queue of what is to be certified.",
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
    renderer=_Json(),
    parser=_StrictJson(),
)


def operation(
    method: str,
    address: str,
    *,
    answer: Any,
    permission: Permission = Permission.READ,
    status: int = 200,
    also: Mapping[int, Any] | None = None,
    refusals: frozenset[int] = frozenset(),
) -> Callable[[_View], _View]:
    """Declare an operation.

    Args:
        address: below `/api/v1`, with its parameters in braces.
        answer: the shape of the answer with `status`; None for an empty one. `also` has others by their status.
        refusals: with which statuses it refuses, beside those that can befall every operation.
    """

    def declare(view: _View) -> _View:
        has_body = "sent" in view.__annotations__
        failing = USUAL | refusals | (_OF_A_BODY if has_body else frozenset())
        scope = scope_of(permission)
        registered = api.api_operation(
            [method],
            address,
            response={status: answer, **(also or {}), **dict.fromkeys(sorted(failing), ProblemDetails)},
            by_alias=True,
            operation_id=view.__name__,
            summary=(view.__doc__ or "").partition("\n")[0],
            description=f"Permission `{permission}`; scope of a token: `{scope}`.",
            openapi_extra={"security": [{"token": [str(scope)]}, {"session": []}]},
        )(view)
        # ninja hangs what it made of a view on it
        models = cast(Any, view)._ninja_operation.models
        of_query = [each for each in models if each.__ninja_param_source__ == "query"]
        names = frozenset(name for each in of_query for name in each.__ninja_flatten_map__)
        _rules.setdefault(address.lstrip("/"), {})[method] = Rule(permission, names, has_body)
        return registered

    return declare


def doors() -> list[URLPattern]:
    """The addresses of all operations that are declared."""
    views = {str(pattern.pattern): pattern.callback for pattern in api.urls[0] if isinstance(pattern, URLPattern)}
    return [_door(address, views[_route(address)]) for address in _rules]


def _door(address: str, view: Callable[..., HttpResponseBase]) -> URLPattern:
    # the gate asks for it, of sessions alone
    @csrf_exempt
    @ruled(_rules[address])
    def door(request: HttpRequest, **values: Any) -> HttpResponseBase:
        # what GET answers; the server leaves the body away
        if request.method == "HEAD":
            request.method = "GET"
        return view(request, **values)

    return path(_route(address), requires(_least(address))(door))


def _least(address: str) -> Permission:
    """What whoever may use one method of an address has: the permission that most roles have."""
    return max((rule.permission for rule in _rules[address].values()), key=lambda each: len(ROLES_WITH[each]))


def _route(address: str) -> str:
    return address.replace("{", "<").replace("}", ">")


# ---- what goes wrong ----


def _refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem.response


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors: dict[str, list[str]] = {}
    for each in error.errors:
        # the first part says whether it is of the address or of the body, the second is our name for the body
        names = [str(part) for part in each["loc"][1:] if part not in ("sent", "asked", "paging")]
        errors.setdefault(".".join(names)[:200], []).append(each["msg"].removeprefix("Value error, "))
    return unprocessable(errors).response


def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return Problem(error.status_code, "The body is not JSON." if error.status_code == 400 else error.message).response


def _failed(request: HttpRequest, error: Exception) -> HttpResponse:
    return failed(request.path, error).response


for _kind, _answer in (
    (Problem, _refused),
    (ValidationError, _invalid),
    (HttpError, _unreadable),
    (Exception, _failed),
):
    # ninja's annotation says that an error or its class comes in; it is the error
    api.add_exception_handler(_kind, _answer)  # type: ignore[arg-type]

"""The description of the API: OpenAPI 3.1, made from the declarations of the operations."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lumicert.accounts.permissions import Permission, requires
from lumicert.api import certifications, lists, reviewing, writing  # noqa: F401  (they declare the operations)
from lumicert.api.gate import Rule, ruled
from lumicert.api.operations import api
from lumicert.api.problems import MEDIA_TYPE

PREFIX = "/api/v1/"
_WAYS_IN = {
    "token": {"type": "http", "scheme": "bearer", "description": "a personal token, made on the page of one's tokens"},
    "session": {
        "type": "apiKey", "in": "cookie", "name": "lumicert_session",
        "description": "a browser that is signed in; it sends the header X-CSRFToken to write",
    },
}  # fmt: skip


@ruled({"GET": Rule(Permission.PUBLIC)})
@requires(Permission.PUBLIC)
@require_safe
def description(request: HttpRequest) -> HttpResponse:
    """The description, which holds no data: a program reads it before it has a token."""
    return HttpResponse(_encoded(), content_type="application/json")


@cache
def _encoded() -> bytes:
    return orjson.dumps(document())


def document() -> dict[str, Any]:
    """The description as JSON can hold it."""
    described = dict(api.get_openapi_schema(path_prefix=PREFIX))
    made: dict[str, Any] = orjson.loads(orjson.dumps(described, default=str, option=orjson.OPT_NON_STR_KEYS))
    made["components"]["securitySchemes"] = _WAYS_IN
    for operations in made["paths"].values():
        for operation in operations.values():
            _problems_by_their_type(operation["responses"])
    return made


def _problems_by_their_type(responses: dict[str, Any]) -> None:
    """Refusals have a media type of their own, which the framework does not know."""
    for status, response in responses.items():
        if int(status) >= 400:
            response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}

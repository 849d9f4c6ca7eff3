"""Refusals as programs read them: `application/problem+json`, by RFC 9457.

The members beyond those of the RFC are told in `schemas.ProblemDetails`, which the description of the API shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from django.http import HttpResponse

_log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"
Errors = Mapping[str, Sequence[str]]


class Problem(Exception):
    """A request that is not carried out: with what status, and why in words.

    Args:
        members: what the answer has beside status, title and detail.
        headers: of the answer.
    """

    def __init__(self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any) -> None:
        self.status = HTTPStatus(status)
        self.detail = detail
        self.members = members
        self.headers = dict(headers or {})
        super().__init__(detail)

    @property
    def response(self) -> HttpResponse:
        """The answer."""
        # no type of ours is defined: the title is then that of the status
        told = {"type": "about:blank", "title": self.status.phrase, "status": self.status, "detail": self.detail}
        body = orjson.dumps(told | self.members, option=orjson.OPT_UTC_Z)
        return HttpResponse(body, status=self.status, content_type=MEDIA_TYPE, headers=self.headers)


def failed(address: str, error: Exception) -> Problem:
    """500: our fault, of which the answer tells nothing and the log everything."""
    _log.error("an operation failed", path=address, exc_info=error)
    detail = "This failed on our side and left nothing half-written. The log of the server has the details."
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)


def unprocessable(errors: Errors, detail: str = "") -> Problem:
    """422: what is wrong, by field."""
    said = detail or "; ".join(f"{field}: {text}" if field else text for field in errors for text in errors[field])
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, said, errors={field: list(errors[field]) for field in errors})


def not_there(detail: str) -> Problem:
    """404."""
    return Problem(HTTPStatus.NOT_FOUND, detail)

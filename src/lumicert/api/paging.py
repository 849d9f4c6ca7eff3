"""Pages of lists. A cursor holds the key of the last row of a page, so that rows that come or go shift nothing.

It is signed together with the question that it belongs to: a cursor that was cut off, or is used with other filters,
is refused instead of giving a page of something else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from ninja import Schema
from pydantic import Field

from lumicert.api.problems import Problem

MOST_ROWS = 500
Limit = Annotated[int, Field(ge=1, le=MOST_ROWS, description="rows a page")]
Row = TypeVar("Row")
Key = list[Any]


class Paging(Schema):
    """What every list takes."""

    limit: Limit = 100
    cursor: str | None = Field(default=None, max_length=4000, description="of the address `next` of the page before")


def after(request: HttpRequest, paging: Paging) -> Key | None:
    """The key of the row behind which the page begins; None for the first page.

    Raises:
        Problem: the cursor is not one that this list gave with these filters.
    """
    if paging.cursor is None:
        return None
    try:
        return list(_signer(request).unsign_object(paging.cursor))
    except (BadSignature, ValueError) as error:
        detail = "This cursor is cut off, or of a list with other filters. Start again without a cursor."
        raise Problem(400, detail, errors={"cursor": ["it is not one of this list"]}) from error


def page(request: HttpRequest, rows: Sequence[Row], paging: Paging, key: Callable[[Row], Key]) -> dict[str, Any]:
    """The page as an answer: `rows` are one more than the page holds where there is a next one."""
    shown = list(rows[: paging.limit])
    link = _link(request, _signer(request).sign_object(key(shown[-1]))) if len(rows) > paging.limit else None
    return {"items": shown, "next": link}


def part(
    request: HttpRequest, rows: Sequence[Row], paging: Paging, key: Callable[[Row], Key], *, falling: bool = False
) -> dict[str, Any]:
    """A page of a list that is short enough to be read whole, sorted by `key`."""
    last = after(request, paging)
    rest = rows if last is None else [row for row in rows if (key(row) < last if falling else key(row) > last)]
    return page(request, rest, paging, key)


def _signer(request: HttpRequest) -> Signer:
    asked = sorted((name, request.GET.getlist(name)) for name in request.GET if name not in ("limit", "cursor"))
    return Signer(salt=f"lumicert.api.cursor {request.path} {urlencode(asked, doseq=True)}")


def _link(request: HttpRequest, cursor: str) -> str:
    asked = request.GET.copy()
    asked["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{asked.urlencode()}")

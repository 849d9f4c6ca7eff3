"""The list that CertHelper's consumers read: every live certification with its reference run, as five keys a row.

They are programs that rank reference runs, and read the whole. The list changes with certifications alone, which may be
hours apart: it is made once for each of their states, and whoever has it already is told so (304).
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.http import require_safe

from lumicert.accounts.permissions import Permission, requires
from lumicert.api.gate import Rule, ruled

WORKSPACE = "tracker"


class Config(Protocol):
    """What is asked of the configuration."""

    public_reference_api: bool


# One statement: what is known is not read again, and what is read is of the state that its number names. A
# certification that goes leaves an event in the other table.
_ROWS = """
    SELECT state.seq, CASE WHEN state.seq <> %(known)s THEN (
        SELECT coalesce(json_agg(json_build_object(
            'run_number', run, 'run_reconstruction_type', reconstruction, 'reference_run_number', reference_run,
            'reference_run_reconstruction_type', reference_reconstruction, 'dataset', nullif(dataset, '')
        ) ORDER BY run DESC, reconstruction), '[]')::text
        FROM certification_certification WHERE workspace = %(workspace)s AND reference_run IS NOT NULL
    ) END
    FROM (SELECT greatest(
        (SELECT coalesce(max(seq), 0) FROM certification_certification),
        (SELECT coalesce(max(seq), 0) FROM certification_withdrawn)
    ) AS seq) state"""


@dataclass(frozen=True, slots=True)
class _Made:
    """The list as of event `seq`, plain and compressed."""

    seq: int
    plain: bytes
    compressed: bytes


_made = _Made(-1, b"", b"")


def _current() -> _Made:
    global _made
    known = _made
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, {"known": known.seq, "workspace": WORKSPACE})
        seq, text = cursor.fetchone()
    if text is not None:
        plain = text.encode()
        known = _made = _Made(seq, plain, gzip.compress(plain, 5, mtime=0))
    return known


@require_safe
def all_runs_with_references(request: HttpRequest) -> HttpResponse:
    """The list; its ETag is the state of the certifications."""
    made = _current()
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    tag = quote_etag(f"{made.seq}-gzip" if zipped else str(made.seq))
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(made.compressed if zipped else made.plain, content_type="application/json")
        if zipped:
            response["Content-Encoding"] = "gzip"
    response["ETag"] = tag
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def permission(config: Config) -> Permission:
    """What the list needs in an installation: some have programs that read it without a token, as CertHelper's did."""
    return Permission.PUBLIC if config.public_reference_api else Permission.READ


ruled({"GET": Rule(permission(settings.CONFIG))})(all_runs_with_references)
requires(permission(settings.CONFIG))(all_runs_with_references)

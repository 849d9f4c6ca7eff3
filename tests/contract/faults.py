"""The faults that every source can have, with what a client makes of each."""

from __future__ import annotations

import pytest

from lumicert.sources.errors import SourceDown, SourceRefused

SECONDS = 0.4
each_fault = pytest.mark.parametrize(
    ("fault", "kind", "why"),
    [
        ("down", SourceDown, "the connection broke off"),
        ("reset", SourceDown, "the connection broke off"),
        ("hang", SourceDown, f"no complete answer within {SECONDS} s"),
        ("slow", SourceDown, f"no complete answer within {SECONDS} s"),
        ("error-500", SourceDown, "HTTP 500"),
        ("html", SourceDown, "it answers with a web page in place of data"),
        ("truncated", SourceDown, "is broken JSON"),
        ("redirect", SourceRefused, "to sign in"),
    ],
)
each_that_passes = pytest.mark.parametrize("fault", ["down", "reset", "error-500", "truncated", "html", "hang"])


def limits_for(fault: str) -> dict[str, float]:
    """Less patience with a fault that only costs time."""
    return {"read": SECONDS, "total": 1.5} if fault in {"hang", "slow"} else {}

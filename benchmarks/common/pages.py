"""Milliseconds and queries of pages, each by its name and its address."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from http import HTTPStatus
from statistics import median, quantiles
from typing import Any, NamedTuple

WARM_UP = 2


class Times(NamedTuple):
    """Milliseconds of one question: the median and the 95th percentile."""

    p50: float
    p95: float


def times(taken: Sequence[float], *, warm_up: int = WARM_UP) -> Times:
    """Of milliseconds, without the first ones."""
    kept = taken[warm_up:]
    return Times(median(kept), quantiles(kept, n=20)[-1])


def measure(
    url: str,
    cookie: str,
    questions: Iterable[tuple[str, str]],
    *,
    requests: int,
    answered: Collection[int] = (HTTPStatus.OK,),
) -> dict[str, Times]:
    """Ask each page as a browser that is signed in, again and again; any other answer ends the benchmark."""
    import httpx

    figures = {}
    with httpx.Client(base_url=url, cookies={"lumicert_session": cookie}, timeout=60) as client:
        for name, address in questions:
            taken = []
            for _ in range(requests + WARM_UP):
                started = time.perf_counter()
                answer = client.get(address)
                taken.append(1000 * (time.perf_counter() - started))
                if answer.status_code not in answered:
                    raise SystemExit(f"{address} answered {answer.status_code}: {answer.text[:300]}")
            figures[name] = times(taken)
            told = "" if answer.status_code == HTTPStatus.OK else f" ({answer.status_code})"
            print(f"{figures[name].p50:8.1f} {figures[name].p95:8.1f}  {name}{told}", file=sys.stderr)
    return figures


def count_queries(username: str, questions: Iterable[tuple[str, str]]) -> dict[str, int]:
    """How many queries each page takes for somebody."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from lumicert.accounts.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(username=username))
    found = {}
    for name, address in questions:
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        found[name] = len(captured)
    return found


def summary(figures: Mapping[str, Times], queries: Mapping[str, int]) -> dict[str, Any]:
    """What the figures come to, and on what they were taken."""
    slowest = max(figures, key=lambda name: figures[name].p95)
    most = max(figures, key=lambda name: queries[name])
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "questions": len(figures),
        "median of all p50": median(each.p50 for each in figures.values()),
        "slowest p95": {"question": slowest, "ms": figures[slowest].p95},
        "most queries": {"question": most, "queries": queries[most]},
    }


def rows(figures: Mapping[str, Times], queries: Mapping[str, int]) -> dict[str, dict[str, float]]:
    """Each question with its figures."""
    return {name: {**each._asdict(), "queries": queries[name]} for name, each in figures.items()}

"""Requests that schemathesis makes from the description: none fails on our side, and each answer is as described.

`FUZZ_CASES=10000` before pytest makes so many cases in all instead of a few.
"""

from __future__ import annotations

import os
from collections import Counter
from math import ceil
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from lumicert.api.openapi import document
from lumicert.api.tests.world import a_program, sent
from lumicert.certification import selectors, services
from lumicert.certification.tests.world import a_run, certify, promoted
from lumicert.decisions.selectors import current_seq

pytestmark = pytest.mark.django_db

DESCRIPTION = "/api/v1/openapi.json"
OPERATIONS = [(path, method.upper()) for path, said in document()["paths"].items() for method in said]
MODES = list(GenerationMode)
CASES = int(os.environ.get("FUZZ_CASES", 8 * len(OPERATIONS) * len(MODES)))
# that a request of the right form is taken is not among them: whether it is depends on what is certified
CHECKS_OF_ANSWERS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
CHECKS = [*CHECKS_OF_ANSWERS, checks.negative_data_rejection]
RUNS = range(315200, 315206)
seen: Counter[int] = Counter()


@pytest.fixture
def served():
    """The application, which leaves the test its connection to the database after a request."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield get_wsgi_application()
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def schema(served, shifter, leader, settings):
    """The description as the application gives it, with certifications, one withdrawn, a reference run and a queue."""
    settings.CONFIG = settings.CONFIG.model_copy(update={"api_rate": 0})
    for run in RUNS:
        a_run(run, by=shifter)
    certify(RUNS[0], by=shifter)
    reference = promoted(RUNS[0], by=leader)
    certify(RUNS[1], by=shifter, reference=reference)
    certify(RUNS[2], by=shifter)
    certify(RUNS[3], by=shifter)
    live = selectors.live_of(RUNS[3], "tracker", "express")
    services.withdraw(live=live, actor=shifter, reason="wrong run", expected=current_seq())
    return schemathesis.openapi.from_wsgi(DESCRIPTION, served)


@pytest.fixture
def headers(leader):
    return {"Authorization": a_program(leader).defaults["HTTP_AUTHORIZATION"]}


def bring_home(case: Case) -> None:
    """Half of the runs that are made up become runs that are there, and half of the certifications ones that can be."""
    for holder in (case.path_parameters, case.query, case.body):
        if isinstance(holder, dict):
            _known(holder)


def _known(holder: dict[str, Any]) -> None:
    run, expected = holder.get("run"), holder.get("expected")
    if isinstance(run, int) and run % 2:
        holder["run"] = RUNS[run % len(RUNS)]
    if isinstance(expected, int) and expected % 2:
        # a few events ago others may have come in between
        holder["expected"] = max(0, current_seq() - expected % 7)
        if "components" in holder:
            seen_then, comment = holder["expected"], holder.get("comment", "")
            holder.update(
                {**sent(RUNS[expected % len(RUNS)]), "expected": seen_then, "comment": comment, "reason": "again"}
            )


def arrives(case: Case) -> bool:
    """Whether the query is sent as it was made up.

    Of an object its keys alone are sent, of an empty list nothing, and of a list of one value that value: what
    arrives may be as described, so that nobody can refuse it.
    """
    return all(
        all(map(_is_plain, value)) and len(value) > 1 if isinstance(value, list) else _is_plain(value)
        for value in (case.query or {}).values()
    )


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)


def breaking(operation: APIOperation, mode: GenerationMode, headers: dict[str, str]) -> None:
    """Ask one operation what schemathesis makes up."""

    @settings(
        max_examples=ceil(CASES / (len(OPERATIONS) * len(MODES))), database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        if mode is GenerationMode.POSITIVE:
            bring_home(case)
        answer = case.call(headers=headers)
        seen[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS if arrives(case) else CHECKS_OF_ANSWERS)

    ask()


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_whatever_is_sent_is_answered_as_described(mode, schema, headers):
    assert len(OPERATIONS) == 19
    for path, method in OPERATIONS:
        breaking(schema[path][method], mode, headers)
    print(mode.value, dict(sorted(seen.items())))  # noqa: T201  (told of a long search)

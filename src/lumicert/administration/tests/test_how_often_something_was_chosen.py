"""Beside each entry of a list stands in how many certifications it was chosen."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lumicert.accounts.models import User
from lumicert.accounts.testing import ClientOf
from lumicert.administration.selectors import uses_of_problems, uses_of_reasons
from lumicert.administration.tests.world import page
from lumicert.certification.judging import Word
from lumicert.certification.tests.world import REASON, a_run, certify, words

pytestmark = pytest.mark.django_db
RUNS = (315_001, 315_002)


@pytest.fixture
def certified(shifter: User) -> None:
    bad = Word(status="BAD", problems=("FED errors", "New hole"))
    for run in RUNS:
        a_run(run, by=shifter)
        certify(run, said=words(tracking="BAD") | {"pixel": bad}, by=shifter)


@pytest.mark.usefixtures("certified")
def test_each_problem_is_counted_for_its_component_in_one_query() -> None:
    with CaptureQueriesContext(connection) as queries:
        found = uses_of_problems()
    assert len(queries) == 1
    assert found == {("tracker-pixel", "FED errors"): 2, ("tracker-pixel", "New hole"): 2}


@pytest.mark.usefixtures("certified")
def test_each_reason_is_counted_in_one_query() -> None:
    with CaptureQueriesContext(connection) as queries:
        found = uses_of_reasons()
    assert len(queries) == 1
    assert found == {("", REASON): 2}


@pytest.mark.usefixtures("certified")
def test_the_pages_show_it(shifter: User, client_of: ClientOf) -> None:
    sections = client_of(shifter).get("/manage/problems/").context["sections"]
    chosen = {(section.component, row.entry.name): row.uses for section in sections for row in section.rows}
    assert chosen["tracker-pixel", "FED errors"] == 2
    assert chosen["tracker-strip", "FED errors"] == 0
    assert '<td class="num">2</td>' in page(client_of(shifter).get("/manage/reasons/"))

"""A payload of an older version is brought up in one place, for SQL and Python alike; what is stored stays."""

from __future__ import annotations

import pytest
from django.db import connection

from lumicert.decisions import projections, selectors
from lumicert.decisions.models import Event
from lumicert.decisions.services import undo
from lumicert.decisions.tests.build import RUN, log_bytes, say
from lumicert.decisions.verify import verify_log

pytestmark = pytest.mark.django_db

# as if version 2 had renamed the statuses: what was BAD is STANDBY, and the comment says since when
SECOND_VERSION = """
    CREATE OR REPLACE FUNCTION decisions_upcast(kind text, version smallint, payload jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE WHEN kind = 'component.status' AND version = 1 AND payload->>'status' = 'BAD'
            THEN payload || '{"status": "STANDBY", "comment": "from version 1"}' ELSE payload END $$"""


@pytest.fixture
def second_version() -> None:
    """An old log, then the upcaster; the test's transaction takes both away."""
    say("GOOD", (1, 10))
    say("BAD", (3, 4))
    with connection.cursor() as cursor:
        cursor.execute(SECOND_VERSION)
    projections.rebuild()


@pytest.mark.usefixtures("second_version")
def test_projections_and_past_states_see_the_current_form() -> None:
    for at in (None, 2):
        found = [(item.status, item.comment, item.lumis) for item in selectors.standing(run=RUN, at=at)]
        assert found == [("GOOD", "", ((1, 2), (5, 10))), ("STANDBY", "from version 1", ((3, 4),))]
    assert all(each.same for each in projections.check())


@pytest.mark.usefixtures("second_version")
def test_python_reads_the_current_form_on_every_way_to_the_payload() -> None:
    event = Event.objects.get(seq=2)
    assert event.payload["status"] == "STANDBY"
    assert Event.objects.filter(run=RUN).order_by("-seq").first().payload["comment"] == "from version 1"
    assert Event.objects.values_list("payload", flat=True).get(seq=2)["status"] == "STANDBY"
    assert Event.objects.defer("payload").get(seq=2).payload["status"] == "STANDBY"
    assert selectors.events_of_run(RUN)[0].payload["status"] == "STANDBY"
    assert selectors.describe(event) == "tracker-pixel is STANDBY in LS 3–4 (from version 1)"
    assert event.version == 1


@pytest.mark.usefixtures("second_version")
def test_undoing_puts_back_the_current_form() -> None:
    act = say("GOOD", (1, 10))
    undo(act=act.id, actor=None)
    assert {item.status: item.lumis for item in selectors.standing(run=RUN)}["STANDBY"] == ((3, 4),)


def test_what_is_stored_and_its_digest_are_untouched() -> None:
    say("BAD", (3, 4))
    before = log_bytes()
    with connection.cursor() as cursor:
        cursor.execute(SECOND_VERSION)
    projections.rebuild()
    assert log_bytes() == before
    assert '"status": "BAD"' in before[0][0].replace('""', '"')
    assert verify_log().sound

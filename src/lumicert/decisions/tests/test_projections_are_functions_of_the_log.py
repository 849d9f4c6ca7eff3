"""R3 and R4: at every act, what is kept, what is read as of then, and what is made again are the same bytes."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event as Signal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lumicert.decisions import projections, selectors
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import ComponentStatus, Event, Origin
from lumicert.decisions.services import append
from lumicert.decisions.testing import unprotected_log
from lumicert.decisions.tests.build import all_kept_bytes, say, taken_back
from lumicert.decisions.tests.events_of_all_kinds import acts, of_kind


def rebuild_to(upto: int) -> None:
    with connection.cursor() as cursor:
        for projection in projections.all_projections():
            projection.rebuild(cursor, upto=upto)


@pytest.mark.django_db
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(acts=acts, data=st.data())
def test_kept_as_of_and_made_again_are_the_same_bytes_at_every_prefix(
    acts: list[list[NewEvent]], data: st.DataObject
) -> None:
    with taken_back():
        kept = {0: all_kept_bytes()}
        for events in acts:
            act = append(events=events, actor=None, origin=Origin.IMPORT)
            kept[act.last] = all_kept_bytes()
        prefix = data.draw(st.sampled_from(sorted(kept)), label="prefix")
        assert all_kept_bytes(at=prefix) == kept[prefix]
        rebuild_to(prefix)
        assert all_kept_bytes() == kept[prefix]
        projections.rebuild()
        assert all_kept_bytes() == kept[max(kept)]
        assert all_kept_bytes(at=prefix) == kept[prefix]
        assert all(each.same for each in projections.check())


@pytest.mark.django_db
def test_a_row_that_the_log_does_not_give_and_one_that_it_lacks_are_counted() -> None:
    say("GOOD", (1, 5))
    say("BAD", (6, 9))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lumicert.projecting = 'on'")
    ComponentStatus.objects.filter(seq=1).update(seq=77)
    ComponentStatus.objects.filter(seq=2).update(comment="all was well")
    found = {check.table: check for check in projections.check()}["decisions_componentstatus"]
    assert (found.same, found.rows, found.missing, found.surplus) == (False, 2, 2, 2)
    projections.rebuild()
    assert all(each.same for each in projections.check())


@pytest.mark.django_db
def test_a_table_made_again_has_its_keys_indexes_and_guard() -> None:
    before = definitions()
    assert len(before) > 3 * len(projections.all_projections())
    projections.rebuild()
    assert definitions() == before


def definitions() -> set[tuple[str, ...]]:
    tables = [projection.table for projection in projections.all_projections()]
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%(tables)s)
            UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE conrelid::regclass::text = ANY(%(tables)s)
            UNION ALL SELECT tgname, pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger
            WHERE tgrelid::regclass::text = ANY(%(tables)s)""",
            {"tables": tables},
        )
        return set(cursor.fetchall())


@pytest.mark.django_db
def test_a_number_that_is_equal_and_written_differently_is_a_difference() -> None:
    event = of_kind("run.registered", run=1, source="oms", attributes={"energy": 6.5})
    append(events=[event], actor=None, origin=Origin.IMPORT)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lumicert.projecting = 'on'")
        cursor.execute("""UPDATE runs_run SET attributes = '{"energy": 6.50}'""")
    assert [each.table for each in projections.check() if not each.same] == ["runs_run"]


@pytest.mark.django_db
def test_as_of_a_time_is_as_of_the_last_event_until_then() -> None:
    first, second = say("GOOD", (1, 5)), say("BAD", (1, 2))
    at = Event.objects.get(seq=first.last).at
    assert selectors.seq_at(at - timedelta(microseconds=1)) == 0
    assert selectors.seq_at(at) == first.last
    assert selectors.seq_at(datetime.now(UTC)) == second.last
    assert [item.status for item in selectors.standing(run=315257, at=selectors.seq_at(at))] == ["GOOD"]


@pytest.mark.django_db(transaction=True)
def test_as_of_a_time_waits_for_an_act_that_was_dated_before_it() -> None:
    asked = Signal()

    def ask() -> tuple[int, float]:
        try:
            time_of_asking = datetime.now(UTC)
            started = time.monotonic()
            asked.set()
            return selectors.seq_at(time_of_asking), time.monotonic() - started
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            act = say("GOOD")
            answer = pool.submit(ask)
            asked.wait()
            time.sleep(0.3)
        seq, waited = answer.result()
    assert seq == act.last
    assert waited > 0.2


@pytest.mark.django_db(transaction=True)
def test_a_check_does_not_hold_up_a_writer() -> None:
    with transaction.atomic():
        say("GOOD")
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(check_elsewhere).result(timeout=20)


def check_elsewhere() -> bool:
    try:
        return all(each.same for each in projections.check())
    finally:
        connection.close()


@pytest.mark.django_db
def test_a_clock_that_was_set_back_does_not_disorder_the_log() -> None:
    say("GOOD")
    with unprotected_log(), connection.cursor() as cursor:
        cursor.execute("UPDATE decisions_event SET at = at + interval '1 hour'")
    say("BAD")
    first, second = Event.objects.order_by("seq").values_list("at", flat=True)
    assert second >= first

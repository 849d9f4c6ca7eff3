"""R5: whatever the path, what is written in the log is not changed and not taken out."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from lumicert.decisions.models import Event
from lumicert.decisions.projections import all_projections
from lumicert.decisions.tests.build import log_bytes, other_session, say


def saved() -> None:
    event = Event.objects.get(seq=1)
    event.actor_name = "somebody else"
    event.save()


def bulk_updated() -> None:
    event = Event.objects.get(seq=1)
    event.payload = {}
    Event.objects.bulk_update([event], ["payload"])


def upserted() -> None:
    event = Event.objects.get(seq=1)
    Event.objects.bulk_create([event], update_conflicts=True, update_fields=["actor_name"], unique_fields=["seq"])


THROUGH_DJANGO: list[Callable[[], object]] = [
    saved,
    bulk_updated,
    lambda: Event.objects.get(seq=1).delete(),
    lambda: Event.objects.all().delete(),
    lambda: Event.objects.filter(seq=1).update(run=1),
    lambda: Event.objects.filter(seq=1)._raw_delete("default"),
]


@pytest.mark.django_db
@pytest.mark.parametrize("change", THROUGH_DJANGO)
def test_a_change_through_django_is_refused(change: Callable[[], object]) -> None:
    say("GOOD")
    before = log_bytes()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change()
    assert log_bytes() == before


@pytest.mark.django_db
def test_writing_an_old_event_again_appends_it_and_leaves_the_old_one() -> None:
    say("GOOD")
    before = log_bytes()
    upserted()
    assert log_bytes()[:1] == before
    assert Event.objects.count() == 2


STATEMENTS = [
    "UPDATE decisions_event SET actor_name = 'somebody else'",
    "UPDATE decisions_event SET digest = ''",
    "UPDATE ONLY decisions_event SET seq = 99 WHERE seq = 1",
    "DELETE FROM decisions_event WHERE seq = 1",
    "TRUNCATE decisions_event",
    "TRUNCATE decisions_event, decisions_componentstatus CASCADE",
    "MERGE INTO decisions_event e USING (SELECT 1) x ON true WHEN MATCHED THEN DELETE",
    "WITH gone AS (DELETE FROM decisions_event RETURNING seq) SELECT * FROM gone",
    "SELECT * FROM decisions_event WHERE seq = 1 FOR UPDATE; UPDATE decisions_event SET kind = 'x' WHERE seq = 1",
    "DELETE FROM accounts_user; DELETE FROM decisions_event",
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_a_superuser_at_the_prompt_is_refused_whatever_the_session_calls_itself(role: str) -> None:
    say("GOOD")
    before = log_bytes()
    with other_session(autocommit=True) as session:
        assert session.execute("SELECT usesuper FROM pg_user WHERE usename = current_user").fetchone() == (True,)
        session.execute(f"SET session_replication_role = {role}")
        for statement in STATEMENTS:
            with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
                session.execute(statement.encode())
    assert log_bytes() == before


@pytest.mark.django_db
def test_the_triggers_are_made_to_fire_always() -> None:
    # made afresh, for the flush between other tests puts one of them back as it should be
    migration = import_module("lumicert.decisions.migrations.0002_append_only")
    with connection.cursor() as cursor:
        cursor.execute(f"{migration.BACKWARD};{migration.FORWARD}")
        cursor.execute("""SELECT tgname, tgenabled::text FROM pg_trigger
            WHERE tgrelid = 'decisions_event'::regclass AND NOT tgisinternal""")
        assert dict(cursor.fetchall()) == dict.fromkeys(
            ["decisions_event_append", "decisions_event_keep", "decisions_event_keep_all"], "A"
        )


@pytest.mark.django_db(transaction=True)
def test_what_is_copied_in_gets_its_number_time_and_digest_from_the_log() -> None:
    say("GOOD")
    columns = "seq, at, digest, act, actor_name, origin, kind, version, payload"
    row = (1, "2001-01-01", b"forged", "00000000-0000-0000-0000-000000000001", "x", "import", "act.undone", 1, "{}")
    with other_session() as session:
        session.execute("SET session_replication_role = replica")
        with session.cursor().copy(f"COPY decisions_event ({columns}) FROM STDIN") as copy:
            copy.write_row(row)
    first, second = Event.objects.order_by("seq")
    assert second.seq == 2
    assert second.at >= first.at
    assert bytes(second.digest) != b"forged"


def tables() -> list[str]:
    return [projection.table for projection in all_projections()]


CHANGES = [
    "INSERT INTO {} DEFAULT VALUES",
    "UPDATE {} SET seq = 1",
    "DELETE FROM {}",
    "TRUNCATE {}",
    "MERGE INTO {} USING (SELECT 1) x ON true WHEN MATCHED THEN DELETE",
    "COPY {} FROM STDIN",
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_a_projection_is_not_written_past_the_log_at_the_prompt(role: str) -> None:
    with other_session(autocommit=True) as session:
        session.execute(f"SET session_replication_role = {role}")
        for table in tables():
            for change in CHANGES:
                column = "run" if table in ("runs_flag", "runs_luminosity") else "seq"
                with pytest.raises(psycopg.errors.RestrictViolation, match=f"{table} follows from the decision log"):
                    attempt(session, change.format(table).replace("seq", column))


def attempt(session: psycopg.Connection, statement: str) -> None:
    if not statement.startswith("COPY"):
        session.execute(statement.encode())
        return
    with session.cursor().copy(statement.encode()) as copy:
        copy.write(b"")


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["save", "update", "bulk_create", "bulk_update", "delete"])
def test_a_projection_is_not_written_past_the_log_through_django(way: str) -> None:
    models = {model._meta.db_table: model for model in apps.get_models()}
    for table in tables():
        with pytest.raises(DatabaseError, match="follows from the decision log"), transaction.atomic():
            write(models[table], way)


def write(model: type, way: str) -> None:
    key, plain = model._meta.pk, [field for field in model._meta.concrete_fields if not field.primary_key][-1].attname
    row = model(**{field.attname: sample(field) for field in model._meta.concrete_fields})
    if way == "save":
        row.save(force_insert=True)
    elif way == "update":
        model.objects.update(**{plain: getattr(row, plain)})
    elif way == "bulk_create":
        model.objects.bulk_create([row])
    elif way == "bulk_update":
        assert key is not None
        model.objects.bulk_update([row], [plain])
    else:
        model.objects.all()._raw_delete("default")


def sample(field: object) -> object:
    """Some value that the column takes."""
    values = {
        "LumisField": ((1, 2),),
        "TextField": "x",
        "JSONField": {},
        "DateTimeField": "2020-01-01T00:00:00Z",
        "DateField": "2020-01-01",
        "BooleanField": True,
        "ArrayField": [1],
    }
    return values.get(type(field).__name__, 1)


@pytest.mark.django_db
def test_after_an_act_the_projections_are_shut_again_in_the_same_transaction() -> None:
    say("GOOD")
    with pytest.raises(DatabaseError, match="follows from the decision log"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM decisions_componentstatus")


@pytest.mark.django_db
def test_a_migration_guards_a_table_that_lost_its_guard() -> None:
    from django.core.management import call_command

    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER decisions_projection_keep ON runs_run")
    call_command("migrate", "runs", verbosity=0)
    with pytest.raises(DatabaseError, match="follows from the decision log"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM runs_run")

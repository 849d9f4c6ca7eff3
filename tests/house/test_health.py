"""`/healthz` answers as long as the process does, `/readyz` when the product can serve."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client

from lumicert.site import health


def test_the_process_answers_without_a_database() -> None:
    # pytest-django refuses the database to a test that did not ask for it
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


def test_only_a_demo_tells_where_its_data_are(settings) -> None:
    assert str(settings.CONFIG.data) in Client().get("/healthz")["X-Lumicert"]
    settings.DEMO = False
    assert str(settings.CONFIG.data) not in Client().get("/healthz")["X-Lumicert"]


@pytest.mark.django_db
def test_a_migrated_database_is_ready() -> None:
    assert Client().get("/readyz").json() == {"status": "ready"}


@pytest.mark.django_db
def test_a_database_that_is_away_is_not_ready(monkeypatch) -> None:
    def away(connection: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(health, "MigrationExecutor", away)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "database away"})


@pytest.mark.django_db
def test_a_database_without_its_migrations_is_not_ready(monkeypatch) -> None:
    monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda self, targets: [None, None])
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "migrations missing", "missing": 2})


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_nothing_can_be_sent_to_them(path: str) -> None:
    assert Client().post(path).status_code == 405

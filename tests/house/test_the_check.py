"""`lumicert check` finds what is wrong, says what to do, changes nothing and shows no secret."""

from __future__ import annotations

import os

import pytest
from django.db import connection

from lumicert.site import check
from lumicert.site.config import Config

SENTINEL = "sentinel-7c1f-sentinel-7c1f-sentinel-7c1f"


def subjects(found) -> dict[str, str]:
    return {finding.subject: f"{finding.matter} {finding.remedy}" for finding in found}


def config_with(**values: object) -> Config:
    return Config.model_construct(**{**Config().model_dump(), "demo": False, **values})


def test_a_deployment_behind_tls_is_fine() -> None:
    found = config_with(public_url="https://certify.example.org", secret_key=SENTINEL, database_url="x")
    assert list(check.configuration(found)) == []


@pytest.mark.parametrize(
    ("values", "variable"),
    [
        ({"debug": True}, "LUMICERT_DEBUG"),
        ({"public_url": None}, "LUMICERT_PUBLIC_URL"),
        ({"public_url": "http://certify.example.org"}, "LUMICERT_PUBLIC_URL"),
        ({"demo": True, "database_url": "x"}, "LUMICERT_DEMO"),
        ({"secret_key": None}, "LUMICERT_SECRET_KEY"),
    ],
)
def test_a_doubtful_variable_is_found(values: dict[str, object], variable: str) -> None:
    assert variable in subjects(check.configuration(config_with(**values)))


def test_a_misspelt_variable_is_found_with_the_one_that_was_meant(monkeypatch) -> None:
    monkeypatch.setenv("LUMICERT_PUBLIC_ULR", "https://certify.example.org")
    assert "LUMICERT_PUBLIC_URL" in subjects(check.unknown_variables())["LUMICERT_PUBLIC_ULR"]


@pytest.mark.parametrize(("mode", "word"), [(0o777, "writable by others"), (0o755, "")])
def test_a_data_folder_that_others_may_write_is_found(tmp_path, mode: int, word: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(mode)
    (data / "lumicert-data").touch()
    assert word in subjects(check.data_folder(config_with(data=data))).get("LUMICERT_DATA", "")
    assert bool(word) == bool(list(check.data_folder(config_with(data=data))))


def test_a_signing_key_that_others_may_read_is_found(tmp_path) -> None:
    (tmp_path / "lumicert-data").touch()
    (tmp_path / "secret-key").touch(mode=0o644)
    assert "chmod 600" in subjects(check.data_folder(config_with(data=tmp_path)))["LUMICERT_DATA"]


@pytest.mark.django_db
def test_a_guarded_log_on_a_new_postgresql_is_fine() -> None:
    assert list(check.of_database(config_with())) == []


@pytest.mark.django_db
@pytest.mark.parametrize("trigger", check.APPEND_ONLY_TRIGGERS)
def test_a_log_that_lost_a_guard_is_found(trigger: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE decisions_event DISABLE TRIGGER {trigger}")
    assert f"{trigger} on decisions_event is off" in subjects(check.of_database(config_with()))["database"]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {trigger} ON decisions_event")
    assert f"{trigger} on decisions_event is missing" in subjects(check.of_database(config_with()))["database"]


@pytest.mark.django_db
def test_an_old_postgresql_is_found(monkeypatch) -> None:
    monkeypatch.setattr(check, "OLDEST_POSTGRESQL", 99)
    assert "too old" in subjects(check.of_database(config_with()))["DATABASE_URL"]


@pytest.mark.django_db
def test_missing_migrations_are_found(monkeypatch) -> None:
    monkeypatch.setattr(check, "missing_migrations", lambda: ["decisions.0002_append_only"])
    monkeypatch.setattr(check, "reach", lambda config: None)
    outside = config_with(database_url="postgresql://db/x")
    assert "lumicert manage migrate" in subjects(check.of_database(outside))["database"]


def test_a_new_deployment_is_looked_at_and_nothing_is_changed_in_an_outside_database(
    lumicert, outside_database, open_folder
) -> None:
    variables = {"DATABASE_URL": outside_database, "LUMICERT_DATA": str(open_folder / "data")}
    for _ in range(2):
        done = lumicert("check", LUMICERT_PUBLIC_URL="https://certify.example.org", **variables)
        assert done.returncode == 1, done.stderr
        assert "migrations are missing" in done.stdout
        assert "lumicert manage migrate" in done.stdout
        assert "Problems found: 1" in done.stdout


@pytest.mark.parametrize(("command", "log_format"), [("check", "console"), ("serve", "json"), ("rebuild", "console")])
def test_no_output_shows_a_secret(lumicert, open_folder, free_port, command: str, log_format: str) -> None:
    done = lumicert(
        command,
        DATABASE_URL=f"postgresql://lumicert:{SENTINEL}@127.0.0.1:{free_port}/lumicert",
        LUMICERT_SECRET_KEY=SENTINEL, LUMICERT_DATA=str(open_folder), LUMICERT_LOG_FORMAT=log_format,
        LUMICERT_DEBUG="true", LUMICERT_PORT=str(free_port),
    )  # fmt: skip
    shown = done.stdout + done.stderr
    assert done.returncode in {1, 2}
    assert "does not answer" in shown
    assert SENTINEL not in shown
    assert "Traceback" not in shown
    assert all(SENTINEL not in path.read_text() for path in open_folder.rglob("*") if path.is_file())


def test_the_check_knows_every_variable_that_the_house_reads() -> None:
    read = {name for name in os.environ if name.startswith("LUMICERT_")}
    assert {finding.subject for finding in check.unknown_variables()} <= read - {"LUMICERT_DATA", "LUMICERT_DEMO"}

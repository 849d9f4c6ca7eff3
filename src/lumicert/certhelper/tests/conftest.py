"""A scratch database with CertHelper's schema, on the server of the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.db import connection

from lumicert.certhelper.importing import import_certhelper
from lumicert.certhelper.report import Report
from lumicert.certhelper.tests.original import CertHelper, create, url_of


@pytest.fixture(scope="session")
def scratch(django_db_setup: None) -> Iterator[Callable[..., str]]:
    """Makes an empty database and gives back its URL."""
    made: list[str] = []

    def make() -> str:
        # named after the database of the tests: what a killed run leaves is dropped by the next
        name = f"{connection.settings_dict['NAME']}_certhelper_{uuid4().hex[:8]}"
        with psycopg.connect(url_of("postgres"), autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        made.append(name)
        return url_of(name)

    yield make
    with psycopg.connect(url_of("postgres"), autocommit=True) as server:
        for name in made:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def schema(scratch: Callable[..., str]) -> Iterator[CertHelper]:
    """A database with the whole schema."""
    url = scratch()
    create(url)
    with psycopg.connect(url, autocommit=True) as connected:
        yield CertHelper(url, connected)


@pytest.fixture
def original(schema: CertHelper, db: None) -> CertHelper:
    """CertHelper, empty."""
    schema.clear()
    return schema


@pytest.fixture
def take(original: CertHelper) -> Callable[..., Report]:
    """Imports from it."""

    def run(**options: Any) -> Report:
        return import_certhelper(url=original.url, **options)

    return run

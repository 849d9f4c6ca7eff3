"""A Django field for `int4multirange`, PostgreSQL's own set of integer ranges; Django has none."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from lumicert.decisions.ranges import Ranges, from_sql, to_sql


class LumisField(models.Field):  # type: ignore[type-arg]
    """Lumisections of one run; in Python the closed `Ranges` of `lumicert.decisions.ranges`."""

    description = "set of lumisections of one run"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "int4multirange"

    def get_placeholder(self, value: Any, compiler: Any, connection: BaseDatabaseWrapper) -> str:
        return "%s::int4multirange"

    def get_prep_value(self, value: Ranges | None) -> str | None:
        return None if value is None else to_sql(value)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Ranges | None:
        return None if value is None else from_sql(value)

"""Django fields of the log: a set of lumisections, and a payload that is read in its current version."""

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


class PayloadField(models.JSONField):
    """The payload of an event. Stored as it was written; whoever selects it gets it from `decisions_upcast`.

    A lookup such as `payload__name=...` compares what is stored.
    """

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        table = sql.rpartition(".")[0]
        return f'decisions_upcast({table}."kind", {table}."version", {sql})', params

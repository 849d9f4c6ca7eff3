from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DecisionsConfig(AppConfig):
    name = "lumicert.decisions"
    label = "decisions"

    def ready(self) -> None:
        from lumicert.decisions import events  # noqa: F401  (registers its kinds)

        # rooms above bring tables of their own; done here, none of them can forget the guard
        post_migrate.connect(_keep_projections, sender=self)


def _keep_projections(*, plan: Sequence[object] = (), **_: Any) -> None:
    from lumicert.decisions.projections import guard_all, rebuild, tables_are_there

    guard_all()
    # a migration may have made a projection's table anew: it is the log that has its rows
    if plan and tables_are_there():
        rebuild()

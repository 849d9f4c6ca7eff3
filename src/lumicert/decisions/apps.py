from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class DecisionsConfig(AppConfig):
    name = "lumicert.decisions"
    label = "decisions"

    def ready(self) -> None:
        from lumicert.decisions import events  # noqa: F401  (registers its kinds)

        # rooms above bring tables of their own; done here, none of them can forget the guard
        post_migrate.connect(_guard_projections, sender=self)


def _guard_projections(**_: Any) -> None:
    from lumicert.decisions.projections import guard_all

    guard_all()

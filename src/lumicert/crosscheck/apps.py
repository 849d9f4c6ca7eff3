"""The Django app of the cross-check."""

from __future__ import annotations

from django.apps import AppConfig


class CrosscheckConfig(AppConfig):
    """Its tables can be emptied: the comparison is made again, the outside registry is asked again."""

    name = "lumicert.crosscheck"
    label = "crosscheck"

    def ready(self) -> None:
        from lumicert.crosscheck import jobs  # noqa: F401  (registers its tasks)

from __future__ import annotations

from django.apps import AppConfig


class RulesConfig(AppConfig):
    name = "lumicert.rules"
    label = "rules"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lumicert.rules import events  # noqa: F401  (registers its kinds)

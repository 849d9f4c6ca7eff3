from __future__ import annotations

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "lumicert.catalogue"
    label = "catalogue"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lumicert.catalogue import events  # noqa: F401  (registers its kinds)

"""The Django app of certifications."""

from __future__ import annotations

from django.apps import AppConfig


class CertificationConfig(AppConfig):
    """Makes the kinds of events of certifications known."""

    name = "lumicert.certification"
    label = "certification"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lumicert.certification import events, weekly  # noqa: F401  (register their kinds)

"""The Django app `accounts`."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register


class AccountsConfig(AppConfig):
    """Registers the check that keeps an undeclared view from being served."""

    name = "lumicert.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from lumicert.accounts.checks import every_view_declares_its_permission

        register(every_view_declares_its_permission, Tags.security)

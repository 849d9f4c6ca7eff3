"""The start-up check of permissions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error

from lumicert.accounts.permissions import undeclared_views


def every_view_declares_its_permission(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """One error for each address whose view says nothing about who may open it."""
    return [
        Error(
            f"{view} declares no permission, so it would be refused to everybody",
            hint="Put @requires(Permission.…) on the view; lumicert.accounts.roles lists the permissions.",
            id="accounts.E001",
        )
        for view in undeclared_views()
    ]

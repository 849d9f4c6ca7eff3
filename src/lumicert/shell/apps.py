"""The Django app `shell`."""

from __future__ import annotations

from django.apps import AppConfig


class ShellConfig(AppConfig):
    """Templates, static files and template tags that every page is made of."""

    name = "lumicert.shell"
    label = "shell"

"""The Django app of the shifter's desk. It has no tables of its own."""

from __future__ import annotations

from django.apps import AppConfig


class ShiftConfig(AppConfig):
    """The queue, the certification form, bulk certification."""

    name = "lumicert.shift"
    label = "shift"

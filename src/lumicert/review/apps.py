"""The Django app of the pages about certifications."""

from __future__ import annotations

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """Pages only: the records are of `certification`."""

    name = "lumicert.review"
    label = "review"

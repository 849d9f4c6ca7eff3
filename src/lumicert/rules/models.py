"""Projection of the log: every saved version of every rule set."""

from __future__ import annotations

from django.db import models


class SavedRules(models.Model):
    """One version of a rule set, by `rules.saved`. A version never changes; better rules are a new version."""

    pk = models.CompositePrimaryKey("name", "version")
    name = models.TextField()
    version = models.IntegerField()
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    document = models.JSONField()
    comment = models.TextField()

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

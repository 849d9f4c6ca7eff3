"""Projection of the log: every version of every saved policy."""

from __future__ import annotations

from django.db import models


class SavedPolicy(models.Model):
    """One version of a policy, by `policy.saved`. A version never changes; a better rule is a new version."""

    pk = models.CompositePrimaryKey("name", "version")
    name = models.TextField()
    version = models.IntegerField()
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    rule = models.TextField()
    unknown_as_null = models.BooleanField()
    comment = models.TextField()

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

"""Projections of the log: the entries of the managed lists, and every saved version of every checklist."""

from __future__ import annotations

from django.db import models


class DefinedProblem(models.Model):
    """The latest `problem.defined` of a problem of a component."""

    pk = models.CompositePrimaryKey("component", "name")
    component = models.TextField()
    name = models.TextField()
    seq = models.BigIntegerField()
    description = models.TextField()
    retired = models.BooleanField()
    withdrawn = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.name} of {self.component}"


class DefinedReason(models.Model):
    """The latest `reason.defined` of a reason."""

    name = models.TextField(primary_key=True)
    seq = models.BigIntegerField()
    description = models.TextField()
    retired = models.BooleanField()
    withdrawn = models.BooleanField()

    def __str__(self) -> str:
        return self.name


class SavedChecklist(models.Model):
    """One version of a checklist, by `checklist.saved`. Its text never changes; a better one is a new version."""

    pk = models.CompositePrimaryKey("identifier", "version")
    identifier = models.TextField()
    version = models.IntegerField()
    seq = models.BigIntegerField()
    document = models.JSONField()
    note = models.TextField()
    withdrawn = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.identifier} v{self.version}"

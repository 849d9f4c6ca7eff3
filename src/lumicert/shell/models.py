"""What is a person's own, and therefore not in the log: saved views of tables."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """A question to a table that a person asks again and again: its filters, order and columns, as in the address."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    query = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "page", "name"], name="one_view_of_a_name")]

    def __str__(self) -> str:
        return self.name

"""Work to do, and therefore not in the log: runs that are to be classified again."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Reclassification(models.Model):
    """The rules of now are to be applied to the runs `first` to `last`; `position` is the run from which it goes on."""

    class State(models.TextChoices):
        """How far it is."""

        WAITING = "waiting", "waiting for a worker"
        RUNNING = "running", "running"
        DONE = "done", "done"
        STOPPED = "stopped", "stopped"

    id = models.UUIDField(primary_key=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    first = models.IntegerField()
    last = models.IntegerField()
    position = models.IntegerField()
    state = models.TextField(choices=State, default=State.WAITING)
    total = models.IntegerField()
    done = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    # why the last run that was refused could not be classified again
    refusal = models.TextField(default="")
    asked_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-asked_at"], name="newest_reclassifications")]

    def __str__(self) -> str:
        return f"runs {self.first} to {self.last} by the rules of now: {self.get_state_display()}"

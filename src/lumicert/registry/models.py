"""Work to do, and therefore not in the log: imports that were asked for."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Import(models.Model):
    """An import that a worker carries out. Its `id` is the act that it appends: a second attempt adds nothing."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting for a worker"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    id = models.UUIDField(primary_key=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    title = models.TextField()
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    asked_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    doing = models.TextField(default="")
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    outcome = models.TextField(default="")

    class Meta:
        indexes = [models.Index(fields=["-asked_at"], name="newest_imports")]

    def __str__(self) -> str:
        return f"{self.title}: {self.get_state_display()}"


class Upload(models.Model):
    """A file of an import, until it is done. In the database, so that a worker on another machine has it too."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="uploads")
    role = models.CharField(max_length=16)
    name = models.TextField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "role"], name="one_upload_a_role")]

    def __str__(self) -> str:
        return f"{self.name} ({self.role})"

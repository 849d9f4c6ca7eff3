"""Tables of the decision log. `Event` is the record; `ComponentStatus` is a projection of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.fields.json import KeyTextTransform

from lumicert.decisions.fields import LumisField, PayloadField

# few events undo, and whether an act is undone is asked for every line of a list
UNDONE = models.Q(kind="act.undone")


class Origin(models.TextChoices):
    """Whose word an event is."""

    PERSON = "person", "a person"
    AUTOMATIC = "automatic", "a rule"
    IMPORT = "import", "an import"


class Layer(models.TextChoices):
    """Where a status stands: what a person said is held above what a rule or an import said, never in its place."""

    PERSON = "person", "a person"
    AUTOMATIC = "automatic", "automatic"


class Event(models.Model):
    """One statement. `seq`, `at` and `digest` are the database's: a trigger sets them under the log's lock.

    The trigger `decisions_event_append` gives every path in (the ORM, COPY, psql) the same gapless commit order and the
    same hash chain; `decisions_event_keep` refuses every change of what is written.
    """

    seq = models.BigIntegerField(primary_key=True)
    act = models.UUIDField()
    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    actor_name = models.TextField()
    origin = models.TextField(choices=Origin)
    kind = models.TextField()
    version = models.SmallIntegerField()
    run = models.IntegerField(null=True)
    dataset = models.TextField(null=True)  # noqa: DJ001  (absent is not empty)
    component = models.TextField(null=True)  # noqa: DJ001
    lumis = LumisField(null=True)
    payload = PayloadField()
    digest = models.BinaryField()

    class Meta:
        indexes = [
            models.Index(fields=["run", "-seq"], name="event_of_run"),
            models.Index(fields=["act", "seq"], name="event_of_act"),
            models.Index(KeyTextTransform("act", "payload"), name="undoing_of_act", condition=UNDONE),
        ]

    def __str__(self) -> str:
        return f"event {self.seq}: {self.kind}"


class ComponentStatus(models.Model):
    """Projection of `component.status`: the lumisections for which event `seq` is still the last word in its layer."""

    seq = models.BigIntegerField(primary_key=True)
    run = models.IntegerField()
    dataset = models.TextField()
    component = models.TextField()
    layer = models.TextField(choices=Layer)
    status = models.TextField()
    cause = models.TextField()
    comment = models.TextField()
    lumis = LumisField()

    class Meta:
        indexes = [
            models.Index(fields=["run", "dataset", "component"], name="status_of_component"),
            models.Index(fields=["status", "component", "run"], name="runs_with_status"),
        ]

    def __str__(self) -> str:
        return f"{self.component} of run {self.run} is {self.status} by event {self.seq}"

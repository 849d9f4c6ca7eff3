"""What the registry outside was seen to say, how certifications compare with it, and what is to be written there.

Nothing here is a decision, so that nothing of it is in the log. `Delivery` alone cannot be made again from elsewhere.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Asked(models.Model):
    """The registry outside was asked about a run; `failure` is why its answer could not be used, else empty."""

    run = models.IntegerField(primary_key=True)
    asked_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(db_index=True)
    # the newest certification of the run at that time
    seq = models.BigIntegerField(default=0)
    failure = models.TextField(default="")

    def __str__(self) -> str:
        return f"asked about run {self.run}"


class Seen(models.Model):
    """A dataset as the registry outside had it. A run that was asked about has a row for each that is there.

    `stretches` has, by component, lists of [first LS, last LS, status, cause, comment]; it is empty for datasets that
    nobody certified here. `counts` has the number of lumisections by component and status.
    """

    pk = models.CompositePrimaryKey("run", "dataset")
    run = models.IntegerField()
    dataset = models.TextField()
    klass = models.TextField()
    states = models.JSONField()
    counts = models.JSONField()
    stretches = models.JSONField()
    fetched_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.dataset} of run {self.run} as it was seen"


class Compared(models.Model):
    """A certification, or a dataset that was certified there and not here, held against a registry.

    `parts` has what is said of each component on both sides (`comparing.Part`); `differing` the components that differ.
    """

    class Registry(models.TextChoices):
        """Which one."""

        OURS = "ours", "our own log"
        OUTSIDE = "outside", "Run Registry"

    class Kind(models.TextChoices):
        """How they compare."""

        SAME = "same", "same"
        DIFFERS = "differs", "differs"
        MISSING = "missing", "missing there"
        CLOSED = "closed", "differs, closed there"
        NOT_OURS = "not-ours", "not certified here"
        UNSEEN = "unseen", "not seen yet"

    registry = models.TextField(choices=Registry)
    run = models.IntegerField()
    workspace = models.TextField()
    reconstruction = models.TextField()
    dataset = models.TextField()
    run_type = models.TextField()
    date = models.DateField(null=True)
    kind = models.TextField(choices=Kind)
    state = models.TextField()
    parts = models.JSONField()
    differing = ArrayField(models.TextField())
    # the event of the certification that was compared; None where there is none
    seq = models.BigIntegerField(null=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # with all that filters ask for, so that the totals of a hundred thousand rows are counted from it alone
            models.Index(
                fields=["registry", "workspace", "kind", "-run"],
                include=["date", "reconstruction", "run_type", "differing"],
                name="compared_by_kind",
            ),
            models.Index(fields=["registry", "workspace", "-run"], name="compared_by_run"),
            models.Index(fields=["run"], name="compared_of_run"),
        ]

    def __str__(self) -> str:
        return f"run {self.run} {self.reconstruction} against {self.registry}: {self.kind}"


class Cursor(models.Model):
    """How far the log was read, by what reads it; events have no gaps, so that nothing is passed over."""

    name = models.TextField(primary_key=True)
    seq = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.name} to event {self.seq}"


def signature(seq: int, actor_name: str) -> str:
    """With what a comment that is written there begins, so that people there know where it comes from."""
    return f"Lumicert event {seq}, {actor_name}"


class Delivery(models.Model):
    """What one event of a certification has to say to the registry outside, and what became of it.

    `stretches` are lists of [component, first LS, last LS, status, cause, comment]. `notes` are what people did with
    it: {"at", "by", "what", "reason"}.
    """

    class State(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", "waits"
        DELIVERED = "delivered", "delivered"
        REFUSED = "refused", "refused"
        SUPERSEDED = "superseded", "superseded"
        GIVEN_UP = "given up", "given up"

    # one event makes one delivery, however often it is read
    seq = models.BigIntegerField(unique=True)
    kind = models.TextField()
    run = models.IntegerField()
    workspace = models.TextField()
    reconstruction = models.TextField()
    dataset = models.TextField()
    actor_name = models.TextField()
    stretches = models.JSONField()
    state = models.TextField(choices=State, default=State.WAITING)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    tries = models.IntegerField(default=0)
    failure = models.TextField(default="")
    # set before the first word is written: from then on something of it may stand there
    begun_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    superseded_by = models.BigIntegerField(null=True)
    notes: Any = models.JSONField(default=list)

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_at"], name="delivery_that_waits"),
            models.Index(fields=["run", "dataset", "seq"], name="delivery_of_dataset"),
        ]

    def __str__(self) -> str:
        return f"event {self.seq} to Run Registry: {self.state}"

    @property
    def is_withdrawal(self) -> bool:
        """Whether it takes back what was written."""
        return self.kind == "certification.withdrawn"

"""Projections of the log: live and withdrawn certifications, reviews, reference runs; and drafts and claims."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from lumicert.certification.judging import Word
from lumicert.certification.workspaces import Part, workspace
from lumicert.decisions.ranges import Ranges


class Certification(models.Model):
    """The live certification of a run in one reconstruction, by `certification.made`."""

    pk = models.CompositePrimaryKey("run", "workspace", "reconstruction")
    run = models.IntegerField()
    workspace = models.TextField()
    reconstruction = models.TextField()
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    dataset = models.TextField()
    run_type = models.TextField()
    verdict = models.TextField()
    shifter = models.TextField()
    date = models.DateField()
    reference_run = models.IntegerField(null=True)
    reference_reconstruction = models.TextField(null=True)  # noqa: DJ001  (absent is not empty)
    bad_reason = models.TextField()
    tracker_map = models.TextField()
    comment = models.TextField()
    # whether everything that the form shows of the run was known when it was made
    complete = models.BooleanField()
    # whether it stands as an import brought it in: what somebody here changed since is a person's word
    imported = models.BooleanField()
    parts = models.JSONField()
    rest = models.JSONField()

    class Meta:
        indexes = [
            models.Index(fields=["-date", "-run"], name="certification_by_date"),
            models.Index(fields=["shifter", "-date"], name="certification_by_shifter"),
            models.Index(fields=["seq"], name="certification_by_seq"),
            # an import may bring in a hundred times what is made here, so that the desk reads them apart. What nobody
            # reviewed is found in the indexes alone: here all that names a certification, there `of` of the reviews
            models.Index(
                fields=["seq"],
                include=["workspace", "run", "reconstruction"],
                name="certification_own_by_seq",
                condition=models.Q(imported=False),
            ),
            models.Index(
                fields=["seq"],
                include=["workspace", "run", "reconstruction"],
                name="certification_imported_by_seq",
                condition=models.Q(imported=True),
            ),
            models.Index(fields=["reference_run", "reference_reconstruction"], name="certification_by_reference"),
            models.Index(fields=["dataset", "run"], name="certification_by_dataset"),
            models.Index(fields=["verdict", "run"], name="certification_by_verdict"),
            models.Index(fields=["run_type", "run"], name="certification_by_type"),
            models.Index(fields=["reconstruction", "run"], name="certification_by_recon"),
            models.Index(fields=["bad_reason", "run"], name="certification_by_reason"),
            models.Index(fields=["tracker_map", "run"], name="certification_by_map"),
            models.Index(fields=["complete", "run"], name="certification_by_complete"),
            GinIndex(fields=["parts"], name="certification_by_parts", opclasses=["jsonb_path_ops"]),
        ]

    def __str__(self) -> str:
        return f"run {self.run} {self.reconstruction} is {self.verdict}"

    @property
    def left(self) -> dict[str, Ranges]:
        """By component, the lumisections that its word leaves to the rules."""
        told = self.rest.get("left", {})
        return {key: tuple((first, last) for first, last in lumis) for key, lumis in told.items()}

    @property
    def words(self) -> list[tuple[Part, Word]]:
        """What was said of each component, in the order of the workspace."""
        parts = workspace(self.workspace).parts
        return [(part, Word.model_validate(self.parts[part.key])) for part in parts if part.key in self.parts]

    @property
    def payload(self) -> dict[str, Any]:
        """The payload of the event, whole."""
        return {
            **self.rest, "parts": self.parts, "comment": self.comment, "bad_reason": self.bad_reason,
            "tracker_map": self.tracker_map,
        }  # fmt: skip


class Withdrawn(models.Model):
    """A certification that was withdrawn and not made again since."""

    pk = models.CompositePrimaryKey("run", "workspace", "reconstruction")
    run = models.IntegerField()
    workspace = models.TextField()
    reconstruction = models.TextField()
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    dataset = models.TextField()
    reason = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["seq"], name="withdrawn_by_seq")]

    def __str__(self) -> str:
        return f"the certification of run {self.run} {self.reconstruction} is withdrawn"


class Review(models.Model):
    """The latest review of a run in one reconstruction; it counts while `of` is the live certification's event."""

    pk = models.CompositePrimaryKey("run", "workspace", "reconstruction")
    run = models.IntegerField()
    workspace = models.TextField()
    reconstruction = models.TextField()
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    of = models.BigIntegerField()
    outcome = models.TextField()
    comment = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["seq"], name="review_by_seq"),
            # one that was taken back has no outcome
            models.Index(fields=["of"], name="review_that_counts", condition=models.Q(outcome__gt="")),
        ]

    def __str__(self) -> str:
        return f"run {self.run} {self.reconstruction} {self.outcome or 'is not reviewed'}"


class Reference(models.Model):
    """A reference run, by `reference.promoted`; compared with in runs `first_run` to `last_run`, None for any."""

    pk = models.CompositePrimaryKey("run", "workspace", "reconstruction")
    run = models.IntegerField()
    workspace = models.TextField()
    reconstruction = models.TextField()
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    notes = models.TextField()
    first_run = models.IntegerField(null=True)
    last_run = models.IntegerField(null=True)

    def __str__(self) -> str:
        return f"reference run {self.run} {self.reconstruction}"


class WeekChecklist(models.Model):
    """What is ticked of the shift leader's checklists of an ISO week (`2018-W20`), by the latest `week.checked`."""

    pk = models.CompositePrimaryKey("workspace", "week")
    workspace = models.TextField()
    week = models.TextField()
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    checklists = models.JSONField()
    note = models.TextField()

    def __str__(self) -> str:
        return f"checklist of week {self.week}"


# ---- no decisions: what somebody is typing, and who is on what ----


class Draft(models.Model):
    """What somebody has typed of a certification and not submitted yet."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    run = models.IntegerField()
    workspace = models.TextField()
    reconstruction = models.TextField()
    # the last event that the form had seen
    seq = models.BigIntegerField()
    typed = models.JSONField()
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "run", "workspace", "reconstruction"], name="one_draft_a_person")
        ]

    def __str__(self) -> str:
        return f"draft of run {self.run} {self.reconstruction} by {self.user}"


class Claim(models.Model):
    """Somebody is on a run in one reconstruction, since `at`; `seen_at` is when a page of it was last open."""

    run = models.IntegerField()
    workspace = models.TextField()
    reconstruction = models.TextField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "workspace", "reconstruction"], name="one_claim_a_run")]

    def __str__(self) -> str:
        return f"{self.user} is on run {self.run} {self.reconstruction}"


class Looked(models.Model):
    """The last event that somebody has seen of what others did with his or her certifications."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    seq = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.user} has seen event {self.seq}"

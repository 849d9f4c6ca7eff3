"""Tables: versions of the role mapping (a projection of the log), tokens, and failed attempts at local passwords.

A token's secret is kept as its SHA-256 alone. It has 256 random bits, so that, unlike for a password, a slow hash would
add nothing.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models


class SavedMapping(models.Model):
    """One version of the role mapping, by `roles.mapped`. A version never changes."""

    version = models.IntegerField(primary_key=True)
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    rules = models.JSONField()
    comment = models.TextField()

    def __str__(self) -> str:
        return f"role mapping v{self.version}"


class Token(models.Model):
    """What a program shows to act for an account."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=80)
    # enough of the secret to tell one's tokens apart, too little to guess the rest
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.prefix}… of {self.owner}"

    def is_good(self, now: datetime) -> bool:
        """Whether it opens anything at that time."""
        return self.revoked_at is None and now < self.expires_at


class Attempts(models.Model):
    """Failed attempts at local passwords under one key (`attempts`), and addresses that are known for an account."""

    kind = models.CharField(max_length=20)
    account = models.CharField(max_length=150)
    address = models.CharField(max_length=64)
    failures = models.IntegerField(default=0)
    last_at = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "account", "address"], name="attempts_once_a_key")]
        indexes = [models.Index(fields=["last_at"], name="attempts_by_age")]

    def __str__(self) -> str:
        return f"{self.failures} failures of {self.account or 'any account'} from {self.address or 'anywhere'}"

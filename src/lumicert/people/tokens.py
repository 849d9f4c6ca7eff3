"""Tokens: what a program sends instead of signing in.

A request carries `Authorization: Bearer lct_...`. A *scope* is what the owner lets the program do; it opens some
permissions, of which the program has those that its owner's role has at that moment. No scope opens administration.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from django.db.models import Q
from django.utils import timezone

from lumicert.accounts.models import User
from lumicert.accounts.roles import Permission
from lumicert.people.models import Token

START = "lct_"
PREFIX_LENGTH = 10
LONGEST = timedelta(days=365)
# a program may ask a hundred times a second: when it was last seen is worth one write a minute
_SEEN_EVERY = timedelta(minutes=1)
_MOST_CHARACTERS = 200


class Scope(StrEnum):
    """What a token may be for."""

    READ = "read"
    CERTIFY = "certify"
    REVIEW = "review"

    @property
    def words(self) -> str:
        """What it lets a program do."""
        return _WORDS[self]


_WORDS: Mapping[Scope, str] = MappingProxyType(
    {
        Scope.READ: "read runs, certifications and golden JSONs",
        Scope.CERTIFY: "certify, mark components and import",
        Scope.REVIEW: "review, change what others certified, promote references, save policies",
    }
)

OPENS: Mapping[Scope, frozenset[Permission]] = MappingProxyType(
    {
        Scope.READ: frozenset({Permission.SIGNED_IN, Permission.READ}),
        Scope.CERTIFY: frozenset({Permission.CERTIFY, Permission.DECIDE, Permission.IMPORT}),
        Scope.REVIEW: frozenset(
            {
                Permission.REVIEW,
                Permission.CERTIFY_OTHERS,
                Permission.UNDO_OTHERS,
                Permission.REFERENCES,
                Permission.EDIT_POLICY,
            }
        ),
    }
)


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def account_for(header: str | None) -> tuple[User, frozenset[Scope]] | None:
    """Whose token an Authorization header carries, and what it is for; None where it opens nothing.

    One query; and a write where the token was not seen for a minute.
    """
    scheme, _, secret = (header or "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret.startswith(START) or len(secret) > _MOST_CHARACTERS:
        return None
    wanted, now = digest(secret), timezone.now()
    token = Token.objects.select_related("owner").filter(digest=wanted).first()
    if token is None or not hmac.compare_digest(token.digest, wanted):
        return None
    if not token.is_good(now) or not token.owner.is_active:
        return None
    if token.last_used_at is None or now - token.last_used_at >= _SEEN_EVERY:
        # asked again in the statement: of several processes one writes
        unseen = Q(last_used_at=None) | Q(last_used_at__lte=now - _SEEN_EVERY)
        Token.objects.filter(unseen, pk=token.pk).update(last_used_at=now)
    return token.owner, frozenset(scope for scope in Scope if scope in token.scopes)


def allowed(account: User, scopes: frozenset[Scope], permission: Permission) -> bool:
    """Whether a token of the account with these scopes may do that, as the account's role is now."""
    if permission is Permission.PUBLIC:
        return True
    return any(permission in OPENS[scope] for scope in scopes) and account.may(permission)

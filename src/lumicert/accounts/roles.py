"""The one table of who may do what.

A *role* is what a person is in certification; an account has exactly one. A *permission* is a kind of act, and every
view declares one. `ROLES_WITH` joins the two, and nothing else in the product decides about access. docs/roles.md is
written from it (`python -m lumicert.accounts.page`).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from django.db.models import TextChoices


class Role(TextChoices):
    """What a person is in certification, from the least to the most."""

    GUEST = "guest", "guest"
    SHIFTER = "shifter", "shifter"
    LEADER = "leader", "shift leader"
    EXPERT = "expert", "expert"
    ADMIN = "admin", "administrator"


class Permission(StrEnum):
    """A kind of act, as a view declares it."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    READ = "read"
    DECIDE = "decide"
    UNDO_OTHERS = "undo_others"
    IMPORT = "import"
    CERTIFY = "certify"
    CERTIFY_OTHERS = "certify_others"
    REVIEW = "review"
    REFERENCES = "references"
    EDIT_POLICY = "edit_policy"
    ADMINISTER = "administer"

    @property
    def deed(self) -> str:
        """The act in words that complete 'You may not …'."""
        return _DEEDS[self]


_DEEDS: Mapping[Permission, str] = MappingProxyType(
    {
        Permission.PUBLIC: "open this page",
        Permission.SIGNED_IN: "use an account",
        Permission.READ: "see runs, decisions and golden JSONs",
        Permission.DECIDE: "mark components or undo your own acts",
        Permission.UNDO_OTHERS: "undo the acts of others",
        Permission.IMPORT: "import lists and OMS exports",
        Permission.CERTIFY: "certify runs",
        Permission.CERTIFY_OTHERS: "edit or withdraw the certifications of others",
        Permission.REVIEW: "review certifications",
        Permission.REFERENCES: "promote or demote reference runs",
        Permission.EDIT_POLICY: "save policies and rules",
        Permission.ADMINISTER: "administer this installation",
    }
)

_EVERYONE = frozenset(Role)
_LEADERS = frozenset({Role.LEADER, Role.EXPERT, Role.ADMIN})
_CERTIFIERS = _LEADERS | {Role.SHIFTER}

ROLES_WITH: Mapping[Permission, frozenset[Role]] = MappingProxyType(
    {
        Permission.PUBLIC: _EVERYONE,
        Permission.SIGNED_IN: _EVERYONE,
        Permission.READ: _CERTIFIERS,
        Permission.DECIDE: _CERTIFIERS,
        # an import says nothing over a person's word and can be undone whole, so that whoever decides may bring in data
        Permission.IMPORT: _CERTIFIERS,
        Permission.UNDO_OTHERS: _LEADERS,
        Permission.CERTIFY: _CERTIFIERS,
        Permission.CERTIFY_OTHERS: _LEADERS,
        Permission.REVIEW: _LEADERS,
        Permission.REFERENCES: _LEADERS,
        Permission.EDIT_POLICY: _LEADERS,
        Permission.ADMINISTER: frozenset({Role.ADMIN}),
    }
)


def roles_in_words(permission: Permission) -> str:
    """The roles that have a permission, for a sentence: `shift leader or administrator`."""
    words = [str(role.label) for role in Role if role in ROLES_WITH[permission]]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"

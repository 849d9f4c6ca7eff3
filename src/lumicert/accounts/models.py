"""Accounts. An account belongs to one person and has exactly one role.

The role says what the person may do; the *workspaces* (`tracker`, `dt`) say for which part of the detector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models

from lumicert.accounts.roles import ROLES_WITH, Permission, Role

# in a list of workspaces: all of them
EVERY_WORKSPACE = "*"

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class AccountManager(UserManager["User"]):
    """Creates accounts; a superuser is an administrator, so that there is one notion of power."""

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra_fields: Any
    ) -> User:
        extra_fields.setdefault("role", Role.ADMIN)
        extra_fields.setdefault("workspaces", [EVERY_WORKSPACE])
        return super().create_superuser(username, email, password, **extra_fields)


class User(AbstractUser):
    """A person who signs in. `role` alone decides what the person may do; Django's groups are not consulted."""

    role = models.CharField(max_length=16, choices=Role, default=Role.GUEST)
    # names of workspaces, or EVERY_WORKSPACE; written with the role, by whatever decides about both
    workspaces = models.JSONField(default=list, blank=True)

    objects: ClassVar[AccountManager] = AccountManager()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="accounts_user_role_is_known"),
        ]

    @property
    def name(self) -> str:
        """What the person is called on pages and in events."""
        return self.get_full_name() or self.get_username()

    def may(self, permission: Permission) -> bool:
        """True when the account's role has the permission."""
        return self.is_active and self.role in ROLES_WITH[permission]

    def works_in(self, workspace: str) -> bool:
        """True when the person's role counts in this workspace, such as `tracker`."""
        return EVERY_WORKSPACE in self.workspaces or workspace in self.workspaces


def may(user: User | AnonymousUser | None, permission: Permission) -> bool:
    """True when whoever is behind a request has the permission; nobody signed in has `public` only."""
    if permission is Permission.PUBLIC:
        return True
    return isinstance(user, User) and user.may(permission)

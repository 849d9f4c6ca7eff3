"""The request that a view is given which asks for a permission."""

from __future__ import annotations

from django.http import HttpRequest

from lumicert.accounts.models import User


class SignedIn(HttpRequest):
    """A request that the permission middleware has let through: who asks is a person with a role."""

    user: User

"""The request that views of this app are given."""

from __future__ import annotations

from django.http import HttpRequest

from lumicert.accounts.models import User


class SignedIn(HttpRequest):
    """A request that the permission middleware has let through: every view here asks for a person with a role."""

    user: User

"""Saved views of a table: kept, renamed and removed by the person whose they are; anybody with the link may look."""

from __future__ import annotations

from urllib.parse import parse_qsl

from django.db import IntegrityError, transaction
from django.utils.http import urlencode

from lumicert.accounts.models import User
from lumicert.shell.models import SavedView

# where one is in the table is not part of the question
_NOT_KEPT = {"page", "format", "add"}
LONGEST_NAME = 80
LONGEST_QUERY = 8000


class ViewRefused(ValueError):
    """A view that cannot be saved so; the text says why."""


def views_of(owner: User, *, page: str) -> list[SavedView]:
    """The views that a person saved of a page, by name."""
    return list(SavedView.objects.filter(owner=owner, page=page).order_by("name"))


def asked(query: str) -> str:
    """The part of an address that is worth keeping: what is empty, and where one is, left out."""
    return urlencode([(name, value) for name, value in parse_qsl(query) if name not in _NOT_KEPT])


def save_view(*, owner: User, page: str, name: str, query: str) -> SavedView:
    """Save a view under a name.

    Raises:
        ViewRefused: there is no name, it is taken, or the query is longer than any that the page makes.
    """
    if len(query) > LONGEST_QUERY:
        raise ViewRefused(f"The address has {len(query):,} signs; at most {LONGEST_QUERY:,} are kept")
    return _stored(SavedView(owner=owner, page=page, name=_checked(name), query=asked(query)))


def rename_view(*, view: SavedView, name: str) -> SavedView:
    """Give a view another name. Raises ViewRefused as `save_view` does."""
    view.name = _checked(name)
    return _stored(view)


def _checked(name: str) -> str:
    plain = " ".join(name.split())
    if not plain:
        raise ViewRefused("A view needs a name: write one beside the button")
    if len(plain) > LONGEST_NAME:
        raise ViewRefused(f"The name has {len(plain)} signs; at most {LONGEST_NAME} are taken")
    return plain


def _stored(view: SavedView) -> SavedView:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise ViewRefused(f"You have a view '{view.name}' already: choose another name, or remove that one") from error
    return view

"""The side menu: one list, in the order of the day's work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from lumicert.accounts.models import may
from lumicert.accounts.roles import Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """A task in the menu: its words, the name of its address, and the permission that shows it.

    `count` names an address that answers with a number to show beside it, or with nothing. The page asks for it after
    it was shown: no page waits for it.
    """

    label: str
    url_name: str
    permission: Permission
    count: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as a page shows it."""

    label: str
    url: str
    current: bool
    count: str = ""


MENU: Sequence[Entry] = (
    Entry("Queue", "shift:queue", Permission.CERTIFY),
    Entry("Certifications", "review:certifications", Permission.READ, count="review:news"),
    Entry("Review", "review:desk", Permission.REVIEW),
    Entry("Week", "review:week", Permission.READ),
    Entry("References", "review:references", Permission.READ),
    Entry("Run Registry", "crosscheck:comparison", Permission.REVIEW),
    Entry("Coverage", "review:coverage", Permission.READ),
    Entry("Runs", "registry:runs", Permission.READ),
    Entry("Fills", "registry:fills", Permission.READ),
    Entry("Golden JSON", "golden:portal", Permission.READ),
    Entry("Lists", "registry:lists", Permission.READ),
    Entry("Import", "registry:import", Permission.IMPORT),
    Entry("Events", "registry:events", Permission.READ),
    Entry("Sources", "monitor:sources", Permission.READ),
    Entry("Rules", "classification:rules", Permission.READ),
    Entry("People", "people:people", Permission.ADMINISTER),
    Entry("Manage", "administration:index", Permission.READ),
)


def menu_of(request: HttpRequest, entries: Sequence[Entry] = MENU) -> list[Link]:
    """The menu for whoever sent this request, with the entry of the open page marked."""
    user = getattr(request, "user", None)
    shown = [(entry, url) for entry in entries if may(user, entry.permission) and (url := _url(entry.url_name))]
    # /runs/lists lies under /runs too, so the longest address that fits is the page
    current = max((url for _, url in shown if _is_under(request.path, url)), key=len, default=None)
    return [Link(entry.label, url, url == current, (entry.count and _url(entry.count)) or "") for entry, url in shown]


def _url(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def _is_under(path: str, url: str) -> bool:
    return path == url or path.startswith(url.rstrip("/") + "/")

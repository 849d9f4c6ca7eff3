"""The pages of saved views, the same for every table: `*saved_view_paths("runs/", page="runs", table="registry:runs")`.

A table includes `shell/saved_views.html` with `views`, `query`, `views_room` (the name of its app's addresses) and
`table_name` (of its own address).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from lumicert.accounts.permissions import Permission, account_of, requires
from lumicert.shell import saved
from lumicert.shell.models import SavedView
from lumicert.shell.notices import say_done


@dataclass(frozen=True, slots=True)
class _Table:
    """A table that keeps views: the name of its page, and of its address."""

    page: str
    address: str

    def open(self, request: HttpRequest, view: int) -> HttpResponse:
        """A saved view, for whoever has the link to it."""
        found = SavedView.objects.filter(pk=view, page=self.page).first()
        if found is None:
            raise Http404("There is no such view any more: whoever saved it removed it.")
        return self._to(found.query)

    def save(self, request: HttpRequest) -> HttpResponse:
        """Save the filters, order and columns of the open table under a name."""
        query, name = request.POST.get("query", ""), request.POST.get("name", "")
        try:
            kept = saved.save_view(owner=account_of(request), page=self.page, name=name, query=query)
        except saved.ViewRefused as refusal:
            messages.error(request, f"{refusal}. Nothing was saved.")
            return self._to(saved.asked(query))
        say_done(request, f"Saved the view '{kept.name}'.")
        return self._to(kept.query)

    def rename(self, request: HttpRequest, view: int) -> HttpResponse:
        """Give a view of one's own another name."""
        found = self._own(request, view)
        try:
            saved.rename_view(view=found, name=request.POST.get("name", ""))
        except saved.ViewRefused as refusal:
            messages.error(request, f"{refusal}. Nothing was changed.")
            return self._to(found.query)
        say_done(request, f"The view is called '{found.name}' now.")
        return self._to(found.query)

    def remove(self, request: HttpRequest, view: int) -> HttpResponse:
        """Remove a view of one's own; the table stays as it is."""
        found = self._own(request, view)
        found.delete()
        say_done(request, f"Removed the view '{found.name}'. This is what it showed.")
        return self._to(found.query)

    def _own(self, request: HttpRequest, view: int) -> SavedView:
        found = SavedView.objects.filter(pk=view, page=self.page, owner=account_of(request)).first()
        if found is None:
            raise Http404("You have no such view. A view is changed and removed by the person who saved it.")
        return found

    def _to(self, query: str) -> HttpResponse:
        return redirect(f"{reverse(self.address)}?{query}" if query else reverse(self.address))


def saved_view_paths(under: str, *, page: str, table: str) -> list[URLPattern]:
    """The addresses of a table's saved views.

    Args:
        under: the table's own part of the address, `runs/`.
        page: the name under which its views are kept.
        table: the name of the table's address, `registry:runs`.
    """
    of = _Table(page, table)

    @requires(Permission.READ)
    @never_cache
    @require_safe
    def view(request: HttpRequest, view: int) -> HttpResponse:
        return of.open(request, view)

    @requires(Permission.READ)
    @never_cache
    @require_POST
    def save_view(request: HttpRequest) -> HttpResponse:
        return of.save(request)

    @requires(Permission.READ)
    @never_cache
    @require_POST
    def rename_view(request: HttpRequest, view: int) -> HttpResponse:
        return of.rename(request, view)

    @requires(Permission.READ)
    @never_cache
    @require_POST
    def remove_view(request: HttpRequest, view: int) -> HttpResponse:
        return of.remove(request, view)

    return [
        path(f"{under}views/save", save_view, name="save-view"),
        path(f"{under}views/<int:view>", view, name="view"),
        path(f"{under}views/<int:view>/rename", rename_view, name="rename-view"),
        path(f"{under}views/<int:view>/remove", remove_view, name="remove-view"),
    ]

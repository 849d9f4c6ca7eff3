"""The pages of checklists: the list, one with its versions, and the editor."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pydantic
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lumicert.accounts.models import may
from lumicert.accounts.permissions import Permission, account_of, requires
from lumicert.administration import presenters, sheets
from lumicert.administration.drafts import Draft, DraftGroup, DraftItem
from lumicert.administration.forms import SaveForm
from lumicert.administration.sheets import Editor, Problem
from lumicert.administration.writing import difference
from lumicert.catalogue import selectors
from lumicert.catalogue.selectors import Checklist, NoSuchChecklist
from lumicert.catalogue.services import save_checklist
from lumicert.decisions.services import Act, ActRefused, Conflict
from lumicert.shell.differences import version_named
from lumicert.shell.notices import say_done

CONFLICT = 409
UNPROCESSABLE = 422


@requires(Permission.READ)
@never_cache
@require_safe
def checklists(request: HttpRequest) -> HttpResponse:
    """The newest version of every checklist."""
    found = [presenters.listed(each) for each in selectors.checklists(with_retired=True)]
    context = {"checklists": found, "may_edit": may(request.user, Permission.ADMINISTER)}
    return render(request, "administration/checklists.html", context)


@requires(Permission.READ)
@never_cache
@require_safe
def checklist(request: HttpRequest, identifier: str) -> HttpResponse:
    """A version as shifters see it, all versions, and what differs from another one."""
    existing = _versions(identifier)
    newest = _newest(existing)
    what = f"the checklist '{existing[0].identifier}'"
    shown = version_named(existing, request.GET.get("version"), what) or newest or existing[-1]
    against = version_named(existing, request.GET.get("against"), what)
    context = {
        "shown": shown,
        "newest": newest,
        "applies": presenters.listed(shown).applies,
        "versions": sheets.with_the_one_before(existing),
        "against": against,
        "lines": difference(against.document, shown.document) if against else [],
        "may_edit": may(request.user, Permission.ADMINISTER),
    }
    return render(request, "administration/checklist.html", context)


def _versions(identifier: str) -> list[Checklist]:
    try:
        return selectors.versions_of(identifier)
    except NoSuchChecklist as error:
        raise Http404(f"{str(error).capitalize()}.") from error


def _newest(existing: list[Checklist]) -> Checklist | None:
    standing = [each for each in existing if not each.withdrawn]
    return standing[-1] if standing else None


@requires(Permission.ADMINISTER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """The editor of a checklist that is not there yet."""
    if request.method != "POST":
        return _shown(request, Editor(Draft.empty(), is_new=True))
    return _answer(request, Editor.posted(request.POST), request.POST.get("identifier", "").strip())


@requires(Permission.ADMINISTER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, identifier: str) -> HttpResponse:
    """The editor of a checklist."""
    newest = _newest(_versions(identifier))
    if request.method == "POST":
        return _answer(request, Editor.posted(request.POST, identifier), identifier)
    if newest is None:
        raise Http404(f"Every version of the checklist '{identifier}' was taken back; make a new one.")
    return _shown(request, Editor(Draft.of(newest.document), identifier, newest.version))


def _answer(request: HttpRequest, editor: Editor, identifier: str) -> HttpResponse:
    """What follows from a press of a button: a step of editing, a preview, or a version."""
    editor.focus = editor.draft.changed_by(request.POST)
    if editor.focus is not None or request.POST.get("do") == "preview":
        return _shown(request, editor)
    form = SaveForm(request.POST)
    editor.draft = editor.draft.without_empty_items()
    editor.problems = [*sheets.problems_of(form), *sheets.unusable(editor.draft)]
    if editor.problems:
        return _shown(request, editor, UNPROCESSABLE)
    try:
        return _saved(request, *_save(request, identifier, editor.draft, form.cleaned_data))
    except Conflict as conflict:
        editor.conflict = sheets.conflict(conflict, identifier, form.cleaned_data["expected"])
        return _shown(request, editor, CONFLICT)
    except pydantic.ValidationError as refusal:
        editor.problems = sheets.refused(refusal, editor.draft)
    except ActRefused as refusal:
        editor.problems = [Problem("identifier" if editor.is_new else "", "", str(refusal))]
    return _shown(request, editor, UNPROCESSABLE)


def _save(request: HttpRequest, identifier: str, draft: Draft, typed: dict[str, Any]) -> tuple[Checklist, Act | None]:
    over = typed["over"]
    return save_checklist(
        identifier=identifier,
        document=draft.document(),
        note=typed["note"],
        actor=account_of(request),
        expected=typed["expected"] if over is None else over,
        act=typed["act"],
    )


def _saved(request: HttpRequest, version: Checklist, act: Act | None) -> HttpResponse:
    if act is None:
        messages.info(request, f"Nothing was saved: {version} says the same already.")
    else:
        say_done(
            request,
            f"Saved {version} (event {act.first}). {sheets.what_follows(version)}",
            undo=reverse("registry:undo", args=[act.id]),
        )
    return redirect("administration:checklist", version.identifier)


def _shown(request: HttpRequest, editor: Editor, status: int = 200) -> HttpResponse:
    # what the script copies for a new group or item
    blank = DraftGroup("newgroup", items=[DraftItem("newitem")])
    context = {"editor": editor, "blank": blank, "act": uuid4()}
    return render(request, "administration/edit.html", context, status=status)

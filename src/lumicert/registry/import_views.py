"""The pages of imported lists and of imports."""

from __future__ import annotations

from uuid import UUID

import pydantic
from django.contrib import messages
from django.core.files import File
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.requests import SignedIn
from lumicert.decisions.services import ActRefused
from lumicert.lumi import LAYOUTS, dumps
from lumicert.registry import import_selectors, imports
from lumicert.registry.forms import ExportForm, ImportForm, ListForm, PairForm
from lumicert.registry.reading import BadInput, name_of, read_list
from lumicert.runs.selectors import stored_list, stored_lists
from lumicert.runs.services import Imported, PublishedList
from lumicert.shell.notices import say_done
from lumicert.sources.errors import SourceFormatError

UNPROCESSABLE = 422
FORMS: dict[str, type[ImportForm]] = {form.kind: form for form in (PairForm, ListForm, ExportForm)}


@requires(Permission.READ)
@never_cache
@require_safe
def lists(request: SignedIn) -> HttpResponse:
    """The lists that were imported."""
    return render(request, "registry/lists.html", {"lists": stored_lists(), "layouts": LAYOUTS})


@requires(Permission.READ)
@never_cache
@require_safe
def download(request: SignedIn) -> HttpResponse:
    """One list in a layout; `X-Lumicert-SHA256` of the file that was imported."""
    name, layout = request.GET.get("name", ""), request.GET.get("layout", "runs")
    found = stored_list(name)
    if found is None:
        raise Http404(f"There is no list '{name}'.")
    if layout not in LAYOUTS:
        raise Http404(f"There is no layout '{layout}'; there are {', '.join(LAYOUTS)}.")
    response = HttpResponse(dumps(found.lumis, layout=layout), content_type="application/json")
    safe = "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in name)
    response["Content-Disposition"] = f'attachment; filename="{safe}.json"'
    response["X-Lumicert-SHA256"] = found.sha256
    return response


@requires(Permission.IMPORT)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: SignedIn) -> HttpResponse:
    """Three forms; a mistake in one comes back with what was typed."""
    if request.method != "POST":
        return _render_desk(request)
    kind = request.POST.get("kind", "")
    if kind not in FORMS:
        raise Http404(f"There is no import '{kind}'.")
    form = FORMS[kind](request.POST, request.FILES)
    if form.is_valid():
        try:
            return _DOERS[kind](request, form)
        except _Mistake as mistake:
            form.add_error(mistake.field, str(mistake))
    return _render_desk(request, form, status=UNPROCESSABLE)


class _Mistake(Exception):
    """What is wrong with one field of an import form."""

    def __init__(self, field: str | None, problem: Exception) -> None:
        self.field = field
        super().__init__(imports.in_words(problem))


def _render_desk(request: SignedIn, sent: ImportForm | None = None, status: int = 200) -> HttpResponse:
    forms = [sent if sent and sent.kind == kind else form() for kind, form in FORMS.items()]
    context = {"forms": forms, "recent": import_selectors.recent()}
    return render(request, "registry/import.html", context, status=status)


def _import_pair(request: SignedIn, form: ImportForm) -> HttpResponse:
    typed = form.cleaned_data
    dcs, golden = (_read(typed[field], field) for field in ("dcs", "golden"))
    try:
        done = imports.import_pair(
            dcs=dcs, golden=golden, klass=typed["klass"], dataset=typed["dataset"], actor=request.user, act=typed["act"]
        )
    except (imports.NameTaken, ActRefused, pydantic.ValidationError) as error:
        raise _Mistake(None, error) from error
    return _told(request, done)


def _read(file: File[bytes], field: str, name: str | None = None) -> PublishedList:
    file_name = file.name or field
    try:
        return read_list(file.read(), name=name or name_of(file_name), file_name=file_name)
    except BadInput as error:
        raise _Mistake(field, error) from error


def _import_one(request: SignedIn, form: ImportForm) -> HttpResponse:
    typed = form.cleaned_data
    published = _read(typed["file"], "file", typed["name"])
    try:
        done = imports.import_one(published=published, purpose=typed["purpose"], actor=request.user, act=typed["act"])
    except (imports.NameTaken, ActRefused, pydantic.ValidationError) as error:
        raise _Mistake("name", error) from error
    return _told(request, done)


def _told(request: SignedIn, done: Imported) -> HttpResponse:
    if done.act is None:
        messages.info(request, done.summary)
    else:
        say_done(request, done.summary, undo=reverse("registry:undo", args=[done.act.id]))
    return redirect("registry:lists")


def _ask_for_export(request: SignedIn, form: ImportForm) -> HttpResponse:
    typed = form.cleaned_data
    try:
        asked = imports.ask_for_oms_export(
            runs_file=typed["runs"],
            lumisections_file=typed["lumisections"],
            actor=request.user,
            act=typed["act"],
        )
    except SourceFormatError as error:
        raise _Mistake(None, error) from error
    return redirect("registry:progress", asked.id)


_DOERS = {"pair": _import_pair, "list": _import_one, "export": _ask_for_export}


@requires(Permission.IMPORT)
@never_cache
@require_safe
def progress(request: SignedIn, job: UUID) -> HttpResponse:
    """How far an import is, and what came of it."""
    shown = import_selectors.progress(job)
    if shown is None:
        raise Http404(f"There is no import {job}.")
    return render(request, "registry/progress.html", {"job": shown})

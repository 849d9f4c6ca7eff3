"""The role mapping: see it, edit it with a look at whom that would change, put an earlier one back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from lumicert.accounts.permissions import Permission, account_of, requires
from lumicert.decisions.services import ActRefused, Conflict
from lumicert.people import selectors, services
from lumicert.people.forms import RulesFormSet, SaveForm
from lumicert.people.mapping import Rule
from lumicert.people.selectors import MappingVersion
from lumicert.shell.notices import say_done

CONFLICT = 409
UNPROCESSABLE = 422


@requires(Permission.ADMINISTER)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def mapping(request: HttpRequest) -> HttpResponse:
    """The mapping in force as a form: look whom a change would change, or save it."""
    newest = selectors.current_mapping()
    if request.method != "POST":
        return _editor(request, newest, RulesFormSet(initial=_typed(newest)))
    saving = request.POST.get("do") == "save"
    rules, save = RulesFormSet(request.POST), SaveForm(request.POST, saving=saving)
    # both are asked, so that all that is wrong is said at once
    if not all([rules.is_valid(), save.is_valid()]):
        return _editor(request, newest, rules, save=save, status=UNPROCESSABLE)
    if not saving:
        return _editor(request, newest, rules, save=save, changes=selectors.changes_under(rules.rules()))
    try:
        return _saved(request, rules, save.cleaned_data)
    except (Conflict, ActRefused, services.NotDone) as refusal:
        return _editor(request, selectors.current_mapping(), rules, save=save, refusal=refusal, status=CONFLICT)


def _typed(version: MappingVersion) -> list[dict[str, str]]:
    return [
        {"cern_role": rule.cern_role, "role": rule.role, "workspaces": " ".join(rule.workspaces)}
        for rule in version.rules
    ]


def _editor(
    request: HttpRequest,
    newest: MappingVersion,
    rules: Any,
    *,
    save: SaveForm | None = None,
    changes: list[selectors.Change] | None = None,
    refusal: Exception | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "rules": rules,
        "newest": newest,
        "save": save,
        # who has seen what came in between may save over it
        "expected": save.data.get("expected") if save and not isinstance(refusal, Conflict) else newest.version,
        "act": save.data.get("act") if save else uuid4(),
        "changes": changes,
        "refusal": refusal,
        "theirs": _only_in(newest.rules, rules.rules()) if refusal else [],
        "yours": _only_in(rules.rules(), newest.rules) if refusal else [],
        "versions": list(reversed(selectors.mapping_versions())),
    }
    return render(request, "people/mapping.html", context, status=status)


def _only_in(some: Sequence[Rule], others: Sequence[Rule]) -> list[Rule]:
    return [rule for rule in some if rule not in others]


def _saved(request: HttpRequest, rules: Any, typed: dict[str, Any]) -> HttpResponse:
    version, act = services.save_mapping(
        rules=rules.rules(),
        comment=typed["comment"],
        actor=account_of(request),
        expected=typed["expected"],
        act=typed["act"],
    )
    if act is None:
        messages.info(request, f"Nothing was saved: {version} says the same already.")
    else:
        _say_saved(request, version, act.last - act.first)
    return redirect("people:mapping")


@requires(Permission.ADMINISTER)
@never_cache
@require_POST
def restore(request: HttpRequest, version: int) -> HttpResponse:
    """Put an earlier version in force again; this is how a change of the mapping is undone."""
    try:
        newest, act = services.restore_mapping(version=version, actor=account_of(request))
    except selectors.NoSuchMapping as error:
        raise Http404(f"{str(error).capitalize()}.") from error
    except services.NotDone as refusal:
        messages.error(request, str(refusal))
        return redirect("people:mapping")
    if act is None:
        messages.info(request, f"Nothing was saved: {newest} says the same already.")
    else:
        _say_saved(request, newest, act.last - act.first)
    return redirect("people:mapping")


def _say_saved(request: HttpRequest, version: MappingVersion, changed: int) -> None:
    say_done(
        request,
        f"{str(version).capitalize()} is in force (event {version.seq}); it changed {changed} "
        f"account{'' if changed == 1 else 's'}.",
        undo=reverse("people:restore-mapping", args=[version.version - 1]),
    )

"""How far certification has come, and the check of a list of runs for central certification."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.requests import SignedIn
from lumicert.certification.comparing import CentralCheck
from lumicert.certification.coverage import MOST_RUNS, STATES, check_runs, coverage
from lumicert.certification.workspaces import RUN_TYPES
from lumicert.review.requests import workspace_of
from lumicert.runs.selectors import in_ranges, of_era
from lumicert.shell.fields import MomentField, RunsField, TextsField
from lumicert.shell.files import csv_file
from lumicert.shell.pages import number_in

BAD_REQUEST = 400
# as many runs as CMS takes in two years
MOST_CHECKED = 20_000
GROUPS = {
    "good": "good", "bad": "bad", "prompt_missing": "prompt missing", "changed_good": "changed to good",
    "changed_bad": "changed to bad",
}  # fmt: skip


class CoverageFilterForm(forms.Form):
    """Which runs are looked at."""

    runs = RunsField(label="runs", required=False, max_length=8000)
    type = forms.ChoiceField(label="type", required=False, choices=[("", "any"), *((each, each) for each in RUN_TYPES)])
    era = forms.CharField(label="era", required=False, max_length=40)
    significant = forms.ChoiceField(
        label="runs that are", required=False, choices=[("", "significant"), ("all", "significant or not")]
    )

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data, label_suffix="")
        # two names that Python keeps for itself
        self.fields["class"] = TextsField(label="class", required=False, max_length=2000)
        self.fields["from"] = MomentField(label="taken from", required=False, max_length=40)
        self.fields["to"] = MomentField(label="to", required=False, max_length=40, last=True)

    @property
    def common(self) -> list[forms.BoundField]:
        """All of them: there are few."""
        return [self[name] for name in self.fields]

    @property
    def conditions(self) -> Q:
        """What the runs have to fulfil; the form must be valid."""
        given = {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}
        # unknown is not insignificant: a run that no rule has looked at yet is shown
        found = Q() if given.get("significant") == "all" else Q(significant=True) | Q(significant__isnull=True)
        if "runs" in given:
            found &= in_ranges(given["runs"])
        if "type" in given:
            found &= Q(run_type=given["type"])
        if "era" in given:
            found &= of_era(given["era"])
        if "class" in given:
            found &= Q(klass__in=given["class"])
        return found & _between(given.get("from"), given.get("to"))


def _between(first: Any, last: Any) -> Q:
    lower = Q() if first is None else Q(start_time__gte=first)
    return lower if last is None else lower & Q(start_time__lte=last)


@requires(Permission.READ)
@never_cache
@require_safe
def board(request: SignedIn) -> HttpResponse:
    """Runs against reconstructions."""
    form = CoverageFilterForm(request.GET)
    context: dict[str, Any] = {"form": form, "states": STATES, "query": request.GET.urlencode(), "most": MOST_RUNS}
    if not form.is_valid():
        return render(request, "review/coverage.html", context, status=BAD_REQUEST)
    of = workspace_of(request)
    context["of"] = of
    context["table"] = coverage(workspace=of.name, conditions=form.conditions, page=number_in(request.GET.get("page")))
    return render(request, "review/coverage.html", context)


class CheckForm(forms.Form):
    """A list of runs, as somebody pasted it."""

    runs = RunsField(
        label="Runs", max_length=400_000, widget=forms.Textarea(attrs={"rows": 5, "class": "form-control"}),
        error_messages={"required": "paste the runs: numbers or ranges, separated by commas, blanks or lines"},
    )  # fmt: skip

    def clean_runs(self) -> list[int]:
        """Every run of the list, each once, rising."""
        ranges: list[tuple[int, int]] = self.cleaned_data["runs"]
        if sum(last - first + 1 for first, last in ranges) > MOST_CHECKED:
            raise forms.ValidationError(f"that is more than {MOST_CHECKED:,} runs: check them in parts")
        return sorted({run for first, last in ranges for run in range(first, last + 1)})


@requires(Permission.READ)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: SignedIn) -> HttpResponse:
    """The check of a list of runs; posted, because lists are longer than addresses. It writes nothing."""
    if request.method != "POST" and "runs" not in request.GET:
        return render(request, "review/check.html", {"form": CheckForm(label_suffix="")})
    data = request.POST if request.method == "POST" else request.GET
    form = CheckForm(data, label_suffix="")
    if not form.is_valid():
        return render(request, "review/check.html", {"form": form}, status=BAD_REQUEST)
    runs = form.cleaned_data["runs"]
    checks, uncertified = check_runs(runs, workspace=workspace_of(request).name)
    if data.get("format") == "csv":
        return csv_file("central-check", ["run", "type", "outcome"], _rows(checks, uncertified))
    groups = [
        (run_type, [(name, label, getattr(check, name)) for name, label in GROUPS.items()])
        for run_type, check in checks.items()
    ]
    context = {"form": form, "groups": groups, "uncertified": uncertified, "n_runs": len(runs)}
    return render(request, "review/check.html", context)


def _rows(checks: Mapping[str, CentralCheck], uncertified: list[int]) -> Iterator[tuple[int, str, str]]:
    for run_type, check in checks.items():
        for name, label in GROUPS.items():
            yield from ((run, run_type, label) for run in getattr(check, name))
    yield from ((run, "", "missing") for run in uncertified)

"""What people type, checked; a mistake is told at its field and leaves the rest as it was."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from lumicert.decisions import ranges
from lumicert.decisions.events import STATUSES
from lumicert.decisions.ranges import Ranges
from lumicert.registry.reading import BadInput, dataset_name
from lumicert.registry.services import Mark, problem_of_comment
from lumicert.shell.fields import LAST_RUN

RELEASE = "RELEASE"
STATUS_CHOICES = [*((status, status) for status in STATUSES), (RELEASE, "Release")]


class LumisField(forms.CharField):
    """Lumisections as people write them, `12-137, 193-200`; clean data are `Ranges`."""

    def clean(self, value: Any) -> Ranges:
        text = super().clean(value)
        try:
            return ranges.parse(text)
        except ValueError as error:
            raise ValidationError(str(error)) from error


class FormWithHidden(forms.Form):
    """A form with fields that the page fills in."""

    @property
    def hidden_problems(self) -> list[str]:
        """Mistakes that no visible field can show."""
        of_fields = [str(problem) for field in self.hidden_fields() for problem in field.errors]
        return of_fields + [str(problem) for problem in self.non_field_errors()]


class MarkForm(FormWithHidden):
    """What a person says of a component, with where and when the page was read."""

    dataset = forms.CharField(widget=forms.HiddenInput)
    expected = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    act = forms.UUIDField(widget=forms.HiddenInput)
    # not a field of choices: the service knows what this run has, and which name was meant
    component = forms.CharField(max_length=80, error_messages={"required": "choose a component"})
    lumis = LumisField(
        max_length=4000,
        error_messages={"required": "say which lumisections: drag on a bar, or write 12-137, 193-200"},
    )
    status = forms.ChoiceField(choices=STATUS_CHOICES, error_messages={"required": "choose a status"})
    cause = forms.CharField(max_length=200, required=False)
    comment = forms.CharField(max_length=4000, required=False, widget=forms.Textarea)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        # here too, so that it is told together with a slip in another field
        if problem := problem_of_comment(cleaned.get("status"), cleaned.get("comment", "")):
            self.add_error("comment", problem)
        return cleaned

    def mark(self, run: int) -> Mark:
        """What was typed, as a mark of the run; the form must be valid."""
        typed = self.cleaned_data
        return Mark(
            run=run,
            dataset=typed["dataset"],
            component=typed["component"],
            lumis=typed["lumis"],
            status=None if typed["status"] == RELEASE else typed["status"],
            cause=typed["cause"],
            comment=typed["comment"],
        )

    def note(self, problems: dict[str, str]) -> None:
        """Take up mistakes that were found after the form; those of no visible field stand above it."""
        for name, problem in problems.items():
            field = self.fields.get(name)
            self.add_error(name if field and not field.widget.is_hidden else None, problem)

    def typed(self, **changes: str) -> dict[str, str]:
        """What was typed, to be sent as an act of its own."""
        return {name: self.data.get(name, "") for name in self.fields} | {"act": str(uuid4())} | changes

    def again(self) -> MarkForm:
        """This form with its mistakes, to be sent as an act of its own."""
        self.data = self.typed()
        return self


class EventFilterForm(forms.Form):
    """The filters of the events page."""

    run = forms.IntegerField(required=False, min_value=1, max_value=LAST_RUN)
    actor = forms.CharField(required=False, max_length=150)
    kind = forms.CharField(required=False, max_length=80)
    before = forms.IntegerField(required=False, min_value=1)


class FillFilterForm(forms.Form):
    """The filters of the list of fills."""

    era = forms.CharField(required=False, max_length=40)
    before = forms.IntegerField(required=False, min_value=1, max_value=LAST_RUN)


# ---- imports ----


class ImportForm(FormWithHidden):
    """What every import form has: the identity of the act, made with the page."""

    kind: str
    act = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        limit = settings.CONFIG.upload_limit_mb
        for name, value in list(cleaned.items()):
            megabytes = (value.size or 0) / 2**20 if isinstance(value, UploadedFile) else 0
            if megabytes > limit:
                self.add_error(name, f"{value.name} has {megabytes:,.0f} MB; at most {limit} MB are taken")
        return cleaned


def _file(label: str, accept: str) -> forms.FileField:
    # an empty file is for the reader to refuse, in its own words
    return forms.FileField(
        label=label, allow_empty_file=True, widget=forms.FileInput(attrs={"accept": accept}),
        error_messages={"required": "choose a file"},
    )  # fmt: skip


class PairForm(ImportForm):
    """A published DCS-only list and golden JSON."""

    kind = "pair"
    klass = forms.CharField(label="Class", max_length=80)
    dataset = forms.CharField(label="Dataset", max_length=300)
    dcs = _file("DCS-only JSON", ".json,.txt")
    golden = _file("Golden JSON", ".json,.txt")

    def clean_dataset(self) -> str:
        name: str = self.cleaned_data["dataset"]
        try:
            return dataset_name(name)
        except BadInput as error:
            raise ValidationError(str(error)) from error


class ListForm(ImportForm):
    """One list to compare with."""

    kind = "list"
    name = forms.CharField(label="Name", max_length=120)
    purpose = forms.ChoiceField(
        label="Purpose", choices=[("golden", "golden JSON"), ("dcs", "DCS-only"), ("other", "other")]
    )
    file = _file("List", ".json,.txt")


class ExportForm(ImportForm):
    """An export of OMS."""

    kind = "export"
    runs = _file("Runs", ".csv,.gz")
    lumisections = _file("Lumisections", ".csv,.gz")

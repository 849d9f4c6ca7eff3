"""What people ask to be fetched: one run, or a range of runs."""

from __future__ import annotations

from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError

from lumicert.shell.fields import RunRange, number_of


class FetchForm(forms.Form):
    """One run, by its number."""

    run = forms.CharField(max_length=12, label="Run")

    def clean_run(self) -> int:
        typed = self.cleaned_data["run"].strip()
        run = number_of(typed)
        if not run:
            raise ValidationError(f"'{typed}' is no run number; write one such as 355100")
        return run


class BackfillForm(forms.Form):
    """A range of runs. `asked` was made with the page, so that a second click asks for nothing more."""

    runs = RunRange()
    asked = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

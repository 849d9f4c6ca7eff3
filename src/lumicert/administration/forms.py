"""What administrators type: entries of the managed lists, and what goes with a checklist that is saved."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError

from lumicert.runs.names import COMPONENTS


def check_component(name: str) -> str:
    """The name, if it is one of a component.

    Raises:
        ValidationError: naming one that resembles it.
    """
    if name in COMPONENTS:
        return name
    near = get_close_matches(name, COMPONENTS, n=1)
    hint = f"did you mean {near[0]}?" if near else "write workspace and column, such as tracker-pixel"
    raise ValidationError(f"'{name}' is not a component; {hint}")


class ReasonForm(forms.Form):
    """An entry of a list. `was` is its name before, empty for a new one; `expected` the event that was read."""

    name = forms.CharField(max_length=50)
    description = forms.CharField(max_length=1000, required=False)
    was = forms.CharField(max_length=50, required=False)
    retired = forms.BooleanField(required=False)
    expected = forms.IntegerField(min_value=0, required=False)
    act = forms.UUIDField()

    # why the log did not take what is well written
    refusal: Exception | None = None

    @property
    def is_new(self) -> bool:
        return not self.data.get("was")


class ProblemForm(ReasonForm):
    """The same for a problem of a component."""

    component = forms.CharField(max_length=90)

    def clean_component(self) -> str:
        return check_component(self.cleaned_data["component"])


class SaveForm(forms.Form):
    """What goes with a draft that is saved. `expected` is the version that was edited, 0 for a new checklist."""

    note = forms.CharField(max_length=1000)
    expected = forms.IntegerField(min_value=0)
    # the version that somebody else saved meanwhile, where this one is to follow it all the same
    over = forms.IntegerField(min_value=0, required=False)
    act = forms.UUIDField(initial=uuid4)

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["note"].error_messages["required"] = "Say what is new in this version, and why: others will read it"

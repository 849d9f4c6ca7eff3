"""What people type about rules: a draft, a range of runs to apply rules to, a run to explain."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError

from lumicert.rules.documents import Document, RulesRefused, read_document
from lumicert.shell.fields import RunRange, number_of

MOST_CHARACTERS = 500_000


class NotJson(ValueError):
    """A text that Python reads as JSON, and that is none or loses something."""


def read_json(text: str) -> Any:
    """The data of a JSON text, where no key of an object stands twice: the first would be lost without a word.

    Raises:
        json.JSONDecodeError: with the line and the column.
        NotJson: naming the key that stands twice, or the number that JSON does not have.
    """
    return json.loads(text, object_pairs_hook=_once_each, parse_constant=_refused_number)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for place, (key, _) in enumerate(pairs) if key in dict(pairs[:place]))
        label = " ".join(str(found[key]) for key in ("name", "class", "component") if isinstance(found.get(key), str))
        where = f" of the rule {label}" if label else ""
        raise NotJson(f"the key '{twice}'{where} stands twice in one object; keep one of them")
    return found


def _refused_number(word: str) -> None:
    raise NotJson(f"{word} is not a number of JSON")


class DraftForm(forms.Form):
    """A draft of a rule set. `expected` is the version that was edited; `act` was made with the page."""

    draft = forms.CharField(max_length=MOST_CHARACTERS, label="Rules as JSON", strip=False)
    comment = forms.CharField(max_length=4000, required=False, label="What is new in it, and why")
    expected = forms.IntegerField(min_value=1)
    # the version that somebody else saved meanwhile, where this one is to follow it all the same
    over = forms.IntegerField(min_value=1, required=False)
    act = forms.UUIDField()

    # (place in the document, with the rule's name; what is wrong)
    problems: tuple[tuple[str, str], ...] = ()

    def __init__(self, name: str, data: Any = None, *, saving: bool = False) -> None:
        super().__init__(data)
        self._name, self.saving = name, saving

    def clean_draft(self) -> Document:
        try:
            return read_document(self._name, read_json(self.cleaned_data["draft"]))
        except json.JSONDecodeError as error:
            self.problems = ((f"line {error.lineno}, column {error.colno}", f"this is not JSON: {error.msg}"),)
        except NotJson as error:
            self.problems = (("", str(error)),)
        except RecursionError:
            self.problems = (("", "the conditions are nested too deeply to be read"),)
        except RulesRefused as refusal:
            self.problems = refusal.problems
        raise ValidationError("These rules cannot be used")

    def clean_comment(self) -> str:
        comment: str = self.cleaned_data["comment"]
        if self.saving and not comment:
            raise ValidationError("Say what is new in this version, and why: others will read it")
        return comment


class ApplyForm(forms.Form):
    """A range of runs that are to be classified again. `asked` was made with the page."""

    runs = RunRange()
    asked = forms.UUIDField(initial=uuid4)


class ExplainForm(forms.Form):
    """A run, and with a component and a lumisection also the rules of that component there."""

    run = forms.CharField(max_length=12, label="Run")
    component = forms.CharField(max_length=90, required=False, label="Component")
    ls = forms.CharField(max_length=12, required=False, label="LS")

    def clean_run(self) -> int:
        return _number(self.cleaned_data["run"], "run number", 355100)

    def clean_ls(self) -> int | None:
        typed = self.cleaned_data["ls"]
        return _number(typed, "lumisection", 1) if typed else None


def _number(typed: str, what: str, example: int) -> int:
    number = number_of(typed)
    if not number:
        raise ValidationError(f"'{typed}' is no {what}; write one such as {example}")
    return number

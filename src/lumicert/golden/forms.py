"""What a person asks of the Golden JSON page, and how a policy is saved. The address carries all that was asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from lumicert.decisions.selectors import seq_at
from lumicert.golden import policies
from lumicert.golden.selectors import Answer, NoSuchEvent, NoSuchList, SeveralDatasets, answer
from lumicert.lumi import LAYOUTS
from lumicert.policy import PolicyError
from lumicert.runs.selectors import dataset_names
from lumicert.shell.fields import LAST_EVENT, number_of

CERN = ZoneInfo("Europe/Zurich")
DRAFT = 0


class AskForm(forms.Form):
    """Dataset, policy, state and list. `rule` is a draft: it is evaluated instead of the policy's own rule."""

    dataset = forms.CharField(max_length=300, label="Dataset")
    policy = forms.CharField(max_length=120, label="Policy")
    rule = forms.CharField(max_length=100_000, required=False, widget=forms.Textarea, strip=False)
    at = forms.CharField(max_length=40, required=False, label="As of")
    layout = forms.ChoiceField(choices=[(name, name) for name in LAYOUTS], required=False)

    answer: Answer | None = None

    def __init__(self, data: QueryDict) -> None:
        super().__init__(with_defaults(data))
        # the address says `with=`, which is no name for an attribute
        self.fields["with"] = forms.CharField(max_length=120, required=False, label="Compare with")

    def clean_policy(self) -> policies.PolicyVersion:
        name, _, version = self.cleaned_data["policy"].partition("@")
        number = number_of(version)
        if version and number is None:
            raise ValidationError(f"'{version[:80]}' is not a version; write {name}@1")
        try:
            return policies.find(name, number)
        except policies.NoSuchPolicy as error:
            raise ValidationError(str(error)) from error

    def clean_at(self) -> int | None:
        return event_number(self.cleaned_data["at"])

    def clean_layout(self) -> str:
        return self.cleaned_data["layout"] or "runs"

    def clean(self) -> dict[str, Any]:
        asked = self.cleaned_data
        if not self.errors:
            try:
                self.answer = answer(
                    policy=asked["policy"], draft=asked["rule"], dataset=asked["dataset"], at=asked["at"],
                    against=asked["with"],
                )  # fmt: skip
            except PolicyError as error:
                self.add_error("rule", str(error))
            except NoSuchEvent as error:
                self.add_error("at", str(error))
            except SeveralDatasets as error:
                self.add_error("dataset", str(error))
            except NoSuchList as error:
                self.add_error("with", str(error))
        return asked

    @property
    def shown_rule(self) -> str:
        """What stands in the editor: what was typed, else the rule of the chosen policy."""
        typed = self.data.get("rule", "")
        if typed.strip() or "policy" in self.errors:
            return str(typed)
        return str(self.cleaned_data["policy"].rule)


def with_defaults(data: QueryDict) -> QueryDict:
    """What was asked, completed with the dataset that most people want and the policy that fits it."""
    asked = data.copy()
    if not asked.get("dataset"):
        asked["dataset"] = max(dataset_names(), key=_wanted, default="online")
    if not asked.get("policy"):
        asked["policy"] = "tracker-dcs" if asked["dataset"] == "online" else "tracker-good"
    return asked


def _wanted(name: str) -> tuple[bool, bool, bool, str]:
    """Most people come for prompt collisions, and for the newest of them."""
    return "Collisions" in name, "Prompt" in name, name != "online", name


def event_number(text: str) -> int | None:
    """The event that a person named by its number, or by a time at CERN; None for now.

    Raises:
        ValidationError: if it is neither.
    """
    text = text.strip()
    if not text or text == "now":
        return None
    if (number := number_of(text, LAST_EVENT)) is not None:
        return number
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValidationError(
            f"'{text}' is neither an event number nor a time such as 2018-09-26 22:58 (CERN time)"
        ) from None
    return seq_at(moment if moment.tzinfo else moment.replace(tzinfo=CERN))


class SavePolicyForm(forms.Form):
    """Save the rule in the editor as the next version of a name."""

    name = forms.RegexField(
        r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        max_length=80,
        label="Name",
        error_messages={"invalid": "A name has letters, digits, dots, dashes and underscores: golden-2018"},
    )
    rule = forms.CharField(max_length=100_000, strip=False)
    comment = forms.CharField(max_length=4000, required=False, label="What is new in it")
    act = forms.UUIDField()

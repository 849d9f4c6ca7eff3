"""What people type about accounts, the role mapping and their tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pydantic
from django import forms
from django.core.exceptions import ValidationError

from lumicert.accounts.roles import Role
from lumicert.people.mapping import MOST_RULES, Rule, repeated
from lumicert.people.tokens import LONGEST, Scope

_MAPPED = [(role.value, role.label) for role in reversed(Role) if role is not Role.GUEST]
_EMPTY_ROWS = 3


class WorkspacesField(forms.CharField):
    """Names of workspaces with blanks or commas between them; `*` for all."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=400, label="Workspaces", **options)

    def clean(self, value: Any) -> tuple[str, ...]:
        names = tuple(super().clean(value).replace(",", " ").split())
        try:
            checked = Rule(cern_role="any", role=Role.SHIFTER, workspaces=names or ("*",)).workspaces
        except pydantic.ValidationError as error:
            wrong = ", ".join(sorted({repr(item["input"]) for item in error.errors()}))
            raise ValidationError(
                f"{wrong} is no workspace; write names such as tracker or dt, or * for all"
            ) from error
        return checked if names else ()


class RoleForm(forms.Form):
    """The role of a local account."""

    role = forms.ChoiceField(choices=Role.choices, label="Role")
    workspaces = WorkspacesField(required=False)

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        wants_some = typed.get("role") not in (None, Role.GUEST)
        if wants_some and "workspaces" in typed and not typed["workspaces"]:
            self.add_error("workspaces", "A role counts in a workspace: write its name, or * for all")
        return typed


class RuleForm(forms.Form):
    """One rule of the mapping. An empty line is no rule."""

    cern_role = forms.CharField(max_length=120, label="CERN role", required=False)
    role = forms.ChoiceField(choices=_MAPPED, label="Role here", initial=Role.SHIFTER)
    workspaces = WorkspacesField(required=False, initial="*")
    remove = forms.BooleanField(required=False, label="Remove")

    def rule(self) -> Rule | None:
        """The rule, in a form that is valid."""
        typed = self.cleaned_data
        # Django gives a line that was left as it came no data at all
        if typed.get("remove") or not typed.get("cern_role"):
            return None
        return Rule(cern_role=typed["cern_role"], role=typed["role"], workspaces=typed["workspaces"] or ("*",))

    def clean_cern_role(self) -> str:
        name: str = self.cleaned_data["cern_role"]
        if name:
            try:
                Rule(cern_role=name, role=Role.SHIFTER)
            except pydantic.ValidationError as error:
                raise ValidationError(f"'{name}' is not the name of a role or e-group at CERN") from error
        return name


if TYPE_CHECKING:
    _FormSet = forms.BaseFormSet[RuleForm]
else:
    _FormSet = forms.BaseFormSet


class _Rules(_FormSet):
    """The rules of a mapping, in the order in which they are shown."""

    def rules(self) -> tuple[Rule, ...]:
        """Every rule, in a form that is valid."""
        return tuple(rule for form in self.forms if (rule := form.rule()))

    def clean(self) -> None:
        if any(self.errors):
            return
        if names := repeated(self.rules()):
            raise ValidationError(f"{', '.join(names)} stands twice: say once what follows from each CERN role")


RulesFormSet = cast(
    "type[_Rules]",
    forms.formset_factory(
        RuleForm, formset=_Rules, extra=_EMPTY_ROWS, max_num=MOST_RULES, absolute_max=MOST_RULES + _EMPTY_ROWS
    ),
)


class SaveForm(forms.Form):
    """What goes with a mapping: `expected` is the version that was edited; `act` was made with the page."""

    comment = forms.CharField(max_length=4000, required=False, label="What is new in it, and why")
    expected = forms.IntegerField(min_value=1)
    act = forms.UUIDField()

    def __init__(self, data: Any, *, saving: bool) -> None:
        super().__init__(data)
        self.fields["comment"].required = saving
        self.fields["comment"].error_messages["required"] = "Say what is new, and why: others will read it"


class TokenForm(forms.Form):
    """A new token."""

    name = forms.CharField(max_length=80, label="What it is for")
    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, scope.words) for scope in Scope if scope is not Scope.READ], required=False
    )
    days = forms.IntegerField(min_value=1, max_value=LONGEST.days, initial=90, label="Good for (days)")

    def clean_scopes(self) -> list[Scope]:
        # whoever writes reads as well
        return [Scope.READ, *(Scope(name) for name in self.cleaned_data["scopes"])]

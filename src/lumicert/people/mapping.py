"""The role mapping: which role and which workspaces follow from the roles that CERN's sign-in service reports.

A mapping is a list of rules. A rule fits when its `cern_role` is, letter by letter, one of the person's `cern_roles`;
nothing is read into parts of a name. Of all rules that fit, the highest role counts, in the workspaces of all of them.
Where none fits, or the claim is missing or is not a list of names, the person is a guest.

The names of `SHIPPED` are the roles and e-groups that the tracker's certification has had at CERN.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from lumicert.accounts.models import EVERY_WORKSPACE
from lumicert.accounts.roles import Role

MOST_RULES = 200
# as people type it in a form, without the room for mistakes of a free text
_NAME = r"^[A-Za-z0-9][A-Za-z0-9._:@/ -]*$"
_WORKSPACE = r"^(\*|[a-z][a-z0-9_]{0,39})$"


def _once_each(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _some_role(role: Role) -> Role:
    if role is Role.GUEST:
        raise ValueError("a rule gives a role; whoever no rule fits is a guest")
    return role


Workspace = Annotated[str, Field(pattern=_WORKSPACE)]
Workspaces = Annotated[tuple[Workspace, ...], Field(max_length=40), AfterValidator(_once_each)]


class Rule(BaseModel):
    """Who has `cern_role` is `role` in `workspaces`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cern_role: str = Field(min_length=1, max_length=120, pattern=_NAME)
    role: Annotated[Role, AfterValidator(_some_role)]
    workspaces: Workspaces = Field(default=(EVERY_WORKSPACE,), min_length=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """A role with its workspaces, and the CERN roles that it follows from."""

    role: Role
    workspaces: tuple[str, ...]
    because: tuple[str, ...]


GUEST = Standing(Role.GUEST, (), ())
_RANK = {role: rank for rank, role in enumerate(Role)}


def names_in(claim: object) -> tuple[str, ...]:
    """The names in a `cern_roles` claim; none where it is anything but a list."""
    # a text is not a list of its letters, and what is not a text is nobody's role
    return tuple(name for name in claim if isinstance(name, str)) if isinstance(claim, list) else ()


def standing(rules: Iterable[Rule], cern_roles: object) -> Standing:
    """What a person with this `cern_roles` claim, of whatever shape, is."""
    names = set(names_in(cern_roles))
    fitting = [rule for rule in rules if rule.cern_role in names]
    if not fitting:
        return GUEST
    highest = max(fitting, key=lambda rule: _RANK[rule.role])
    workspaces = {workspace for rule in fitting for workspace in rule.workspaces}
    return Standing(
        role=highest.role,
        workspaces=(EVERY_WORKSPACE,) if EVERY_WORKSPACE in workspaces else tuple(sorted(workspaces)),
        because=tuple(sorted({rule.cern_role for rule in fitting})),
    )


def repeated(rules: Sequence[Rule]) -> list[str]:
    """CERN roles that several rules name: a mapping says once what follows from each."""
    names = [rule.cern_role for rule in rules]
    return sorted({name for name in names if names.count(name) > 1})


SHIPPED: tuple[Rule, ...] = tuple(
    Rule(cern_role=name, role=role)
    for role, names in (
        (Role.ADMIN, ("admin",)),
        (Role.EXPERT, ("expert", "cms-dqm-certification-experts")),
        (Role.LEADER, ("shiftleader", "cms-tracker-offline-shiftleader", "tkdqmdoctor-shiftleaders")),
        (Role.SHIFTER, (
            "shifter", "cms-dqm-runregistry-offline-tracker-certifiers", "cms-shiftlist_shifters_dqm_p5",
            "cms-shiftlist_shifters_dqm_offline", "tkdqmdoctor-shifters",
        )),
    )
    for name in names
)  # fmt: skip

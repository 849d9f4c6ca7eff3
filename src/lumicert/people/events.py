"""The events of this app: accounts made, switched, given roles; local sign-ins; the role mapping; tokens.

The log says who got which right, when, and why; the tables of accounts and tokens hold what is so now. No event holds a
password or the secret of a token. None of them is undone by "undo": who may undo the acts of others must not hand out
roles that way. The opposite act, on the page of the account or the mapping, takes an administrator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field, model_validator

from lumicert.accounts.models import EVERY_WORKSPACE
from lumicert.accounts.roles import Permission, Role
from lumicert.decisions.events import Text
from lumicert.decisions.kinds import Kind, NewEvent, Payload, register
from lumicert.decisions.models import Event
from lumicert.decisions.projections import latest_by_key
from lumicert.people.mapping import MOST_RULES, Rule, repeated


class AboutAccount(Payload):
    """Base of what is said about one account, by its name, which never changes."""

    account: Text


class AccountMade(AboutAccount):
    """An account is there: CERN's service vouched for a new person, or somebody made a local one."""

    source: Literal["CERN", "local"]


class RoleChanged(AboutAccount):
    """An account's role or workspaces changed.

    `claimed` are the person's CERN roles at that time, `because` those that decided; both None where a person decided.
    """

    before: Role
    after: Role
    workspaces: list[Text]
    claimed: list[Text] | None = None
    because: list[Text] | None = None


class AccountSwitched(AboutAccount):
    """An account was switched off, or on again."""

    active: bool


class SignedInLocally(AboutAccount):
    """Somebody signed in with a local password."""


class PasswordSet(AboutAccount):
    """A local account got a password, from the command line of the installation."""


class TokenMade(AboutAccount):
    """A token was made. `prefix` is the part of it by which its owner recognises it."""

    name: Text
    prefix: Text
    scopes: list[Text]
    expires: datetime


class TokenRevoked(AboutAccount):
    """A token is good no more."""

    name: Text
    prefix: Text


class RolesMapped(Payload):
    """A version of the role mapping, whole. Version 1 ships with the product."""

    version: int = Field(ge=2)
    rules: list[Rule] = Field(max_length=MOST_RULES)
    comment: Text = Field(default="", max_length=4000)

    @model_validator(mode="after")
    def _each_once(self) -> RolesMapped:
        if names := repeated(self.rules):
            raise ValueError(f"{', '.join(names)}: named by several rules; a mapping says once what follows from each")
        return self


MAPPING = latest_by_key(
    table="people_savedmapping",
    kind="roles.mapped",
    withdrawn=None,
    key={"version": "(payload->>'version')::int"},
    values={"seq": "seq", "at": "at", "rules": "payload->'rules'", "comment": "payload->>'comment'"},
)


def _not_undone(events: Sequence[Event], before: int) -> list[NewEvent]:
    from lumicert.decisions.services import ActRefused

    raise ActRefused([(0, "who may do what is not undone here: an administrator changes it back under People")])


def _role_changed(event: Event) -> str:
    said = event.payload
    before, after = Role(said["before"]).label, Role(said["after"]).label
    places = "all workspaces" if EVERY_WORKSPACE in said["workspaces"] else ", ".join(said["workspaces"]) or "none"
    what = f"{said['account']} is {after} in {places}, was {before}"
    if said["claimed"] is None:
        return what
    because = ", ".join(said["because"]) if said["because"] else "none of the CERN roles has a rule"
    return f"{what} (by CERN: {because})"


def _made(event: Event) -> str:
    return f"{event.payload['source']} account {event.payload['account']} made"


def _switched(event: Event) -> str:
    return f"account {event.payload['account']} switched {'on' if event.payload['active'] else 'off'}"


def _token(verb: str) -> Callable[[Event], str]:
    return lambda event: f"token {event.payload['prefix']}… of {event.payload['account']} {verb}"


def _kind(name: str, payload: type[Payload], describe: Callable[[Event], str]) -> Kind:
    projections = (MAPPING,) if payload is RolesMapped else ()
    nothing: frozenset[str] = frozenset()
    return Kind(
        name=name,
        version=1,
        payload=payload,
        scope=nothing,
        stream=(),
        describe=describe,
        projections=projections,
        restore=_not_undone,
        permission=Permission.ADMINISTER,
    )


for _each in (
    _kind("account.made", AccountMade, _made),
    _kind("account.role_changed", RoleChanged, _role_changed),
    _kind("account.switched", AccountSwitched, _switched),
    _kind(
        "account.local_sign_in",
        SignedInLocally,
        lambda event: f"{event.payload['account']} signed in with a local password",
    ),
    _kind("account.password_set", PasswordSet, lambda event: f"password of {event.payload['account']} set"),
    _kind("token.made", TokenMade, _token("made")),
    _kind("token.revoked", TokenRevoked, _token("revoked")),
    _kind("roles.mapped", RolesMapped, lambda event: f"role mapping v{event.payload['version']} saved"),
):
    register(_each)

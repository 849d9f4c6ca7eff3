"""Reading: the role mapping, accounts with what CERN says of them, and what happened to an account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.socialaccount.models import SocialAccount

from lumicert.accounts.models import User
from lumicert.accounts.roles import Role
from lumicert.decisions.models import Event
from lumicert.people.cern import PROVIDER
from lumicert.people.mapping import SHIPPED, Rule, Standing, names_in, standing
from lumicert.people.models import SavedMapping, Token

MOST_EVENTS = 200


class NoSuchMapping(LookupError):
    """The role mapping never had that version; the text names those that it has."""


@dataclass(frozen=True, slots=True)
class MappingVersion:
    """One version of the role mapping. Version 1 ships with the product and has no event."""

    version: int
    rules: tuple[Rule, ...]
    comment: str
    seq: int | None = None
    at: datetime | None = None
    by: str = ""

    def __str__(self) -> str:
        return f"role mapping v{self.version}"


_FIRST = MappingVersion(1, SHIPPED, "")


def mapping_versions() -> list[MappingVersion]:
    """Every version, the first one first."""
    saved = list(SavedMapping.objects.order_by("version"))
    names = dict(Event.objects.filter(seq__in=[row.seq for row in saved]).values_list("seq", "actor_name"))
    return [_FIRST, *(_version(row, names[row.seq]) for row in saved)]


def current_mapping() -> MappingVersion:
    """The version in force, in one query."""
    newest = SavedMapping.objects.order_by("-version").first()
    return _version(newest) if newest else _FIRST


def mapping_version(number: int) -> MappingVersion:
    """That version.

    Raises:
        NoSuchMapping: naming the versions that there are.
    """
    found = {item.version: item for item in mapping_versions()}
    if number not in found:
        raise NoSuchMapping(f"the role mapping has no version {number}; it has {', '.join(map(str, found))}")
    return found[number]


def _version(row: SavedMapping, by: str = "") -> MappingVersion:
    rules = tuple(Rule.model_validate(rule) for rule in row.rules)
    return MappingVersion(row.version, rules, row.comment, row.seq, row.at, by)


@dataclass(frozen=True, slots=True)
class Account:
    """An account with what CERN said of its person at the last sign-in; `said` is None for a local account."""

    user: User
    said: SocialAccount | None

    @property
    def source(self) -> str:
        return "CERN" if self.said else "local"

    @property
    def claim(self) -> object:
        """The `cern_roles` claim as it came, of whatever shape."""
        return self.said.extra_data.get("cern_roles") if self.said else None

    @property
    def cern_roles(self) -> tuple[str, ...]:
        return names_in(self.claim)

    @property
    def email(self) -> str:
        return str(self.user.email)


def accounts() -> list[Account]:
    """Every account, by name, in two queries."""
    return _with_claims(User.objects.order_by("username"))


def account(pk: int) -> Account | None:
    """One account."""
    return next(iter(_with_claims(User.objects.filter(pk=pk))), None)


def account_of_user(user: User) -> Account:
    """What is known of somebody who is signed in."""
    return _with_claims([user])[0]


def _with_claims(users: Iterable[User]) -> list[Account]:
    found = list(users)
    said = {each.user_id: each for each in SocialAccount.objects.filter(provider=PROVIDER, user__in=found)}
    return [Account(user, said.get(user.pk)) for user in found]


def is_local(user: User) -> bool:
    """Whether the account's role is given here, and not by CERN."""
    return not SocialAccount.objects.filter(provider=PROVIDER, user=user).exists()


@dataclass(frozen=True, slots=True)
class Change:
    """What an account would become under another mapping."""

    account: Account
    after: Standing

    @property
    def before(self) -> Role:
        return Role(self.account.user.role)


def changes_under(rules: Sequence[Rule]) -> list[Change]:
    """The CERN accounts that would have another role or other workspaces, by what CERN said of them last."""
    found = [Change(each, standing(rules, each.claim)) for each in accounts() if each.said]
    return [change for change in found if differs(change.account.user, change.after)]


def differs(user: User, other: Standing) -> bool:
    """Whether an account has another role or other workspaces than that."""
    return (user.role, list(user.workspaces)) != (other.role.value, list(other.workspaces))


def history(username: str) -> list[Event]:
    """What happened to an account, newest first; served by the partial index `people_event_of_account`."""
    return list(
        Event.objects.filter(payload__has_key="account", payload__account=username).order_by("-seq")[:MOST_EVENTS]
    )


def local_sign_ins(limit: int = 20) -> list[Event]:
    """The newest sign-ins with a local password, newest first."""
    found = Event.objects.filter(payload__has_key="account", kind="account.local_sign_in")
    return list(found.order_by("-seq")[:limit])


def tokens_of(user: User) -> list[Token]:
    """A person's tokens, those that were made last first."""
    return list(Token.objects.filter(owner=user).order_by("-made_at", "-pk"))

"""What changes accounts."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from django.db import transaction

from lumicert.accounts.models import EVERY_WORKSPACE, User
from lumicert.accounts.roles import Role


class AccountTakenError(Exception):
    """A demo account's name belongs to a real person; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account that anybody may use in a demo, and what it is good for."""

    username: str
    role: Role
    description: str


DEMO_ACCOUNTS: Mapping[str, DemoAccount] = MappingProxyType(
    {
        account.username: account
        for account in (
            DemoAccount("shifter", Role.SHIFTER, "Marks components of a run and undoes own acts."),
            DemoAccount("shifter2", Role.SHIFTER, "A second shifter, to see two people work on one run."),
            DemoAccount("leader", Role.LEADER, "Also saves policies and undoes the acts of others."),
            DemoAccount("admin", Role.ADMIN, "May do everything."),
            DemoAccount("guest", Role.GUEST, "Has a CERN account and no role: sees why there is nothing to see."),
        )
    }
)


@transaction.atomic
def demo_account(*, username: str) -> User:
    """The account of that demo name, made where it is missing. It has no password, so only the demo lets it in.

    Raises:
        KeyError: no demo account has this name.
        AccountTakenError: the name belongs to an account with a password, hence to a person.
    """
    account = DEMO_ACCOUNTS[username]
    user, created = User.objects.get_or_create(
        username=username, defaults={"role": account.role, "workspaces": [EVERY_WORKSPACE]}
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    elif user.has_usable_password():
        raise AccountTakenError(f"{username} is an account with a password: sign in with it, not as a demo account.")
    return user


def ensure_demo_accounts() -> list[User]:
    """All demo accounts, made where missing; safe to repeat.

    A name that belongs to a person is left alone and not in the result.
    """
    accounts = []
    for username in DEMO_ACCOUNTS:
        with suppress(AccountTakenError):
            accounts.append(demo_account(username=username))
    return accounts

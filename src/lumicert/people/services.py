"""What changes accounts, the role mapping and tokens. Each change is one transaction: the events, and what they say."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.db import connection, transaction
from django.utils import timezone

from lumicert.accounts.models import EVERY_WORKSPACE, User
from lumicert.accounts.roles import Role
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Origin
from lumicert.decisions.projections import lock_log
from lumicert.decisions.services import Act, ActRefused, Conflict, append
from lumicert.people import selectors, tokens
from lumicert.people.events import (
    AccountMade,
    AccountSwitched,
    PasswordSet,
    RoleChanged,
    RolesMapped,
    SignedInLocally,
    TokenMade,
    TokenRevoked,
)
from lumicert.people.mapping import Rule, Standing
from lumicert.people.models import Token
from lumicert.people.selectors import MappingVersion

COMMAND = "the command line"


class NotDone(ValueError):
    """A change of an account that is refused; the text says why and what to do instead."""


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """A transaction that holds the log, so that what is looked at stays so until what follows is written."""
    with transaction.atomic(), connection.cursor() as cursor:
        lock_log(cursor)
        yield


# -- roles ----------------------------------------------------------------------------------------------------------


def give(user: User, wanted: Standing, *, claimed: Sequence[str] | None = None) -> list[NewEvent]:
    """Write a standing on an account, and return the event that says so; none where it has that standing."""
    if not selectors.differs(user, wanted):
        return []
    said = RoleChanged(
        account=user.get_username(),
        before=Role(user.role),
        after=wanted.role,
        workspaces=list(wanted.workspaces),
        claimed=None if claimed is None else list(claimed),
        because=None if claimed is None else list(wanted.because),
    )
    user.role, user.workspaces = wanted.role, list(wanted.workspaces)
    user.save(update_fields=["role", "workspaces"])
    return [NewEvent(said)]


def set_role(*, user: User, role: Role, workspaces: Sequence[str], actor: User) -> Act | None:
    """Give a local account a role; None where it has it already.

    Raises:
        NotDone: the role of a CERN account comes from CERN, or no administrator would be left.
    """
    with one_at_a_time():
        if not selectors.is_local(user):
            raise NotDone(
                f"The role of {user.get_username()} comes from CERN at each sign-in and cannot be typed here. "
                "Change the person's roles at CERN, or the role mapping."
            )
        user = User.objects.get(pk=user.pk)
        events = give(user, Standing(role, () if role is Role.GUEST else tuple(workspaces), ()))
        _see_that_an_admin_is_left()
        return append(events=events, actor=actor, origin=Origin.PERSON) if events else None


def switch(*, user: User, active: bool, actor: User) -> Act | None:
    """Switch an account off, or on again; its sessions and tokens open nothing from the next request on.

    Raises:
        NotDone: it is the actor's own, or no administrator would be left.
    """
    with one_at_a_time():
        user = User.objects.get(pk=user.pk)
        if user.is_active == active:
            return None
        if user.pk == actor.pk:
            raise NotDone("This is your own account: another administrator can switch it off.")
        user.is_active = active
        user.save(update_fields=["is_active"])
        _see_that_an_admin_is_left()
        said = AccountSwitched(account=user.get_username(), active=active)
        return append(events=[NewEvent(said)], actor=actor, origin=Origin.PERSON)


def _see_that_an_admin_is_left() -> None:
    if not User.objects.filter(role=Role.ADMIN, is_active=True).exists():
        raise NotDone(
            "No administrator would be left, and nobody could change that on a page. Give somebody else the role first."
        )


# -- local accounts -------------------------------------------------------------------------------------------------


def make_local_admin(*, username: str, password: str) -> User:
    """Make the account that lets somebody in when CERN's service is away.

    Raises:
        NotDone: the name is taken.
        django.core.exceptions.ValidationError: the name or the password is not acceptable.
    """
    with one_at_a_time():
        if User.objects.filter(username=username).exists():
            raise NotDone(f"There is an account {username} already; choose another name, or set its password.")
        user = User(username=username, role=Role.GUEST)
        validate_password(password, user)
        user.set_password(password)
        user.full_clean(exclude=["email"])
        user.save()
        made = NewEvent(AccountMade(account=username, source="local"))
        given = give(user, Standing(Role.ADMIN, (EVERY_WORKSPACE,), ()))
        append(events=[made, *given], actor=None, origin=Origin.PERSON, signed=COMMAND)
    return user


def set_password(*, username: str, password: str) -> User:
    """Give a local account a password; its sessions end.

    Raises:
        NotDone: there is no such account, or it is a CERN account.
        django.core.exceptions.ValidationError: the password is not acceptable.
    """
    with one_at_a_time():
        user = User.objects.filter(username=username).first()
        if user is None:
            raise NotDone(f"There is no account {username}; make one with: lumicert admin create {username}")
        if not selectors.is_local(user):
            raise NotDone(f"{username} signs in with CERN, and a password here would be a second door to it.")
        validate_password(password, user)
        user.set_password(password)
        user.save(update_fields=["password"])
        said = NewEvent(PasswordSet(account=username))
        append(events=[said], actor=None, origin=Origin.PERSON, signed=COMMAND)
    return user


def note_local_sign_in(user: User) -> None:
    """Write down that somebody came in past CERN."""
    said = NewEvent(SignedInLocally(account=user.get_username()))
    append(events=[said], actor=user, origin=Origin.PERSON)


# -- the role mapping -----------------------------------------------------------------------------------------------


def save_mapping(
    *, rules: Sequence[Rule], comment: str, actor: User, expected: int, act: UUID | None = None
) -> tuple[MappingVersion, Act | None]:
    """Save the next version of the mapping, and give every known CERN account what follows from it, as one act.

    Args:
        expected: the version that was edited, which must still be the newest.
        act: made where the person clicked, so that a second click does nothing again.

    Raises:
        Conflict: with the event that made another version the newest.
        NotDone: no administrator would be left.
        pydantic.ValidationError: if the rules or the comment are not acceptable.
    """
    with one_at_a_time():
        newest = selectors.current_mapping()
        if act is not None and (first := Event.objects.filter(act=act).order_by("seq").first()):
            return _saved_before(first, rules)
        if newest.version != expected:
            raise _conflict(expected)
        if newest.rules == tuple(rules):
            return newest, None
        said = RolesMapped(version=newest.version + 1, rules=list(rules), comment=comment)
        given = [
            event
            for change in selectors.changes_under(rules)
            for event in give(change.account.user, change.after, claimed=change.account.cern_roles)
        ]
        _see_that_an_admin_is_left()
        done = append(events=[NewEvent(said), *given], actor=actor, origin=Origin.PERSON, act=act)
    return selectors.current_mapping(), done


def restore_mapping(*, version: int, actor: User) -> tuple[MappingVersion, Act | None]:
    """Put an earlier version in force again, as a new one.

    Raises:
        NoSuchMapping: naming the versions that there are.
        NotDone: no administrator would be left.
    """
    with one_at_a_time():
        wanted, newest = selectors.mapping_version(version), selectors.current_mapping()
        comment = f"as version {version} again"
        return save_mapping(rules=wanted.rules, comment=comment, actor=actor, expected=newest.version)


def _saved_before(first: Event, rules: Sequence[Rule]) -> tuple[MappingVersion, Act]:
    said = [rule.model_dump(mode="json") for rule in rules]
    if first.kind != "roles.mapped" or first.payload["rules"] != said:
        raise ActRefused([(0, f"act {first.act} is in the log already, in event {first.seq}; load the page again")])
    last = Event.objects.filter(act=first.act).latest("seq").seq
    done = Act(id=first.act, first=first.seq, last=last, repeated=True)
    return selectors.mapping_version(first.payload["version"]), done


def _conflict(expected: int) -> Conflict | ActRefused:
    later = [item.seq for item in selectors.mapping_versions() if item.seq and item.version > expected]
    if not later:
        return ActRefused([(0, f"the role mapping never had a version {expected}; load the page again")])
    return Conflict(list(Event.objects.filter(seq__in=later).order_by("seq")))


# -- tokens ---------------------------------------------------------------------------------------------------------


def make_token(*, owner: User, name: str, scopes: Sequence[tokens.Scope], days: int) -> tuple[Token, str]:
    """Make a token, and return its secret, which is not kept and cannot be shown again."""
    secret = tokens.START + secrets.token_urlsafe(32)
    now = timezone.now()
    with transaction.atomic():
        token = Token.objects.create(
            owner=owner,
            name=name,
            prefix=secret[: tokens.PREFIX_LENGTH],
            digest=tokens.digest(secret),
            scopes=[scope.value for scope in tokens.Scope if scope in scopes],
            made_at=now,
            expires_at=now + min(timedelta(days=days), tokens.LONGEST),
        )
        said = TokenMade(
            account=owner.get_username(),
            name=name,
            prefix=token.prefix,
            scopes=token.scopes,
            expires=token.expires_at,
        )
        append(events=[NewEvent(said)], actor=owner, origin=Origin.PERSON)
    return token, secret


def revoke_token(*, token: Token, actor: User) -> None:
    """End a token; doing so twice is doing so once."""
    with transaction.atomic():
        if not Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
            return
        said = TokenRevoked(account=token.owner.get_username(), name=token.name, prefix=token.prefix)
        append(events=[NewEvent(said)], actor=actor, origin=Origin.PERSON)

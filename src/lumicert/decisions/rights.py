"""Who may take an act back: whoever did it, or whose role undoes the acts of others, and may still do what it did."""

from __future__ import annotations

from collections.abc import Iterable

from lumicert.accounts.models import User
from lumicert.accounts.roles import Permission, roles_in_words
from lumicert.decisions.kinds import kind_named
from lumicert.decisions.models import Event, Origin


def may_undo(user: User, actor_id: int | None, kinds: Iterable[str]) -> bool:
    """True when this person may undo an act with events of `kinds` by the account `actor_id` (None: by a rule)."""
    return _is_ones_own_or_may(user, actor_id) and not _lacking(user, kinds)


def offers_undo(user: User, first: Event) -> bool:
    """True where a page shows this person the button for the act that begins with event `first`.

    What a source or a rule says by itself is no decision to take back: its next word, or a person's, corrects it.
    """
    return first.origin != Origin.AUTOMATIC and may_undo(user, first.actor_id, [first.kind])


def why_not(user: User, first: Event, kinds: Iterable[str]) -> str:
    """Why this person may not undo the act that begins with event `first`; empty where he or she may."""
    if lacking := _lacking(user, kinds):
        return f"Undoing event {first.seq} needs the right to {lacking.deed}; {roles_in_words(lacking)} may."
    if _is_ones_own_or_may(user, first.actor_id):
        return ""
    others = roles_in_words(Permission.UNDO_OTHERS)
    whose = f"Event {first.seq} is an act of {first.actor_name}."
    return f"{whose} You may undo your own acts; {others} may undo those of others."


def _is_ones_own_or_may(user: User, actor_id: int | None) -> bool:
    return user.pk == actor_id or user.may(Permission.UNDO_OTHERS)


def _lacking(user: User, kinds: Iterable[str]) -> Permission | None:
    needed = sorted({kind_named(name).permission for name in kinds})
    return next((permission for permission in needed if not user.may(permission)), None)

"""The kinds of events: which payload each has, how it is told to people, and how it is taken back.

A kind has one current payload version. Older payloads are brought up by `decisions_upcast`, a function in the database
(migrations add a branch for each new version), because the projections read payloads there: so that one definition
serves SQL and Python alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from lumicert.accounts.roles import Permission
from lumicert.decisions.ranges import Ranges

if TYPE_CHECKING:
    from lumicert.decisions.models import Event
    from lumicert.decisions.projections import Projection


class Payload(BaseModel):
    """Base of all payloads: nothing unknown is taken, nothing changes after it was checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that is to be appended."""

    payload: Payload
    run: int | None = None
    dataset: str | None = None
    component: str | None = None
    lumis: Ranges | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event.

    Attributes:
        name: such as `component.status`.
        version: of the payload, counted from 1.
        payload: the model that every payload of this version satisfies.
        scope: names of the columns that an event of this kind must have, no more and no fewer.
        stream: names of the columns within which a later event supersedes an earlier one.
        foundation: whether events of other kinds build on it, so that it cannot be undone from under them.
        describe: one line for people.
        projections: the tables that follow from events of this kind.
        permission: what one must be allowed to do, to say this and hence to take it back.
        restore: given the events of one act that are of this kind, and the number of the last event before that act:
            the events that put back what stood then.
    """

    name: str
    version: int
    payload: type[Payload]
    scope: frozenset[str]
    stream: tuple[str, ...]
    describe: Callable[[Event], str]
    projections: tuple[Projection, ...] = ()
    foundation: bool = False
    restore: Callable[[Sequence[Event], int], list[NewEvent]] | None = None
    permission: Permission = Permission.DECIDE

    @property
    def key(self) -> tuple[str, ...]:
        """SQL expressions over an event: those of this kind that agree in all of them are about the same thing."""
        return self.projections[0].key if self.projections else ()

    @property
    def rivals(self) -> list[str]:
        """Names of the kinds whose events may supersede one of this kind: they feed the same tables."""
        tables = {projection.table for projection in self.projections}
        return [kind.name for kind in all_kinds() if tables & {projection.table for projection in kind.projections}]


_by_name: dict[str, Kind] = {}
_by_payload: dict[type[Payload], Kind] = {}


def register(kind: Kind) -> Kind:
    """Make a kind known. Each app does so for its own when Django starts.

    Raises:
        ValueError: if the name is taken, or nobody could undo what events of this kind do.
    """
    if kind.name in _by_name:
        raise ValueError(f"the kind '{kind.name}' is registered twice")
    if kind.projections and kind.restore is None:
        raise ValueError(f"the kind '{kind.name}' changes {kind.projections[0].table} and says nothing to restore it")
    if "run" in kind.scope and kind.projections and "run" not in kind.key:
        raise ValueError(f"the kind '{kind.name}' is about a run, which must be in the key of its projection")
    _by_name[kind.name] = kind
    _by_payload[kind.payload] = kind
    return kind


def unregister(kind: Kind) -> None:
    """Forget a kind; for tests that bring their own."""
    del _by_name[kind.name], _by_payload[kind.payload]


def kind_named(name: str) -> Kind:
    return _by_name[name]


def kind_of(payload: Payload) -> Kind:
    return _by_payload[type(payload)]


def all_kinds() -> list[Kind]:
    return list(_by_name.values())

"""What people save in versions of a name, and withdraw: policies, rules. Undoing one is doing the other.

The payloads of both events have `name` and `version`.
"""

from __future__ import annotations

from collections.abc import Sequence

from lumicert.accounts.roles import Permission
from lumicert.decisions.kinds import Kind, NewEvent, Payload, register
from lumicert.decisions.models import Event
from lumicert.decisions.projections import Projection


def register_versions(
    word: str, *, saved: type[Payload], withdrawn: type[Payload], projection: Projection, permission: Permission
) -> None:
    """Register the kinds `<word>.saved` and `<word>.withdrawn`."""
    when_saved = f"{word}.saved"

    def restore(events: Sequence[Event], before: int) -> list[NewEvent]:
        restored: list[NewEvent] = []
        for event in events:
            key = {"name": event.payload["name"], "version": event.payload["version"]}
            if event.kind == when_saved:
                restored.append(NewEvent(withdrawn(**key)))
            else:
                earlier = Event.objects.filter(kind=when_saved, seq__lte=before, payload__contains=key).latest("seq")
                restored.append(NewEvent(saved(**earlier.payload)))
        return restored

    def describe(event: Event) -> str:
        return f"{word} {event.payload['name']} v{event.payload['version']} {event.kind.removeprefix(f'{word}.')}"

    for name, payload in ((when_saved, saved), (f"{word}.withdrawn", withdrawn)):
        register(
            Kind(
                name=name,
                version=1,
                payload=payload,
                scope=frozenset(),
                stream=(),
                describe=describe,
                projections=(projection,),
                restore=restore,
                permission=permission,
            )
        )

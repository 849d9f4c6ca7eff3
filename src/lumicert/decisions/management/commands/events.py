"""`lumicert events`: read the log, and undo an act."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from lumicert.accounts.models import User
from lumicert.decisions import ranges, selectors, services
from lumicert.decisions.models import Event
from lumicert.decisions.services import ActRefused, Conflict


class Command(BaseCommand):
    help = "Read the log of decisions, and undo an act."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="list|show|act|undo")
        listing = actions.add_parser("list", help="the newest events, newest first")
        listing.add_argument("--run", type=int, help="only events of this run")
        listing.add_argument("--before", type=int, metavar="SEQ", help="only events before this one")
        listing.add_argument("--limit", type=int, default=50, help="how many (default: 50)")
        showing = actions.add_parser("show", help="one event, whole")
        showing.add_argument("seq", type=int)
        act = actions.add_parser("act", help="all events of one act")
        act.add_argument("act", type=UUID)
        undoing = actions.add_parser("undo", help="put back what stood before an act")
        undoing.add_argument("act", type=UUID)
        undoing.add_argument("--actor", required=True, metavar="USER", help="the account in whose name")
        undoing.add_argument("--reason", default="")
        for each in (listing, showing, act, undoing):
            each.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        act: Callable[..., None] = getattr(self, f"_{options['action']}")
        act(**options)

    def _list(self, *, run: int | None, before: int | None, limit: int, json: bool, **_: Any) -> None:
        events = selectors.newest_events(run=run, before=before, limit=limit)
        about = "" if run is None else f" about run {run}"
        self._print(events, as_json=json, empty=f"No events{about}{f' before {before}' if before else ''}.")

    def _show(self, *, seq: int, json: bool, **_: Any) -> None:
        event = Event.objects.filter(seq=seq).first()
        if event is None:
            raise CommandError(f"there is no event {seq}; the last is {selectors.current_seq()}")
        self.stdout.write(_as_json(_record(event)) if json else _whole(event))

    def _act(self, *, act: UUID, json: bool, **_: Any) -> None:
        events = list(Event.objects.filter(act=act).order_by("seq"))
        if not events:
            raise CommandError(f"there is no act {act}")
        self._print(events, as_json=json, empty="")
        if not json and (undone := selectors.undone_by(act)):
            self.stdout.write(f"Undone by {undone.actor_name} in event {undone.seq}, act {undone.act}.")

    def _undo(self, *, act: UUID, actor: str, reason: str, json: bool, **_: Any) -> None:
        user = User.objects.filter(username=actor).first()
        if user is None:
            raise CommandError(f"there is no account '{actor}'")
        try:
            done = services.undo(act=act, actor=user, reason=reason)
        except (ActRefused, Conflict) as error:
            raise CommandError(f"nothing was undone: {error}") from error
        if json:
            self.stdout.write(_as_json({"act": str(done.id), "first": done.first, "last": done.last}))
        else:
            self.stdout.write(f"Undone in events {done.first} to {done.last}. To redo: lumicert events undo {done.id}")

    def _print(self, events: Iterable[Event], *, as_json: bool, empty: str) -> None:
        if as_json:
            self.stdout.write(_as_json([_record(event) for event in events]))
        else:
            self.stdout.write("\n".join(_line(event) for event in events) or empty)


def _line(event: Event) -> str:
    about = " ".join(str(part) for part in (event.run, event.dataset) if part is not None)
    return (
        f"{event.seq:>8}  {event.at:%Y-%m-%d %H:%M:%S} UTC  {event.actor_name:<12} {about}: {selectors.describe(event)}"
    )


def _whole(event: Event) -> str:
    record = {**_record(event), "lumis": None if event.lumis is None else ranges.readable(event.lumis)}
    return "\n".join(f"{name:<12} {_shown(value)}" for name, value in record.items() if value is not None)


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _record(event: Event) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "act": str(event.act),
        "at": event.at.isoformat(),
        "actor": event.actor_name,
        "origin": event.origin,
        "kind": event.kind,
        "version": event.version,
        "run": event.run,
        "dataset": event.dataset,
        "component": event.component,
        "lumis": event.lumis,
        "payload": event.payload,
        "summary": selectors.describe(event),
        "digest": bytes(event.digest).hex(),
    }


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)

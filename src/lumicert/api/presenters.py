"""From what the selectors find to the shapes of the API."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from lumicert.api.selectors import Shown
from lumicert.catalogue.selectors import Checklist
from lumicert.certification.claims import Presence
from lumicert.certification.models import Certification, Withdrawn
from lumicert.certification.queue import Waiting
from lumicert.certification.selectors import KnownReference
from lumicert.decisions.models import Event
from lumicert.decisions.selectors import describe
from lumicert.runs.amounts import in_pb

Told = dict[str, Any]
_FACTS = {
    "run_type": "run_type", "b_field_tesla": "b_field", "energy_gev": "energy", "fill": "fill",
    "fill_type": "fill_type", "lumisections": "n_ls",
}  # fmt: skip


def per_pb(barns: int | None) -> str | None:
    """Whole inverse barns as a decimal of inverse picobarns, exactly."""
    return None if barns is None else plain(in_pb(barns))


def plain(number: Decimal) -> str:
    """A decimal without an exponent and without zeros at its end."""
    return f"{number.normalize():f}"


def certification(found: Shown) -> Told:
    """A certification in a list."""
    row, run, review = found.of, found.run, found.review
    names = ("run", "reconstruction", "workspace", "dataset", "run_type", "verdict", "bad_reason", "tracker_map",
             "comment", "shifter", "date", "at", "complete")  # fmt: skip
    return {
        **{name: getattr(row, name) for name in names},
        "components": components(row),
        "reference": reference_of(row),
        "event": row.seq,
        "is_reference": found.is_reference,
        "review": None if review is None else {
            "event": review.seq, "outcome": review.outcome, "by": getattr(review, "by", ""), "at": review.at,
            "comment": review.comment,
        },
        "class": run.klass if run else None,
        "fill": run.fill if run else None,
        "lumisections": run.n_ls if run else None,
        "recorded_per_pb": per_pb(run.recorded) if run else None,
        "delivered_per_pb": per_pb(run.delivered) if run else None,
    }  # fmt: skip


def detail(found: Shown) -> Told:
    """A certification with all that its act holds."""
    rest = found.of.rest
    facts = rest.get("facts", {})
    recorded = facts.get("recorded")
    return {
        **certification(found),
        "reason": rest.get("reason", ""),
        "missing": rest.get("missing", []),
        "confirmed": rest.get("confirmed", []),
        "checklists": rest.get("checklists", []),
        "facts": {
            **{name: facts.get(key) for name, key in _FACTS.items()},
            "recorded_per_pb": None if recorded is None else plain(Decimal(str(recorded))),
        },
    }


def components(row: Certification) -> list[Told]:
    """What was said of each component."""
    left = row.left
    return [
        {**word.model_dump(), "key": part.key, "component": part.component, "left_lumis": left.get(part.key, ())}
        for part, word in row.words
    ]


def reference_of(row: Certification) -> Told | None:
    """The reference run that it was compared with."""
    if row.reference_run is None:
        return None
    return {"run": row.reference_run, "reconstruction": row.reference_reconstruction}


def event(found: Event) -> Told:
    """An event of the log."""
    return {
        "event": found.seq, "act": found.act, "at": found.at, "actor": found.actor_name, "origin": found.origin,
        "kind": found.kind, "summary": describe(found), "payload": found.payload,
    }  # fmt: skip


def withdrawal(row: Withdrawn) -> Told:
    """A certification that was withdrawn."""
    names = ("run", "reconstruction", "workspace", "dataset", "at", "reason")
    return {**{name: getattr(row, name) for name in names}, "event": row.seq}


def reference(found: KnownReference) -> Told:
    """A reference run."""
    of_run = ("run_type", "era", "peak_pileup", "bunches", "apv_mode", "start")
    names = (*of_run, "notes", "first_run", "last_run", "uses", "last_used")
    return {
        **{name: getattr(found, name) for name in names},
        "run": found.is_of.run,
        "reconstruction": found.is_of.reconstruction,
        "class": found.klass,
        "b_field_tesla": found.b_field,
        "energy_gev": found.energy,
    }


def checklist(found: Checklist) -> Told:
    """One version of a checklist."""
    names = ("identifier", "version", "note", "withdrawn", "at", "by", "document")
    return {**{name: getattr(found, name) for name in names}, "event": found.seq}


def queued(row: Waiting, *, reader: str) -> Told:
    """An entry of the queue."""
    names = ("run", "reconstruction", "dataset", "run_type", "significant", "arrived", "due", "overdue")
    return {
        **{name: getattr(row, name) for name in names},
        "class": row.klass,
        "lumisections": row.n_ls,
        "recorded_per_pb": per_pb(row.recorded),
        "claim": claim(row.on_it, row.on_it_since, row.seen_at, reader=reader) if row.on_it else None,
    }


def claim(by: str, since: datetime | None, seen_at: datetime | None, *, reader: str) -> Told:
    """Who is on it."""
    return {"by": by, "since": since, "seen_at": seen_at, "mine": by == reader}


def presence(found: Presence, *, reader: str) -> Told:
    """The same of somebody whose claim was just asked for."""
    return claim(found.who, found.since, found.seen_at, reader=reader)

"""The values of a run or a fill with where each comes from: what counts, what stands beneath it, and what was before.

Layers are those of `lumicert.runs.projections`, which makes the tables from the same events; this reads one run or
fill and tells it with its history.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from django.db.models import QuerySet
from pydantic import JsonValue

from lumicert.decisions.models import Event

IMPORTED: Final = 0
REPORTED: Final = 1
TYPED: Final = 2
Layer = Literal[0, 1, 2]


@dataclass(frozen=True, slots=True)
class Word:
    """What one event said of one value.

    A word that is `taken_back` gives way to the layer below; `why` says why what a source said could not be taken.
    """

    event: Event
    layer: Layer
    value: JsonValue = None
    unit: str | None = None
    taken_back: bool = False
    why: str = ""

    @property
    def by(self) -> str:
        """Whose word it is: a source, a rule or a person."""
        if self.layer == TYPED:
            return self.event.actor_name
        return "rules" if self.event.kind == "run.classified" else str(self.event.payload["source"])


@dataclass(slots=True)
class Provenance:
    """All that was said of one value, oldest first."""

    name: str
    words: list[Word] = field(default_factory=list)

    def last(self, layer: Layer) -> Word | None:
        """The last word in a layer."""
        return next((word for word in reversed(self.words) if word.layer == layer), None)

    def standing(self, layer: Layer) -> Word | None:
        """The word that stands in a layer; None where there is none or it was taken back."""
        word = self.last(layer)
        return None if word is None or word.taken_back else word

    @property
    def counts(self) -> Word | None:
        """The word that counts; None where the value is unknown."""
        return self.standing(TYPED) or self.standing(REPORTED) or self.standing(IMPORTED)

    @property
    def beneath(self) -> Word | None:
        """What would count if the person's value were released."""
        return (self.standing(REPORTED) or self.standing(IMPORTED)) if self.standing(TYPED) else None

    @property
    def refused(self) -> Word | None:
        """The source's last word where it could not be used."""
        word = self.last(REPORTED)
        return word if word is not None and word.why else None

    @property
    def before(self) -> list[Word]:
        """Earlier words of the layer that counts, newest first: how the value changed."""
        counting = self.counts
        if counting is None:
            return []
        return [word for word in reversed(self.words) if word.layer == counting.layer and word is not counting]


def values_of_run(run: int, *, at: int | None = None) -> dict[str, Provenance]:
    """Every value of a run, now or as of an event, by name."""
    kinds = ["run.registered", "run.withdrawn", "run.reported", "run.classified", "run.typed"]
    return _told(Event.objects.filter(run=run, kind__in=kinds), at)


def values_of_fill(fill: int, *, at: int | None = None) -> dict[str, Provenance]:
    """Every value of a fill, now or as of an event, by name."""
    # the expression of the index, whose casts Django's own lookups do not write
    of_fill = Event.objects.extra(where=["(payload->>'fill')::int = %s"], params=[fill])
    return _told(of_fill.filter(kind__in=["fill.reported", "fill.typed"]), at)


def _told(events: QuerySet[Event], at: int | None) -> dict[str, Provenance]:
    found: dict[str, Provenance] = {}
    chosen = events if at is None else events.filter(seq__lte=at)
    for event in chosen.order_by("seq"):
        if event.kind in {"run.registered", "run.withdrawn"}:
            _withdraw(found, event)
        for name, word in _words(event):
            found.setdefault(name, Provenance(name)).words.append(word)
    return found


def _withdraw(found: dict[str, Provenance], event: Event) -> None:
    """Take back what an earlier import said and this one does not repeat."""
    repeated = {*event.payload.get("attributes", {}), *(["class"] if event.payload.get("klass") else [])}
    for each in found.values():
        if each.name not in repeated and each.standing(IMPORTED):
            each.words.append(Word(event, IMPORTED, taken_back=True))


def _words(event: Event) -> Iterator[tuple[str, Word]]:
    payload = event.payload
    layer: Layer = _LAYERS.get(event.kind, REPORTED)
    units = payload.get("units", {})
    for name, value in {**payload.get("attributes", {}), **payload.get("values", {})}.items():
        yield name, Word(event, layer, value, units.get(name))
    if payload.get("klass"):
        yield "class", Word(event, layer, payload["klass"])
    for name, why in payload.get("rejected", {}).items():
        yield name, Word(event, layer, taken_back=True, why=why)
    for name in payload.get("released", []):
        yield name, Word(event, layer, taken_back=True)


_LAYERS: dict[str, Layer] = {"run.registered": IMPORTED, "run.typed": TYPED, "fill.typed": TYPED}

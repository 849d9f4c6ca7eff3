"""What an import did, by table, and every row that could not be taken as it was, with the original's key and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any, Literal

What = Literal["left out", "changed", "kept", "told"]
Outcome = Literal["new", "changed", "unchanged", "kept", "left out", "not imported"]

_WORDS: dict[What, str] = {
    "left out": "left out",
    "changed": "imported, but not as it was",
    "kept": "kept as it is here",
    "told": "imported, and worth knowing",
}
# of one reason more rows than this are in the JSON file only
MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Note:
    """One row of the original of which something is to be told; `why` is the same for rows of the same reason."""

    table: str
    key: str
    what: What
    why: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.key}: {self.detail}" if self.detail else self.key


@dataclass(slots=True)
class Report:
    """Counts by table of the original, and the notes."""

    is_check: bool
    counts: dict[str, Counter[Outcome]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    events: int = 0
    acts: int = 0

    def count(self, table: str, outcome: Outcome, rows: int = 1) -> None:
        """One row more, or several, with this outcome."""
        self.counts.setdefault(table, Counter())[outcome] += rows

    def note(self, table: str, key: object, what: What, why: str, detail: object = "") -> None:
        """Tell something of a row."""
        self.notes.append(Note(table, str(key), what, why, str(detail)))

    def as_json(self) -> dict[str, Any]:
        """All of it, as JSON data."""
        return {
            "check": self.is_check,
            "events": self.events,
            "acts": self.acts,
            "tables": {table: dict(counts) for table, counts in self.counts.items()},
            "rows": [asdict(note) for note in self.notes],
        }

    def as_text(self) -> str:
        """For people: the counts, then each reason with the first rows that it holds for."""
        done = "would be appended (nothing was written)" if self.is_check else f"appended in {self.acts:,} acts"
        return "\n".join([*self._counted(), "", f"{self.events:,} events {done}", *self._told()])

    def _counted(self) -> Iterator[str]:
        for table, counts in self.counts.items():
            told = ", ".join(f"{rows:,} {outcome}" for outcome, rows in counts.items())
            yield f"{table}: {sum(counts.values()):,} rows; {told}"

    def _told(self) -> Iterator[str]:
        def reason(note: Note) -> tuple[str, str, str]:
            return note.table, note.what, note.why

        for (table, _, why), found in groupby(sorted(self.notes, key=reason), key=reason):
            notes = list(found)
            yield ""
            yield f"{table}, {len(notes):,} {_WORDS[notes[0].what]}: {why}"
            yield from (f"  {note}" for note in notes[:MOST_SHOWN])
            if len(notes) > MOST_SHOWN:
                yield f"  and {len(notes) - MOST_SHOWN:,} more"

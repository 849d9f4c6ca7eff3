"""What changed from one version of a certification to the next, in words."""

from __future__ import annotations

from collections.abc import Iterator

from lumicert.certification.comparing import Difference
from lumicert.certification.events import CertificationMade
from lumicert.certification.judging import Word
from lumicert.certification.workspaces import Workspace
from lumicert.decisions import ranges

NOTHING = "nothing"
_PLAIN = {
    "verdict": "verdict", "date": "date", "shifter": "shifter", "bad_reason": "bad reason",
    "tracker_map": "tracker map", "comment": "comment", "reference": "reference run", "run_type": "type of run",
}  # fmt: skip


def said_of(word: Word | None) -> str:
    """All that is said of a component."""
    if word is None:
        return NOTHING
    parts = [f"{word.status}{' (low statistics)' if word.low_statistics else ''}"]
    if word.bad_lumis:
        parts.append(f"BAD in LS {ranges.readable(word.bad_lumis)}")
    return "; ".join([*parts, *word.problems, *([f"“{word.comment}”"] if word.comment else [])])


def changes(before: CertificationMade, after: CertificationMade, of: Workspace) -> list[Difference]:
    """Each thing that is another in `after`, with what it was (`here`) and what it is (`there`)."""
    return [Difference(what, was, now) for what, was, now in _pairs(before, after, of) if was != now]


def _pairs(before: CertificationMade, after: CertificationMade, of: Workspace) -> Iterator[tuple[str, str, str]]:
    labels = {part.key: part.label for part in of.parts}
    for key in dict.fromkeys([*before.parts, *after.parts]):
        yield labels.get(key, key), said_of(before.parts.get(key)), said_of(after.parts.get(key))
    for name, label in _PLAIN.items():
        yield label, str(getattr(before, name) or NOTHING), str(getattr(after, name) or NOTHING)
    for name in dict.fromkeys([*before.facts, *after.facts]):
        was, now = before.facts.get(name), after.facts.get(name)
        yield name.replace("_", " "), "not known" if was is None else str(was), "not known" if now is None else str(now)

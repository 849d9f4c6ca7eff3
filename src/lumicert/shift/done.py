"""What an act of this room did, in words."""

from __future__ import annotations

from lumicert.certification.checking import Wanted
from lumicert.certification.selectors import Subject
from lumicert.decisions import ranges
from lumicert.decisions.services import Act


def events_of(act: Act) -> str:
    """`event 7`, or `events 7 to 12`."""
    again = "; it was in the log already" if act.repeated else ""
    return (f"event {act.first}" if act.first == act.last else f"events {act.first} to {act.last}") + again


def summary(subject: Subject, wanted: Wanted, verdict: str) -> str:
    """`Certified run 355679 prompt BAD: Pixel GOOD, Strip GOOD but BAD in LS 402–518`."""
    told = []
    for part in subject.of.parts:
        word = wanted.words[part.key]
        low = " (low statistics)" if word.low_statistics else ""
        bad = f" but BAD in LS {ranges.readable(word.bad_lumis)}" if word.bad_lumis else ""
        told.append(f"{part.label} {word.status}{low}{bad}")
    return f"Certified run {subject.run} {subject.reconstruction} {verdict.upper()}: {', '.join(told)}"

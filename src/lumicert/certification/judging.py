"""Good or bad, and what contradicts what: the one place that decides it.

A certification is good where each component that decides for its type of run is good. A component is good where it is
said to be GOOD, or where what is bad about it is only that there were too few events to tell (*low statistics*).
Source: rule R3 of CertHelper, whose truth table is a test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from lumicert.certification.workspaces import RunType, Workspace
from lumicert.decisions import ranges
from lumicert.decisions.events import Text
from lumicert.decisions.ranges import Ranges

WordStatus = Literal["GOOD", "BAD", "EXCLUDED"]
STATUSES: tuple[WordStatus, ...] = ("GOOD", "BAD", "EXCLUDED")


class Word(BaseModel):
    """What is said of one component: of all its lumisections, but for `bad_lumis`, in which it is BAD."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: WordStatus
    low_statistics: bool = False
    problems: tuple[Text, ...] = ()
    comment: Text = Field(default="", max_length=1000)
    bad_lumis: Ranges = ()

    @field_validator("bad_lumis")
    @classmethod
    def _are_ranges(cls, given: Ranges) -> Ranges:
        return ranges.canonical(given)

    @property
    def is_good(self) -> bool:
        """Whether it counts as good."""
        return self.status == "GOOD" or self.low_statistics


def good(words: Mapping[str, Word], decides: Iterable[str]) -> bool:
    """Whether a certification of these words is good; `decides` has the keys of the components that decide."""
    return all(words[key].is_good for key in decides)


def deciding(workspace: Workspace, run_type: RunType) -> list[str]:
    """The keys of the components that decide for a type of run."""
    return [part.key for part in workspace.parts if run_type in part.decides]


def contradictions(
    workspace: Workspace, run_type: RunType, words: Mapping[str, Word], lumis: Ranges
) -> dict[str, list[str]]:
    """What cannot be, by the key of the component at which it is told.

    Args:
        lumis: the lumisections of the dataset.
    """
    found = {key: [f"{workspace.label} has no such component"] for key in words.keys() - {*_keys(workspace)}}
    for part in workspace.parts:
        word = words.get(part.key)
        for problem in _in_itself(part.label, part.excludable, word, lumis) if word else ["choose a status"]:
            found.setdefault(part.key, []).append(problem)
    for need in workspace.needs:
        word, needed = words.get(need.of), words.get(need.on)
        if word is None or needed is None or run_type not in need.run_types or not word.is_good:
            continue
        if problem := _against(workspace.part(need.of).label, word, workspace.part(need.on).label, needed):
            found.setdefault(need.of, []).append(problem)
    return found


def _keys(workspace: Workspace) -> list[str]:
    return [part.key for part in workspace.parts]


def _in_itself(label: str, excludable: bool, word: Word, lumis: Ranges) -> list[str]:
    found = []
    if word.status == "EXCLUDED" and not excludable:
        found.append(f"{label} cannot be EXCLUDED: say GOOD or BAD")
    if word.status == "EXCLUDED" and word.low_statistics:
        found.append(f"{label} is EXCLUDED, so that its statistics say nothing: take away 'low statistics'")
    if word.bad_lumis and word.status != "GOOD":
        found.append(f"{label} is {word.status} in all lumisections: take the ranges away, or say GOOD beside them")
    if beyond := ranges.difference(word.bad_lumis, lumis):
        found.append(f"LS {ranges.readable(beyond)} are not in this dataset, which has LS {ranges.readable(lumis)}")
    elif word.bad_lumis and not ranges.difference(lumis, word.bad_lumis):
        found.append(f"all lumisections of {label} are in its ranges: say BAD")
    return found


def _against(label: str, word: Word, other_label: str, other: Word) -> str:
    if not other.is_good:
        return f"{label} cannot be GOOD while {other_label} is {other.status}"
    if missing := ranges.difference(other.bad_lumis, word.bad_lumis):
        where = ranges.readable(missing)
        return f"{label} cannot be GOOD in LS {where}, where {other_label} is BAD: add them to the ranges of {label}"
    return ""

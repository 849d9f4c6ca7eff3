"""Certifications held against each other: express against prompt, and lists of runs against what was certified.

Sources: rules R11 to R13 of CertHelper, of which R12 and R13 could not be reached from its pages any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from pydantic import JsonValue

from lumicert.certification.judging import Word
from lumicert.certification.workspaces import RUN_TYPES
from lumicert.decisions import ranges

COUNTERPARTS = {"express": "prompt", "prompt": "express"}
# the two are computed at different times: less than this, in inverse picobarns, is the same luminosity
SAME_LUMINOSITY = Decimal("0.11")
FACTS = {
    "run_type": "run type", "b_field": "B field", "fill_type": "fill type", "n_ls": "lumisections",
    "recorded": "recorded luminosity",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is another in the counterpart; texts as people read them."""

    what: str
    here: str
    there: str


def differences(
    *,
    words: Mapping[str, Word],
    facts: Mapping[str, JsonValue],
    other_words: Mapping[str, Word],
    other_facts: Mapping[str, JsonValue],
    labels: Mapping[str, str],
) -> list[Difference]:
    """Where two certifications of one run differ. What one of them did not know is no difference.

    Args:
        labels: what each component is called, by its key.
    """
    found = [
        Difference(label, _said(words[key]), _said(other_words[key]))
        for key, label in labels.items()
        if key in words and key in other_words and _said(words[key]) != _said(other_words[key])
    ]
    for name, label in FACTS.items():
        here, there = facts.get(name), other_facts.get(name)
        if here is not None and there is not None and not _same(name, here, there):
            found.append(Difference(label, str(here), str(there)))
    return found


def _said(word: Word) -> str:
    low = " (low statistics)" if word.low_statistics else ""
    bad = f", BAD in LS {ranges.readable(word.bad_lumis)}" if word.bad_lumis else ""
    return f"{word.status}{low}{bad}"


def _same(name: str, here: JsonValue, there: JsonValue) -> bool:
    if name == "recorded":
        return abs(Decimal(str(here)) - Decimal(str(there))) <= SAME_LUMINOSITY
    return here == there


# ---- lists of runs ----


class Certified(Protocol):
    """What is asked of a certification here."""

    run: int
    reconstruction: str
    run_type: str
    verdict: str


@dataclass(slots=True)
class CentralCheck:
    """What a list of runs for central certification comes to, in one type of run; runs in rising order."""

    good: list[int] = field(default_factory=list)
    bad: list[int] = field(default_factory=list)
    prompt_missing: list[int] = field(default_factory=list)
    changed_good: list[int] = field(default_factory=list)
    changed_bad: list[int] = field(default_factory=list)


def central_check(
    runs: Iterable[int | str], certified: Iterable[Certified]
) -> tuple[dict[str, CentralCheck], list[int]]:
    """By type of run what was certified of `runs`, and the runs that nobody certified; words are left out."""
    wanted = sorted({int(run) for run in runs if str(run).isdecimal()})
    verdicts: dict[tuple[str, int], dict[str, str]] = {}
    for each in certified:
        verdicts.setdefault((each.run_type, each.run), {})[each.reconstruction] = each.verdict
    checks: dict[str, CentralCheck] = {run_type: CentralCheck() for run_type in RUN_TYPES}
    for run_type in RUN_TYPES:
        for run in wanted:
            if found := verdicts.get((run_type, run)):
                _place(run, found, checks[run_type])
    known = {run for _, run in verdicts}
    return checks, [run for run in wanted if run not in known]


def _place(run: int, verdicts: Mapping[str, str], check: CentralCheck) -> None:
    express, prompt = verdicts.get("express"), verdicts.get("prompt")
    if prompt is None:
        check.prompt_missing.append(run)
    elif express is not None and express != prompt:
        (check.changed_good if prompt == "good" else check.changed_bad).append(run)
    else:
        (check.good if prompt == "good" else check.bad).append(run)


def changed_flag(certified: Sequence[Certified]) -> list[int]:
    """The runs that are good in one reconstruction and bad in another, each once, rising."""
    verdicts: dict[int, set[str]] = {}
    for each in certified:
        verdicts.setdefault(each.run, set()).add(each.verdict)
    return sorted(run for run, found in verdicts.items() if len(found) > 1)

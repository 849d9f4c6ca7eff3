"""What is wrong with a certification before it is made, and what has to be confirmed.

An *error* is a contradiction or an omission: nothing is written. A *warning* is unlikely but possible: it is written
once the shifter confirms it, with its text. Source: the rules R14 that CertHelper's predecessor had, on the server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from lumicert.certification.comparing import Difference
from lumicert.certification.events import RunIn, Ticked
from lumicert.certification.judging import Word, contradictions, deciding, good
from lumicert.certification.workspaces import RunType, Workspace
from lumicert.decisions.ranges import Ranges

# runs are numbered upwards: so many runs ago is about a year
OLD_REFERENCE = 6000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a shifter says; `confirmed` has the codes of the warnings that he or she confirms."""

    words: Mapping[str, Word]
    reference: RunIn | None
    bad_reason: str
    tracker_map: str
    comment: str
    date: date
    checklists: Sequence[Ticked] = ()
    confirmed: frozenset[str] = frozenset()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What is known beside it.

    Attributes:
        recorded: in inverse picobarns; None where it is not known.
        references: the type of each reference run that there is.
        problems: names of the managed problems by component key; `reasons` those of the bad reasons.
        items: of each checklist that applies: (identifier, version) and the keys of its items.
        differences: where it differs from its express or prompt counterpart.
    """

    workspace: Workspace
    run: int
    reconstruction: str
    run_type: RunType
    lumis: Ranges
    today: date
    recorded: Decimal | None = None
    references: Mapping[RunIn, str] = field(default_factory=dict)
    problems: Mapping[str, Sequence[str]] = field(default_factory=dict)
    reasons: Sequence[str] = ()
    items: Mapping[tuple[str, int], Sequence[str]] = field(default_factory=dict)
    counterpart: str = ""
    differences: Sequence[Difference] = ()


@dataclass(frozen=True, slots=True)
class Warned:
    """Something unlikely, at a field of the form. `code` names it together with its values: others ask again."""

    code: str
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Findings:
    """Errors by field, and warnings."""

    errors: dict[str, list[str]]
    warnings: list[Warned]


def check(wanted: Wanted, given: Given) -> Findings:
    """Everything that is wrong with `wanted`, at once."""
    errors = contradictions(given.workspace, given.run_type, wanted.words, given.lumis)
    for name, problem in (
        *_of_lists(wanted, given),
        ("bad_reason", _reason_missing(wanted, given)),
        ("reference", _reference_wrong(wanted.reference, given)),
        ("date", f"{wanted.date} is in the future" if wanted.date > given.today else ""),
        ("tracker_map", _tracker_map_missing(wanted, given)),
        *_unticked(wanted, given),
    ):
        if problem:
            errors.setdefault(name, []).append(problem)
    return Findings(errors, [] if "reference" in errors else [*_of_reference(wanted, given), *_of_run(given)])


def _of_lists(wanted: Wanted, given: Given) -> list[tuple[str, str]]:
    found = []
    for key, word in wanted.words.items():
        known = given.problems.get(key, ())
        unknown = [name for name in word.problems if name not in known]
        found.append((key, f"there is no problem {', '.join(unknown)} in the list any more" if unknown else ""))
    strange = wanted.bad_reason and wanted.bad_reason not in given.reasons
    found.append(("bad_reason", f"there is no reason {wanted.bad_reason!r} in the list any more" if strange else ""))
    return found


def needs_reason(words: Mapping[str, Word], workspace: Workspace, run_type: RunType) -> bool:
    """Whether something is bad, so that it has to be said why."""
    said_bad = any(word.bad_lumis or (not word.is_good and word.status == "BAD") for word in words.values())
    decides = [key for key in deciding(workspace, run_type) if key in words]
    return said_bad or not good(words, decides)


def _reason_missing(wanted: Wanted, given: Given) -> str:
    if wanted.bad_reason or not needs_reason(wanted.words, given.workspace, given.run_type):
        return ""
    return "say why it is bad: choose a reason"


def _reference_wrong(reference: RunIn | None, given: Given) -> str:
    if reference is None:
        return ""
    if (reference.run, reference.reconstruction) == (given.run, given.reconstruction):
        return f"{reference} is what is certified here: it cannot be its own reference"
    found = given.references.get(reference)
    if found is None:
        return f"{reference} is no reference run (any more): choose another"
    if found != given.run_type:
        return f"{reference} is a run of {found}, and this is one of {given.run_type}"
    return ""


def _tracker_map_missing(wanted: Wanted, given: Given) -> str:
    asked = given.workspace.has_tracker_map and not wanted.tracker_map
    return "say whether the tracker map exists" if asked else ""


def _unticked(wanted: Wanted, given: Given) -> list[tuple[str, str]]:
    ticked = {(each.identifier, each.version): each.items for each in wanted.checklists}
    found = []
    for (identifier, version), keys in given.items.items():
        open_items = [key for key in keys if key not in ticked.get((identifier, version), {})]
        if open_items:
            many = f"{len(open_items)} of {len(keys)} items are not ticked"
            found.append((f"checklist.{identifier}", many))
    return found


# ---- warnings ----


def _of_reference(wanted: Wanted, given: Given) -> list[Warned]:
    reference = wanted.reference
    if reference is None:
        return [Warned("no-reference", "reference", "No reference run is named: with what was this run compared?")]
    found = []
    if reference.run > given.run:
        text = f"The reference run {reference.run} is from the future: it comes after run {given.run}."
        found.append(Warned(f"future-reference:{reference}", "reference", text))
    if abs(given.run - reference.run) > OLD_REFERENCE:
        text = f"The reference run {reference.run} is {abs(given.run - reference.run):,} runs away."
        found.append(Warned(f"far-reference:{reference}", "reference", text))
    return found


def _of_run(given: Given) -> list[Warned]:
    found = []
    if given.run_type == "cosmics" and given.recorded:
        text = f"This is a run of cosmics, and {given.recorded} pb⁻¹ were recorded."
        found.append(Warned(f"cosmics-with-luminosity:{given.recorded}", "", text))
    if given.run_type == "collisions" and given.recorded == 0:
        found.append(Warned("collisions-without-luminosity", "", "This is a run of collisions without luminosity."))
    for each in given.differences:
        text = f"{each.what}: {each.here} here, and {given.counterpart} was certified as {each.there}."
        found.append(Warned(f"counterpart:{each.what}:{each.here}:{each.there}"[:80], "", text))
    return found

"""The playground: what a draft would change in the newest runs, beside the rules that are in force."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lumicert.classification.selectors import last_facts
from lumicert.decisions import ranges
from lumicert.decisions.events import STATUSES
from lumicert.policy import Json
from lumicert.rules.classify import RuleSets
from lumicert.rules.compare import Change, compare
from lumicert.rules.documents import ComponentRules, Document
from lumicert.rules.selectors import rulesets

MOST_RUNS = 1000
# of the runs of one change; a page of tens of thousands of links helps nobody
MOST_LISTED = 200
WHAT = {"run_type": "type", "class": "class", "significant": "significance", "datasets": "datasets"}
_NOTHING = {"class": "no class", "datasets": "none"}


@dataclass(frozen=True, slots=True)
class Said:
    """A conclusion in words; `is_status` tells that it is the status of a component."""

    text: str
    is_status: bool = False


@dataclass(slots=True)
class Group:
    """The runs in which one conclusion would change in the same way; `n_ls` where it is about lumisections."""

    what: str
    before: Said
    after: Said
    runs: list[int] = field(default_factory=list)
    n_ls: int = 0

    @property
    def more(self) -> int:
        """How many runs there are behind the first."""
        return len(self.runs) - 1

    @property
    def shown_runs(self) -> Sequence[int]:
        """Those that the page lists."""
        return self.runs[:MOST_LISTED]

    @property
    def hidden(self) -> int:
        """How many are not listed."""
        return len(self.runs) - len(self.shown_runs)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying a draft on `n_runs` runs, `first` to `last`, in `seconds`.

    `n_changed` runs would change in at least one way. `offline_differs` tells that the draft has other rules for
    datasets beside online, which are asked when a dataset arrives and not tried here.
    """

    groups: Sequence[Group]
    n_runs: int
    n_changed: int
    first: int | None
    last: int | None
    seconds: float
    offline_differs: bool


def try_draft(name: str, draft: Document, *, most: int = MOST_RUNS) -> Trial:
    """What the draft of a rule set would change in the newest runs that a source reported."""
    began = time.perf_counter()
    now = rulesets()
    facts = last_facts(most)
    changes = compare(now, now.with_document(name, draft), facts)
    return Trial(
        groups=grouped(changes),
        n_runs=len(facts),
        n_changed=len({change.run for change in changes}),
        first=min((each.run for each in facts), default=None),
        last=max((each.run for each in facts), default=None),
        seconds=time.perf_counter() - began,
        offline_differs=_offline_differs(now, draft),
    )


def grouped(changes: Iterable[Change]) -> list[Group]:
    """Changes that are the same in several runs, together: conclusions about runs first, then the most runs first."""
    groups: dict[tuple[str, str, str], Group] = {}
    for change in changes:
        before, after = _said(change)
        key = (change.what, before.text, after.text)
        group = groups.setdefault(key, Group(WHAT.get(change.what, change.what), before, after))
        group.runs.append(change.run)
        group.n_ls += ranges.count(change.lumis)
    order = list(WHAT)
    places = {key: order.index(key[0]) if key[0] in order else len(order) for key in groups}
    return [groups[key] for key in sorted(groups, key=lambda key: (places[key], -len(groups[key].runs), key))]


def _said(change: Change) -> tuple[Said, Said]:
    if change.what == "datasets":
        return _datasets(change.before, change.after)
    return _one(change.what, change.before), _one(change.what, change.after)


def _datasets(before: Json, after: Json) -> tuple[Said, Said]:
    """Only those that differ: a run keeps the others."""
    was, now = [str(each) for each in _list(before)], [str(each) for each in _list(after)]
    gone, new = [each for each in was if each not in now], [each for each in now if each not in was]
    return Said(", ".join(gone) or "none of these"), Said(", ".join(new) or "none of these")


def _list(value: Json) -> Sequence[Json]:
    return value if isinstance(value, list) else ()


def _one(what: str, value: Json) -> Said:
    if what == "significant" and isinstance(value, bool):
        return Said("significant" if value else "not significant")
    if value is None:
        return Said(_NOTHING.get(what, "no status"))
    return Said(str(value), is_status=value in STATUSES)


def _offline_differs(now: RuleSets, draft: Document) -> bool:
    return isinstance(draft, ComponentRules) and draft.offline != now.components.offline

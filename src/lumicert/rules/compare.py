"""What other rules would change: for a playground over the newest runs."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lumicert.decisions.ranges import Ranges
from lumicert.policy import UNKNOWN, Json
from lumicert.rules.classify import Classification, RuleSets, classify_all
from lumicert.rules.facts import Batch, Facts, Segments
from lumicert.rules.statuses import STATUS_OF_CODE, Codes, ranges_of, status_codes, variables_of

# a batch of so many runs is a few megabytes, however many are asked for
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Change:
    """One conclusion about a run that would be another one.

    Attributes:
        what: `run_type`, `class`, `significant`, `datasets`, or a component such as `dt-dt`.
        before, after: `unknown` where it is not known; None for no class or no status; datasets as a list of names.
        lumis: of a component, the lumisections in which its status would change from `before` to `after`.
    """

    run: int
    what: str
    before: Json
    after: Json
    lumis: Ranges = ()


def compare(old: RuleSets, new: RuleSets, facts: Iterable[Facts]) -> list[Change]:
    """What would change, run by run in the order given. Only significant runs have statuses of components."""
    remaining = iter(facts)
    found: list[Change] = []
    while several := list(itertools.islice(remaining, _AT_ONCE)):
        found += _changes(old, new, Batch(several))
    return found


def _changes(old: RuleSets, new: RuleSets, batch: Batch) -> list[Change]:
    before, after = classify_all(old, batch), classify_all(new, batch)
    changes = [change for pair in zip(before, after, strict=True) for change in _of_run(*pair)]
    changes += _of_components(old, new, batch, _significant(before), _significant(after))
    place = {facts.run: place for place, facts in enumerate(batch.facts)}
    return sorted(changes, key=lambda change: place[change.run])


def _of_run(before: Classification, after: Classification) -> Iterator[Change]:
    was, now = _conclusions(before), _conclusions(after)
    return (Change(before.run, what, was[what], now[what]) for what in was if was[what] != now[what])


def _conclusions(of: Classification) -> dict[str, Json]:
    return {
        "run_type": _shown(of.run_type),
        "class": _shown(of.klass),
        "significant": _shown(of.significant),
        "datasets": [dataset.name for dataset in of.datasets],
    }


def _shown(value: object) -> Json:
    return "unknown" if value is UNKNOWN else value  # type: ignore[return-value]  # what is known is text, bool or None


def _significant(of: Sequence[Classification]) -> npt.NDArray[np.bool_]:
    return np.array([each.significant is True for each in of], dtype=bool)


def _of_components(
    old: RuleSets,
    new: RuleSets,
    batch: Batch,
    was: npt.NDArray[np.bool_],
    will_be: npt.NDArray[np.bool_],
) -> Iterator[Change]:
    of_old, of_new = old.components.by_component, new.components.by_component
    rules = {name: (of_old.get(name, ()), of_new.get(name, ())) for name in sorted({*of_old, *of_new})}
    # a run that becomes significant, or is not any more, gets or loses every status, not only those of edited rules
    if (was == will_be).all():
        rules = {name: (before, after) for name, (before, after) in rules.items() if before != after}
    if not rules:
        return
    segments = batch.segments(variables_of(each for pair in rules.values() for each in pair))
    for name, (before, after) in rules.items():
        codes = status_codes(before, segments)
        new_codes = codes if before == after else status_codes(after, segments)
        owner = segments.owner
        yield from _of_component(name, batch, segments, codes * was[owner], new_codes * will_be[owner])


def _of_component(name: str, batch: Batch, segments: Segments, before: Codes, after: Codes) -> Iterator[Change]:
    changed = np.flatnonzero(before != after)
    kinds = np.stack([segments.owner[changed], before[changed], after[changed]], axis=1).astype(np.int64)
    distinct, kind = np.unique(kinds, axis=0, return_inverse=True)
    # sorted by kind, so that each kind is one slice, instead of a look at all segments for each
    ordered = changed[np.argsort(kind, kind="stable")]
    ends = np.cumsum(np.bincount(kind, minlength=len(distinct)))
    for (owner, was, now), end, start in zip(distinct.tolist(), ends, [0, *ends], strict=False):
        lumis = ranges_of(segments, ordered[start:end])
        yield Change(batch.facts[owner].run, name, STATUS_OF_CODE[was], STATUS_OF_CODE[now], lumis)

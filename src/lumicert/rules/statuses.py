"""The status of components in the lumisections of significant runs.

A component has no status where no rule holds (Run Registry's `NO VALUE FOUND`), and none where that is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lumicert.decisions.events import STATUSES, Status
from lumicert.decisions.ranges import Ranges, canonical
from lumicert.rules.classify import NONE_HOLDS, deciding
from lumicert.rules.documents import ComponentRule, ComponentRules
from lumicert.rules.facts import Batch, Facts, Segments

ByStatus = dict[Status, Ranges]
Codes = npt.NDArray[np.uint8]
ByComponent = Mapping[str, tuple[ComponentRule, ...]]

# the code of a status is its place here; 0 is no status
STATUS_OF_CODE: tuple[Status | None, ...] = (None, *STATUSES)


def component_statuses(rules: ComponentRules, facts: Facts) -> dict[str, ByStatus]:
    """For each component of `online` the lumisections of each status that it has; empty for one without any."""
    return _statuses(rules.by_component, facts)


def offline_statuses(
    rules: ComponentRules, facts: Facts, online: Mapping[str, Mapping[Status, Ranges]]
) -> dict[str, ByStatus]:
    """The same for another dataset of the run; `online` is what stands for `online`, people's words included."""
    copied = {
        component: {status: online[component][status] for status in statuses if status in online.get(component, {})}
        for component, statuses in rules.offline.copied.items()
    }
    everywhere = canonical(facts.lumis)
    constant: dict[str, ByStatus] = {
        component: {status: everywhere} if everywhere else {} for component, status in rules.offline.constant.items()
    }
    # a component has one kind of rule, so that none of these hides another
    return copied | constant | _statuses(rules.offline.by_component, facts)


def _statuses(by_component: ByComponent, facts: Facts) -> dict[str, ByStatus]:
    segments = Batch([facts]).segments(variables_of(by_component.values()))
    return {component: _by_status(status_codes(rules, segments), segments) for component, rules in by_component.items()}


def _by_status(codes: Codes, segments: Segments) -> ByStatus:
    found: ByStatus = {}
    for code in np.unique(codes).tolist():
        status = STATUS_OF_CODE[code]
        if status is not None:
            found[status] = ranges_of(segments, codes == code)
    return found


def variables_of(rules_of_components: Iterable[Sequence[ComponentRule]]) -> frozenset[str]:
    """What the rules ask for."""
    return frozenset[str]().union(*(rule.policy.variables for rules in rules_of_components for rule in rules))


def status_codes(rules: Sequence[ComponentRule], segments: Segments) -> Codes:
    """For each segment the code of the status that the rules, in this order, give."""
    # the last one is for place -1: no rule holds, or it is not known which
    codes = np.array([*(STATUS_OF_CODE.index(rule.status) for rule in rules), 0], dtype=np.uint8)
    places = deciding([rule.policy for rule in rules], segments.frame)
    by_segment: Codes = codes[np.maximum(places, NONE_HOLDS)]
    return by_segment


def ranges_of(segments: Segments, chosen: npt.NDArray[Any]) -> Ranges:
    """The lumisections of the chosen segments, all of one run; chosen by a mask or by their places."""
    return canonical(zip(segments.first[chosen].tolist(), segments.last[chosen].tolist(), strict=True))

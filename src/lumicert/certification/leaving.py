"""What GOOD leaves to the rules: lumisections of which a rule or an import says something worse than GOOD.

Whoever says that a run is good has not looked at each lumisection in which the high voltage was off. Such lumisections
keep the automatic status, so that a certification takes out of the golden JSON what it calls bad, and lets nothing in.
What another person said of them stands above the rules and is not left. Where the rules speak against every
lumisection, GOOD speaks against the rules, and has to be confirmed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from lumicert.certification.checking import Warned
from lumicert.certification.judging import Word
from lumicert.certification.models import Certification
from lumicert.certification.workspaces import Part
from lumicert.decisions import ranges
from lumicert.decisions.models import Event, Layer
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.selectors import Standing

WORSE = frozenset({"BAD", "STANDBY", "EXCLUDED"})


@dataclass(slots=True)
class Left:
    """By the key of a component: what is left to the rules, and what of it an earlier word of ours has to be taken off.

    `against` has the components of which the rules say something worse in every lumisection.
    """

    lumis: dict[str, Ranges] = field(default_factory=dict)
    taken_off: dict[str, Ranges] = field(default_factory=dict)
    against: list[Part] = field(default_factory=list)

    @property
    def warnings(self) -> list[Warned]:
        """What has to be confirmed."""
        return [
            Warned(
                f"against-rules-{part.key}",
                part.key,
                f"By the rules {part.label} is not good in any lumisection. GOOD stands above them, in all of them.",
            )
            for part in self.against
        ]


def left_to_rules(
    parts: Sequence[Part], words: Mapping[str, Word], lumis: Ranges, stands: Sequence[Standing], own: Collection[int]
) -> Left:
    """What the words leave to the rules.

    Args:
        stands: what stands for the dataset.
        own: the events of the certification that these words take the place of: its word is no other person's.
    """
    left = Left()
    for part in parts:
        word = words.get(part.key)
        if word is None or not word.is_good:
            continue
        good = ranges.difference(lumis, word.bad_lumis)
        worse = ranges.overlap(good, worse_by_rule(part.component, stands, own))
        if worse and worse == good:
            left.against.append(part)
        elif worse:
            left.lumis[part.key] = worse
            if said := ranges.overlap(worse, _spoken(part.component, stands, own)):
                left.taken_off[part.key] = said
    return left


def worse_by_rule(component: str, stands: Sequence[Standing], own: Collection[int]) -> Ranges:
    """Where the automatic status counts, or would without our earlier word, and is worse than GOOD."""
    automatic = [
        each.lumis
        for each in stands
        if each.component == component and each.layer == Layer.AUTOMATIC and each.status in WORSE
    ]
    others = [
        each.lumis
        for each in stands
        if each.component == component and each.layer == Layer.PERSON and each.seq not in own
    ]
    return ranges.difference(ranges.union(*automatic), ranges.union(*others))


def _spoken(component: str, stands: Sequence[Standing], own: Collection[int]) -> Ranges:
    ours = (each.lumis for each in stands if each.component == component and each.seq in own)
    return ranges.union(*ours)


def own_events(live: Certification | None, dataset: str, stands: Sequence[Standing]) -> set[int]:
    """The events that `left_to_rules` is to take for our own: one query, and none where no rule says anything worse."""
    if any(each.layer == Layer.AUTOMATIC and each.status in WORSE for each in stands):
        return events_of(live, dataset)
    return set()


def events_of(live: Certification | None, dataset: str) -> set[int]:
    """The events of the act of a certification that spoke of this dataset: one query."""
    if live is None or live.dataset != dataset:
        return set()
    acts = Event.objects.filter(seq=live.seq).values("act")
    return set(Event.objects.filter(act__in=acts).values_list("seq", flat=True))

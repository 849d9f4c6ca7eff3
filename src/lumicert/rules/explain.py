"""Why a run is of its type and class, and significant or not; why a component has its status in a lumisection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from lumicert.policy import OUT, Explanation, Frame, Json, Verdict
from lumicert.rules.classify import Classification, RuleSets, classify_all
from lumicert.rules.documents import ComponentRules, Rule
from lumicert.rules.facts import Batch, Facts


@dataclass(frozen=True, slots=True)
class RuleExplained:
    """One rule, judged.

    Attributes:
        says: what follows where the rule holds.
        applies: whether it is for this run at all.
        decides: whether it is the first that does not fail, so that what it says, or does not know, is the answer.
        explanation: its conditions, each with its verdict and the values that it saw.
    """

    name: str
    says: str
    note: str
    applies: bool
    decides: bool
    explanation: Explanation

    @property
    def verdict(self) -> Verdict:
        return self.explanation.verdict

    def to_json(self) -> dict[str, Json]:
        """For a page."""
        return {
            "name": self.name,
            "says": self.says,
            "note": self.note,
            "applies": self.applies,
            "decides": self.decides,
            "explanation": self.explanation.to_json(),
        }


@dataclass(frozen=True, slots=True)
class RunExplained:
    """A classification and the rules behind it, in the order in which they are asked.

    `given` judges whether the run is to have a class at all; `significant` holds the rule of the run's class, if any.
    """

    classification: Classification
    run_type: tuple[RuleExplained, ...]
    given: Explanation
    classes: tuple[RuleExplained, ...]
    significant: tuple[RuleExplained, ...]


_Said = tuple[Rule, str, str, bool]


def explain(rulesets: RuleSets, facts: Facts) -> RunExplained:
    """Every rule about the run as a whole, and what it saw."""
    batch = Batch([facts])
    classification = classify_all(rulesets, batch)[0]
    types: list[_Said] = [(rule, rule.name, rule.then, True) for rule in rulesets.run_type.rules]
    classes: list[_Said] = [(rule, rule.name, rule.klass, rule.covers(facts.run)) for rule in rulesets.classes.ordered]
    significant: list[_Said] = [
        (rule, rule.klass, "significant", True)
        for rule in rulesets.significant.rules
        if rule.klass == classification.klass
    ]
    given = rulesets.classes.given
    return RunExplained(
        classification=classification,
        run_type=_explained(types, batch),
        given=given.explain(batch.runs_frame(given.variables), 0),
        classes=_explained(classes, batch),
        significant=_explained(significant, batch),
    )


def explain_component(rules: ComponentRules, facts: Facts, *, component: str, ls: int) -> tuple[RuleExplained, ...]:
    """The rules of a component of `online`, in the order in which they are asked, in one lumisection.

    Raises:
        LookupError: if the run has no such lumisection, or there is no rule about the component.
    """
    if component not in rules.by_component:
        raise LookupError(f"there is no rule about the component '{component}'; its status is for people to say")
    said: list[_Said] = [(rule, component, rule.status, True) for rule in rules.by_component[component]]
    segments = Batch([facts]).segments(_variables(said))
    rows = np.flatnonzero((segments.first <= ls) & (ls <= segments.last))
    if not len(rows):
        raise LookupError(f"run {facts.run} has no lumisection {ls}, as far as is known")
    return _judged(said, segments.frame, int(rows[0]))


def _explained(said: Sequence[_Said], batch: Batch) -> tuple[RuleExplained, ...]:
    return _judged(said, batch.runs_frame(_variables(said)), 0)


def _variables(said: Iterable[_Said]) -> frozenset[str]:
    return frozenset[str]().union(*(rule.policy.variables for rule, *_ in said))


def _judged(said: Sequence[_Said], frame: Frame, row: int) -> tuple[RuleExplained, ...]:
    judged, open_still = [], True
    for rule, name, says, applies in said:
        explanation = rule.policy.explain(frame, row)
        decides = open_still and applies and explanation.verdict != OUT
        open_still = open_still and not decides
        judged.append(RuleExplained(name, says, rule.note, applies, decides, explanation))
    return tuple(judged)

"""The five rule sets as documents: what can be saved, and what is refused with which words.

A *rule* has `if`, a condition in JSON-logic over the variables of `names`, and says what follows where it holds. Rules
that are *ordered* are asked one after the other, and the first that does not fail decides: where it holds, what it
says; where it hangs on something unknown, nothing is known, because what comes later might not have its turn.

* `run-type`: collisions or cosmics.
* `class`: such as `Collisions22`, by priority, each rule for a range of runs.
* `significant`: for each class, which of its runs are worth certifying.
* `datasets`: for each class, the datasets of a run and the names by which the DQM GUI shows that they arrived.
* `components`: the status of each component in each lumisection: of `online` by rules, of other datasets by what
  `online` says, by rules, or one status everywhere.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    model_validator,
)

from lumicert.decisions.events import Status, Text
from lumicert.policy import Policy
from lumicert.rules import expressions
from lumicert.rules.names import CATALOGUE

RunType = Literal["collisions", "cosmics"]
RuleSetName = Literal["run-type", "class", "significant", "datasets", "components"]
NAMES: tuple[RuleSetName, ...] = ("run-type", "class", "significant", "datasets", "components")
# ten times what Run Registry has; places of rules are kept in 16 bits
MOST_RULES = 2000


def _parsed(logic: JsonValue) -> Policy:
    return Policy.parse(logic, CATALOGUE)


def _checked_logic(logic: JsonValue) -> JsonValue:
    _parsed(logic)
    return logic


def _checked_runs(runs: tuple[int, int | None]) -> tuple[int, int | None]:
    first, last = runs
    if first < 1 or (last is not None and last < first):
        raise ValueError(f"[{first}, {last}] is no range of runs: write [first, last], or [first, null] without an end")
    return runs


Logic = Annotated[JsonValue, AfterValidator(_checked_logic)]
Runs = Annotated[tuple[int, int | None], AfterValidator(_checked_runs)]
Expression = Annotated[Text, StringConstraints(min_length=1, max_length=200), AfterValidator(expressions.check)]
Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$", max_length=80)]
ComponentName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}-[A-Za-z0-9_]{1,40}$")]
# the same shape as the log demands of a dataset, with a place for the era
DatasetName = Annotated[str, StringConstraints(pattern=r"^/[^\s/]{1,90}/[^\s/]{1,90}/[A-Za-z-]{1,40}$")]


class _Strict(BaseModel):
    # forbidding what is not known finds the misspelt field; populating by name lets Python say klass and logic
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Rule(_Strict):
    """What all rules have. `note` tells people where the rule comes from; it decides nothing."""

    logic: Logic = Field(alias="if")
    note: Text = Field(default="", max_length=2000)

    @functools.cached_property
    def policy(self) -> Policy:
        """The condition, ready to be evaluated."""
        return _parsed(self.logic)


class _OfRuns(_Strict):
    """Something that holds for a range of runs, both ends included; for all runs without one."""

    runs: Runs | None = None

    def covers(self, run: int) -> bool:
        if self.runs is None:
            return True
        first, last = self.runs
        return first <= run and (last is None or run <= last)

    def overlaps(self, other: _OfRuns) -> bool:
        (first, last), (start, end) = (each.runs or (1, None) for each in (self, other))
        return (end is None or first <= end) and (last is None or start <= last)


class RunTypeRule(Rule):
    """Where it holds the run is of type `then`."""

    name: Word
    then: RunType


class RunTypeRules(_Strict):
    """Ordered rules, and the type of a run for which all of them fail."""

    rules: tuple[RunTypeRule, ...] = Field(max_length=MOST_RULES)
    otherwise: RunType


class ClassRule(_OfRuns, Rule):
    """Where it holds the run is of class `klass`; `name` is the same from year to year (`collisions`)."""

    name: Word
    klass: Word = Field(alias="class")
    priority: int = Field(ge=1, le=10_000)


class ClassRules(_Strict):
    """Rules in the order of their priorities, then as written. A run for which `given_if` fails has no class."""

    given_if: Logic = True
    rules: tuple[ClassRule, ...] = Field(max_length=MOST_RULES)

    @functools.cached_property
    def ordered(self) -> tuple[ClassRule, ...]:
        return tuple(sorted(self.rules, key=lambda rule: rule.priority))

    @functools.cached_property
    def given(self) -> Policy:
        return _parsed(self.given_if)


class SignificantRule(Rule):
    """A run of class `klass` for which it holds is significant."""

    klass: Word = Field(alias="class")


class SignificantRules(_Strict):
    """At most one rule a class; a class without one has no significant runs."""

    rules: tuple[SignificantRule, ...] = Field(max_length=MOST_RULES)

    @model_validator(mode="after")
    def _one_rule_a_class(self) -> SignificantRules:
        counted = Counter(rule.klass for rule in self.rules)
        if twice := [klass for klass, count in counted.items() if count > 1]:
            raise ValueError(f"{' and '.join(twice)} has more than one rule; join their conditions with and or or")
        return self


class DatasetRule(_OfRuns):
    """A significant run of class `klass` has the dataset `name`.

    `{era}` in the name stands for the run's era without what precedes its year (`2022F`). The dataset has arrived when
    one of the regular expressions `arrived` is found in a name that the DQM GUI has for the run; they may hold `{era}`
    too if the name does.
    """

    klass: Word = Field(alias="class")
    name: DatasetName
    arrived: tuple[Expression, ...] = Field(max_length=20)
    note: Text = Field(default="", max_length=2000)

    @property
    def needs_era(self) -> bool:
        return expressions.ERA in self.name

    @model_validator(mode="after")
    def _era_is_in_the_name_too(self) -> DatasetRule:
        if not self.needs_era and any(expressions.ERA in expression for expression in self.arrived):
            raise ValueError(f"{self.name} does not hold {expressions.ERA}, so its expressions cannot either")
        if braces := re.findall(r"\{(?!era\})|(?<!\{era)\}", self.name):
            raise ValueError(f"{self.name} holds {braces[0]}; the only thing in braces is {expressions.ERA}")
        return self


class DatasetRules(_Strict):
    """No two rules give the same name to the same run."""

    rules: tuple[DatasetRule, ...] = Field(max_length=MOST_RULES)

    @model_validator(mode="after")
    def _names_are_given_once(self) -> DatasetRules:
        seen: dict[tuple[str, str], list[DatasetRule]] = {}
        for rule in self.rules:
            others = seen.setdefault((rule.klass, rule.name), [])
            if any(rule.overlaps(other) for other in others):
                raise ValueError(f"{rule.klass} gets {rule.name} from two rules for the same runs; keep one of them")
            others.append(rule)
        return self


class ComponentRule(Rule):
    """Where it holds the component has the status."""

    component: ComponentName
    status: Status
    priority: int = Field(ge=1, le=10_000)


class OfflineRules(_Strict):
    """The statuses with which a dataset other than `online` starts. A component has one kind of rule.

    Attributes:
        copied: for a component, the statuses that are taken over where `online` has them.
        constant: for a component, its status in every lumisection.
        rules: as for `online`.
    """

    copied: dict[ComponentName, tuple[Status, ...]] = Field(default_factory=dict, max_length=MOST_RULES)
    constant: dict[ComponentName, Status] = Field(default_factory=dict, max_length=MOST_RULES)
    rules: tuple[ComponentRule, ...] = Field(default=(), max_length=MOST_RULES)

    @functools.cached_property
    def by_component(self) -> Mapping[str, tuple[ComponentRule, ...]]:
        return _by_component(self.rules)

    @model_validator(mode="after")
    def _one_kind_of_rule(self) -> OfflineRules:
        kinds = ({*self.copied}, {*self.constant}, {rule.component for rule in self.rules})
        counted = Counter(component for kind in kinds for component in kind)
        if several := [component for component, count in counted.items() if count > 1]:
            raise ValueError(f"{' and '.join(several)} is both copied, constant or ruled offline; choose one")
        return self


class ComponentRules(_Strict):
    """For each component its rules in the order of their priorities, then as written."""

    online: tuple[ComponentRule, ...] = Field(max_length=MOST_RULES)
    offline: OfflineRules = Field(default_factory=OfflineRules)

    @functools.cached_property
    def by_component(self) -> Mapping[str, tuple[ComponentRule, ...]]:
        return _by_component(self.online)


def _by_component(rules: Iterable[ComponentRule]) -> Mapping[str, tuple[ComponentRule, ...]]:
    grouped: dict[str, list[ComponentRule]] = {}
    for rule in sorted(rules, key=lambda rule: (rule.component, rule.priority)):
        grouped.setdefault(rule.component, []).append(rule)
    return {component: tuple(ordered) for component, ordered in grouped.items()}


Document: TypeAlias = RunTypeRules | ClassRules | SignificantRules | DatasetRules | ComponentRules
MODELS: Mapping[str, type[Document]] = {
    "run-type": RunTypeRules,
    "class": ClassRules,
    "significant": SignificantRules,
    "datasets": DatasetRules,
    "components": ComponentRules,
}


class RulesRefused(ValueError):
    """Rules that cannot be used. `problems` holds (place in the document, with the rule's name; what is wrong)."""

    def __init__(self, problems: Iterable[tuple[str, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(": ".join(filter(None, problem)) for problem in self.problems))


def model_named(name: str) -> type[Document]:
    """The model of the rule set of that name.

    Raises:
        RulesRefused: naming the rule sets that there are.
    """
    if name not in MODELS:
        raise RulesRefused([("", f"there is no rule set '{name}'; there are {', '.join(NAMES)}")])
    return MODELS[name]


def read_document(name: str, document: object) -> Document:
    """The document of a rule set, given as JSON data.

    Raises:
        RulesRefused: naming every rule that cannot be used, and why.
    """
    model = model_named(name)
    try:
        return model.model_validate(document)
    except ValidationError as error:
        # neither the input nor pydantic's address for help means anything to who wrote the rules
        details = error.errors(include_url=False, include_context=False, include_input=False)
        raise RulesRefused(
            (_place(detail["loc"], document), detail["msg"].removeprefix("Value error, ")) for detail in details
        ) from None


def written_document(document: Document) -> dict[str, Any]:
    """The document as JSON data, as `read_document` reads it."""
    return document.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def _place(location: tuple[int | str, ...], document: object) -> str:
    """Where in the document, as `rules[2].if (Cosmics22)`."""
    # the innermost name wins: a rule's, not its set's
    text, here, label = "", document, ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
        here = _inside(here, step)
        label = _label(here) or label
    return f"{text} ({label})" if label else text


def _inside(value: object, step: int | str) -> object:
    if isinstance(value, Mapping):
        return value.get(step)
    return value[step] if isinstance(value, list) and isinstance(step, int) and step < len(value) else None


def _label(value: object) -> str:
    if not isinstance(value, Mapping):
        return ""
    words = (value.get(key) for key in ("name", "class", "component", "status"))
    return " ".join(word for word in words if isinstance(word, str))[:120]

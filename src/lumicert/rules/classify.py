"""The conclusions about whole runs: type, class, significance, datasets.

An unknown conclusion is `UNKNOWN`, with the names of what is missing; it is never replaced by a default.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from lumicert.policy import IN, OUT, UNDECIDED, UNKNOWN, Frame, Policy
from lumicert.policy.values import Unknown
from lumicert.rules import expressions
from lumicert.rules.documents import (
    ClassRules,
    ComponentRules,
    DatasetRules,
    Document,
    RunType,
    RunTypeRules,
    SignificantRules,
)
from lumicert.rules.facts import Batch, Facts
from lumicert.rules.reconstruction import Reconstruction, reconstruction_of

Field: TypeAlias = Literal["run_type", "class", "significant", "datasets"]
# what `deciding` says where no rule holds, and where rule 0 hangs on something unknown; rule k is k below that
NONE_HOLDS = -1
NOT_KNOWN = -2

_FIELDS = {
    "run-type": "run_type",
    "class": "classes",
    "significant": "significant",
    "datasets": "datasets",
    "components": "components",
}
# OMS writes 2022F, the data sets Run2022F; names of Run Registry start with a word of their own
_BEFORE_YEAR = re.compile(r"^\D+(?=\d{4})")


@dataclass(frozen=True, slots=True)
class RuleSets:
    """One version of each rule set; `versions` tells which, by the name of the set."""

    run_type: RunTypeRules
    classes: ClassRules
    significant: SignificantRules
    datasets: DatasetRules
    components: ComponentRules
    versions: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, documents: Mapping[str, Document], versions: Mapping[str, int]) -> RuleSets:
        """Of one document of each name."""
        # the models by name are those of the fields, which mypy cannot follow through a mapping
        return cls(**{_FIELDS[name]: document for name, document in documents.items()}, versions=versions)  # type: ignore[arg-type]

    def with_document(self, name: str, document: Document) -> RuleSets:
        """With a draft in place of one document; the draft has no version."""
        versions = {known: version for known, version in self.versions.items() if known != name}
        return replace(self, **{_FIELDS[name]: document}, versions=versions)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class DatasetOfRun:
    """A dataset that a run gets, and the expressions that tell when it has arrived in the DQM GUI."""

    name: str
    reconstruction: Reconstruction | None
    arrived: tuple[str, ...]

    def has_arrived(self, names_in_gui: Iterable[str]) -> list[str]:
        """Those of the names that the DQM GUI has for the run which show that the dataset has arrived."""
        return [name for name in names_in_gui if any(expressions.found(each, name) for each in self.arrived)]


@dataclass(frozen=True, slots=True)
class Classification:
    """What the rules, and the person who decided something, say of a run.

    Attributes:
        klass: None where the rules give none.
        datasets: of a significant run, beside `online`; those whose name is known.
        versions: of the rule sets.
        unknown: for each conclusion that is unknown or incomplete (`run_type`, `class`, `significant`, `datasets`),
            what is missing, in words.
    """

    run: int
    run_type: RunType | Unknown
    klass: str | Unknown | None
    significant: bool | Unknown
    datasets: tuple[DatasetOfRun, ...]
    versions: Mapping[str, int]
    unknown: Mapping[Field, str]


def classify(rulesets: RuleSets, facts: Facts) -> Classification:
    """What the rules say of one run."""
    return classify_all(rulesets, Batch([facts]))[0]


def classify_all(rulesets: RuleSets, batch: Batch) -> list[Classification]:
    """What the rules say of each run, in the order of the batch."""
    frame = batch.runs_frame(_variables(rulesets))
    types, classes = run_type_places(rulesets.run_type, frame), class_places(rulesets.classes, batch, frame)
    verdicts = {rule.klass: rule.policy.evaluate(frame).tolist() for rule in rulesets.significant.rules}
    return [
        _Conclusions(rulesets, facts, row, verdicts).classification(int(types[row]), int(classes[row]))
        for row, facts in enumerate(batch.facts)
    ]


def _variables(rulesets: RuleSets) -> frozenset[str]:
    rules = (*rulesets.run_type.rules, *rulesets.classes.rules, *rulesets.significant.rules)
    return rulesets.classes.given.variables.union(*(rule.policy.variables for rule in rules))


def deciding(
    policies: Sequence[Policy], frame: Frame, applies: Sequence[npt.NDArray[np.bool_]] | None = None
) -> npt.NDArray[np.int16]:
    """For each row the place of the rule that decides: the first that does not fail, of those that apply to the row.

    NONE_HOLDS where all fail; NOT_KNOWN - k, which is negative, where the first that does not fail is k and undecided.
    """
    places = np.full(frame.n_rows, NONE_HOLDS, dtype=np.int16)
    asked = np.ones(frame.n_rows, dtype=bool)
    for place, policy in enumerate(policies):
        verdicts = policy.evaluate(frame)
        decides = asked & (verdicts != OUT)
        if applies is not None:
            decides &= applies[place]
        places[decides] = np.where(verdicts[decides] == IN, place, NOT_KNOWN - place)
        asked &= ~decides
        # most rows are decided by the first rules, and each further one costs as much as the first
        if not asked.any():
            break
    return places


def run_type_places(rules: RunTypeRules, frame: Frame) -> npt.NDArray[np.int16]:
    """For each run the place of the rule that decides its type; see `deciding`."""
    return deciding([rule.policy for rule in rules.rules], frame)


def class_places(rules: ClassRules, batch: Batch, frame: Frame) -> npt.NDArray[np.int16]:
    """For each run the place, in `rules.ordered`, of the rule that decides its class; see `deciding`.

    Where it is not known whether a class is given at all, that counts as one more rule behind these.
    """
    applies = [np.array([rule.covers(facts.run) for facts in batch.facts], dtype=bool) for rule in rules.ordered]
    places = deciding([rule.policy for rule in rules.ordered], frame, applies)
    given = rules.given.evaluate(frame)
    places[given == OUT] = NONE_HOLDS
    # a run that would get no class anyway need not wait for that
    places[(given == UNDECIDED) & (places != NONE_HOLDS)] = NOT_KNOWN - len(rules.ordered)
    return places


class _Conclusions:
    """What follows for one run from the places of the rules that decide."""

    def __init__(self, rulesets: RuleSets, facts: Facts, row: int, verdicts: Mapping[str, Sequence[int]]) -> None:
        self._sets, self._facts, self._row, self._verdicts = rulesets, facts, row, verdicts
        self._unknown: dict[Field, str] = {}

    def classification(self, type_place: int, class_place: int) -> Classification:
        klass = self._klass(class_place)
        significant = self._significant(klass)
        return Classification(
            run=self._facts.run,
            run_type=self._run_type(type_place),
            klass=klass,
            significant=significant,
            datasets=self._datasets(klass, significant),
            versions=self._sets.versions,
            unknown=self._unknown,
        )

    def _run_type(self, place: int) -> RunType | Unknown:
        if "run_type" in self._facts.decided:
            return cast(RunType, self._facts.decided["run_type"])
        if place <= NOT_KNOWN:
            return self._hangs("run_type", self._sets.run_type.rules[NOT_KNOWN - place].policy)
        return self._sets.run_type.otherwise if place == NONE_HOLDS else self._sets.run_type.rules[place].then

    def _klass(self, place: int) -> str | Unknown | None:
        if "class" in self._facts.decided:
            return cast("str | None", self._facts.decided["class"])
        if place <= NOT_KNOWN:
            policies = [*(rule.policy for rule in self._sets.classes.ordered), self._sets.classes.given]
            return self._hangs("class", policies[NOT_KNOWN - place])
        return None if place == NONE_HOLDS else self._sets.classes.ordered[place].klass

    def _significant(self, klass: str | Unknown | None) -> bool | Unknown:
        if "significant" in self._facts.decided:
            return bool(self._facts.decided["significant"])
        if klass is UNKNOWN:
            self._unknown["significant"] = "the class of the run is not known"
            return UNKNOWN
        # a class without a rule, and no class at all, have no significant runs
        verdict = self._verdicts[klass][self._row] if klass is not None and klass in self._verdicts else OUT
        if verdict == UNDECIDED:
            (rule,) = (rule for rule in self._sets.significant.rules if rule.klass == klass)
            return self._hangs("significant", rule.policy)
        return verdict == IN

    def _datasets(self, klass: str | Unknown | None, significant: bool | Unknown) -> tuple[DatasetOfRun, ...]:
        # first, for a run that a person set aside has no datasets whatever its class
        if significant is False:
            return ()
        if klass is UNKNOWN or significant is UNKNOWN:
            self._unknown["datasets"] = f"the {'class' if klass is UNKNOWN else 'significance'} of the run is not known"
            return ()
        era = self._era()
        of_run = [rule for rule in self._sets.datasets.rules if rule.klass == klass and rule.covers(self._facts.run)]
        if nameless := [rule.name for rule in of_run if rule.needs_era and era is None]:
            self._unknown["datasets"] = f"the era of the run is not known, and {' and '.join(nameless)} needs it"
        named = [
            (rule.name.replace(expressions.ERA, era or ""), rule.arrived)
            for rule in of_run
            if era is not None or not rule.needs_era
        ]
        return tuple(
            DatasetOfRun(
                name, reconstruction_of(name), tuple(expressions.with_era(each, era or "") for each in arrived)
            )
            for name, arrived in named
        )

    def _era(self) -> str | None:
        """`2022F` of `Run2022F` or `2022F`; None where there is none that could stand in a name."""
        era = self._facts.attribute("era")
        # what does not look like an era must not get into the name of a dataset, which is for ever
        found = _BEFORE_YEAR.sub("", era.strip()) if isinstance(era, str) else ""
        return found if re.fullmatch(r"\d{4}[A-Za-z0-9]{1,20}", found) else None

    def _hangs(self, on: Field, policy: Policy) -> Unknown:
        missing = sorted(name for name in policy.variables if self._facts.value(name) is UNKNOWN)
        self._unknown[on] = f"not known: {', '.join(missing)}"
        return UNKNOWN

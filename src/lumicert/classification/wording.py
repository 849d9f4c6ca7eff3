"""Rule sets in plain words: tables of rules, each with its condition as a tree of sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html_join

from lumicert.policy.tree import Node
from lumicert.policy.wording import words
from lumicert.rules.documents import (
    ClassRules,
    ComponentRule,
    ComponentRules,
    DatasetRules,
    Document,
    RunTypeRules,
    SignificantRules,
)
from lumicert.shell.templatetags.lumicert_ui import status

TITLES = {
    "run-type": "Run type",
    "class": "Class",
    "significant": "Significant",
    "datasets": "Datasets",
    "components": "Components",
}
DECIDES = {
    "run-type": "collisions or cosmics",
    "class": "what kind of run it is, such as Collisions22",
    "significant": "which runs of a class are worth certifying",
    "datasets": "the datasets of a significant run, and how they show in the DQM GUI that they arrived",
    "components": "the status of each component in each lumisection, until a person says otherwise",
}
_LONGEST_SENTENCE = 100
_CONNECTIVES = {"and": "all of", "or": "at least one of"}


@dataclass(frozen=True, slots=True)
class Line:
    """A condition in words, or a group of conditions with the word that joins them.

    `joined` tells of several in one sentence, which must not become part of another sentence.
    """

    text: str
    children: tuple[Line, ...] = ()
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One rule: a cell for each column of its sheet, its condition, and where it comes from."""

    cells: Sequence[Any]
    condition: Line | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of rules. `order` says in a sentence how the rules are asked."""

    title: str
    order: str
    columns: Sequence[str]
    rows: Sequence[Row]
    conditions: bool = True
    end: str = ""
    given: Line | None = field(default=None)


def in_words(node: Node) -> Line:
    """A condition as a tree of sentences."""
    if node.op == "!!":
        return in_words(node.args[0])
    if node.op in _CONNECTIVES and len(node.args) == 1:
        return in_words(node.args[0])
    if node.op in _CONNECTIVES:
        return _joined_line(node.op, tuple(map(in_words, node.args)))
    if node.op == "!" and node.args[0].op in _CONNECTIVES:
        return Line("not", (in_words(node.args[0]),))
    if node.op == "!":
        return Line(f"not: {words(node.args[0])}")
    if node.op == "constant":
        return Line("always" if node.value else "never")
    return Line(words(node))


def _joined_line(op: str, parts: tuple[Line, ...]) -> Line:
    """Short conditions in one sentence, others as a list under the word that joins them."""
    sentence = f" {op} ".join(part.text for part in parts)
    plain = not any(part.children or part.joined for part in parts)
    if plain and len(sentence) <= _LONGEST_SENTENCE:
        return Line(sentence, joined=True)
    return Line(_CONNECTIVES[op], parts)


def runs_in_words(runs: tuple[int, int | None] | None) -> str:
    """A range of runs: `350000 and later`."""
    if runs is None:
        return "all"
    first, last = runs
    return f"{first} and later" if last is None else f"{first}–{last}"


def sheets(document: Document) -> list[Sheet]:
    """A rule set as tables."""
    return list(_SHEETS[type(document)](document))


def n_rules(document: Document) -> int:
    """How many rules a rule set has."""
    return sum(len(sheet.rows) for sheet in sheets(document))


_FIRST_HOLDS = "Asked in this order; the first that does not fail decides."


def _run_types(document: RunTypeRules) -> Iterable[Sheet]:
    rows = [Row((rule.name, rule.then), in_words(rule.policy.root), rule.note) for rule in document.rules]
    yield Sheet(
        "", _FIRST_HOLDS, ("Rule", "Type"), rows, end=f"Where all of them fail the run is {document.otherwise}."
    )


def _classes(document: ClassRules) -> Iterable[Sheet]:
    rows = [
        Row((rule.priority, rule.name, rule.klass, runs_in_words(rule.runs)), in_words(rule.policy.root), rule.note)
        for rule in document.ordered
    ]
    yield Sheet(
        "",
        _FIRST_HOLDS,
        ("Priority", "Rule", "Class", "Runs"),
        rows,
        end="Where all of them fail the run has no class.",
        given=in_words(document.given.root),
    )


def _significant(document: SignificantRules) -> Iterable[Sheet]:
    rows = [Row((rule.klass,), in_words(rule.policy.root), rule.note) for rule in document.rules]
    end = "A class that has no rule has no significant runs."
    yield Sheet("", "A run of the class is significant where its rule holds.", ("Class",), rows, end=end)


def _datasets(document: DatasetRules) -> Iterable[Sheet]:
    rows = [
        Row((rule.klass, rule.name, runs_in_words(rule.runs), "\n".join(rule.arrived)), None, rule.note)
        for rule in document.rules
    ]
    yield Sheet(
        "",
        "A significant run of the class has the dataset; {era} is the run's era, such as 2022F.",
        ("Class", "Dataset", "Runs", "Arrived when the DQM GUI has a name like"),
        rows,
        conditions=False,
    )


def _components(document: ComponentRules) -> Iterable[Sheet]:
    offline = document.offline
    nothing = "Where all rules of a component fail it has no status."
    yield Sheet(
        "online", f"For each component: {_lower(_FIRST_HOLDS)}", _STATUS, _statuses(document.by_component), end=nothing
    )
    copied = [
        Row((component, _joined([status(each) for each in statuses]))) for component, statuses in offline.copied.items()
    ]
    constant = [Row((component, status(each))) for component, each in offline.constant.items()]
    if copied:
        how = "Taken over from online where it has one of these statuses when the dataset arrives."
        yield Sheet("other datasets: taken over", how, ("Component", "Statuses"), copied, conditions=False)
    if constant:
        how = "The same in every lumisection when the dataset arrives."
        yield Sheet("other datasets: fixed", how, ("Component", "Status"), constant, conditions=False)
    if offline.rules:
        how = f"For each component: {_lower(_FIRST_HOLDS)}"
        yield Sheet("other datasets: by rules", how, _STATUS, _statuses(offline.by_component), end=nothing)


_STATUS = ("Component", "Priority", "Status")


def _statuses(by_component: Mapping[str, tuple[ComponentRule, ...]]) -> list[Row]:
    return [
        Row((component, rule.priority, status(rule.status)), in_words(rule.policy.root), rule.note)
        for component, rules in by_component.items()
        for rule in rules
    ]


def _joined(statuses: Sequence[Any]) -> Any:
    return format_html_join(" ", "{}", ((each,) for each in statuses))


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


_SHEETS: Mapping[type, Callable[[Any], Iterable[Sheet]]] = {
    RunTypeRules: _run_types,
    ClassRules: _classes,
    SignificantRules: _significant,
    DatasetRules: _datasets,
    ComponentRules: _components,
}

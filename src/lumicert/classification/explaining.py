"""Why a run is of its type and class and significant or not, as plain values for a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lumicert.policy import IN, OUT, UNKNOWN, Explanation, Value, Verdict
from lumicert.rules.classify import Field, RuleSets
from lumicert.rules.explain import RuleExplained, RunExplained, explain, explain_component
from lumicert.rules.facts import Facts
from lumicert.rules.selectors import rulesets
from lumicert.runs.intake import facts_of_run
from lumicert.runs.models import Run

_WORDS = {"and": "all of", "or": "at least one of", "!": "not", "if": "if"}
_LONGEST_VALUE = 120


class NotExplained(LookupError):
    """There is nothing to explain; the text says why. `field` is what was typed wrong."""

    def __init__(self, field: str, text: str) -> None:
        self.field = field
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Line:
    """A condition, or a group of them: `verdict` is holds, fails or unknown; `values` are (name, value) as seen."""

    text: str
    verdict: str
    values: Sequence[tuple[str, str]]
    children: Sequence[Line]


@dataclass(frozen=True, slots=True)
class JudgedRule:
    """A rule with its condition; `decides` tells of the one that the conclusion comes from."""

    name: str
    says: str
    note: str
    decides: bool
    top: Line


@dataclass(frozen=True, slots=True)
class Conclusion:
    """One thing that rules say of a run.

    Attributes:
        answer: what the rules of now, and what a person typed, make of it; `unknown` where that is not known.
        why: where it comes from, as a sentence.
        stands: what is written of the run; `differs` where that is something else.
        rules: those that were asked until one decided; `others` those behind it.
        elsewhere: how many rules are for other runs.
        given: the condition of having a class at all, where it does not hold.
    """

    title: str
    rule_set: str
    answer: str
    why: str
    stands: str
    rules: Sequence[JudgedRule]
    others: Sequence[JudgedRule]
    elsewhere: int
    given: Line | None = None

    @property
    def differs(self) -> bool:
        return self.stands != self.answer


@dataclass(frozen=True, slots=True)
class OfComponent:
    """The rules of one component in one lumisection of `online`."""

    component: str
    ls: int
    answer: str
    rules: Sequence[JudgedRule]


@dataclass(frozen=True, slots=True)
class RunExplanation:
    """All of it. `reported` tells whether a source told of the run, so that rules were applied to it at all."""

    run: int
    reported: bool
    conclusions: Sequence[Conclusion]
    datasets: Sequence[str]
    missing: str
    components: Sequence[str]
    component: OfComponent | None

    @property
    def differs(self) -> bool:
        return any(conclusion.differs for conclusion in self.conclusions)


def explained(*, run: int, component: str = "", ls: int | None = None) -> RunExplanation:
    """The rules of now on what is known of a run now.

    Raises:
        NotExplained: the run, the lumisection or rules about the component do not exist.
    """
    row = Run.objects.filter(run=run).first()
    if row is None:
        raise NotExplained("run", f"run {run} is not known here; fetch it from its source or enter it by hand")
    rules, facts = rulesets(), facts_of_run(run)
    found = explain(rules, facts)
    return RunExplanation(
        run=run,
        reported=bool(row.state),
        conclusions=_conclusions(found, rules, facts, row),
        datasets=[each.name for each in found.classification.datasets],
        missing=found.classification.unknown.get("datasets", ""),
        components=sorted(rules.components.by_component),
        component=_component(rules, facts, component, ls) if component else None,
    )


def _component(rules: RuleSets, facts: Facts, component: str, ls: int | None) -> OfComponent:
    if ls is None:
        raise NotExplained("ls", "say in which lumisection")
    if component not in rules.components.by_component:
        raise NotExplained("component", f"there is no rule about the component '{component}'")
    try:
        judged = explain_component(rules.components, facts, component=component, ls=ls)
    except LookupError as error:
        raise NotExplained("ls", str(error)) from error
    deciding = next((rule for rule in judged if rule.decides), None)
    answer = "no status" if deciding is None else deciding.says if deciding.verdict == IN else "unknown"
    return OfComponent(component, ls, answer, [_rule(rule) for rule in judged])


@dataclass(frozen=True, slots=True)
class _Question:
    """A conclusion before it is put in words: what the rules answer, what stands, and the rules that were judged."""

    name: Field
    title: str
    rule_set: str
    answer: object
    stands: object
    judged: Sequence[RuleExplained]
    # why the answer is what it is where no rule decided it
    otherwise: str
    given: Line | None = None

    @property
    def applying(self) -> list[RuleExplained]:
        return [rule for rule in self.judged if rule.applies]


def _conclusions(found: RunExplained, rules: RuleSets, facts: Facts, row: Run) -> list[Conclusion]:
    return [_conclusion(question, found, facts) for question in _questions(found, rules, row)]


def _questions(found: RunExplained, rules: RuleSets, row: Run) -> list[_Question]:
    said = found.classification
    given = None if found.given.verdict == IN else _line(found.given)
    no_type = f"all rules fail, so it is {rules.run_type.otherwise}"
    no_class = "every rule that is for this run fails" if given is None else "it is not to have a class"
    no_rule = "every rule fails" if found.significant else "its class has no rule"
    return [
        _Question("run_type", "Type", "run-type", said.run_type, row.run_type, found.run_type, no_type),
        _Question("class", "Class", "class", said.klass, row.klass, found.classes, no_class, given),
        _Question(
            "significant", "Significance", "significant", said.significant, row.significant, found.significant, no_rule
        ),
    ]


def _conclusion(asked: _Question, found: RunExplained, facts: Facts) -> Conclusion:
    applying = asked.applying
    # what is asked ends with the rule that decides; where none does, with the last
    end = next((place for place, rule in enumerate(applying, 1) if rule.decides), len(applying))
    return Conclusion(
        title=asked.title,
        rule_set=asked.rule_set,
        answer=_answer(asked.name, asked.answer),
        why=_why(asked, found, facts),
        stands=_stands(asked.name, asked.stands),
        rules=[_rule(rule) for rule in applying[:end]],
        others=[_rule(rule) for rule in applying[end:]],
        elsewhere=len(asked.judged) - len(applying),
        given=asked.given,
    )


def _why(asked: _Question, found: RunExplained, facts: Facts) -> str:
    if asked.name in facts.decided:
        return "typed by a person, which stands above the rules"
    if asked.name in found.classification.unknown:
        return found.classification.unknown[asked.name]
    deciding = next((rule for rule in asked.applying if rule.decides and rule.verdict == IN), None)
    if deciding is None or asked.given is not None:
        return asked.otherwise
    return f"rule “{deciding.name}”"


def _answer(name: Field, value: object) -> str:
    if value is UNKNOWN:
        return "unknown"
    if name == "significant":
        return "significant" if value else "not significant"
    return str(value) if value else "no class"


def _stands(name: Field, value: object) -> str:
    if value is None or (value == "" and name == "run_type"):
        return "unknown"
    return _answer(name, value)


def _rule(rule: RuleExplained) -> JudgedRule:
    return JudgedRule(rule.name, rule.says, rule.note, rule.decides, _line(rule.explanation))


def _line(node: Explanation) -> Line:
    is_leaf = node.leaf is not None or not node.children
    return Line(
        text=node.text if is_leaf else _WORDS.get(node.operator, node.text),
        verdict=_verdict(node.verdict),
        values=[(name, _value(value)) for name, value in node.inputs.items()] if is_leaf else [],
        children=() if is_leaf else [_line(child) for child in node.children],
    )


def _verdict(verdict: Verdict) -> str:
    return "holds" if verdict == IN else "fails" if verdict == OUT else "unknown"


def _value(value: Value) -> str:
    if value is UNKNOWN:
        return "unknown"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    text = str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"

"""What the page shows of an answer, as plain values for the templates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lumicert.golden.frame import STATUS_FAMILY
from lumicert.golden.selectors import Amount, Answer, Explained, Golden, Word, sha256
from lumicert.lumi import Layout, Luminosity
from lumicert.policy import IN, OUT, UNDECIDED, UNKNOWN, Explanation, Verdict

VERDICT_WORDS = {IN: "in", OUT: "out", UNDECIDED: "unknown"}
_CONNECTIVE_WORDS = {"and": "all of", "or": "any of", "!": "not", "!!": "all of", "if": "depending on"}


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount as a card shows it: the luminosity in a readable unit, or None where nobody reported any."""

    value: str | None
    unit: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class Cost:
    """A condition of the policy, and what it alone keeps out."""

    text: str
    exclusive: str | None
    n_exclusive: int
    n_inclusive: int
    inclusive: str | None


def result(answer: Answer, *, layout: Layout) -> dict[str, Any]:
    """The context of the result, without the list of runs and the map, which are fetched apart."""
    golden = answer.golden
    text = golden.text(layout)
    return {
        "answer": answer,
        "golden": golden,
        "inside": figure(golden.inside),
        "outside": figure(golden.outside),
        "unknown": figure(golden.unknown),
        "sha256": sha256(text),
        "size": len(text),
        "file_name": file_name(answer),
        "sets": _sets(answer),
        "pinned": pinned(answer, layout=layout),
    }


def pinned(answer: Answer, *, layout: Layout) -> dict[str, str]:
    """What was asked, with the event and the version named, so that a link goes on meaning the same."""
    policy = answer.golden.policy
    asked = {
        "dataset": answer.golden.universe.pattern,
        "policy": f"{policy.name}@{policy.version - answer.draft}",
        "at": str(answer.golden.seq),
        "with": answer.theirs.name if answer.theirs else "",
        "layout": layout,
        "rule": policy.rule if answer.draft else "",
    }
    return {name: value for name, value in asked.items() if value}


def figure(amount: Amount) -> Figure:
    if amount.n_without == amount.n_ls:
        return Figure(None, "", amount)
    return Figure(*_readable(amount.recorded), amount)


def _readable(luminosity: Luminosity) -> tuple[str, str]:
    value, _, unit = luminosity.readable().partition(" ")
    return value, unit.removeprefix("/") + "⁻¹"


def costs(golden: Golden) -> list[Cost]:
    """Each condition with what it costs, in the order of the rule."""
    some = golden.luminosities.known.any()
    return [
        Cost(
            text=loss.leaf.text,
            exclusive=f"{loss.exclusive.weight:.3f}" if some else None,
            inclusive=f"{loss.inclusive.weight:.3f}" if some else None,
            n_exclusive=loss.exclusive.rows + loss.undecided_exclusive.rows,
            n_inclusive=loss.inclusive.rows + loss.undecided_inclusive.rows,
        )
        for loss in golden.losses()
    ]


def file_name(answer: Answer) -> str:
    """Tells dataset, policy, version and event, so that two files never look the same and differ."""
    golden = answer.golden
    dataset = re.sub(r"[^A-Za-z0-9]+", "_", golden.universe.pattern).strip("_")
    kind = "draft_of_" if answer.draft else ""
    version = golden.policy.version - answer.draft
    return f"golden_{dataset}_{kind}{golden.policy.name}_v{version}_event{golden.seq}.json"


def _sets(answer: Answer) -> list[dict[str, Any]]:
    compared = answer.comparison
    if compared is None:
        return []
    titles = (("both", "In both", compared.both), ("ours", "Only here", compared.only_ours))
    theirs = ("theirs", f"Only in {compared.name}", compared.only_theirs)
    return [
        {"key": key, "title": title, "set": part, "figure": figure(part.amount)}
        for key, title, part in (*titles, theirs)
    ]


@dataclass(frozen=True, slots=True)
class Line:
    """One node of the explanation: a condition, or a group of them."""

    text: str
    verdict: str
    is_leaf: bool
    blocks: bool
    values: list[tuple[str, str]]
    words: list[Word]
    children: list[Line]


def explanation(explained: Explained) -> dict[str, Any]:
    """The context of one lumisection's explanation."""
    words = {word.component: word for word in explained.words}
    blocking = {leaf.index for leaf in explained.tree.changes or ()}
    top = _line(explained.tree, words, blocking)
    return {
        "explained": explained,
        "verdict": VERDICT_WORDS[explained.tree.verdict],
        "top": top,
        "changes": [leaf.text for leaf in explained.tree.changes or ()],
        "gain": figure(explained.gain),
        "recorded": None if explained.recorded is None else _readable(explained.recorded),
        "holding": [line for line in _leaves(top) if line.verdict == "in"],
    }


def _line(node: Explanation, words: dict[str, Word], blocking: set[int]) -> Line:
    is_leaf = node.leaf is not None
    components = [name.removeprefix(STATUS_FAMILY) for name in node.inputs if name.startswith(STATUS_FAMILY)]
    return Line(
        text=node.text if is_leaf else _CONNECTIVE_WORDS.get(node.operator, node.text),
        verdict=_verdict(node.verdict),
        is_leaf=is_leaf,
        blocks=node.leaf is not None and node.leaf.index in blocking,
        values=[(name, _value(value)) for name, value in node.inputs.items()] if is_leaf else [],
        words=[words[component] for component in components if component in words] if is_leaf else [],
        children=[_line(child, words, blocking) for child in node.children] if not is_leaf else [],
    )


def _verdict(verdict: Verdict) -> str:
    return VERDICT_WORDS[verdict]


def _value(value: object) -> str:
    if value is UNKNOWN:
        return "unknown"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _leaves(line: Line) -> Iterator[Line]:
    if line.is_leaf:
        yield line
    for child in line.children:
        yield from _leaves(child)

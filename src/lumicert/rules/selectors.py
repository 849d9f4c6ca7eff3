"""Reading rule sets: version 1 of each ships with the product, later ones were saved; now or as of an event.

A document is read and checked once, however often it is asked for.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import resources
from typing import Any

from django.db import connection

from lumicert.rules.classify import RuleSets
from lumicert.rules.documents import NAMES, Document, model_named, read_document
from lumicert.rules.events import RULES


@dataclass(frozen=True, slots=True)
class RulesVersion:
    """One version of a rule set; `seq`, `at` and `by` tell who saved it, and are empty for what ships.

    `text` is the document as JSON. `document` reads it, which takes milliseconds the first time: a list of versions
    need not.
    """

    name: str
    version: int
    text: str = field(repr=False)
    comment: str
    seq: int | None = None
    at: datetime | None = None
    by: str = ""

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def document(self) -> Document:
        """The document, ready to be used."""
        return _read(self.name, self.text)


# a year of edits; what falls out is read again
@functools.lru_cache(maxsize=64)
def _read(name: str, text: str) -> Document:
    return read_document(name, json.loads(text))


class NoSuchRules(LookupError):
    """No rule set has that name, or it has no such version; the text names those that exist."""


@functools.cache
def shipped(name: str) -> RulesVersion:
    """Version 1 of a rule set.

    Raises:
        RulesRefused: naming the rule sets that there are.
    """
    model_named(name)
    said = json.loads((resources.files(__package__) / "shipped" / f"{name}.json").read_text())
    return RulesVersion(name, 1, json.dumps(said["document"]), said["comment"])


_COLUMNS = """
    rules_savedrules.name, rules_savedrules.version, rules_savedrules.document::text, rules_savedrules.comment,
    rules_savedrules.seq, rules_savedrules.at, decisions_event.actor_name"""


def _saved(condition: str, parameters: Mapping[str, Any], at: int | None) -> list[RulesVersion]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM {RULES.as_of(at)} JOIN decisions_event ON decisions_event.seq"  # noqa: S608
            f" = rules_savedrules.seq WHERE {condition} ORDER BY 1, 2",
            {"after": 0, "upto": at, **parameters},
        )
        return [RulesVersion(*row) for row in cursor.fetchall()]


_OF_NAME = "rules_savedrules.name = %(name)s"
_NEWEST = """(rules_savedrules.name, rules_savedrules.version) IN (
    SELECT name, max(version) FROM {} GROUP BY name)"""


def versions(name: str, *, at: int | None = None) -> list[RulesVersion]:
    """The versions of a rule set that exist, the oldest first; now or as of event `at`.

    Raises:
        NoSuchRules: naming the rule sets that there are.
    """
    return [_first(name), *_saved(_OF_NAME, {"name": name}, at)]


def _first(name: str) -> RulesVersion:
    if name not in NAMES:
        raise NoSuchRules(f"there is no rule set '{name}'; there are {', '.join(NAMES)}")
    return shipped(name)


def version(name: str, number: int, *, at: int | None = None) -> RulesVersion:
    """One version of a rule set.

    Raises:
        NoSuchRules: naming the rule sets, or the versions, that exist.
    """
    existing = versions(name, at=at)
    for each in existing:
        if each.version == number:
            return each
    numbers = ", ".join(str(each.version) for each in existing)
    raise NoSuchRules(f"the rules '{name}' have no version {number}; they have {numbers}")


def current(name: str, *, at: int | None = None) -> RulesVersion:
    """The newest version of a rule set.

    Raises:
        NoSuchRules: naming the rule sets that there are.
    """
    first = _first(name)
    newest = _saved(f"{_OF_NAME} AND {_NEWEST.format(RULES.as_of(at))}", {"name": name}, at)
    return newest[0] if newest else first


def rulesets(*, at: int | None = None) -> RuleSets:
    """The newest version of every rule set, in one query: what `classify` takes."""
    saved = _saved(_NEWEST.format(RULES.as_of(at)), {}, at)
    newest = {name: shipped(name) for name in NAMES} | {each.name: each for each in saved}
    return RuleSets.of(
        {name: each.document for name, each in newest.items()}, {name: each.version for name, each in newest.items()}
    )


def shipped_rulesets() -> RuleSets:
    """Version 1 of every rule set, without a database."""
    return RuleSets.of({name: shipped(name).document for name in NAMES}, dict.fromkeys(NAMES, 1))

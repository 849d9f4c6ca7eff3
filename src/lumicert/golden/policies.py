"""The policies that can be chosen: those that ship with the product, and those that people saved.

A shipped policy is version 1 of its name and never changes; a saved version of the same name is 2 and on.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from importlib import resources

from django.db import connection

from lumicert.golden.events import POLICY
from lumicert.policy import Catalogue, Policy
from lumicert.runs import names

_LINE_WIDTH = 100
DATASET_STATES = ("global_state", *(f"{workspace}_state" for workspace in names.WORKSPACES))


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version of a policy. `seq` is the event that saved it, None for one that ships with the product."""

    name: str
    version: int
    rule: str
    unknown_as_null: bool
    comment: str
    seq: int | None

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    def parsed(self) -> Policy:
        """The policy, ready to be evaluated. Raises PolicyError naming the place in the rule."""
        return parse_rule(self.rule, unknown_as_null=self.unknown_as_null)


def written(rule: object, indent: str = "") -> str:
    """A rule as JSON text for people: a condition that fits a line stands on one."""
    line = json.dumps(rule, ensure_ascii=False)
    if len(indent) + len(line) <= _LINE_WIDTH or not isinstance(rule, dict | list) or not rule:
        return line
    deeper = indent + "  "
    if isinstance(rule, list):
        return "[\n" + ",\n".join(deeper + written(item, deeper) for item in rule) + f"\n{indent}]"
    pairs = (f"{deeper}{json.dumps(key)}: {written(value, deeper)}" for key, value in rule.items())
    return "{\n" + ",\n".join(pairs) + f"\n{indent}}}"


class NoSuchPolicy(LookupError):
    """No policy has that name, or it has no such version; the text names those that exist."""


@functools.cache
def shipped() -> tuple[PolicyVersion, ...]:
    """The policies that ship with the product, by name."""
    files = sorted((resources.files(__package__) / "shipped").iterdir(), key=lambda file: file.name)
    return tuple(
        _shipped(file.name.removesuffix(".json"), file.read_text()) for file in files if file.name.endswith(".json")
    )


def _shipped(name: str, text: str) -> PolicyVersion:
    document = json.loads(text)
    return PolicyVersion(
        name, 1, written(document["rule"]), unknown_as_null=False, comment=document["comment"], seq=None
    )


@functools.lru_cache(maxsize=64)
def parse_rule(rule: str, *, unknown_as_null: bool = False) -> Policy:
    """The policy of a rule as text, checked against the names that exist.

    Raises:
        PolicyError: naming the place in the rule, and names that resemble a misspelt one.
    """
    return Policy.parse(rule, catalogue(), unknown_as_null=unknown_as_null)


@functools.cache
def catalogue() -> Catalogue:
    """Every variable that a rule may use."""
    included = {f"{component}_included" for component in names.INCLUDABLE}
    return Catalogue(
        ["run.run_number", "lumisection.lumisection_number", "run.rr.class", "dataset.name"],
        {
            "run.oms": names.RUN_ATTRIBUTES | included,
            "dataset": DATASET_STATES,
            "lumisection.oms": names.FLAGS,
            "lumisection.rr": names.COMPONENTS,
        },
    )


def saved(*, at: int | None = None) -> list[PolicyVersion]:
    """The saved versions that exist, now or as of event `at`, by name and version."""
    columns = "name, version, rule, unknown_as_null, comment, seq"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns} FROM {POLICY.as_of(at)} ORDER BY name, version",  # noqa: S608
            {"after": 0, "upto": at},
        )
        return [PolicyVersion(*row) for row in cursor.fetchall()]


def all_versions(*, at: int | None = None) -> list[PolicyVersion]:
    """Shipped and saved versions, by name and version."""
    return sorted([*shipped(), *saved(at=at)], key=lambda item: (item.name, item.version))


def find(name: str, version: int | None = None, *, at: int | None = None) -> PolicyVersion:
    """A version of a policy; without a number its newest.

    Raises:
        NoSuchPolicy: naming the policies, or the versions, that exist.
    """
    versions = all_versions(at=at)
    of_name = [item for item in versions if item.name == name]
    if not of_name:
        known = ", ".join(sorted({item.name for item in versions}))
        raise NoSuchPolicy(f"there is no policy '{name}'; there are {known}")
    wanted = [item for item in of_name if version in (None, item.version)]
    if not wanted:
        numbers = ", ".join(str(item.version) for item in of_name)
        raise NoSuchPolicy(f"policy '{name}' has no version {version}; it has {numbers}")
    return wanted[-1]

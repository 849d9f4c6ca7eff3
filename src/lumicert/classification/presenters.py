"""What the pages of rules show, as plain values for their templates."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pydantic

from lumicert.classification import wording, writing
from lumicert.classification.forms import DraftForm
from lumicert.classification.wording import TITLES
from lumicert.decisions.services import Conflict
from lumicert.rules.documents import Document
from lumicert.rules.selectors import RulesVersion, version

__all__ = ["TITLES", "Overview", "conflict", "overview", "refusal", "rule_set"]


@dataclass(frozen=True, slots=True)
class Overview:
    """A rule set in the list of all."""

    title: str
    decides: str
    version: RulesVersion
    n_rules: int


def overview(shown: RulesVersion) -> Overview:
    """The line of a rule set."""
    return Overview(TITLES[shown.name], wording.DECIDES[shown.name], shown, wording.n_rules(shown.document))


def rule_set(shown: RulesVersion, existing: list[RulesVersion]) -> dict[str, Any]:
    """The context of one version among those that exist, which are given oldest first."""
    places = [each.version for each in existing]
    before = {now: earlier for earlier, now in pairwise(places)}
    return {
        "title": TITLES[shown.name],
        "decides": wording.DECIDES[shown.name],
        "shown": shown,
        "is_newest": shown == existing[-1],
        "sheets": wording.sheets(shown.document),
        "versions": [(each, before.get(each.version)) for each in reversed(existing)],
    }


def conflict(found: Conflict, newest: RulesVersion, form: DraftForm) -> dict[str, Any]:
    """What somebody else saved while a draft was typed, and what it changed of what the draft began from."""
    return {
        "later": found.later,
        "newest": newest,
        "lines": writing.difference(_edited(newest.name, form), newest.document),
    }


def _edited(name: str, form: DraftForm) -> Document:
    # the version that was edited may have been withdrawn: then what was typed is compared
    try:
        return version(name, form.cleaned_data["expected"]).document
    except LookupError:
        typed: Document = form.cleaned_data["draft"]
        return typed


def refusal(error: Exception) -> str:
    """Why something was not saved, in words for a person."""
    if isinstance(error, pydantic.ValidationError):
        return "; ".join(detail["msg"].removeprefix("Value error, ") for detail in error.errors())
    return str(error)

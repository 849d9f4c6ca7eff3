"""Documents of checklists for tests."""

from __future__ import annotations

from typing import Any

from lumicert.accounts.models import User
from lumicert.catalogue.selectors import Checklist
from lumicert.catalogue.services import save_checklist
from lumicert.decisions.services import Act


def document(*texts: str, **more: Any) -> dict[str, Any]:
    """A checklist with one group that has an item for each text; the items have no keys yet."""
    group = {"name": "Only", "items": [{"text": text} for text in texts or ("look",)]}
    return {"title": "Mine", "groups": [group], **more}


def save(
    said: dict[str, Any], *, expected: int, identifier: str = "mine", actor: User | None = None, **more: Any
) -> tuple[Checklist, Act]:
    """A version that differs from the newest is saved."""
    saved, act = save_checklist(
        identifier=identifier, document=said, note="why", actor=actor, expected=expected, **more
    )
    assert act is not None
    return saved, act

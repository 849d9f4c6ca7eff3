"""The checklists of CertHelper, as versions of the checklists here.

A checklist that is known here by its identifier gets a further version, and keeps for what it is applied; another one
was never shown to anybody in the original, so that it arrives retired.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pydantic
from django.utils.text import slugify

from lumicert.catalogue import selectors
from lumicert.catalogue.documents import ChecklistDocument, with_keys
from lumicert.catalogue.events import ChecklistSaved
from lumicert.catalogue.selectors import Checklist
from lumicert.certhelper.html import markdown
from lumicert.certhelper.source import Original, Row
from lumicert.certhelper.writing import Log
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Origin

TABLE = "checklists_checklist"
LONGEST_ITEM = LONGEST_GROUP = 2000
LONGEST_CHECKLIST = 4000
LONGEST_TITLE = 80
_LONGEST_IDENTIFIER = 40


def import_checklists(original: Original, log: Log) -> None:
    """Take in every checklist that says something else than its last import did."""
    groups = _by(original.rows("checklists_checklistitemgroup"), "checklist_id")
    items = _by(original.rows("checklists_checklistitem"), "checklistgroup_id")
    with log.batch():
        for row in original.rows(TABLE):
            _import_one(row, [(group, items.get(group["id"], [])) for group in groups.get(row["id"], [])], log)


def _by(rows: Any, column: str) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found


def _import_one(row: Row, groups: Sequence[tuple[Row, list[Row]]], log: Log) -> None:
    report, key = log.report, row["id"]
    identifier = slugify(str(row["identifier"]).replace("_", "-"))[:_LONGEST_IDENTIFIER].strip("-") or f"list-{key}"
    record = hashlib.sha256(json.dumps([row, groups], default=str).encode()).hexdigest()[:16]
    saved = Event.objects.filter(kind="checklist.saved", payload__identifier=identifier).order_by("seq").last()
    if saved is not None and saved.origin != Origin.IMPORT:
        report.count(TABLE, "kept")
        told = f"{identifier}, event {saved.seq} by {saved.actor_name}"
        report.note(TABLE, key, "kept", "somebody changed it here", told)
        return
    note = f"Imported from CertHelper, record {record}"
    if saved is not None and saved.payload["note"] == note:
        report.count(TABLE, "unchanged")
        return
    versions = selectors.saved_versions(identifier)
    try:
        document = _document(row, groups, versions, log)
    except pydantic.ValidationError as error:
        report.count(TABLE, "left out")
        why = "; ".join(item["msg"].removeprefix("Value error, ") for item in error.errors())
        report.note(TABLE, key, "left out", why, identifier)
        return
    if not versions:
        report.note(TABLE, key, "changed", "CertHelper never showed it, so that it arrives retired", identifier)
    report.count(TABLE, "changed" if saved else "new")
    version = 1 + max((each.version for each in versions), default=0)
    said = ChecklistSaved(identifier=identifier, version=version, document=document, note=note)
    log.append([NewEvent(said)], after=[saved.seq] if saved else [])


def _document(
    row: Row, groups: Sequence[tuple[Row, list[Row]]], versions: Sequence[Checklist], log: Log
) -> ChecklistDocument:
    shortened = _Shortening(row["id"], log)
    texts = (markdown(row.get(name) or "") for name in ("description", "additional_description"))
    # so that it can be followed over versions who ticked what
    known = {item.text: item.key for each in versions for group in each.groups for item in group.items}
    raw = {
        "title": (row["title"] or row["identifier"])[:LONGEST_TITLE],
        "description": shortened.to(LONGEST_CHECKLIST, "\n\n".join(filter(None, texts)), "its description"),
        "groups": [found for group, items in groups if (found := _group(group, items, known, shortened))],
        **_as_before(versions),
    }
    taken = {key for each in versions for key in each.item_keys}
    return ChecklistDocument.model_validate(with_keys(raw, taken))


def _as_before(versions: Sequence[Checklist]) -> dict[str, Any]:
    if not versions:
        return {"retired": True}
    return versions[-1].document.model_dump(include={"purpose", "place", "applies", "retired"})


def _group(group: Row, items: Sequence[Row], known: Mapping[str, str], shortened: _Shortening) -> dict[str, Any] | None:
    texts = [(item["id"], markdown(item["text"] or "")) for item in items]
    told = [shortened.to(LONGEST_ITEM, text, f"item {key}") for key, text in texts if text]
    if not told:
        shortened.tell(f"group {group['id']} has no item and is left out")
        return None
    return {
        "name": (group.get("name") or "").strip() or "Items",
        "description": shortened.to(LONGEST_GROUP, markdown(group.get("description") or ""), f"group {group['id']}"),
        # an item that said the same before is the same item; one that is there twice is another
        "items": [
            {"key": known.get(text, "") if told.index(text) == place else "", "text": text}
            for place, text in enumerate(told)
        ],
    }


class _Shortening:
    """Cuts texts to what a checklist can hold, and tells so."""

    def __init__(self, key: int, log: Log) -> None:
        self.key, self.report = key, log.report

    def to(self, length: int, text: str, what: str) -> str:
        if len(text) > length:
            self.tell(f"{what} is cut to {length:,} of {len(text):,} characters")
        return text[:length].rstrip()

    def tell(self, why: str) -> None:
        self.report.note(TABLE, self.key, "changed", why)

"""What is typed in the certification form: from a browser, from a draft, or from a certification that is changed.

All three are the same thing, names with values as a browser sends them, so that what is shown again is what was typed.

    pixel.status  pixel.low  pixel.problems*  pixel.lumis  pixel.comment      a component, by its key in the workspace
    reference  bad_reason  tracker_map  comment  date  reason                 the whole
    tick*   `identifier:version:item=time`, an item of a checklist that was ticked, and when
    confirm*    the code of a warning that is meant so
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pydantic
from django.http import QueryDict

from lumicert.certification.checking import Wanted
from lumicert.certification.events import RunIn, Ticked
from lumicert.certification.judging import STATUSES, Word
from lumicert.certification.models import Certification
from lumicert.certification.workspaces import Workspace
from lumicert.decisions import ranges
from lumicert.decisions.ranges import Ranges
from lumicert.shell.fields import number_of

# what the page says of itself: never part of what a person typed
OF_PAGE = frozenset({"csrfmiddlewaretoken", "expected", "act", "dataset", "opened", "then", "queue", "run", "pick"})


@dataclass(frozen=True, slots=True)
class Typed:
    """Names with their values."""

    values: Mapping[str, Sequence[str]]

    @classmethod
    def of_form(cls, sent: QueryDict) -> Typed:
        """What a browser sent."""
        return cls({name: list(values) for name, values in sent.lists() if name not in OF_PAGE})

    @classmethod
    def of_certification(cls, live: Certification) -> Typed:
        """What has to be typed to say the same again."""
        values: dict[str, Sequence[str]] = {}
        for part, word in live.words:
            values |= _of_word(part.key, word)
        reference = [f"{live.reference_run} {live.reference_reconstruction}"] if live.reference_run else []
        return cls(
            values
            | {
                "reference": reference,
                "bad_reason": [live.bad_reason],
                "tracker_map": [live.tracker_map],
                "comment": [live.comment],
                "date": [live.date.isoformat()],
                "tick": [*_ticks(live.rest.get("checklists", []))],
            }
        )

    def one(self, name: str) -> str:
        """The value of that name; empty where there is none."""
        return next(iter(self.many(name)), "")

    def many(self, name: str) -> Sequence[str]:
        """All values of that name."""
        return self.values.get(name, ())

    def with_default(self, name: str, value: str) -> Typed:
        """The same, with a value where nothing of that name was typed."""
        return self if name in self.values else Typed({**self.values, name: [value]})

    @property
    def ticks(self) -> dict[str, str]:
        """When each item was ticked, by `identifier:version:item`; empty where the browser did not say."""
        return {item: at for item, _, at in (tick.partition("=") for tick in self.many("tick"))}


def _of_word(key: str, word: Word) -> dict[str, Sequence[str]]:
    return {
        f"{key}.status": [word.status],
        f"{key}.low": ["on"] if word.low_statistics else [],
        f"{key}.problems": list(word.problems),
        f"{key}.lumis": [ranges.readable(word.bad_lumis).replace("–", "-")],
        f"{key}.comment": [word.comment],
    }


def _ticks(checklists: Iterable[Mapping[str, object]]) -> Iterable[str]:
    for each in checklists:
        ticked = Ticked.model_validate(each)
        for item, at in ticked.items.items():
            yield f"{ticked.identifier}:{ticked.version}:{item}={at}"


# ---- reading ----

Problems = dict[str, list[str]]


def read(typed: Typed, of: Workspace, *, today: date, opened: str) -> tuple[Wanted, Problems]:
    """What was meant, and what could not be read of it, by field.

    Args:
        opened: when the form was opened: the time of a tick whose browser told none.
    """
    problems: Problems = {}
    words = {
        part.key: word for part in of.parts if (word := _word(typed, part.key, problems)) is not None
    }  # fmt: skip
    wanted = Wanted(
        words=words,
        reference=_reference(typed.one("reference"), problems),
        bad_reason=typed.one("bad_reason"),
        tracker_map=typed.one("tracker_map"),
        comment=typed.one("comment").strip(),
        date=_date(typed.one("date"), today, problems),
        checklists=_ticked(typed.ticks, opened),
        confirmed=frozenset(typed.many("confirm")),
        reason=typed.one("reason").strip(),
    )
    return wanted, problems


def _word(typed: Typed, key: str, problems: Problems) -> Word | None:
    status = typed.one(f"{key}.status")
    lumis = _lumis(typed.one(f"{key}.lumis"), key, problems)
    if status not in STATUSES:
        return None
    try:
        return Word(
            status=status,
            low_statistics=bool(typed.one(f"{key}.low")),
            problems=tuple(typed.many(f"{key}.problems")),
            comment=typed.one(f"{key}.comment").strip(),
            bad_lumis=lumis,
        )
    except pydantic.ValidationError as error:
        problems.setdefault(key, []).extend(f"{item['loc'][0]}: {item['msg']}" for item in error.errors())
        return None


def _lumis(text: str, key: str, problems: Problems) -> Ranges:
    if not text.strip(" ,"):
        return ()
    try:
        return ranges.parse(text)
    except ValueError as error:
        problems.setdefault(key, []).append(f"Lumisections: {error}")
        return ()


def _reference(text: str, problems: Problems) -> RunIn | None:
    if not text:
        return None
    run, _, reconstruction = text.partition(" ")
    try:
        return RunIn.model_validate({"run": run, "reconstruction": reconstruction})
    except pydantic.ValidationError:
        problems["reference"] = [f"'{text}' is no reference run: choose one of the list"]
        return None


def _date(text: str, today: date, problems: Problems) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems["date"] = [f"'{text}' is no date: write it as {today}" if text else "say of which day it is"]
        return today


def _ticked(ticks: Mapping[str, str], opened: str) -> list[Ticked]:
    items: dict[tuple[str, int], dict[str, str]] = {}
    for name, at in ticks.items():
        identifier, _, rest = name.partition(":")
        version, _, item = rest.partition(":")
        # what no page of ours sends ticks nothing
        if (number := number_of(version)) is not None and item:
            items.setdefault((identifier, number), {})[item] = _moment(at) or _moment(opened) or ""
    return [Ticked(identifier=name, version=version, items=found) for (name, version), found in items.items()]


def _moment(text: str) -> str:
    """A time in ISO 8601, in UTC to the second; empty where it is none, or of no clock that goes right."""
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return ""
    if at.tzinfo is None or at.year < 2000 or at.year > 2200:
        return ""
    return at.astimezone(UTC).isoformat(timespec="seconds")

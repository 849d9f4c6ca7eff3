"""Faults on command: what goes wrong at which door of the simulated CERN, how often, and for how long.

A *door* is one outside system: OMS, the SSO, the DQM GUI, brilcalc, Run Registry. A *fault* is placed at a door, or at
all of them, and holds until it is cleared, or for `times` answers. There are four sorts:

- of the connection: `down` (closed without an answer), `reset` (TCP RST), `hang` (no answer until it is cleared),
  `slow` (the answer comes `seconds` late);
- of the answer: `redirect` (302 to the sign-in page), `unauthorized-once` (401), `error-500`, `html` (a web page with
  status 200), `truncated` (half of the body), `missing-page` (an empty page, from the second page on; of OMS and of Run
  Registry);
- of a value in the rows of an answer: `null-field`, `renamed-field`, `negative`, `huge`;
- of time: `changed-value` (`seconds` of sandbox time after it was placed a value is another one, and `last_update`
  says so; in Run Registry somebody gives the component `field` of all datasets the status `value`, or for a field such
  as `tracker_state` moves them there), `clock-skew` (the system's clock is `seconds` fast).
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

DOORS = ("oms", "sso", "dqmgui", "brilcalc", "runregistry")
# from the second page on: OMS has the place in the address, Run Registry the page in the body
_LATER_PAGE = re.compile(r'page\[offset\]=0*[1-9]|"page"\s*:\s*0*[1-9]')


class Kind(StrEnum):
    """What goes wrong."""

    DOWN = "down"
    SLOW = "slow"
    HANG = "hang"
    RESET = "reset"
    REDIRECT = "redirect"
    UNAUTHORIZED = "unauthorized-once"
    ERROR = "error-500"
    HTML = "html"
    TRUNCATED = "truncated"
    MISSING_PAGE = "missing-page"
    NULL = "null-field"
    RENAMED = "renamed-field"
    NEGATIVE = "negative"
    HUGE = "huge"
    CHANGED = "changed-value"
    SKEW = "clock-skew"


OF_VALUES = frozenset({Kind.NULL, Kind.RENAMED, Kind.NEGATIVE, Kind.HUGE})
OF_TIME = frozenset({Kind.CHANGED, Kind.SKEW})
_DEFAULT_SECONDS = {Kind.SLOW: 5.0, Kind.CHANGED: 3600.0, Kind.SKEW: 600.0}


class FaultError(ValueError):
    """A fault that cannot be placed; the message says why and what can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault as it was asked for.

    Attributes:
        kind: what goes wrong.
        door: one of `DOORS`, or `all`.
        path: a regular expression that the path must contain; empty for any path.
        run: only requests that name this run; for faults of values, only rows of this run.
        times: how many answers it spoils; None until it is cleared.
        seconds: of `slow` (real), `changed-value` (of the sandbox) and `clock-skew`.
        field: the attribute concerned; None for the one that `spoil.DEFAULT_FIELDS` names.
        value: what `huge`, `negative` and `changed-value` put there, or the new name of `renamed-field`.
    """

    kind: Kind
    door: str = "all"
    path: str = ""
    run: int | None = None
    times: int | None = None
    seconds: float | None = None
    field: str | None = None
    value: Any = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """A fault of the fields above. Raises FaultError for an unknown field, kind or door, or a senseless value."""
        unknown = set(data) - {one.name for one in fields(cls)}
        if unknown:
            raise FaultError(f"a fault has no {', '.join(sorted(unknown))}")
        try:
            kind = Kind(data.get("kind", ""))
        except ValueError:
            raise FaultError(f"{data.get('kind')!r} is no fault; there are {', '.join(Kind)}") from None
        # its name says once; whoever wants it more often says so
        times = data.get("times", 1 if kind is Kind.UNAUTHORIZED else None)
        return cls(**{**data, "kind": kind, "times": times})._checked()

    def _checked(self) -> Self:
        if self.door not in (*DOORS, "all"):
            raise FaultError(f"{self.door!r} is no door; there are {', '.join(DOORS)} and all")
        if self.times is not None and (type(self.times) is not int or self.times < 1):
            raise FaultError(f"times={self.times!r}: give a whole number from 1, or leave it out")
        if self.run is not None and type(self.run) is not int:
            raise FaultError(f"run={self.run!r} is no run number")
        if self.seconds is not None and type(self.seconds) not in (int, float):
            raise FaultError(f"seconds={self.seconds!r} is no number")
        try:
            re.compile(self.path)
        except (re.error, TypeError) as error:
            raise FaultError(f"path={self.path!r} is no regular expression: {error}") from None
        return self

    @property
    def for_seconds(self) -> float:
        """`seconds`, or what is usual for the kind."""
        return _DEFAULT_SECONDS.get(self.kind, 0.0) if self.seconds is None else self.seconds

    def is_at(self, door: str) -> bool:
        """Whether it is placed at this door."""
        return self.door in (door, "all")

    def concerns(self, door: str, path: str, query: str) -> bool:
        """Whether a request is its business; `query` is decoded, and has the body of a question behind it."""
        if not self.is_at(door) or not re.search(self.path, path):
            return False
        if self.kind is Kind.MISSING_PAGE and not _LATER_PAGE.search(query):
            return False
        # rows are looked at one by one, for a page of many runs need not name them
        return self.kind in OF_VALUES or self.run is None or _names(self.run, f"{path}?{query}")


def _names(number: int, text: str) -> bool:
    # a whole number: run 35510 is not meant by 355100
    return re.search(rf"(?<!\d){number}(?!\d)", text) is not None


@dataclass(slots=True)
class Placed:
    """A fault at its place: its number, the sandbox time of placing, and how many answers are left to it."""

    number: int
    fault: Fault
    since: datetime
    left: int | None

    def to_json(self) -> dict[str, Any]:
        """What the control API tells of it."""
        return asdict(self.fault) | {"id": self.number, "since": self.since.isoformat(), "left": self.left}


class Faults:
    """The faults that are placed. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._placed: dict[int, Placed] = {}
        self._cleared_before = 0

    def place(self, fault: Fault, since: datetime) -> Placed:
        """Place a fault at sandbox time `since`."""
        # a new number for each, also after a clearing: a stale id must not clear somebody else's fault
        with self._lock:
            placed = Placed(next(self._numbers), fault, since, fault.times)
            self._placed[placed.number] = placed
            return placed

    def clear(self, number: int | None = None) -> int:
        """Take away one fault, or all; returns how many there were. What hangs because of them is let go."""
        with self._lock:
            if number is None:
                # what hangs at a fault that is used up is let go by its number, for it is no longer listed
                gone = len(self._placed)
                self._placed.clear()
                self._cleared_before = next(self._numbers)
                return gone
            return int(self._placed.pop(number, None) is not None)

    def all(self) -> list[Placed]:
        """What is placed, oldest first."""
        with self._lock:
            return list(self._placed.values())

    def concerning(self, door: str, path: str, query: str) -> Iterator[Placed]:
        """The faults of connection, answer and values that a request meets, oldest first; none is used up by this."""
        return (one for one in self.all() if one.fault.kind not in OF_TIME and one.fault.concerns(door, path, query))

    def use(self, placed: Placed) -> bool:
        """Count one answer against a fault; False if others have used it up meanwhile."""
        with self._lock:
            # two requests may have met the last use of a fault at once; one of them comes too late
            if placed.number not in self._placed:
                return False
            if placed.left is not None:
                placed.left -= 1
                if placed.left == 0:
                    del self._placed[placed.number]
            return True

    def holds(self, placed: Placed) -> bool:
        """Whether an answer is still held back: a fault that is used up holds its last one until all are cleared."""
        with self._lock:
            return placed.number in self._placed or (placed.left == 0 and placed.number > self._cleared_before)

    def of_time(self, kind: Kind, door: str) -> list[Placed]:
        """The faults of one kind of `OF_TIME` at a door."""
        return [one for one in self.all() if one.fault.kind is kind and one.fault.is_at(door)]

    def skew(self, door: str) -> float:
        """How many seconds the clock of a system is fast."""
        return sum(one.fault.for_seconds for one in self.of_time(Kind.SKEW, door))

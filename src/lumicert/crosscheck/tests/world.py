"""A small world for the tests: certified runs, and a registry outside that is as wrong or dead as a test wants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lumicert.accounts.models import User
from lumicert.certification import selectors, services
from lumicert.certification.judging import Word
from lumicert.certification.tests.world import DATASETS, a_run, certify, words
from lumicert.crosscheck import deliveries, kept, seeing
from lumicert.crosscheck.models import Compared, Cursor, Delivery
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import Act
from lumicert.sources.errors import SourceChanged, SourceDown, SourceRefused
from lumicert.sources.run_registry.models import Dataset, Stretch

__all__ = ["DATASETS", "a_run", "certify", "words"]

RUN, N_LS = 315257, 400
EXPRESS, PROMPT = DATASETS["express"], DATASETS["prompt"]
COMPONENTS = ("tracker-pixel", "tracker-strip", "tracker-track")


@dataclass
class Registry:
    """As `lumicert.sources.run_registry.client.RunRegistry`, with what it is asked and told written down.

    Attributes:
        lumis: by run, dataset and component the status, cause and comment of each lumisection from 1 on.
        fails: raised by every call but `calls_before_failing` of them.
    """

    lumis: dict[tuple[int, str], dict[str, list[tuple[str, str, str]]]] = field(default_factory=dict)
    states: dict[tuple[int, str], str] = field(default_factory=dict)
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    written: list[tuple[int, str, str, Stretch]] = field(default_factory=list)
    fails: Exception | None = None
    calls_before_failing: int = 0
    refuses: str = ""
    forgets: bool = False

    def has(
        self, run: int = RUN, dataset: str = EXPRESS, *, n_ls: int = N_LS, state: str = "OPEN", status: str = "GOOD"
    ) -> None:
        """It has a dataset, of one status everywhere."""
        self.states[run, dataset] = state
        self.lumis[run, dataset] = {name: [(status, "", "")] * n_ls for name in COMPONENTS}

    def says(self, component: str, first: int, last: int, status: str, run: int = RUN, dataset: str = EXPRESS) -> None:
        """Somebody edits there."""
        of = self.lumis[run, dataset][component]
        of[first - 1 : last] = [(status, "", "edited there")] * (last - first + 1)

    def datasets(self, first: int, last: int) -> list[Dataset]:
        self._called("datasets", first, last)
        found = [key for key in self.lumis if first <= key[0] <= last and key[1] != "online"]
        return [self._dataset(run, name) for run, name in sorted(found)]

    def _dataset(self, run: int, name: str) -> Dataset:
        counts: dict[str, dict[str, int]] = {}
        for component, lumis in self.lumis[run, name].items():
            by = counts.setdefault(component, {})
            for status, _, _ in lumis:
                by[status] = by.get(status, 0) + 1
        return Dataset(run, name, "Collisions18", {"tracker": self.states[run, name]}, counts)

    def stretches(self, run: int, dataset: str) -> dict[str, list[Stretch]]:
        self._called("stretches", run, dataset)
        return {name: list(_runs(lumis)) for name, lumis in self.lumis.get((run, dataset), {}).items()}

    def write(self, run: int, dataset: str, component: str, stretch: Stretch) -> None:
        self._called("write", run, dataset)
        if self.refuses:
            raise refused(self.refuses)
        self.written.append((run, dataset, component, stretch))
        of = self.lumis[run, dataset][component]
        if not self.forgets:
            one = (stretch.status, stretch.cause, stretch.comment)
            of[stretch.first - 1 : stretch.last] = [one] * (stretch.last - stretch.first + 1)

    def _called(self, *what: Any) -> None:
        self.asked.append(what)
        if self.fails is not None:
            if self.calls_before_failing <= 0:
                raise self.fails
            self.calls_before_failing -= 1

    def statuses(self, component: str = "tracker-pixel", dataset: str = EXPRESS, run: int = RUN) -> dict[str, Any]:
        """What it says now, by status."""
        found: dict[str, list[tuple[int, int]]] = {}
        for each in _runs(self.lumis[run, dataset][component]):
            found.setdefault(each.status, []).append((each.first, each.last))
        return found


def _runs(lumis: list[tuple[str, str, str]]) -> Iterator[Stretch]:
    first = 1
    for place, one in enumerate(lumis, 1):
        if place == len(lumis) or lumis[place] != one:
            yield Stretch(first, place, *one)
            first = place + 1


def down() -> SourceDown:
    return SourceDown(source="Run Registry", what="a dataset", why="it did not answer within 10 s", advice="Wait")


def changed() -> SourceChanged:
    return SourceChanged(source="Run Registry", what="a dataset", why="there is no run_number", advice="Tell us")


def refused(why: str) -> SourceRefused:
    return SourceRefused(source="Run Registry", what="a dataset", why=why, advice="Put it right")


def withdraw(by: User, run: int = RUN, reconstruction: str = "express", reason: str = "wrong run") -> Act:
    """Take a certification back."""
    live = selectors.live_of(run, "tracker", reconstruction)
    assert live is not None
    return services.withdraw(live=live, actor=by, reason=reason, expected=current_seq())


def bad_pixel(*lumis: tuple[int, int]) -> dict[str, Word]:
    """Pixel, and tracking that needs it, BAD in these lumisections."""
    return words(bad={"pixel": lumis, "tracking": lumis})


def writing_begins() -> None:
    """Writing was switched on just now."""
    Cursor.objects.update_or_create(name=deliveries.OUTBOX, defaults={"seq": current_seq()})


def look(registry: Registry, *runs: int) -> None:
    """Ask about all that is due, and compare."""
    kept.catch_up()
    seeing.ask_due(registry)


def row(registry: str = "outside", run: int = RUN, reconstruction: str = "express") -> Compared:
    """How a certification compares."""
    return Compared.objects.get(registry=registry, run=run, reconstruction=reconstruction)


def differing(of: Compared, key: str = "pixel") -> dict[str, list[tuple[int, int]]]:
    """Where a component differs, by how; what is empty is left out."""
    part = next(part for part in of.parts if part["key"] == key)
    told = {name: [(first, last) for first, last in part[name]] for name in ("status", "only_here", "only_there")}
    return {name: lumis for name, lumis in told.items() if lumis}


def states() -> list[str]:
    """What became of the deliveries, in the order of their events."""
    return list(Delivery.objects.order_by("seq").values_list("state", flat=True))


def pairs(stretches: Iterable[Stretch]) -> list[tuple[int, int, str]]:
    return [(each.first, each.last, each.status) for each in stretches]

"""Reading: how the outside systems are, what waits for them, and how far back-fills are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.conf import settings
from django.db.models import Count, Exists, Min, OuterRef, Q
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

from lumicert.runs import fetching, outside
from lumicert.runs.models import Backfill, Bookmark, Fetch, Run
from lumicert.shell.health import Standing

# of the runs that wait, and of the back-fills that have ended, so many are shown
MOST_WAITING = 50
RECENT = 10
# a worker sends a heartbeat every ten seconds
_ALIVE_FOR = timedelta(seconds=30)
GOING = (Backfill.State.WAITING, Backfill.State.RUNNING)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The runs that are to be fetched; `rows` has the newest of them, each with `known`: whether it is here already."""

    rows: list[Fetch]
    total: int
    failed: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """A back-fill with how far it is; `percent` is of the run numbers, of which OMS need not have all."""

    row: Backfill

    @property
    def going(self) -> bool:
        return self.row.state in GOING

    @property
    def percent(self) -> int:
        length = self.row.last - self.row.first + 1
        return min(100, 100 * (self.row.position - self.row.first) // length)

    @property
    def rest(self) -> str:
        """The range that is left, as the form takes it; empty where nothing is."""
        return f"{self.row.position}-{self.row.last}" if self.row.position <= self.row.last else ""


@dataclass(frozen=True, slots=True)
class AskedRun:
    """What became of a run that somebody asked for."""

    run: int
    state: Literal["waiting", "failing", "here", "not there"]
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """How far OMS was asked what is new; both times are OMS's own words."""

    read_to: datetime | None
    newest: datetime | None


def any_set_up() -> bool:
    """Whether this deployment asks any system at all."""
    config = settings.CONFIG
    return any((config.oms_url, config.dqmgui_url, config.sso_client_id))


def standing() -> Standing:
    """All systems in one word, in one query; in none where this deployment asks nobody."""
    if not any_set_up():
        return Standing("off", "no sources", "No source is set up; runs come by hand and by import.")
    systems = outside.health()
    for level in ("down", "degraded"):
        if names := [system.name for system in systems if system.health == level]:
            who = names[0] if len(names) == 1 else f"{len(names)} sources"
            return Standing(level, f"{who} {level}", f"{' and '.join(names)} {level}; what goes on is told there.")
    asked = [system.name for system in systems if system.health == "up"]
    if not asked:
        return Standing("off", "sources", "The sources have not been asked yet.")
    return Standing("up", "sources up", f"{' and '.join(asked)} answer.")


def waiting() -> Waiting:
    """The runs that wait to be fetched."""
    counted = Fetch.objects.aggregate(
        total=Count("run"), failed=Count("run", filter=Q(tries__gt=0)), since=Min("asked_at")
    )
    known = Exists(Run.objects.filter(run=OuterRef("run")))
    return Waiting(list(Fetch.objects.annotate(known=known).order_by("-run")[:MOST_WAITING]), **counted)


def backfills() -> list[BackfillProgress]:
    """The back-fills that go on, oldest first, and the newest of those that have ended."""
    rows = Backfill.objects.select_related("actor")
    going = rows.filter(state__in=GOING).order_by("asked_at")
    ended = rows.exclude(state__in=GOING).order_by("-asked_at")[:RECENT]
    return [BackfillProgress(row) for row in (*going, *ended)]


def asked_run(run: int) -> AskedRun:
    """Whether a run that was asked for waits, is here, or is not in OMS."""
    row = Fetch.objects.filter(run=run).first()
    if row is not None:
        return AskedRun(run, "failing" if row.failure else "waiting", row.failure)
    return AskedRun(run, "here" if Run.objects.filter(run=run).exclude(state="").exists() else "not there")


def listing() -> Listing:
    """How far OMS was asked what is new."""
    said = dict(Bookmark.objects.filter(name__in=[fetching.READ_TO, fetching.NEWEST]).values_list("name", "value"))
    return Listing(_time(said.get(fetching.READ_TO)), _time(said.get(fetching.NEWEST)))


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def worker_lives() -> bool:
    """True where some worker has told within half a minute that it runs."""
    return ProcrastinateWorker.objects.filter(last_heartbeat__gt=timezone.now() - _ALIVE_FOR).exists()

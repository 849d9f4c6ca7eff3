"""Fetching from OMS and the DQM GUI: what is new there is taken in, and what could not be got is fetched later.

Nothing here holds a transaction while a source is asked. A source that fails raises `SourceError`, which says what to
tell people; who calls decides when to ask again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from lumicert.decisions.models import Event
from lumicert.runs.events import State
from lumicert.runs.intake import NOTHING, Report, Taken, take_arrivals, take_era, take_fill, take_run
from lumicert.runs.lumisections import Lumisections
from lumicert.runs.models import Bookmark, Fetch, Fill, Run, SeenInGui
from lumicert.runs.selectors import era_of_run
from lumicert.sources.dqmgui.client import DqmGuiClient
from lumicert.sources.oms.client import OmsClient
from lumicert.sources.oms.lumisections import OmsLumisections
from lumicert.sources.oms.models import OmsFill, OmsRun
from lumicert.sources.oms.units import parse

NEWEST = "oms.newest"
READ_TO = "oms.read to"
# a source corrects the last lumisections of a run that goes on
OVERLAP = 10
# how far back the first look goes, in the source's time
FIRST_LOOK = timedelta(days=2)
# a run that goes on and says nothing for so long is asked about
_SILENCE = timedelta(minutes=10)


# ---- one run, one fill, the eras ----


def fetch_run(oms: OmsClient, run: int) -> Taken:
    """Fetch a run with its lumisections and take in what is new; nothing where OMS has no such run."""
    asked = timezone.now()
    found = oms.run(run)
    return NOTHING if found is None else fetch_lumisections_of(oms, found, asked)


def fetch_lumisections_of(oms: OmsClient, found: OmsRun, asked: datetime) -> Taken:
    """The same for a run whose attributes are here already."""
    known = Run.objects.filter(run=found.run).only("state", "n_ls").first()
    state = _state_of_run(found)
    last = known.n_ls if known is not None and known.state == "going" == state else None
    after = max((last or 0) - OVERLAP, 0)
    lumisections = oms.lumisections(found.run, after=after)
    report = Report(found.attributes, found.units, {**found.rejected, **_rejected(lumisections)})
    return take_run(
        run=found.run,
        report=report,
        lumisections=_lumisections(lumisections),
        whole=after == 0,
        fetched_at=asked,
        state=state,
    )


def _rejected(lumisections: OmsLumisections) -> dict[str, str]:
    # beside those of the run, under a name that no attribute has
    return {f"ls_{name}": why for name, why in lumisections.rejected.items()}


def _lumisections(found: OmsLumisections) -> Lumisections:
    in_barns = parse(found.unit).factor if found.unit else Decimal(1)
    with_luminosity = [ls for first, last in found.with_luminosity for ls in range(first, last + 1)]
    own = zip(found.recorded, found.delivered, strict=True)
    return Lumisections(
        lumis=found.lumis,
        flags={name: {value: lumis for value, lumis in by.items() if lumis} for name, by in found.flags.items()},
        labels={name: {value: lumis for value, lumis in by.items() if lumis} for name, by in found.labels.items()},
        series={
            name: dict(zip((ls for a, b in lumis for ls in range(a, b + 1)), map(float, values), strict=True))
            for name, (lumis, values) in found.series.items()
            if lumis
        },
        luminosity={
            ls: (round(recorded * in_barns), round(delivered * in_barns))
            for ls, (recorded, delivered) in zip(with_luminosity, own, strict=True)
        },
    )


def fetch_fills(oms: OmsClient, fills: Iterable[int]) -> int:
    """Fetch fills and take in what is new; the number of those that had something new."""
    wanted = sorted({fill for fill in fills if fill})
    asked = timezone.now()
    taken = 0
    for found in oms.fills(numbers=wanted) if wanted else ():
        report = Report(found.attributes, found.units, found.rejected)
        done = take_fill(fill=found.fill, report=report, fetched_at=asked, state=_state_of_fill(found))
        taken += done.act is not None
    return taken


def fetch_eras(oms: OmsClient) -> None:
    """Fetch the eras and take in what is new."""
    for era in oms.eras():
        take_era(name=era.era, attributes=era.attributes)


def eras_are_known() -> bool:
    """True when the newest run lies in an era that is known."""
    newest = Run.objects.exclude(state="").order_by("-run").values_list("run", flat=True).first()
    return newest is None or era_of_run(newest) is not None


# ---- when a source has said its last word ----


def _state_of_run(found: OmsRun) -> State:
    updated = found.attributes.get("last_update")
    if found.attributes.get("end_time") is None:
        return "going"
    return _settled(updated, Event.objects.filter(kind="run.reported", run=found.run))


def _state_of_fill(found: OmsFill) -> State:
    ended = found.attributes.get("end_time")
    if ended is None:
        return "going"
    said = Event.objects.filter(kind="fill.reported", payload__fill=found.fill)
    return _settled(found.attributes.get("last_update") or ended, said)


def _settled(last_update: object, said: QuerySet[Event]) -> State:
    """`final` once the source has been quiet: measured against its own newest word, or by our clock."""
    quiet = timedelta(seconds=settings.CONFIG.oms_quiet)
    updated, newest = _time(last_update), _time(_bookmark(NEWEST))
    if updated and newest and newest - updated >= quiet:
        return "final"
    latest = said.order_by("-seq").first()
    if latest is None:
        return "ended"
    # what is final stays so until the source says something new after all
    heard = _time(latest.payload["fetched_at"])
    stays = latest.payload["state"] == "final" and heard and updated and updated <= heard
    return "final" if stays or timezone.now() - latest.at >= quiet else "ended"


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except ValueError:
        return None


def _bookmark(name: str) -> str | None:
    return Bookmark.objects.filter(name=name).values_list("value", flat=True).first()


def _remember(name: str, value: str) -> None:
    Bookmark.objects.update_or_create(name=name, defaults={"value": value})


def newest_word() -> datetime | None:
    """The newest update of OMS that we heard of, in its own time."""
    return _time(_bookmark(NEWEST))


def note_newest(oms: OmsClient) -> datetime | None:
    """Ask OMS for its newest word, which is the clock that says how quiet a run is."""
    newest = None
    for run in oms.last_updated(1):
        newest = _time(run.attributes.get("last_update"))
        if newest is not None:
            _remember(NEWEST, newest.isoformat())
    return newest


# ---- what is new at the source ----


def look_for_runs(oms: OmsClient) -> int:
    """Ask OMS which runs it updated, and put those that we do not know so on the list of runs to fetch."""
    newest = note_newest(oms)
    if newest is None:
        return 0
    since = _time(_bookmark(READ_TO)) or newest - FIRST_LOOK
    found = {run.run: run for run in oms.runs(updated_since=since)}
    wanted = {number for number in found if _is_new(found[number])} | _unsettled()
    for number in sorted(wanted):
        want(number)
    updates = [at for run in found.values() if (at := _time(run.attributes.get("last_update")))]
    # only now: a listing that was cut off is read again from where it began
    _remember(READ_TO, max([*updates, since]).isoformat())
    return len(wanted)


def _is_new(found: OmsRun) -> bool:
    known = Run.objects.filter(run=found.run).only("state", "last_update").first()
    return known is None or not known.state or known.last_update != _time(found.attributes.get("last_update"))


def _unsettled() -> set[int]:
    """The runs that ended and are not final though their source is quiet, and those that went silent."""
    quiet = timedelta(seconds=settings.CONFIG.oms_quiet)
    now, newest = timezone.now(), _time(_bookmark(NEWEST))
    wanted = set()
    for run in Run.objects.filter(state__in=["going", "ended"]).only("run", "state", "seq", "last_update"):
        said = Event.objects.filter(kind="run.reported", run=run.run).order_by("-seq").values_list("at").first()
        unheard = now - said[0] if said else quiet
        is_quiet = newest is not None and run.last_update is not None and newest - run.last_update >= quiet
        if (run.state == "going" and unheard >= _SILENCE) or (run.state == "ended" and (is_quiet or unheard >= quiet)):
            wanted.add(run.run)
    return wanted


def want(run: int) -> None:
    """Put a run on the list of those to fetch; one that waits there after a failure is due at once."""
    Fetch.objects.update_or_create(run=run, defaults={"due_at": timezone.now()})


def unfinished_fills() -> set[int]:
    """The fills of the newest runs that are not known, or not final."""
    of_runs = Run.objects.exclude(fill=None).order_by("-run").values_list("fill", flat=True)[:200]
    recent = {fill for fill in of_runs if fill is not None}
    return recent - set(Fill.objects.filter(fill__in=recent, state="final").values_list("fill", flat=True))


def look_for_datasets(gui: DqmGuiClient) -> int:
    """Ask the DQM GUI what it has, and register the datasets that have arrived; the number of runs that got some."""
    by_run: dict[int, set[str]] = {}
    for sample in gui.samples():
        by_run.setdefault(sample.run, set()).add(sample.dataset)
    seen: Mapping[int, list[str]] = dict(SeenInGui.objects.values_list("run", "names"))
    arrived = 0
    for run in Run.objects.filter(run__in=list(by_run), significant=True).exclude(state="going").only("run"):
        names = sorted(by_run[run.run])
        if seen.get(run.run) != names:
            arrived += take_arrivals(run=run.run, in_gui=names).act is not None
            SeenInGui.objects.update_or_create(run=run.run, defaults={"names": names})
    return arrived


# ---- a range of runs ----


@dataclass(frozen=True, slots=True)
class Step:
    """One run of a range is done: `done` runs so far, `total` in all as far as OMS told."""

    run: int
    taken: Taken
    done: int


def fetch_range(oms: OmsClient, first: int, last: int, *, stop: Callable[[], bool] = lambda: False) -> Iterable[Step]:
    """Fetch the runs `first` to `last` that OMS has, in order, one after the other; their fills and the eras first."""
    # pages are read ahead: what they say was asked for when the first of them was, at the latest
    began = timezone.now()
    note_newest(oms)
    fetch_eras(oms)
    fills: set[int] = set()
    for done, found in enumerate(oms.runs(first=first, last=last), 1):
        if stop():
            break
        goes_on = found.attributes.get("end_time") is None
        taken = fetch_run(oms, found.run) if goes_on else fetch_lumisections_of(oms, found, began)
        fill = found.attributes.get("fill_number")
        if isinstance(fill, int) and fill not in fills:
            fills.add(fill)
            fetch_fills(oms, [fill])
        yield Step(found.run, taken, done)

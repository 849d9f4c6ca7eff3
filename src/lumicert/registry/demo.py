"""The demo's data: made up by a seeded generator, the same on every machine, and marked as the demo's everywhere.

Run numbers begin at 1001 and datasets are called CollisionsDemo, so that nothing here is ever taken for a real run,
nor mixed into one that is imported beside it. The data have the shape of an OMS export: fills of several runs, flags
and luminosity by lumisection, runs outside stable beams, cosmic runs, and the faults that make decisions necessary.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from pydantic import JsonValue

from lumicert.accounts.models import User
from lumicert.accounts.services import demo_account
from lumicert.decisions.events import ComponentStatusSaid, Status
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Layer, Origin
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.services import append, undo
from lumicert.lumi import LumiSet, dumps
from lumicert.registry.services import Mark
from lumicert.runs.events import DatasetRegistered, LuminosityReported, LumisectionsReported, RunRegistered, Unit
from lumicert.runs.services import TRACKER_COMPONENTS, PublishedList, import_list

SOURCE = "demo generator"
EXPRESS = "/Express/CollisionsDemo/DQM"
PROMPT = "/PromptReco/CollisionsDemo/DQM"
COSMICS = "/PromptReco/CosmicsDemo/DQM"
FIRST_RUN, FIRST_FILL = 1001, 101
SEED = 20180425
# some forty collision runs and ten of cosmics: every page has several screens, and seeding takes a second
N_FILLS = 10
SECONDS_PER_LS = 23.31
UNIT: Unit = "/pb"

STRIP_BITS = ("tibtid_ready", "tob_ready", "tecp_ready", "tecm_ready")
PIXEL_BITS = ("bpix_ready", "fpix_ready")
BEAM_BITS = ("beam1_present", "beam2_present", "beam1_stable", "beam2_stable")


@dataclass(frozen=True, slots=True)
class DemoRun:
    """One made-up run. `off` has the lumisections in which a flag was false; recorded and delivered are in /pb."""

    run: int
    fill: int
    klass: str
    start: datetime
    length: int
    off: dict[str, Ranges]
    recorded: list[float]
    delivered: list[float]

    @property
    def lumis(self) -> Ranges:
        return ((1, self.length),)

    @property
    def collides(self) -> bool:
        return self.klass != "CosmicsDemo"


def made_up_runs() -> list[DemoRun]:
    """All runs of the demo, in ascending order: the same on every call."""
    chance = random.Random(SEED)  # noqa: S311  (made-up data, no secret)
    runs: list[DemoRun] = []
    start = datetime(2022, 10, 3, 18, 4, 10, tzinfo=UTC)
    for index in range(N_FILLS):
        runs += _fill(chance, FIRST_FILL + index, FIRST_RUN + len(runs), start)
        runs.append(_cosmics(chance, FIRST_RUN + len(runs), runs[-1].start + timedelta(hours=9)))
        start = runs[-1].start + timedelta(hours=7 + 3 * chance.random())
    return runs


def _fill(chance: random.Random, fill: int, run: int, start: datetime) -> Iterator[DemoRun]:
    """The collision runs of a fill: luminosity decays through all of them, beams become stable in the first."""
    # in /pb of a lumisection at the start of the fill
    level = chance.uniform(0.28, 0.42)
    lengths = [chance.randint(30, 90), *(chance.randint(120, 640) for _ in range(chance.randint(2, 4)))]
    for place, length in enumerate(lengths):
        stable_from = chance.randint(12, 25) if place == 0 else 1
        dump = length - chance.randint(1, 6) if place == len(lengths) - 1 else length
        off = _faults(chance, length, stable_from, dump)
        delivered = [level * 0.99935**ls if stable_from <= ls <= dump else 0.0 for ls in range(1, length + 1)]
        live = chance.uniform(0.92, 0.97)
        dead = _in(off.get("cms_active", ()))
        recorded = [0.0 if ls in dead else value * live for ls, value in enumerate(delivered, 1)]
        yield DemoRun(run + place, fill, "CollisionsDemo", start, length, off, recorded, delivered)
        level *= 0.99935**length
        start += timedelta(seconds=SECONDS_PER_LS * length + 180)


def _faults(chance: random.Random, length: int, stable_from: int, dump: int) -> dict[str, Ranges]:
    """Where which flag was false: around stable beams for all, and now and then a trip of a part of the tracker."""
    before: Ranges = ((1, stable_from - 1),) if stable_from > 1 else ()
    after: Ranges = ((dump + 1, length),) if dump < length else ()
    off: dict[str, Ranges] = dict.fromkeys(("beam1_stable", "beam2_stable"), before + after)
    ramp: Ranges = ((1, min(stable_from + chance.randint(2, 5), length)),) if stable_from > 1 else ()
    off |= dict.fromkeys(STRIP_BITS + PIXEL_BITS, ramp + after)
    if length > 100 and chance.random() < 0.35:
        first = chance.randint(20, length - 40)
        trip = (first, first + chance.randint(2, 30))
        part = chance.choice(STRIP_BITS + PIXEL_BITS)
        off[part] = tuple(sorted((*off[part], trip)))
    if length > 100 and chance.random() < 0.25:
        first = chance.randint(20, length - 20)
        off["cms_active"] = ((first, first + chance.randint(0, 3)),)
    return {flag: lumis for flag, lumis in off.items() if lumis}


def _cosmics(chance: random.Random, run: int, start: datetime) -> DemoRun:
    length = chance.randint(9, 60)
    off: dict[str, Ranges] = dict.fromkeys(BEAM_BITS, ((1, length),))
    return DemoRun(run, 0, "CosmicsDemo", start, length, off, [], [])


def _in(lumis: Ranges) -> set[int]:
    return {ls for first, last in lumis for ls in range(first, last + 1)}


def _ranges(lss: set[int]) -> Ranges:
    found: list[tuple[int, int]] = []
    for ls in sorted(lss):
        if found and found[-1][1] == ls - 1:
            found[-1] = (found[-1][0], ls)
        else:
            found.append((ls, ls))
    return tuple(found)


# ---- as events ----


def _registered(run: DemoRun) -> NewEvent:
    end = run.start + timedelta(seconds=SECONDS_PER_LS * run.length)
    attributes: dict[str, JsonValue] = {
        "start_time": run.start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "end_time": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "last_lumisection_number": run.length,
        "run_type": "collisions" if run.collides else "cosmics",
        "sequence": "GLOBAL-RUN",
        "b_field": 3.8,
        "hlt_key": f"/cdaq/{'physics' if run.collides else 'cosmic'}/demo/v1",
        "stable_beam": run.collides,
        "energy": 6799 if run.collides else 0,
        "fill_number": run.fill or None,
        "recorded_lumi": round(sum(run.recorded), 6) if run.collides else None,
        "delivered_lumi": round(sum(run.delivered), 6) if run.collides else None,
        "init_lumi": _instantaneous(run.delivered[0]) if run.collides else None,
        "end_lumi": _instantaneous(run.delivered[-1]) if run.collides else None,
        "components": ["DAQ", "DCS", "DQM", "PIXEL", "TCDS", "TRACKER", "TRG"],
        "l1_hlt_mode": "collisionsdemo" if run.collides else "cosmicsdemo",
    }
    return NewEvent(RunRegistered(source=SOURCE, klass=run.klass, attributes=attributes), run.run)


def _instantaneous(delivered: float) -> float:
    """The mean over a lumisection in 10^34 /cm^2/s, from /pb: 1 /pb is 10^36 /cm^2."""
    return round(delivered * 100 / SECONDS_PER_LS, 4)


def _reported(run: DemoRun) -> NewEvent:
    flags = {}
    for flag in ("cms_active", "physics_flag", *BEAM_BITS, *STRIP_BITS, *PIXEL_BITS):
        off = run.off.get(flag, run.off.get("cms_active", ()) if flag == "physics_flag" else ())
        on = _ranges(_in(run.lumis) - _in(off))
        flags[flag] = {value: lumis for value, lumis in (("true", on), ("false", off)) if lumis}
    luminosity = None
    if run.collides:
        luminosity = LuminosityReported(
            unit=UNIT,
            lumis=run.lumis,
            recorded=[f"{value:.9f}" for value in run.recorded],
            delivered=[f"{value:.9f}" for value in run.delivered],
        )
    payload = LumisectionsReported.model_validate({"source": SOURCE, "flags": flags, "luminosity": luminosity})
    return NewEvent(payload, run.run, lumis=run.lumis)


def _datasets(run: DemoRun) -> list[NewEvent]:
    names = (EXPRESS, PROMPT) if run.collides else (COSMICS,)
    return [NewEvent(DatasetRegistered(source=SOURCE), run.run, name, lumis=run.lumis) for name in names]


def _automatic(run: DemoRun) -> Iterator[NewEvent]:
    """What the rules say: a part that is not ready is STANDBY outside stable beams and BAD inside."""
    beams_off = _in(run.off.get("beam1_stable", ()))
    strip, pixel = (_in_any(run, bits) for bits in (STRIP_BITS, PIXEL_BITS))
    for component, off in zip(TRACKER_COMPONENTS, (pixel, strip, pixel | strip), strict=True):
        by_status: dict[Status, Ranges] = {
            "GOOD": _ranges(_in(run.lumis) - off),
            "BAD": _ranges(off - beams_off),
            "STANDBY": _ranges(off & beams_off),
        }
        for event in _datasets(run):
            for status, lumis in by_status.items():
                if lumis:
                    said = ComponentStatusSaid(layer=Layer.AUTOMATIC, status=status, cause=_CAUSES[status])
                    yield NewEvent(said, run.run, event.dataset, component, lumis)


_CAUSES = {"GOOD": "", "BAD": "not ready during stable beams", "STANDBY": "not ready"}


def _in_any(run: DemoRun, bits: Sequence[str]) -> set[int]:
    return set().union(*(_in(run.off.get(bit, ())) for bit in bits))


# ---- the story: what shifters and the leader did ----


def _act(name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"lumicert demo {name}")


@transaction.atomic
def seed() -> None:
    """Put the demo's data into the log, or nothing where they are there already."""
    if Event.objects.filter(act=_act("runs")).exists():
        return
    runs = made_up_runs()
    collisions = [run for run in runs if run.collides]
    events = [event for run in runs for event in (_registered(run), _reported(run), *_datasets(run))]
    append(events=events, actor=None, origin=Origin.IMPORT, act=_act("runs"))
    automatic = [event for run in runs for event in _automatic(run)]
    append(events=automatic, actor=None, origin=Origin.AUTOMATIC, act=_act("automatic"))
    _import_lists(collisions, demo_account(username="leader"))
    _decide(collisions)


def _import_lists(runs: Sequence[DemoRun], leader: User) -> None:
    ready = {run.run: _ranges(_in(run.lumis) - _in_any(run, (*BEAM_BITS, *STRIP_BITS, *PIXEL_BITS))) for run in runs}
    dcs = LumiSet.from_ranges(ready)
    # an older list: without the last fill, and with a trip that was found later
    golden = dcs.between(None, runs[-5].run) | LumiSet.from_ranges({runs[0].run: runs[0].lumis})
    for name, purpose, lumis in (("demo DCS-only list", "dcs", dcs), ("demo golden list of May", "golden", golden)):
        digest = hashlib.sha256(dumps(lumis).encode()).hexdigest()
        published = PublishedList(name, digest, lumis)
        import_list(published=published, purpose=purpose, actor=leader, act=_act(name))


def _decide(runs: Sequence[DemoRun]) -> None:
    shifter, shifter2, leader = (demo_account(username=name) for name in ("shifter", "shifter2", "leader"))
    long = [run.run for run in runs if run.length > 200]
    story: list[tuple[User, Mark]] = [
        (shifter, Mark(long[0], PROMPT, "tracker-strip", ((41, 58),), "BAD", "power supply", "PS trip of TOB")),
        (shifter, Mark(long[0], PROMPT, "tracker-track", ((41, 58),), "BAD", "power supply", "follows tracker-strip")),
        (shifter, Mark(long[1], PROMPT, "tracker-pixel", ((100, 112),), "GOOD", "", "DCS bit was late, clusters fine")),
        (shifter2, Mark(long[2], PROMPT, "tracker-pixel", ((7, 9), (88, 88)), "BAD", "readout", "FED in error")),
        (
            shifter2,
            Mark(long[3], EXPRESS, "tracker-strip", ((1, 20),), "EXCLUDED", "", "local test by the strip group"),
        ),
        (leader, Mark(long[2], PROMPT, "tracker-pixel", ((88, 88),), "GOOD", "", "one FED only, within tolerance")),
        (shifter, Mark(long[-1], PROMPT, "tracker-strip", ((150, 190),), "BAD", "noise", "noisy TEC- disk")),
    ]
    for number, (actor, wanted) in enumerate(story):
        append(events=[wanted.event()], actor=actor, origin=Origin.PERSON, act=_act(f"story {number}"))
    undo(act=_act(f"story {len(story) - 1}"), actor=shifter, reason="wrong run", by=_act("undoing"))

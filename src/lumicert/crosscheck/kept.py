"""The comparison as it is kept, so that a page of it costs the same at any size.

A worker follows the log and compares the runs that events speak of; what was seen outside is compared as it comes in.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lumicert.certification.models import Certification
from lumicert.certification.workspaces import RUN_TYPES, Workspace, workspaces
from lumicert.crosscheck import comparing, extent
from lumicert.crosscheck.comparing import CLOSED, Kind, Part, Said
from lumicert.crosscheck.models import Asked, Compared, Cursor, Seen
from lumicert.decisions import ranges
from lumicert.decisions.locks import one_at_a_time
from lumicert.decisions.models import ComponentStatus, Event, Layer
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.selectors import current_seq
from lumicert.rules.reconstruction import reconstruction_of
from lumicert.runs.models import Dataset, Run

COMPARED = "compared"
KINDS = (
    "component.status", "certification.made", "certification.withdrawn", "dataset.registered", "dataset.withdrawn",
)  # fmt: skip
EVENTS_AT_ONCE = 4000
RUNS_AT_ONCE = 500
Registry = Compared.Registry


def catch_up(seconds: float = 20.0) -> bool:
    """Compare the runs that events behind the cursor speak of; False where the time was over before the log was."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        head, cursor = current_seq(), compared_to()
        if cursor >= head:
            return True
        upto = min(head, cursor + EVENTS_AT_ONCE)
        spoken_of = Event.objects.filter(seq__gt=cursor, seq__lte=upto, kind__in=KINDS, run__isnull=False)
        compare_runs([run for run in spoken_of.values_list("run", flat=True).distinct() if run is not None])
        Cursor.objects.update_or_create(name=COMPARED, defaults={"seq": upto})
    return compared_to() >= current_seq()


def compared_to() -> int:
    """The last event that is in the comparison."""
    return Cursor.objects.filter(name=COMPARED).values_list("seq", flat=True).first() or 0


def compare_runs(runs: Collection[int]) -> None:
    """Compare everything of these runs anew."""
    wanted = sorted(runs)
    for first in range(0, len(wanted), RUNS_AT_ONCE):
        some = wanted[first : first + RUNS_AT_ONCE]
        # read under the lock: who comes second has read what the first one has not
        with one_at_a_time("crosscheck compare"):
            rows = list(_rows(_read(some)))
            Compared.objects.filter(run__in=some).delete()
            Compared.objects.bulk_create(rows)


@dataclass(slots=True)
class _Known:
    """What both registries say of some runs."""

    certified: Sequence[Certification]
    lumis: Mapping[tuple[int, str], Ranges]
    run_types: Mapping[int, str]
    last: Mapping[int, int]
    standing: Mapping[tuple[int, str], Mapping[str, Said]]
    asked: Mapping[int, datetime]
    seen: dict[tuple[int, str], Seen] = field(default_factory=dict)


def _read(runs: Sequence[int]) -> _Known:
    """Seven queries."""
    asked = Asked.objects.filter(run__in=runs, asked_at__isnull=False).values_list("run", "asked_at")
    datasets = Dataset.objects.filter(run__in=runs).values_list("run", "dataset", "lumis")
    return _Known(
        # one whose workspace's file was taken away has no components any more
        certified=list(Certification.objects.filter(run__in=runs, workspace__in=workspaces())),
        lumis={(run, name): lumis for run, name, lumis in datasets},
        run_types=dict(Run.objects.filter(run__in=runs).values_list("run", "run_type")),
        last=extent.of_runs(runs),
        standing=standing_of(runs),
        asked={run: at for run, at in asked if at is not None},
        seen={(row.run, row.dataset): row for row in Seen.objects.filter(run__in=runs)},
    )


def standing_of(runs: Sequence[int]) -> dict[tuple[int, str], dict[str, Said]]:
    """By dataset and component what the golden JSON uses: a person's word, and the automatic one below it."""
    told: dict[tuple[int, str, str], dict[str, list[tuple[str, Ranges]]]] = {}
    components = {name for each in workspaces().values() for name in each.components}
    rows = ComponentStatus.objects.filter(run__in=runs, component__in=components)
    for run, dataset, component, layer, status, lumis in rows.values_list(
        "run", "dataset", "component", "layer", "status", "lumis"
    ):
        told.setdefault((run, dataset, component), {}).setdefault(layer, []).append((status, lumis))
    found: dict[tuple[int, str], dict[str, Said]] = {}
    for (run, dataset, component), layers in told.items():
        found.setdefault((run, dataset), {})[component] = _counting(layers)
    return found


def _counting(layers: Mapping[str, list[tuple[str, Ranges]]]) -> Said:
    by_person = layers.get(Layer.PERSON, [])
    above = ranges.union(*(lumis for _, lumis in by_person))
    below = [(status, ranges.difference(lumis, above)) for status, lumis in layers.get(Layer.AUTOMATIC, [])]
    return comparing.normalised([*by_person, *below])


def _rows(known: _Known) -> Iterator[Compared]:
    certified: set[tuple[int, str, str]] = set()
    for of in known.certified:
        certified.add((of.run, of.workspace, of.reconstruction))
        yield _against_log(of, known)
        yield _against_outside(of, known)
    for seen in known.seen.values():
        yield from _not_ours(seen, certified, known)


def _against_log(of: Certification, known: _Known) -> Compared:
    there = known.standing.get((of.run, of.dataset), {})
    parts = _parts(of, known.lumis.get((of.run, of.dataset), ()), there)
    kind = comparing.kind_of(parts, seen=True, there=(of.run, of.dataset) in known.lumis)
    return _row(Registry.OURS, of, parts, kind)


def _against_outside(of: Certification, known: _Known) -> Compared:
    seen = known.seen.get((of.run, of.dataset))
    told = seen.stretches if seen else {}
    last = known.last.get(of.run)
    there = {name: extent.said_within(comparing.of_stretches(rows), last) for name, rows in told.items()}
    parts = _parts(of, extent.within(known.lumis.get((of.run, of.dataset), ()), last), there)
    state = seen.states.get(of.workspace, "") if seen else ""
    asked_at = known.asked.get(of.run)
    kind = comparing.kind_of(parts, seen=asked_at is not None, there=seen is not None, state=state)
    return _row(Registry.OUTSIDE, of, parts, kind, state=state, seen_at=seen.fetched_at if seen else asked_at)


def _parts(of: Certification, lumis: Ranges, there: Mapping[str, Said]) -> list[Part]:
    left = {part.key: of.left.get(part.key, ()) for part, _ in of.words}
    return [
        Part(
            part.key, part.label, part.component, comparing.said_by(word, lumis, left[part.key]),
            comparing.but(there.get(part.component, {}), left[part.key]), word.low_statistics,
        )
        for part, word in of.words
    ]  # fmt: skip


def _row(
    registry: Registry,
    of: Certification,
    parts: Sequence[Part],
    kind: Kind,
    *,
    state: str = "",
    seen_at: datetime | None = None,
) -> Compared:
    return Compared(
        registry=registry,
        run=of.run,
        workspace=of.workspace,
        reconstruction=of.reconstruction,
        dataset=of.dataset,
        run_type=of.run_type,
        date=of.date,
        kind=kind,
        state=state,
        parts=[comparing.as_json(part) for part in parts],
        differing=[part.key for part in parts if part.difference.lumis] if kind in (Kind.DIFFERS, Kind.CLOSED) else [],
        seq=of.seq,
        seen_at=seen_at,
    )


def _not_ours(seen: Seen, certified: Collection[tuple[int, str, str]], known: _Known) -> Iterator[Compared]:
    """What was closed there, which somebody has certified there, and nobody here."""
    reconstruction = reconstruction_of(seen.dataset)
    for of in workspaces().values():
        state = seen.states.get(of.name, "")
        if reconstruction and state in CLOSED and (seen.run, of.name, reconstruction) not in certified:
            yield Compared(
                registry=Registry.OUTSIDE,
                run=seen.run,
                workspace=of.name,
                reconstruction=reconstruction,
                dataset=seen.dataset,
                run_type=known.run_types.get(seen.run) or _type_by_name(seen),
                kind=Kind.NOT_OURS,
                state=state,
                parts=_counted(of, seen),
                differing=[],
                seen_at=seen.fetched_at,
            )


def _type_by_name(seen: Seen) -> str:
    # rule of CertHelper, where the run is not known here
    named = f"{seen.klass} {seen.dataset}".casefold()
    return next((run_type for run_type in RUN_TYPES if run_type.removesuffix("s") in named), "")


def _counted(of: Workspace, seen: Seen) -> list[dict[str, object]]:
    """Of a dataset that nobody certified here only numbers were asked for."""
    return [
        {
            "key": part.key,
            "label": part.label,
            "component": part.component,
            "counts": {status: number for status, number in seen.counts.get(part.component, {}).items() if number},
        }
        for part in of.parts
    ]

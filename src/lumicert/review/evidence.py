"""What speaks for a certification, or against it: the run as it is known now, its high voltage, its counterpart.

High voltage is *on* in a lumisection where every partition of the subdetector reports ready; where one of them was not
reported, nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from lumicert.certification.comparing import COUNTERPARTS, FACTS, Difference, differences
from lumicert.certification.events import CertificationMade
from lumicert.certification.models import Certification
from lumicert.certification.selectors import is_reference, live_of
from lumicert.certification.workspaces import Workspace
from lumicert.decisions.ranges import Ranges
from lumicert.runs.amounts import in_pb
from lumicert.runs.models import Fill, Run
from lumicert.runs.selectors import datasets_of_run, flags_of_run
from lumicert.sources.oms import links

PARTITIONS: Mapping[str, tuple[str, ...]] = {
    "pixel": ("bpix_ready", "fpix_ready"),
    "strip": ("tibtid_ready", "tob_ready", "tecp_ready", "tecm_ready"),
}
_UNITS = {"b_field": "T", "energy": "GeV", "recorded": "pb⁻¹"}
_LABELS = {**FACTS, "energy": "energy", "fill": "fill", "start_time": "start", "hlt_key": "HLT key"}


@dataclass(frozen=True, slots=True)
class HighVoltage:
    """In how many lumisections of the dataset the high voltage of a part was on, and in how many that is known."""

    part: str
    on: int
    known: int
    total: int

    @property
    def percent(self) -> str | None:
        """Of those that are known; None where nothing is."""
        return f"{100 * self.on / self.known:.1f}" if self.known else None


@dataclass(frozen=True, slots=True)
class Fact:
    """One value as the form showed it, and as it is known now; None where nobody knew."""

    label: str
    unit: str
    then: str | None
    now: str | None

    @property
    def came_later(self) -> bool:
        return self.then is None and self.now is not None

    @property
    def changed(self) -> bool:
        return self.then is not None and self.now is not None and self.then != self.now


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of it, for one version of a certification."""

    run: Run | None
    fill: Fill | None
    facts: list[Fact]
    voltage: list[HighVoltage]
    counterpart: Certification | None
    differences: list[Difference]
    reference: Certification | None
    reference_stands: bool
    links: list[tuple[str, str]]

    @property
    def still_missing(self) -> list[Fact]:
        return [fact for fact in self.facts if fact.now is None]


def evidence_for(run: int, said: CertificationMade, dataset: str, of: Workspace) -> Evidence:
    """What is known now beside what was said: at most ten queries."""
    row = Run.objects.filter(run=run).first()
    fill = Fill.objects.filter(fill=row.fill).first() if row and row.fill is not None else None
    found = [each for each in datasets_of_run(run) if each.dataset == dataset]
    lumis: Ranges = found[0].lumis if found else ()
    other_name = COUNTERPARTS.get(said.reconstruction)
    other = live_of(run, of.name, other_name) if other_name else None
    named = found[0].in_gui if found else ()
    reference = said.reference
    return Evidence(
        run=row,
        fill=fill,
        facts=_facts(said, row),
        voltage=_voltage(run, lumis) if of.name == "tracker" else [],
        counterpart=other,
        differences=_differences(said, other, of),
        reference=live_of(reference.run, of.name, reference.reconstruction) if reference else None,
        reference_stands=reference is not None and is_reference(reference.run, of.name, reference.reconstruction),
        links=_links(run, dataset, named[0] if named else ""),
    )


def _differences(said: CertificationMade, other: Certification | None, of: Workspace) -> list[Difference]:
    if other is None:
        return []
    return differences(
        words=said.parts,
        facts=said.facts,
        other_words={part.key: word for part, word in other.words},
        other_facts=other.rest.get("facts", {}),
        labels={part.key: part.label for part in of.parts},
    )


def _facts(said: CertificationMade, row: Run | None) -> list[Fact]:
    now = _now(row)
    # an import keeps what it needs of its own beside them
    names = dict.fromkeys([*(name for name in said.facts if name in _LABELS), *said.missing])
    # a run of cosmics has no fill and no energy to miss
    wanted = [
        name for name in names if name in said.missing or said.facts.get(name) is not None or now.get(name) is not None
    ]
    return [
        Fact(_LABELS.get(name, name), _UNITS.get(name, ""), _text(said.facts.get(name)), _text(now.get(name)))
        for name in wanted
    ]


def _text(value: JsonValue) -> str | None:
    return None if value in (None, "") else str(value)


def _now(row: Run | None) -> dict[str, JsonValue]:
    if row is None:
        return {}
    recorded = None if row.recorded is None else str(in_pb(row.recorded).normalize())
    return {
        "run_type": row.run_type, "b_field": row.b_field, "fill_type": row.fill_type_runtime, "n_ls": row.n_ls,
        "recorded": recorded, "energy": row.energy, "fill": row.fill, "hlt_key": row.hlt_key,
        "start_time": row.start_time.isoformat() if row.start_time else None,
    }  # fmt: skip


def _members(ranges: Iterable[tuple[int, int]]) -> set[int]:
    return {ls for first, last in ranges for ls in range(first, last + 1)}


def _voltage(run: int, lumis: Ranges) -> list[HighVoltage]:
    wanted = _members(lumis)
    states = {
        flag: {value: _members(lumis) for value, lumis in values.items()} for flag, values in flags_of_run(run).items()
    }
    found = []
    for part, flags in PARTITIONS.items():
        on = set.intersection(wanted, *(states.get(flag, {}).get("true", set()) for flag in flags))
        known = [states.get(flag, {}).get("true", set()) | states.get(flag, {}).get("false", set()) for flag in flags]
        found.append(HighVoltage(part, len(on), len(set.intersection(wanted, *known)), len(wanted)))
    return found


def _links(run: int, dataset: str, in_gui: str) -> list[tuple[str, str]]:
    dqm = links.run_in_online_dqm(run) if dataset == "online" else links.run_in_offline_dqm(run, in_gui)
    # Run Registry has no address for one run, so the link leads to the table
    return [("OMS", links.run_in_oms(run)), ("Run Registry", links.run_registry_runs()), ("DQM GUI", dqm)]

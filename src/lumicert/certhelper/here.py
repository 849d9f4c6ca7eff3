"""What the log here says already of certifications, reference runs, datasets and statuses: a few queries a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from lumicert.decisions import ranges
from lumicert.decisions.models import ComponentStatus, Event, Layer, Origin
from lumicert.decisions.projections import PAYLOAD
from lumicert.decisions.ranges import Ranges
from lumicert.runs.models import Dataset, Run

RECORD = "CertHelper record"
"""The fact of a certification in which the digest of its row in the original lies."""

Key = tuple[int, str]
"""A run and its reconstruction."""


@dataclass(slots=True)
class Said:
    """What was said last of a run in one reconstruction; `record` and `act` are those of its last certification."""

    seq: int
    kind: str
    origin: str
    by: str
    dataset: str = ""
    record: str = ""
    act: UUID | None = None

    @property
    def is_imported(self) -> bool:
        """Whether nobody here has changed it since."""
        return self.origin == Origin.IMPORT and bool(self.record)


@dataclass(frozen=True, slots=True)
class Standing:
    """A status of the layer of people that stands; `act` is None where it is a person's here."""

    dataset: str
    component: str
    lumis: Ranges
    act: UUID | None


@dataclass(slots=True)
class Known:
    """A run as it is known here."""

    run_type: str = ""
    n_ls: int | None = None
    datasets: dict[str, Ranges] = field(default_factory=dict)
    standing: list[Standing] = field(default_factory=list)

    def of_people(self, dataset: str, component: str) -> Ranges:
        """The lumisections of a component of which a person here has spoken."""
        spoken = [each.lumis for each in self.standing if (each.dataset, each.component) == (dataset, component)
                  and each.act is None]  # fmt: skip
        return ranges.union(*spoken)

    def of_act(self, act: UUID | None, dataset: str) -> list[Standing]:
        """What stands by an earlier import of the certification."""
        return [each for each in self.standing if act is not None and (each.act, each.dataset) == (act, dataset)]


_SAID = f"""
    SELECT run, payload->>'reconstruction', seq, kind, origin, actor_name, dataset,
        payload->'facts'->>'{RECORD}', act
    FROM (SELECT run, seq, kind, origin, actor_name, dataset, act, {PAYLOAD} AS payload FROM decisions_event
        WHERE run = ANY(%s) AND kind = ANY(%s)) events
    WHERE payload->>'workspace' = 'tracker' ORDER BY seq"""  # noqa: S608  (names are ours)


def certifications(runs: Sequence[int]) -> dict[Key, Said]:
    """What was said last of the certifications of these runs."""
    return _said(runs, ["certification.made", "certification.withdrawn"])


def references(runs: Sequence[int]) -> dict[Key, Said]:
    """What was said last of these runs as reference runs."""
    return _said(runs, ["reference.promoted", "reference.demoted"])


def _said(runs: Sequence[int], kinds: list[str]) -> dict[Key, Said]:
    found: dict[Key, Said] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SAID, [list(runs), kinds])
        for run, reconstruction, seq, kind, origin, by, dataset, record, act in cursor.fetchall():
            before = found.get((run, reconstruction))
            now = Said(seq, kind, origin, by, dataset or "", record or "", act)
            if kind == "certification.withdrawn" and before is not None:
                # it says nothing of what was certified
                now.record, now.act = before.record, before.act
            found[run, reconstruction] = now
    return found


def runs(numbers: Sequence[int]) -> dict[int, Known]:
    """These runs, with their datasets and with the statuses that people's words gave."""
    found = {number: Known() for number in numbers}
    for run, run_type, n_ls in Run.objects.filter(run__in=numbers).values_list("run", "run_type", "n_ls"):
        found[run].run_type, found[run].n_ls = run_type, n_ls
    for each in Dataset.objects.filter(run__in=numbers).defer("states", "in_gui"):
        found[each.run].datasets[each.dataset] = each.lumis
    statuses = list(ComponentStatus.objects.filter(run__in=numbers, layer=Layer.PERSON))
    spoken = Event.objects.filter(seq__in=[each.seq for each in statuses]).values_list("seq", "origin", "act")
    # an import's word in the layer of people may be replaced by its next one, a person's may not
    acts = {seq: act if origin == Origin.IMPORT else None for seq, origin, act in spoken}
    for status in statuses:
        act = acts[status.seq]
        found[status.run].standing.append(Standing(status.dataset, status.component, status.lumis, act))
    return found

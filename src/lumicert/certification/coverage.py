"""How far certification has come: runs against reconstructions, each cell open, claimed, good, bad or without dataset.

An express and a prompt verdict that contradict each other *differ*. A run of which a reconstruction has no dataset is
*missing* there: it has not been reconstructed yet, or not been registered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.db.models import Q
from django.utils import timezone

from lumicert.certification.claims import LEFT_AFTER
from lumicert.certification.comparing import CentralCheck, central_check
from lumicert.certification.events import RECONSTRUCTIONS
from lumicert.certification.models import Certification, Claim
from lumicert.rules.reconstruction import Reconstruction, reconstruction_of
from lumicert.runs.models import Dataset, Run
from lumicert.runs.selectors import dataset_names
from lumicert.shell.pages import Place, place_of

State = Literal["good", "bad", "claimed", "open", "missing"]
STATES: tuple[State, ...] = ("good", "bad", "claimed", "open", "missing")
ROWS_A_PAGE = 100
# totals are of so many runs at most: two years of data-taking
MOST_RUNS = 2500
ALWAYS: tuple[Reconstruction, ...] = ("express", "prompt", "rereco", "rerecoul")


@dataclass(frozen=True, slots=True)
class Cell:
    """A run in one reconstruction. `who` is its shifter, or who is on it now."""

    reconstruction: str
    state: State
    who: str = ""
    dataset: str = ""
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A run with a cell for each reconstruction; recorded luminosity in whole inverse barns."""

    run: int
    klass: str
    run_type: str
    n_ls: int | None
    recorded: int | None
    cells: list[Cell]


@dataclass(slots=True)
class Total:
    """How many runs are in a state, and their luminosity in whole inverse barns as far as it is known."""

    runs: int = 0
    recorded: int = 0


@dataclass(frozen=True, slots=True)
class Coverage:
    """A page of the matrix, and the totals of all runs that pass: by reconstruction and state."""

    columns: Sequence[str]
    rows: list[Row]
    totals: dict[str, dict[State, Total]]
    differing: Total
    cut: bool
    place: Place


@dataclass(slots=True)
class _Known:
    """What is known of all runs that pass."""

    datasets: Mapping[int, Mapping[str, str]]
    certified: dict[tuple[int, str], tuple[str, str]] = field(default_factory=dict)
    claimed: dict[tuple[int, str], str] = field(default_factory=dict)


def coverage(*, workspace: str, conditions: Q, page: int = 1) -> Coverage:
    """The runs that fulfil the conditions, newest first: five queries."""
    found = Run.objects.filter(conditions).order_by("-run").values_list("run", "klass", "run_type", "n_ls", "recorded")
    chosen = list(found[: MOST_RUNS + 1])
    cut, chosen = len(chosen) > MOST_RUNS, chosen[:MOST_RUNS]
    told = {name: reconstruction_of(name) for name in dataset_names()}
    known = _known([row[0] for row in chosen], workspace, told)
    columns = _columns(known)
    rows = [
        Row(run, klass, run_type, n_ls, recorded, _cells(run, columns, known))
        for run, klass, run_type, n_ls, recorded in chosen
    ]
    place = place_of(page, found=len(rows), size=ROWS_A_PAGE)
    return Coverage(
        columns=columns,
        rows=rows[place.rows],
        totals=_totals(rows, columns),
        differing=_sum(row for row in rows if any(cell.differs for cell in row.cells)),
        cut=cut,
        place=place,
    )


def cells_of(runs: Sequence[int], *, workspace: str) -> dict[int, list[Cell]]:
    """How far those of the runs are that are known, by run: four queries."""
    chosen = list(Run.objects.filter(run__in=runs).order_by("-run").values_list("run", flat=True))
    known = _known(chosen, workspace, {})
    columns = _columns(known)
    return {run: _cells(run, columns, known) for run in chosen}


def _known(runs: Sequence[int], workspace: str, told: Mapping[str, Reconstruction | None]) -> _Known:
    """Datasets, certifications and claims of runs, newest first; `told` spares naming a dataset's reconstruction."""
    if not runs:
        return _Known({})
    # a range is cheaper to look for than thousands of numbers, and what lies between is left out
    among, within = set(runs), {"run__range": (runs[-1], runs[0])}
    datasets: dict[int, dict[str, str]] = {}
    for run, name in Dataset.objects.filter(**within).order_by("run", "-dataset").values_list("run", "dataset"):
        if run in among and (reconstruction := told.get(name) or reconstruction_of(name)):
            # the first by name stands for all, as in the form
            datasets.setdefault(run, {})[reconstruction] = name
    known = _Known(datasets)
    made = Certification.objects.filter(workspace=workspace, **within)
    for run, name, verdict, shifter in made.values_list("run", "reconstruction", "verdict", "shifter"):
        known.certified[run, name] = verdict, shifter
    fresh = Claim.objects.filter(workspace=workspace, seen_at__gt=timezone.now() - LEFT_AFTER, **within)
    for run, name, who in fresh.values_list("run", "reconstruction", "user__username"):
        known.claimed[run, name] = who
    return known


def _columns(known: _Known) -> list[str]:
    """Online only where somebody certified it: nearly every run has such a dataset, and few are certified in it."""
    online = any(reconstruction == "online" for _, reconstruction in known.certified)
    return [name for name in RECONSTRUCTIONS if name in ALWAYS or online]


def _cells(run: int, columns: Sequence[str], known: _Known) -> list[Cell]:
    verdicts = {name: known.certified[run, name][0] for name in columns if (run, name) in known.certified}
    differs = len({verdicts[name] for name in ("express", "prompt") if name in verdicts}) > 1
    return [_cell(run, name, known, differs=differs and name in ("express", "prompt")) for name in columns]


def _cell(run: int, name: str, known: _Known, *, differs: bool) -> Cell:
    dataset = known.datasets.get(run, {}).get(name, "")
    if found := known.certified.get((run, name)):
        verdict, shifter = found
        return Cell(name, "good" if verdict == "good" else "bad", shifter, dataset, differs)
    if who := known.claimed.get((run, name)):
        return Cell(name, "claimed", who, dataset)
    return Cell(name, "open" if dataset else "missing", "", dataset)


def _totals(rows: Sequence[Row], columns: Sequence[str]) -> dict[str, dict[State, Total]]:
    totals: dict[str, dict[State, Total]] = {name: {state: Total() for state in STATES} for name in columns}
    for row in rows:
        for cell in row.cells:
            total = totals[cell.reconstruction][cell.state]
            total.runs += 1
            total.recorded += row.recorded or 0
    return totals


def _sum(rows: Iterable[Row]) -> Total:
    total = Total()
    for row in rows:
        total.runs += 1
        total.recorded += row.recorded or 0
    return total


def check_runs(runs: Sequence[int], *, workspace: str) -> tuple[dict[str, CentralCheck], list[int]]:
    """What a list of runs for central certification comes to: one query."""
    return central_check(runs, Certification.objects.filter(workspace=workspace, run__in=runs).defer("rest", "parts"))

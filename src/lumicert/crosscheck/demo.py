"""What the simulated Run Registry of the demo says of the demo's own runs, which its world does not have.

It says what the log says, but for a few express datasets: two that somebody there saw otherwise, one of them signed off
since; one that never arrived there; and those of short runs, which are signed off there and not certified here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lumicert.certification.demo import COLLISIONS, COSMICS, SHORTEST
from lumicert.certification.workspaces import workspace
from lumicert.crosscheck.kept import standing_of
from lumicert.runs.models import Dataset, Run

WORKSPACE = "tracker"
EXPRESS = f"/Express/{COLLISIONS}/DQM"
# by the place among the collision runs: component; first and last LS, status, comment
OTHERWISE = {
    4: ("tracker-pixel", (37, 41, "BAD", "hole in the occupancy")),
    7: ("tracker-strip", (5, 60, "BAD", "too few hits on track")),
}
SIGNED_OFF, NEVER_ARRIVED = 7, 11
Told = dict[str, list[tuple[int, int, str, str]]]


def runs_there() -> list[dict[str, Any]]:
    """The demo's runs as `lumicert.sandbox.past` reads them."""
    runs = list(Run.objects.filter(klass__in=(COLLISIONS, COSMICS), start_time__isnull=False).order_by("run"))
    told = _as_here([run.run for run in runs])
    collisions = [run for run in runs if EXPRESS in told[run.run]]
    closed = {run.run for place, run in enumerate(collisions) if place == SIGNED_OFF or (run.n_ls or 0) < SHORTEST}
    for place, run in enumerate(collisions):
        if place in OTHERWISE:
            component, span = OTHERWISE[place]
            told[run.run][EXPRESS][component].append(span)
        if place == NEVER_ARRIVED:
            del told[run.run][EXPRESS]
    return [
        {
            "run": run.run,
            "class": run.klass,
            "start": str(run.start_time),
            "end": str(run.end_time or run.start_time),
            "datasets": [
                {
                    "name": name,
                    "state": "SIGNOFF" if name == EXPRESS and run.run in closed else "OPEN",
                    "components": components,
                }
                for name, components in told[run.run].items()
            ],
        }
        for run in runs
    ]


def _as_here(runs: Sequence[int]) -> dict[int, dict[str, Told]]:
    """By run and dataset what the log says of each component."""
    standing = standing_of(runs)
    told: dict[int, dict[str, Told]] = {run: {} for run in runs}
    datasets = Dataset.objects.filter(run__in=runs).exclude(dataset="online").order_by("dataset")
    for run, name in datasets.values_list("run", "dataset"):
        said = standing.get((run, name), {})
        told[run][name] = {
            component: sorted(
                (first, last, status, "") for status, lumis in said.get(component, {}).items() for first, last in lumis
            )
            for component in workspace(WORKSPACE).components
        }
    return told

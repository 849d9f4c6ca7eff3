"""The lumisections of datasets in which the registry outside is compared with, and that are written there.

OMS lists lumisections of a run until the next run begins, and datasets here have them all. Those behind the run's last
one are no part of it: what is said of them on one side only is no difference.
"""

from __future__ import annotations

from collections.abc import Collection

from lumicert.crosscheck.comparing import Said
from lumicert.decisions.ranges import Ranges, overlap
from lumicert.runs.models import Dataset, Run


def of_datasets(runs: Collection[int]) -> dict[tuple[int, str], Ranges]:
    """By run and dataset its lumisections that are of the run: two queries."""
    last = of_runs(runs)
    datasets = Dataset.objects.filter(run__in=runs).values_list("run", "dataset", "lumis")
    return {(run, name): within(lumis, last.get(run)) for run, name, lumis in datasets}


def of_runs(runs: Collection[int]) -> dict[int, int]:
    """The last lumisection of runs, where it is known."""
    known = Run.objects.filter(run__in=runs, n_ls__gt=0).values_list("run", "n_ls")
    return {run: n_ls for run, n_ls in known if n_ls is not None}


def within(lumis: Ranges, last: int | None) -> Ranges:
    """The lumisections that are not behind `last`; all of them where that is not known."""
    return lumis if last is None else overlap(lumis, ((1, last),))


def said_within(said: Said, last: int | None) -> Said:
    """What is said of these."""
    return {status: kept for status, lumis in said.items() if (kept := within(lumis, last))}

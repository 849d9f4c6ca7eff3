"""What the tests of this room share: random sets beside their slow, obvious model, a Python set of (run, ls).

The model of an open-ended range is every LS up to `HORIZON`, and `BEYOND` for all the rest.
"""

import os

from hypothesis import settings
from hypothesis import strategies as st

from lumicert.lumi import MAX_LS, MAX_RUN, LumiSet

Pairs = set[tuple[int, int]]

HORIZON = 9
BEYOND = MAX_LS
UNIVERSE_RUNS = (1, 2, 3, MAX_RUN)

# A nightly run asks for more: LAW_EXAMPLES=10000 pytest src/lumicert/lumi
law = settings(max_examples=int(os.environ.get("LAW_EXAMPLES", "60")))

run_numbers = st.sampled_from(UNIVERSE_RUNS)
ls_numbers = st.integers(1, HORIZON)
closed_ranges = st.tuples(ls_numbers, ls_numbers).map(lambda ends: (min(ends), max(ends)))
open_ranges = st.tuples(ls_numbers, st.none())
ranges_by_run = st.dictionaries(run_numbers, st.lists(st.one_of(closed_ranges, closed_ranges, open_ranges), max_size=5))
closed_by_run = st.dictionaries(run_numbers, st.lists(closed_ranges, max_size=5))

lumi_sets = ranges_by_run.map(LumiSet.from_ranges)
closed_sets = closed_by_run.map(LumiSet.from_ranges)
pairs = st.sets(st.tuples(run_numbers, ls_numbers))


def model_of_ranges(by_run: dict[int, list[tuple[int, int | None]]]) -> Pairs:
    """The pairs of ranges as given, without any of our code."""
    model: Pairs = set()
    for run, ranges in by_run.items():
        for first, last in ranges:
            model |= {(run, ls) for ls in range(first, (HORIZON if last is None else last) + 1)}
            if last is None:
                model.add((run, BEYOND))
    return model


def model(lumis: LumiSet) -> Pairs:
    """The pairs of a set, asked one by one."""
    places = [(run, ls) for run in UNIVERSE_RUNS for ls in (*range(1, HORIZON + 1), BEYOND)]
    return {(run, ls) for run, ls in places if lumis.contains(run, ls)}


def everything() -> LumiSet:
    """All that these strategies can make."""
    return LumiSet.from_ranges({run: [(1, None)] for run in UNIVERSE_RUNS})

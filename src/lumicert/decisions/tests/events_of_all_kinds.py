"""Hypothesis strategies for events of every kind that feeds a projection, whichever room brings it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from lumicert.decisions.kinds import NewEvent, kind_named
from lumicert.decisions.models import Layer
from lumicert.decisions.tests.build import DATASET, said

runs = st.integers(1, 3)
ranges = st.tuples(st.integers(1, 9), st.integers(0, 5)).map(lambda pair: (pair[0], sum(pair)))
statuses = st.builds(
    lambda status, lumis, run, component, layer, comment: said(
        status, *lumis, run=run, component=component, layer=layer, comment=comment
    ),
    st.sampled_from(["GOOD", "BAD", "STANDBY", "EXCLUDED", "NOTSET", None]),
    st.lists(ranges, min_size=1, max_size=3),
    runs,
    st.sampled_from(["tracker-pixel", "dt-dt"]),
    st.sampled_from(list(Layer)),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
)


def of_kind(
    kind: str, /, *, run: int | None = None, dataset: str | None = None, over: Any = None, **payload: Any
) -> NewEvent:
    """An event of a kind that a room above may have brought."""
    return NewEvent(kind_named(kind).payload(**payload), run, dataset, lumis=over)


def _flags(value: str, first: int, last: int) -> dict[str, Any]:
    numbers = range(first, last + 1)
    luminosity = {
        "unit": "/ub",
        "lumis": [(first, last)],
        "recorded": [f"{ls}.25" for ls in numbers],
        "delivered": [f"{ls + 1}" for ls in numbers],
    }
    return {
        "source": "oms",
        "flags": {"cms_active": {value: [(first, last)]}},
        "labels": {"prescale_name": {f"column {value}": [(first, last)]}},
        "series": {"pileup": {"lumis": [(first, last)], "values": [f"{ls}.5" for ls in numbers]}},
        "luminosity": luminosity if value == "true" else None,
    }


NAMES = ["recorded_lumi", "hlt_key", "end_time", "components"]
VALUES = [None, 8.25, 7, True, "2022-07-05T12:00:00Z", "/cdaq/physics", ["DAQ", "DT"]]
UNITS = ["pb^{-1}", "{\\mu}b^{-1}", "of nobody"]
values_said = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES), min_size=1, max_size=3)
units_said = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(UNITS), max_size=2)


def _reported(thing: str) -> st.SearchStrategy[NewEvent]:
    return st.builds(
        lambda number, values, units, rejected, state: of_kind(
            f"{thing}.reported",
            **({"run": number} if thing == "run" else {"fill": number}),
            source="OMS",
            fetched_at="2026-11-21T12:00:00Z",
            state=state,
            attributes=values,
            units=units,
            rejected=dict.fromkeys(rejected - values.keys(), "cannot be"),
        ),
        runs,
        values_said,
        units_said,
        st.sets(st.sampled_from(NAMES), max_size=2),
        st.sampled_from(["going", "ended", "final"]),
    )


def _typed(thing: str) -> st.SearchStrategy[NewEvent]:
    return st.builds(
        lambda number, values, units, released: of_kind(
            f"{thing}.typed",
            **({"run": number} if thing == "run" else {"fill": number}),
            values=values,
            units=units,
            released=sorted(released - values.keys()),
        ),
        runs,
        values_said,
        units_said,
        st.sets(st.sampled_from(NAMES), max_size=2),
    )


taken_in = st.one_of(
    _reported("run"),
    _reported("fill"),
    _typed("run"),
    _typed("fill"),
    st.builds(
        lambda run, klass: of_kind(
            "run.classified", run=run, values={"class": klass, "significant": True}, versions={}
        ),
        runs,
        st.sampled_from(["Collisions22", "Cosmics22", ""]),
    ),
    st.builds(
        lambda name, first: of_kind(
            "era.reported", name=name, first_run=first, source="OMS", attributes={"start_run": first, "end_run": None}
        ),
        st.sampled_from(["2022C", "MWGR"]),
        st.one_of(st.none(), runs),
    ),
)


registered = st.one_of(
    st.builds(
        lambda run, energy: of_kind("run.registered", run=run, source="oms", attributes={"energy": energy}),
        runs,
        st.one_of(st.none(), st.integers(0, 7000), st.sampled_from([1.0, 6.5])),
    ),
    st.builds(lambda run: of_kind("run.withdrawn", run=run), runs),
    st.builds(
        lambda run, lumis: of_kind("dataset.registered", run=run, dataset=DATASET, over=(lumis,), source="x"),
        runs,
        ranges,
    ),
    st.builds(lambda run: of_kind("dataset.withdrawn", run=run, dataset=DATASET), runs),
    st.builds(
        lambda run, value, lumis: of_kind("lumisections.reported", run=run, over=(lumis,), **_flags(value, *lumis)),
        runs,
        st.sampled_from(["true", "false", "null"]),
        ranges,
    ),
    st.builds(
        lambda name, n_ls: of_kind(
            "list.imported", name=name, purpose="dcs", sha256="ab", n_runs=1, n_ls=n_ls, lumis={"1": [(1, n_ls)]}
        ),
        st.sampled_from(["golden", "dcs"]),
        st.integers(1, 5),
    ),
    st.builds(lambda name: of_kind("list.withdrawn", name=name), st.sampled_from(["golden", "dcs"])),
    st.builds(
        lambda version: of_kind("policy.saved", name="p", version=version, rule='{"==": [1, 1]}'), st.integers(1, 2)
    ),
)

acts = st.lists(
    st.lists(st.one_of(statuses, statuses, registered, taken_in), min_size=1, max_size=5), min_size=1, max_size=6
)

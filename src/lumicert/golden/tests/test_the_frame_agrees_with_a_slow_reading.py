"""What a policy sees of the log, held against a reading one lumisection at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lumicert.accounts.models import User
from lumicert.decisions.ranges import canonical
from lumicert.golden import selectors
from lumicert.golden.tests.world import DATASET, policy, register, report, say
from lumicert.lumi import LumiSet
from lumicert.policy import UNKNOWN
from lumicert.policy.values import Value

pytestmark = pytest.mark.django_db

RUNS = (315257, 315259, 315270)
COMPONENTS = ("tracker-pixel", "tracker-strip")
STATUSES = ("GOOD", "BAD", "STANDBY", "NOTSET", None)
LAST = 24

lumis = st.lists(
    st.tuples(st.integers(1, LAST), st.integers(1, LAST)).map(lambda pair: (min(pair), max(pair))),
    min_size=1,
    max_size=3,
).map(canonical)
words = st.tuples(st.sampled_from(RUNS), st.sampled_from(COMPONENTS), st.sampled_from(STATUSES), lumis, st.booleans())
slow = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@contextmanager
def forgotten() -> Iterator[None]:
    """What is written inside is rolled back, so that each example starts with an empty log."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass
class Oracle:
    """Per lumisection and layer the last word, in plain dictionaries."""

    there: dict[int, set[int]] = field(default_factory=dict)
    said: dict[tuple[int, str, bool, int], str | None] = field(default_factory=dict)

    def word(self, run: int, component: str, ls: int) -> Value:
        for person in (True, False):
            status = self.said.get((run, component, person, ls))
            if status is not None:
                return status
        return UNKNOWN


def numbers(ranges: tuple[tuple[int, int], ...]) -> list[int]:
    return [ls for first, last in ranges for ls in range(first, last + 1)]


@slow
@given(
    datasets=st.dictionaries(st.sampled_from(RUNS), lumis, min_size=1),
    history=st.lists(words, max_size=12),
    cut=st.integers(0, 12),
)
def test_every_status_of_every_lumisection_is_the_last_word_of_the_highest_layer(
    shifter: User, datasets: dict, history: list, cut: int
) -> None:
    with forgotten():
        oracle, seq = Oracle(), 0
        for run, ranges in datasets.items():
            seq = register(run, ranges).last
            oracle.there[run] = set(numbers(ranges))
        for index, (run, component, status, ranges, person) in enumerate(history):
            act = say(run, component, status, ranges, by=shifter if person else None)
            if index < cut:
                seq = act.last
                oracle.said |= {(run, component, person, ls): status for ls in numbers(ranges)}
        golden = selectors.build(
            policy=policy({"and": [{"var": f"lumisection.rr.{c}"} for c in COMPONENTS]}), dataset=DATASET, at=seq
        )
        universe = golden.universe
        rows = list(zip(universe.run.tolist(), universe.ls.tolist(), strict=True))
        assert rows == [(run, ls) for run in sorted(oracle.there) for ls in sorted(oracle.there[run])]
        for component in COMPONENTS:
            column = golden.frame.column(f"lumisection.rr.{component}")
            assert [column.value(row) for row in range(len(rows))] == [
                oracle.word(run, component, ls) for run, ls in rows
            ]


@slow
@given(reported=lumis, true=lumis, null=lumis)
def test_a_flag_is_true_false_null_or_unknown_as_the_source_reported(reported: tuple, true: tuple, null: tuple) -> None:
    there = set(numbers(reported))
    trues = sorted(there & set(numbers(true)))
    nulls = sorted((there & set(numbers(null))) - set(trues))
    rest = sorted(there - set(trues) - set(nulls))
    flags = {
        value: canonical((ls, ls) for ls in lss)
        for value, lss in (("true", trues), ("null", nulls), ("false", rest))
        if lss
    }
    with forgotten():
        register(RUNS[0], ((1, LAST),))
        report(RUNS[0], reported, {"cms_active": flags})
        golden = selectors.build(policy=policy({"var": "lumisection.oms.cms_active"}), dataset=DATASET)
        column = golden.frame.column("lumisection.oms.cms_active")
        wanted = [
            True if ls in trues else None if ls in nulls else False if ls in there else UNKNOWN
            for ls in range(1, LAST + 1)
        ]
        assert [column.value(row) for row in range(LAST)] == wanted


def test_attributes_of_runs_and_datasets_are_seen_and_what_is_absent_is_unknown() -> None:
    register(1, ((1, 2),), energy=6500, components=["PIXEL", "DAQ"])
    register(2, ((1, 1),), energy=None)
    names = [
        "run.oms.energy",
        "run.oms.pixel_included",
        "run.oms.dt_included",
        "run.oms.b_field",
        "run.rr.class",
        "dataset.name",
    ]
    golden = selectors.build(policy=policy({"and": [{"var": name} for name in names]}), dataset=DATASET)
    seen = [[golden.frame.column(name).value(row) for name in names] for row in range(3)]
    of_first = [6500, True, None, UNKNOWN, "Collisions18", DATASET]
    assert seen == [of_first, of_first, [None, UNKNOWN, UNKNOWN, UNKNOWN, "Collisions18", DATASET]]


def test_a_pattern_that_names_two_datasets_of_a_run_is_refused_with_the_run() -> None:
    register(7, ((1, 5),), dataset="/Express/Collisions2018/DQM")
    register(7, ((1, 5),), dataset="/PromptReco/Collisions2018/DQM")
    with pytest.raises(selectors.SeveralDatasets, match=r"/Express/.* and /PromptReco/.* of run 7"):
        selectors.build(policy=policy(True), dataset="%Collisions2018%")


def test_statuses_of_another_dataset_of_the_run_do_not_count(shifter: User) -> None:
    register(7, ((1, 5),))
    register(7, ((1, 5),), dataset="online")
    say(7, "tracker-pixel", "GOOD", ((1, 5),), by=shifter, dataset="online")
    golden = selectors.build(policy=policy({"==": [{"var": "lumisection.rr.tracker-pixel"}, "GOOD"]}), dataset=DATASET)
    assert golden.unknown.n_ls == 5


def test_no_dataset_gives_an_empty_answer_and_no_error() -> None:
    golden = selectors.build(policy=policy({"==": [{"var": "run.rr.class"}, "x"]}), dataset="/No/Such/DQM")
    assert golden.lumis == LumiSet.empty()
    assert selectors.by_run(golden) == []
    assert selectors.map_of(golden) == {"runs": []}

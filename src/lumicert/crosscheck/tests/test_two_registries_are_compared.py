"""The comparison by itself: laws that hold for any lumisections and statuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.certification.judging import Word
from lumicert.crosscheck import comparing
from lumicert.crosscheck.comparing import Difference, Kind, Part, compare, normalised, said_by, wholly
from lumicert.decisions import ranges

N_LS = 60
STATUSES = ("GOOD", "BAD", "STANDBY", "EXCLUDED")


@st.composite
def said(draw: st.DrawFn) -> dict[str, ranges.Ranges]:
    """Each lumisection has one status, or none."""
    each = draw(st.lists(st.sampled_from((*STATUSES, "")), min_size=N_LS, max_size=N_LS))
    return normalised((status, [(ls, ls)]) for ls, status in enumerate(each, 1))


def per_ls(of: comparing.Said) -> dict[int, str]:
    return {ls: status for status, lumis in of.items() for first, last in lumis for ls in range(first, last + 1)}


def members(lumis: ranges.Ranges) -> set[int]:
    return {ls for first, last in lumis for ls in range(first, last + 1)}


@given(said())
def test_a_registry_does_not_differ_from_itself(one):
    assert compare(one, one) == Difference()


@given(said(), said())
def test_two_registries_differ_in_the_same_lumisections_whichever_is_ours(one, other):
    here, there = compare(one, other), compare(other, one)
    assert here.lumis == there.lumis
    assert (here.status, here.only_here, here.only_there) == (there.status, there.only_there, there.only_here)


@given(said(), said())
def test_they_differ_in_exactly_the_lumisections_in_which_one_ls_at_a_time_does(one, other):
    here, there = per_ls(one), per_ls(other)
    different = compare(one, other)
    assert members(different.status) == {ls for ls in here.keys() & there.keys() if here[ls] != there[ls]}
    assert members(different.only_here) == here.keys() - there.keys()
    assert members(different.only_there) == there.keys() - here.keys()


_WRITTEN = st.sampled_from(["good", " Good", "BAD", "NOTSET", "empty", "no value found", ""])
_SPANS = st.lists(st.tuples(st.integers(1, 30), st.integers(31, 60)), max_size=3)


@given(st.lists(st.tuples(_WRITTEN, _SPANS), max_size=5))
def test_normalising_twice_is_normalising_once(told):
    once = normalised(told)
    assert normalised(once.items()) == once
    assert once.keys() <= {"GOOD", "BAD"}


_BAD_LUMIS = st.lists(st.tuples(st.integers(1, N_LS - 1), st.integers(0, 9)), max_size=3).map(
    lambda pairs: ranges.canonical((first, min(first + more, N_LS - 1)) for first, more in pairs)
)


@given(_BAD_LUMIS)
def test_what_a_word_says_covers_each_lumisection_once(bad):
    told = said_by(Word(status="GOOD", bad_lumis=bad), ((1, N_LS),))
    assert ranges.union(*told.values()) == ((1, N_LS),)
    assert sum(ranges.count(lumis) for lumis in told.values()) == N_LS
    assert told.get("BAD", ()) == bad


@pytest.mark.parametrize(
    ("status", "low", "written"),
    [("GOOD", False, "GOOD"), ("GOOD", True, "GOOD"), ("BAD", False, "BAD"), ("BAD", True, "GOOD"),
     ("EXCLUDED", False, "EXCLUDED")],
)  # fmt: skip
def test_bad_only_for_low_statistics_is_good(status, low, written):
    assert said_by(Word(status=status, low_statistics=low), ((1, 9),)) == {written: ((1, 9),)}


@pytest.mark.parametrize("nothing", ["NOTSET", "EMPTY", "NO VALUE FOUND", "", " notset "])
def test_what_says_nothing_is_not_said_there(nothing):
    there = normalised([(nothing, [(1, 5)]), ("good", [(6, 9)])])
    assert compare({"GOOD": ((1, 9),)}, there) == Difference(only_here=((1, 5),))


def test_one_good_lumisection_does_not_make_a_component_good():
    there = normalised([("GOOD", [(1, 1)]), ("BAD", [(2, 501)])])
    assert compare({"GOOD": ((1, 501),)}, there).status == ((2, 501),)


@given(said(), st.sampled_from(STATUSES), st.integers(1, N_LS))
def test_counts_stand_for_lumisections_only_where_they_say_the_same(there, status, n_ls):
    ours = {status: ((1, n_ls),)}
    counts = {name: ranges.count(lumis) for name, lumis in there.items()}
    if wholly(counts, ours, ((1, n_ls),)):
        assert counts == {status: n_ls}
    assert not wholly(counts, {"GOOD": ((1, 3),), "BAD": ((4, n_ls + 4),)}, ((1, n_ls + 4),))
    assert not wholly({status: 5}, {status: ((2, 6),)}, ((2, 6),))
    assert wholly({status.lower(): n_ls, "EMPTY": 0}, ours, ((1, n_ls),))


def part(here: str, there: str) -> Part:
    return Part("pixel", "Pixel", "tracker-pixel", {here: ((1, 9),)}, {there: ((1, 9),)})


@pytest.mark.parametrize(
    ("parts", "more", "kind"),
    [
        ([part("GOOD", "GOOD")], {"seen": False, "there": False}, Kind.UNSEEN),
        ([part("GOOD", "GOOD")], {"seen": True, "there": False}, Kind.MISSING),
        ([part("GOOD", "GOOD")], {"seen": True, "there": True, "state": "COMPLETED"}, Kind.SAME),
        ([part("GOOD", "GOOD"), part("GOOD", "BAD")], {"seen": True, "there": True}, Kind.DIFFERS),
        ([part("GOOD", "BAD")], {"seen": True, "there": True, "state": "waiting dqm gui"}, Kind.DIFFERS),
        ([part("GOOD", "BAD")], {"seen": True, "there": True, "state": "SIGNOFF"}, Kind.CLOSED),
        ([part("GOOD", "BAD")], {"seen": True, "there": True, "state": "COMPLETED"}, Kind.CLOSED),
    ],
)
def test_a_certification_compares_in_one_of_these_ways(parts, more, kind):
    assert comparing.kind_of(parts, **more) == kind

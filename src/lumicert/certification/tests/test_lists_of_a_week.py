"""Lists of a week: runs good and bad, changed flags, fills with their certified runs, shifters, the week's name."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.certification import sums
from lumicert.certification.comparing import central_check
from lumicert.certification.models import Certification
from lumicert.certification.sums import Key, Line, RunsOfFill, Verdicts, week_label
from lumicert.certification.tests.test_sums_of_a_week import WEEK_39
from lumicert.certification.tests.told import DATASETS, DAY, a_run, certified, say
from lumicert.decisions.kinds import NewEvent, kind_named

COL_EXP, COL_PRO = Key("collisions", "express"), Key("collisions", "prompt")
COS_EXP, COS_PRO, COS_RERECO = (Key("cosmics", name) for name in ("express", "prompt", "rereco"))


def line(run: int, key: Key = COL_EXP, verdict: str = "good", on: date = DAY, **more) -> Line:
    told = {"shifter": "shifter", "imported": False, "reviewed": False, "fill": None, "recorded": None} | more
    return Line(run, key.reconstruction, key.run_type, verdict, on, **told)


def these(key: Key, verdict: str, *runs: int) -> list[Line]:
    return [line(run, key, verdict) for run in runs]


# ---- runs good and bad ----


def test_runs_of_the_original_are_listed_by_key_and_verdict():
    said = [
        *these(COL_EXP, "good", *range(1, 6)), *these(COL_EXP, "bad", *range(6, 10)),
        *these(COL_PRO, "good", *range(10, 13)), *these(COL_PRO, "bad", *range(15, 18)),
        *these(COS_EXP, "good", *range(21, 26)), *these(COS_EXP, "bad", *range(26, 30)),
        *these(COS_PRO, "good", *range(30, 33)), *these(COS_PRO, "bad", *range(35, 38)),
        *these(COS_RERECO, "bad", *range(38, 42)),
    ]  # fmt: skip
    found = sums.lists_of_runs(reversed(said))
    assert list(found.items()) == [
        (COL_EXP, Verdicts([1, 2, 3, 4, 5], [6, 7, 8, 9])),
        (COL_PRO, Verdicts([10, 11, 12], [15, 16, 17])),
        (COS_EXP, Verdicts([21, 22, 23, 24, 25], [26, 27, 28, 29])),
        (COS_PRO, Verdicts([30, 31, 32], [35, 36, 37])),
        (COS_RERECO, Verdicts([], [38, 39, 40, 41])),
    ]


def test_a_run_certified_twice_is_once_in_each_list():
    # the original has it twice in one list: 123456, 234567, 234567, 345678
    said = [line(123456), line(234567), line(234567, COL_PRO), line(345678)]
    assert sums.lists_of_runs(said) == {
        COL_EXP: Verdicts([123456, 234567, 345678]),
        COL_PRO: Verdicts([234567]),
    }


@given(
    st.lists(
        st.builds(
            line, st.integers(1, 20), st.sampled_from([COL_EXP, COL_PRO, COS_EXP]), st.sampled_from(["good", "bad"])
        ),
        unique_by=lambda each: (each.run, each.key),
    )
)
def test_good_and_bad_share_no_run_and_lose_none(said):
    found = sums.lists_of_runs(said)
    for key, of in found.items():
        assert not set(of.good) & set(of.bad)
        assert sorted(of.good + of.bad) == sorted(each.run for each in said if each.key == key)
    assert {each.key for each in said} == set(found)


def test_days_come_in_order_and_hold_what_was_certified_on_them():
    said = [line(3, on=DAY + timedelta(2)), line(1), line(2)]
    found = sums.by_day(said)
    assert {day: [each.run for each in of] for day, of in found.items()} == {DAY: [1, 2], DAY + timedelta(2): [3]}
    assert list(found) == sorted(found)


def test_shifters_with_their_numbers():
    said = [line(1), line(1, COL_PRO, "bad"), line(2, shifter="anna"), line(3)]
    found = [(each.shifter, each.certifications, len(each.runs), each.bad) for each in sums.shifters(said)]
    assert found == [("anna", 1, 1, 0), ("shifter", 3, 2, 1)]


# ---- changed flags (R11) ----


@pytest.mark.django_db
def test_three_runs_that_changed_are_three_and_not_six(django_assert_num_queries):
    runs = (321171, 321172, 321173)
    say(*(certified(run, verdict="bad") for run in runs), *(certified(run, reconstruction="prompt") for run in runs))
    say(certified(321174), certified(321174, reconstruction="prompt"))
    certified_runs = [each.run for each in sums.lines(workspace="tracker")]
    with django_assert_num_queries(1):
        found = sums.changed(certified_runs, workspace="tracker", until=DAY)
    assert [each.run for each in found] == [*runs]
    assert {each.became for each in found} == {"good"}
    assert found[0].said == (("express", "bad", DAY), ("prompt", "good", DAY))


@pytest.mark.django_db
def test_a_flag_changes_on_the_day_of_the_second_word_whoever_asks_for_what():
    later = DAY + timedelta(9)
    say(certified(1), certified(1, reconstruction="prompt", verdict="bad", on=later))
    assert sums.changed([1], workspace="tracker", until=DAY) == []
    found = sums.changed([1, 2], workspace="tracker", until=later)
    assert [(each.run, each.became) for each in found] == [(1, "bad")]
    assert [found[0].had_changed(day) for day in (DAY, later)] == [False, True]


@pytest.mark.django_db
def test_a_rereco_against_prompt_is_a_change_without_a_direction():
    say(certified(1, "cosmics", "prompt"), certified(1, "cosmics", "rereco", "bad"))
    (found,) = sums.changed([1], workspace="tracker", until=DAY)
    assert (found.run_type, found.became) == ("cosmics", "")


@pytest.mark.django_db
def test_the_central_check_of_the_original():
    good, bad = (1234, 6655, 6543, 444, 800), (9876, 8765)
    prompt = {"reconstruction": "prompt"}
    say(*(certified(run, **prompt) for run in good), *(certified(run, **prompt, verdict="bad") for run in bad))
    say(certified(4321, verdict="bad"), certified(4321, **prompt))
    say(certified(333), certified(333, **prompt, verdict="bad"))
    asked = [333, 1234, 6655, "800", 4321, 7777, 9876, "abde", 8765, 6543, 888, 444]
    checks, missing = central_check(asked, Certification.objects.all())
    found = checks["collisions"]
    assert (set(found.good), set(found.bad)) == (set(good), set(bad))
    # flags that differ are told apart by what they became; a word is left out and not a run that is missing
    assert (found.changed_good, found.changed_bad, missing) == ([4321], [333], [888, 7777])


# ---- fills ----


@pytest.mark.django_db
def test_a_fill_lists_its_certified_runs_and_no_others():
    fills = {7048: (321171, 321174, 321179, 321181), 7049: (321182, 321185, 321189)}
    say(*(a_run(run, fill=fill) for fill, runs in fills.items() for run in runs))
    say(*(certified(run) for run in (321171, 321179, 321181, 321182, 321185)))
    # a run of that fill that is certified in another key is not in this one's list
    say(certified(321189, reconstruction="prompt"))
    found = sums.runs_by_fill(sums.lines(workspace="tracker"))
    assert found[COL_EXP] == [RunsOfFill(7049, [321185, 321182]), RunsOfFill(7048, [321181, 321179, 321171])]
    assert found[COL_PRO] == [RunsOfFill(7049, [321189])]


def test_the_fills_of_express_in_week_39_of_2018():
    said = [line(run, fill=fill) for fill, runs in WEEK_39.items() for run in runs]
    found = sums.runs_by_fill(said)[COL_EXP]
    assert [(each.fill, each.runs) for each in found] == [
        (fill, sorted(WEEK_39[fill], reverse=True)) for fill in sorted(WEEK_39, reverse=True)
    ]


def test_runs_whose_fill_is_not_known_come_last():
    found = sums.runs_by_fill([line(323500), line(321171, fill=7048)])[COL_EXP]
    assert [(each.fill, each.runs) for each in found] == [(7048, [321171]), (None, [323500])]


def of_fill(fill: int, **attributes: object) -> NewEvent:
    units = {"delivered_lumi": "pb^{-1}", "recorded_lumi": "pb^{-1}", "peak_lumi": "10^{30}cm^{-2}s^{-1}"}
    said = {"source": "OMS", "fetched_at": "2018-09-27T00:00:00Z", "state": "final"}
    payload = kind_named("fill.reported").payload
    return NewEvent(payload(**said, fill=fill, attributes=attributes, units=units))


@pytest.mark.django_db
def test_the_values_of_a_fill_stand_beside_the_sums_of_its_certified_runs(django_assert_num_queries):
    say(of_fill(5960, delivered_lumi=600, recorded_lumi=540, peak_lumi=12934.529, bunches_colliding=2304))
    say(a_run(299329, recorded=38.566, fill=5960), a_run(299327, fill=5960), a_run(299326, recorded=7, fill=5960))
    say(certified(299329), certified(299329, reconstruction="prompt"), certified(299327))
    listed = sums.lines(workspace="tracker")
    with django_assert_num_queries(1):
        (found,) = sums.fill_table(listed)
    assert (found.fill, found.runs, found.unknown) == (5960, [299329, 299327], 1)
    # once, though it is certified in express and prompt; 299326 is not certified at all
    assert Decimal(found.recorded) / 10**12 == Decimal("38.566")
    assert found.efficiency == 90
    assert found.known.units["peak_lumi"] == "10^{30}cm^{-2}s^{-1}"


@pytest.mark.django_db
def test_a_fill_of_which_no_source_told_has_its_runs_and_no_values():
    say(a_run(1, recorded=2, fill=77), certified(1), a_run(2, fill=78), certified(2, "cosmics"))
    (found,) = sums.fill_table(sums.lines(workspace="tracker"))
    assert (found.fill, found.known, found.efficiency) == (77, None, None)


# ---- weeks ----


@pytest.mark.parametrize(
    ("days", "label"),
    [
        ([], ""),
        ([date(2019, 6, 10)], "24"),
        ([date(2019, 7, 10), date(2019, 6, 10)], "24-28"),
        # the last Monday of 2018 lies in week 1 of 2019
        ([date(2018, 12, 31), date(2019, 1, 6)], "1"),
        ([date(2018, 12, 30), date(2018, 12, 31)], "52 of 2018 to 1 of 2019"),
    ],
)
def test_weeks_are_named_by_their_iso_numbers(days, label):
    assert week_label(days) == label


def test_every_key_has_its_place():
    assert sums.in_order(Key(*key) for key in DATASETS) == [COL_EXP, COL_PRO, COS_EXP, COS_PRO, COS_RERECO]

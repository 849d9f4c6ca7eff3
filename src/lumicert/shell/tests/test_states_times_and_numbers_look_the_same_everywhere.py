"""The template tags: status, CERN time, ranges of lumisections, grouped numbers, and the table component."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.template.loader import render_to_string
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from lumicert.shell.tables import Column, Table
from lumicert.shell.templatetags.lumicert_ui import NARROW_SPACE, cern_time, grouped, ls_ranges, missing, status

RANGES = st.lists(st.tuples(st.integers(1, 5000), st.integers(0, 400)).map(lambda p: (p[0], p[0] + p[1])), min_size=1)


@pytest.mark.parametrize(
    ("word", "look"),
    [
        ("GOOD", "good"),
        ("BAD", "bad"),
        ("STANDBY", "standby"),
        ("EXCLUDED", "excluded"),
        ("NOTSET", "notset"),
        ("EMPTY", "empty"),
        ("unknown", "unknown"),
        ("in", "good"),
        ("out", "bad"),
    ],
)
def test_a_status_has_its_look_and_its_word(word, look):
    assert status(word) == f'<span class="status {look}">{word}</span>'


def test_what_is_no_status_of_ours_looks_unknown_and_keeps_its_word():
    assert status("PERFECT") == '<span class="status unknown">PERFECT</span>'
    assert status(None) == '<span class="status unknown">unknown</span>'


@given(st.text())
def test_no_word_becomes_markup(word):
    assert status(word).count("<") == 2


def test_time_is_cern_local_with_utc_on_hover():
    shown = cern_time(datetime(2018, 9, 26, 20, 58, 12, tzinfo=UTC))
    assert 'title="2018-09-26 20:58:12 UTC"' in shown
    assert ">2018-09-26 22:58<" in shown


def test_winter_time_is_one_hour_ahead():
    assert ">2018-12-02 00:30:05<" in cern_time(datetime(2018, 12, 1, 23, 30, 5, tzinfo=UTC), seconds=True)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="has no time zone"):
        cern_time(datetime(2018, 9, 26, 20, 58))  # noqa: DTZ001


def test_a_missing_value_is_marked_missing():
    assert cern_time(None) == grouped(None) == missing()
    assert missing("source <slow>") == '<span class="missing">source &lt;slow&gt;</span>'


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0"),
        (92, "92"),
        (1254, "1_254"),
        (234529, "234_529"),
        (-1020.4, "−1_020.4"),
        (Decimal("59740.10"), "59_740.10"),
    ],
)
def test_numbers_are_grouped_by_three(number, shown):
    assert grouped(number) == shown.replace("_", NARROW_SPACE)


@given(st.integers())
def test_a_grouped_number_is_still_the_number(number):
    assert int(str(grouped(number)).replace(NARROW_SPACE, "").replace("−", "-")) == number


def test_ranges_are_compact_and_counted():
    assert ls_ranges([(12, 137), (193, 776)]) == f"12–137, 193–776 (710{NARROW_SPACE}LS)"
    assert ls_ranges([(901, 901)]) == f"901 (1{NARROW_SPACE}LS)"
    assert ls_ranges([]) == "none"


def test_many_ranges_are_cut_but_all_are_counted():
    assert ls_ranges([(1, 2), (4, 5), (7, 9)], 1) == f"1–2 and 2 more (7{NARROW_SPACE}LS)"


@given(RANGES, st.integers(1, 5))
def test_the_count_never_depends_on_how_many_are_shown(ranges, most):
    assert ls_ranges(ranges, most).rpartition("(")[2] == ls_ranges(ranges).rpartition("(")[2]


def test_a_column_of_numbers_is_right_aligned_with_its_unit_in_the_header():
    table = Table(
        "Losses", [Column("Run"), Column("recorded", "pb⁻¹", number=True)], [["<1>", "7.96"]], "Nothing lost."
    )
    page = render_to_string("shell/table.html", {"table": table})
    assert '<th scope="col" class="num">recorded <span class="unit">/ pb⁻¹</span></th>' in page
    assert '<td class="num">7.96</td>' in page
    assert f"<td>{escape('<1>')}</td>" in page
    assert "Nothing lost." not in page


def test_an_empty_table_says_why():
    table = Table("Losses", [Column("Run"), Column("LS")], [], "No condition loses anything.")
    page = render_to_string("shell/table.html", {"table": table})
    assert '<td class="empty" colspan="2">No condition loses anything.</td>' in page


def test_a_row_with_a_cell_too_few_is_refused_with_its_number():
    with pytest.raises(ValueError, match="row 2 of 'Losses' has 1 cells for 2 columns"):
        Table("Losses", [Column("Run"), Column("LS")], [["1", "2"], ["3"]], "")

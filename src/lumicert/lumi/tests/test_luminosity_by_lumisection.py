"""The brilcalc table: exact figures, lines that cannot be read named, and what has no value unknown."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lumicert.lumi import ByLs, ByLsError, LumiError, Luminosity, LumiSet, OpenRangeError
from lumicert.lumi.luminosity import SECONDS_PER_LS
from lumicert.lumi.tests.strategies import law, model, pairs

HEADER = "#Data tag : 19v2 , Norm tag: None\n#run:fill,ls,time,beamstatus,E(GeV),{},avgpu,source\n"
FOOTER = "#Summary:\n#nfill,nrun,nls\n#1,1,2\n"


def table(*rows, units="delivered(/pb),recorded(/pb)"):
    """A file with rows (run:fill, ls, delivered, recorded)."""
    lines = [
        f"{run},{ls},06/16/17 20:55:44,STABLE BEAMS,6500,{delivered},{recorded},40.3,HFET\n"
        for run, ls, delivered, recorded in rows
    ]
    return io.StringIO(HEADER.format(units) + "".join(lines) + FOOTER)


ROW = ("297050:5839", "12:12", "0.160000792", "0.154234862")


def test_figures_are_read_exactly():
    by_ls = ByLs.parse(table(ROW))
    assert by_ls.at(297050, 12) == (Luminosity("0.154234862", "/pb"), Luminosity("0.160000792", "/pb"))
    assert (by_ls.recorded.tolist(), by_ls.delivered.tolist(), by_ls.n_rounded) == ([154234862], [160000792], 0)


@pytest.mark.parametrize(
    ("unit", "figure"),
    [
        ("/ub", "160000.792"),
        ("/nb", "160.000792"),
        ("/pb", "0.160000792"),
        ("/fb", "1.60000792e-4"),
        ("1/pb", "0.160000792"),
    ],
)
def test_the_header_says_the_unit(unit, figure):
    by_ls = ByLs.parse(table(("297050:5839", "12:12", figure, figure), units=f"delivered({unit}),recorded({unit})"))
    assert by_ls.delivered.tolist() == by_ls.recorded.tolist() == [160000792]


def test_each_column_has_its_own_unit_and_place():
    by_ls = ByLs.parse(table(("1", "2", "7", "0.5"), units="recorded(/mb),delivered(/ub)"))
    assert (by_ls.recorded.tolist(), by_ls.delivered.tolist()) == ([7], [500])


def test_an_average_instantaneous_luminosity_is_integrated_over_the_lumisection():
    by_ls = ByLs.parse(table(("1", "2", "6863.8", "6863.8"), units="delivered(hz/ub),recorded(Hz/ub)"))
    assert by_ls.delivered.tolist() == [round(6863.8 * float(SECONDS_PER_LS) * 1000)]
    assert by_ls.n_rounded == 2


def test_a_figure_finer_than_the_table_is_rounded_half_to_even_and_counted():
    by_ls = ByLs.parse(
        table(("1", "1", "0.0005", "0.0015"), ("1", "2", "1.0006", "2"), units="delivered(/ub),recorded(/ub)")
    )
    assert (by_ls.delivered.tolist(), by_ls.recorded.tolist()) == ([0, 1001], [2, 2000])
    assert by_ls.n_rounded == 3


def test_the_lumisection_of_the_luminosity_counts_where_cms_did_not_record():
    assert ByLs.parse(table(("1:2", "12:0", "1", "0"))).covered == LumiSet.from_pairs([1], [12])


@pytest.mark.parametrize("blank", ["", "nan", "None", "-"])
def test_a_row_without_a_figure_leaves_its_lumisection_unknown(blank):
    by_ls = ByLs.parse(table(ROW, ("297050:5839", "13:13", blank, "0.1"), ("297050:5839", "14:14", "0.1", blank)))
    assert by_ls.covered == LumiSet.from_pairs([297050], [12])
    assert by_ls.at(297050, 13) is None


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("x", "1:1", "1", "1"), "line 4: 'x' is no run, or run:fill"),
        (("0:1", "1:1", "1", "1"), "line 4: '0:1' is no run"),
        (("2147483648", "1:1", "1", "1"), "line 4: '2147483648' is no run"),
        (("1:1", "0:0", "1", "1"), "line 4: '0:0' is no lumisection"),
        (("1:1", "5:6", "1", "1"), "line 4: '5:6' is no lumisection"),
        (("1:1", "1.0", "1", "1"), "line 4: '1.0' is no lumisection"),
        (("1:1", "1:1", "lots", "1"), "line 4: 'lots' is no luminosity, in the column delivered(/pb)"),
        (("1:1", "1:1", "1", "-0.5"), "line 4: '-0.5' is no luminosity, in the column recorded(/pb)"),
        (("1:1", "1:1", "160000.79", "1"), "line 4: 160000.79 in the column delivered(/pb) is impossible"),
        (("297050:5839", "12:12", "0.17", "0.15"), "line 4: run 297050, LS 12 has another value than on line 3"),
        (("1:1", "1:1", "1", "9" * 20_000), "line 4:"),
    ],
)
def test_a_bad_line_is_named(row, message):
    with pytest.raises(ByLsError) as error:
        ByLs.parse(table(ROW, row))
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no line of column names"),
        (FOOTER, "no line of column names"),
        ("297050:5839,12:12,1,1\n", "line 1: a row before the line of column names"),
        ("#run:fill,ls,delivered(/pb)\n", "line 1: no column recorded; there are run:fill, ls"),
        ("#run:fill,delivered(/pb),recorded(/pb)\n", "line 1: no column ls"),
        ("#run:fill,ls,delivered,recorded(/pb)\n", "line 1: the column delivered has no unit"),
        ("#run:fill,ls,delivered(/xb),recorded(/pb)\n", "line 1: '/xb' is no unit"),
        ("#run:fill,ls,delivered(/pb),recorded(/pb)\n1:1,1:1,0.5\n", "line 2: 3 cells where 4 or more are needed"),
    ],
)
def test_a_file_without_names_or_units_is_refused(text, message):
    with pytest.raises(ByLsError) as error:
        ByLs.parse(io.StringIO(text))
    assert message in str(error.value)


def test_a_row_that_is_there_twice_with_the_same_figures_counts_once():
    assert ByLs.parse(table(ROW, ROW)).recorded.tolist() == [154234862]


def test_an_error_in_a_file_names_the_file(tmp_path):
    path = tmp_path / "lumi.csv"
    path.write_text(table(ROW, ("x", "1", "1", "1")).getvalue())
    with pytest.raises(ByLsError, match=r"lumi\.csv: line 4: 'x' is no run"):
        ByLs.read(path)
    path.write_bytes(b"#run\xff")
    with pytest.raises(ByLsError, match=r"lumi\.csv: not UTF-8 text"):
        ByLs.read(path)


def test_progress_is_told_the_number_of_lines():
    told = []
    rows = [(1, ls, "0.1", "0.1") for ls in range(1, 45_000)]
    ByLs.parse(table(*rows), progress=told.append)
    assert told == [20_000, 40_000]


def test_the_sum_is_exact_and_counts_what_is_missing():
    by_ls = ByLs.parse(table(ROW, ("297050:5839", "13:13", "0.159879482", "0.151035165")))
    total = by_ls.integrate(LumiSet.from_ranges({297050: [(13, 14)], 297051: [(1, 1)]}))
    assert (total.recorded, total.delivered) == (Luminosity("0.151035165", "/pb"), Luminosity("0.159879482", "/pb"))
    assert total.n_ls == 3
    assert total.missing == LumiSet.from_pairs([297050, 297051], [14, 1])


def test_an_open_ended_set_has_no_luminosity_yet():
    with pytest.raises(OpenRangeError, match="run 297050 is open-ended"):
        ByLs.parse(table(ROW)).integrate(LumiSet.from_ranges({297050: [(1, None)]}))


@law
@given(
    st.dictionaries(
        st.tuples(st.integers(1, 3), st.integers(1, 9)), st.tuples(st.integers(0, 10**12), st.integers(0, 10**12))
    ),
    pairs,
)
def test_the_sum_is_that_of_the_known_lumisections_and_the_rest_is_missing(figures, chosen):
    rows = [(run, ls, recorded, delivered) for (run, ls), (recorded, delivered) in figures.items()]
    by_ls = ByLs.from_arrays(*np.array(rows, np.int64).reshape(-1, 4).T)
    total = by_ls.integrate(LumiSet.from_pairs([run for run, _ in chosen], [ls for _, ls in chosen]))
    assert total.recorded.to("/mb").value == sum(figures[pair][0] for pair in chosen if pair in figures)
    assert total.delivered.to("/mb").value == sum(figures[pair][1] for pair in chosen if pair in figures)
    assert model(total.missing) == chosen - set(figures)
    assert total.n_ls == len(chosen)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([1], [1], [-1], [1]), "run 1, LS 1: -1 /mb recorded in one lumisection"),
        (([1], [1], [1], [10**13]), "run 1, LS 1: 10000000000000 /mb delivered"),
        (([1, 1], [1, 1], [1, 2], [1, 1]), "run 1, LS 1 is there twice"),
        (([1], [0], [1], [1]), "lumisections are numbered from 1"),
        (([1], [1, 2], [1], [1]), "do not make a table"),
    ],
)
def test_impossible_columns_are_refused(columns, message):
    with pytest.raises(LumiError, match=message):
        ByLs.from_arrays(*columns)


def test_a_table_is_sorted_and_cannot_be_written():
    by_ls = ByLs.from_arrays([2, 1, 1], [1, 9, 3], [5, 6, 7], [5, 6, 7])
    assert (by_ls.runs.tolist(), by_ls.lss.tolist(), by_ls.recorded.tolist()) == ([1, 1, 2], [3, 9, 1], [7, 6, 5])
    with pytest.raises(ValueError, match="read-only"):
        by_ls.recorded[0] = 0

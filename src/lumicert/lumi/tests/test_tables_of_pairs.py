"""Tables with a run and an LS on every line: what cannot be parsed is refused or reported, with its line."""

import pytest

from lumicert.lumi import LumiCsvError, LumiSet, read_pairs

EXPECTED = LumiSet.from_ranges({297050: [(12, 13)], 297056: [(1, 1)]})


@pytest.mark.parametrize(
    "text",
    [
        "297050,12\n297050,13\n297056,1\n",
        "297050;12\n297050;13\n297056;1",
        "297050\t12\r\n297050\t13\r\n297056\t1\r\n",
        "297050 12\n 297050  13\n297056 1 \n",
        "297050:12\n297050:13\n297056:1\n",
        '"297050", "12"\n"297050","13"\n"297056","1"\n',
        "# made by hand\n\n297050,12\n297050,13\n297050,13\n297056,1\n",
        "run,ls\n297050,12\n297050,13\n297056,1\n",
        "LS,Run Number\n12,297050\n13,297050\n1,297056\n",
        "event,lumi_section,run\n7,12,297050\n8,13,297050\n9,1,297056\n",
    ],
)
def test_the_usual_tables_are_read(text):
    assert read_pairs(text.splitlines(keepends=True)).lumis == EXPECTED


@pytest.mark.parametrize(("run", "ls"), [("3", "2"), ("no", "part"), ("3", "part")])
def test_columns_are_chosen_by_name_or_by_number_from_one(run, ls):
    lines = ["x,part,no", "7,12,297050", "7,13,297050", "7,1,297056"]
    assert read_pairs(lines, run_column=run, ls_column=ls).lumis == EXPECTED


BAD = ["run,ls", "1,2", "x,4", "1", "1,0", "1,2.5", ",3", "2147483648,1", "1,3"]


def test_lines_that_cannot_be_parsed_are_refused_with_their_numbers():
    with pytest.raises(LumiCsvError, match=r"line 3: 'x' is no run .*; 6 lines give no lumisection: 3, 4, 5, 6, 7, 8$"):
        read_pairs(BAD)


def test_one_bad_line_is_named_alone():
    with pytest.raises(LumiCsvError, match=r"^line 2: '-5' is no LS \(a whole number from 1 to \d+\)$"):
        read_pairs(["1,2", "1,-5"])


def test_of_many_bad_lines_the_first_ten_are_listed():
    with pytest.raises(LumiCsvError, match=r"12 lines give no lumisection: 1, 2, .*, 10, \.\.\.$"):
        read_pairs([f"{n},0" for n in range(1, 13)])


def test_lenient_leaves_bad_lines_out_and_reports_them():
    result = read_pairs(BAD, lenient=True)
    assert result.lumis.to_dict() == {1: [[2, 3]]}
    assert [str(line) for line in result.skipped][:3] == [
        "line 3: 'x' is no run (a whole number from 1 to 2147483647)",
        "line 4: 1 columns where 2 or more are needed",
        "line 5: '0' is no LS (a whole number from 1 to 1073741823)",
    ]
    assert len(result.skipped) == 6


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize(
    ("lines", "columns", "message"),
    [
        (["a,b", "1,2"], {}, "line 1: cannot tell which column is the run, name it; the table has the columns a, b"),
        (["run,b", "1,2"], {}, "line 1: cannot tell which column is the ls, name it"),
        (["run,ls", "1,2"], {"ls_column": "lumi"}, "line 1: no column 'lumi'; the table has the columns run, ls"),
        (["1,2"], {"run_column": "run"}, "line 1: no column 'run'; the table names no columns"),
        (["1,2"], {"run_column": "2"}, "line 1: run and LS cannot both be column 2"),
        (["1,2"], {"run_column": "0"}, "line 1: no column '0'"),
    ],
)
def test_a_column_that_is_not_there_is_refused(lines, columns, message, lenient):
    with pytest.raises(LumiCsvError) as error:
        read_pairs(lines, lenient=lenient, **columns)
    assert message in str(error.value)


def test_an_empty_cell_does_not_move_the_columns():
    with pytest.raises(LumiCsvError, match="line 2: '' is no LS"):
        read_pairs(["1,2,3", "1,,3"])


def test_a_damaged_line_is_a_bad_line():
    skipped = read_pairs(["1,2", "1,\0", '1,"' + "x" * 200_000], lenient=True).skipped
    assert [line.number for line in skipped] == [2, 3]
    assert all(len(str(line)) < 200 for line in skipped)


def test_nothing_is_the_empty_set():
    assert read_pairs([]).lumis == read_pairs(["# remark\n"]).lumis == LumiSet.empty()


def test_progress_is_told_the_number_of_lines():
    told = []
    read_pairs((f"1,{n % 500 + 1}" for n in range(120_000)), progress=told.append)
    assert told == [50_000, 100_000]

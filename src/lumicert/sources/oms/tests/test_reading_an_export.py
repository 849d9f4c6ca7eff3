"""The reader of OMS exports: own luminosity, nulls, and files that are not what they should be."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from lumicert.sources.errors import SourceFormatError
from lumicert.sources.oms.export import ExportedLumisections, read_lumisections, read_runs

HEADER = "fill_number,run_number,lumisection_number,cms_active,bpix_ready,recorded_lumi,delivered_lumi"


def lumisections(folder: Path, *rows: str) -> list[ExportedLumisections]:
    path = folder / "ls.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return read_lumisections(path)


def recorded(item: ExportedLumisections) -> dict[int, str]:
    numbers = [ls for first, last in item.with_luminosity for ls in range(first, last + 1)]
    return dict(zip(numbers, map(str, item.recorded), strict=True))


def test_an_ls_has_the_difference_to_the_one_before_it_in_the_fill(tmp_path: Path) -> None:
    first, second = lumisections(
        tmp_path,
        "6600,1,1,True,True,0.0,0.0",
        "6600,1,2,True,True,0.25,0.5",
        "6600,2,1,True,True,0.75,1.5",
        "6600,2,2,True,True,0.75,1.5",
    )
    assert recorded(first) == {1: "0.0", 2: "0.25"}
    assert recorded(second) == {1: "0.50", 2: "0.00"}
    assert second.delivered == [Decimal("1.0"), Decimal("0.0")]


def test_differences_are_exact_decimals(tmp_path: Path) -> None:
    (item,) = lumisections(tmp_path, "1,1,1,True,True,0,0", "1,1,2,True,True,0.1,0.1", "1,1,3,True,True,0.3,0.3")
    assert recorded(item)[3] == "0.2"


@pytest.mark.parametrize(
    ("rows", "known"),
    [
        (("6600,1,5,True,True,3.5,4.0", "6600,1,6,True,True,3.75,4.5"), {6}),
        (("6600,1,1,True,True,0,0", "6600,1,4,True,True,1.5,2.0", "6600,1,5,True,True,2,3"), {1, 5}),
        (("6600,1,1,True,True,0,0", "6600,1,4,True,True,0,0"), {1, 4}),
        (("6600,1,1,True,True,0,0", "6600,1,2,True,True,5,6", "6600,1,3,True,True,0.5,1"), {1, 2}),
        (("6600,1,1,True,True,0,0", "6600,1,2,True,True,,", "6600,1,3,True,True,1,2"), {1}),
        ((",1,1,True,True,0,0",), set()),
        (("6600,1,1,True,True,1,2", "6600,2,3,True,True,2,3"), set()),
    ],
    ids=[
        "the first that is there of a fill",
        "behind a gap",
        "behind a gap in which nothing came",
        "where the count falls",
        "where OMS gave nothing",
        "without a fill",
        "a run whose first lumisections are missing",
    ],
)
def test_what_cannot_be_told_is_unknown_and_never_zero(rows: tuple[str, ...], known: set[int], tmp_path: Path) -> None:
    item = (
        lumisections(tmp_path, *rows)[-1]
        if len({row.split(",")[1] for row in rows}) > 1
        else lumisections(tmp_path, *rows)[0]
    )
    assert set(recorded(item)) == known


def test_the_order_of_the_rows_does_not_matter(tmp_path: Path) -> None:
    rows = [f"6600,1,{ls},True,True,{ls - 1},{ls}" for ls in (3, 1, 2)]
    (item,) = lumisections(tmp_path, *rows)
    assert item.lumis == ((1, 3),)
    assert recorded(item)[3] == "1"


def test_flags_are_true_false_or_null(tmp_path: Path) -> None:
    (item,) = lumisections(tmp_path, "6600,1,1,True,,0,0", "6600,1,2,False,True,0,0", "6600,1,3,True,,0,0")
    assert item.flags == {
        "cms_active": {"true": ((1, 1), (3, 3)), "false": ((2, 2),)},
        "bpix_ready": {"null": ((1, 1), (3, 3)), "true": ((2, 2),)},
    }


def test_attributes_of_a_run_have_their_types_and_empty_is_null(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text("run_number,energy,components,stable_beam,l1_menu,fill_number\n7,6500,DAQ PIXEL,True,v1,\n")
    (run,) = read_runs(path)
    assert run.run == 7
    wanted = {"energy": 6500, "components": ["DAQ", "PIXEL"], "stable_beam": True, "l1_menu": "v1", "fill_number": None}
    assert run.attributes == wanted


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("6600,x,1,True,True,0,0", "line 2, run_number: 'x' is not an integer"),
        ("6600,0,1,True,True,0,0", "line 2, run_number: '0' is not a number from 1 on"),
        ("6600,1,-3,True,True,0,0", "line 2, lumisection_number: '-3'"),
        ("6600,1,1,yes,True,0,0", "line 2, cms_active: 'yes' is not True or False"),
        ("6600,1,1,True,True,much,0", "line 2, recorded_lumi: 'much' is not a number"),
        ("6600,1,1,True,True,nan,0", "line 2, recorded_lumi: 'nan' is not a finite number"),
        ("6600,1,1,True", "line 2: 4 cells, but the header has 7"),
        ('6600,1,1,True,True,"0,0', "line 2"),
    ],
)
def test_a_wrong_cell_is_refused_with_line_column_and_value(row: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match=message):
        lumisections(tmp_path, row)


def test_a_lumisection_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match=r"line 3.*LS 1 of run 1"):
        lumisections(tmp_path, "6600,1,1,True,True,0,0", "6600,1,1,True,True,0,0")


def test_a_run_that_comes_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("run_number\n7\n7\n")
    with pytest.raises(SourceFormatError, match="line 3, run_number: '7'"):
        read_runs(tmp_path / "runs.csv")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "columns run_number are missing"),
        (b"a,b\n1,2\n", "columns run_number are missing; is this an OMS export"),
        (b"run_number,run_number\n1,2\n", "a column comes twice"),
        (b"run_number\n\xff\xfe\n", "not text in UTF-8"),
        (gzip.compress(b"run_number\n1\n", mtime=0)[:-6], "damaged"),
        (b"\x1f\x8bnonsense", "damaged"),
    ],
)
def test_a_file_that_is_no_export_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_bytes(content)
    with pytest.raises(SourceFormatError, match=message):
        read_runs(tmp_path / "runs.csv")


@pytest.mark.parametrize("name", ["nothing.csv", "."])
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(name: str, tmp_path: Path) -> None:
    with pytest.raises(SourceFormatError, match="cannot be read"):
        read_runs(tmp_path / name)


def test_a_gzipped_export_is_read_as_a_plain_one(tmp_path: Path) -> None:
    (tmp_path / "runs.csv.gz").write_bytes(gzip.compress(b"run_number,energy\n7,6500\n"))
    assert read_runs(tmp_path / "runs.csv.gz")[0].attributes == {"energy": 6500}


def test_an_upload_that_unpacks_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lumicert.sources.oms.export.MOST_BYTES", 100_000)
    rows = "".join(f"{run},6500\n" for run in range(1, 40_000))
    (tmp_path / "runs.csv.gz").write_bytes(gzip.compress(b"run_number,energy\n" + rows.encode()))
    with pytest.raises(SourceFormatError, match="more than 100000 bytes"):
        read_runs(tmp_path / "runs.csv.gz")


@pytest.mark.real_data
def test_the_real_export_has_the_run_that_is_known_to_the_last_digit(real_data: Path) -> None:
    found = {item.run: item for item in read_lumisections(real_data / "oms_lumisections_2018A.csv.gz")}
    assert len(found) == 779
    run = found[315257]
    assert f"{sum(run.recorded[1:], Decimal(0)):.6f}" == "7.958398"
    assert len(read_runs(real_data / "oms_runs_2018A.csv.gz")) == 1231

"""brilcalc's table: its columns and units, and that it adds up to what OMS gives for the run."""

import csv
from datetime import timedelta

import pytest


@pytest.fixture
def brilcalc(sandbox):
    sandbox.set_clock(at=sandbox.world.end + timedelta(days=1))

    def rows(**options):
        lines = sandbox.brilcalc(options).splitlines()
        assert lines[0].startswith("#Data tag : ")
        return lines[1], [row for row in csv.reader(lines[2:]) if not row[0].startswith("#")], lines[-1]

    return rows


@pytest.fixture
def run(sandbox):
    return max(sandbox.world.runs, key=lambda run: run.recorded_lumi or 0.0)


def test_the_columns_are_brilcalcs(brilcalc, run):
    heads, rows, _ = brilcalc(run=run.run_number, byls="true", unit="/pb")
    assert heads == "#run:fill,ls,time,beamstatus,E(GeV),delivered(/pb),recorded(/pb),avgpu,source"
    assert rows[0][0] == f"{run.run_number}:{run.fill_number}"
    assert all(row[1].split(":")[1] in ("0", row[1].split(":")[0]) for row in rows)


def test_the_lumisections_after_the_first_add_up_to_what_oms_gives_for_the_run(brilcalc, run):
    _, rows, last = brilcalc(run=run.run_number, byls="true", unit="/pb")
    assert sum(float(row[5]) for row in rows[1:]) == pytest.approx(run.delivered_lumi, rel=1e-6)
    assert sum(float(row[6]) for row in rows[1:]) == pytest.approx(run.recorded_lumi, rel=1e-6)
    assert float(last.split(",")[-1]) == pytest.approx(sum(float(row[6]) for row in rows), rel=1e-6)


def test_the_runs_of_a_fill_add_up_to_the_last_cumulative_value(brilcalc, run, sandbox):
    of_fill = [one for one in sandbox.world.runs if one.fill_number == run.fill_number]
    highest = max(one.lumisections.recorded_lumi.max() for one in of_fill)
    _, rows, _ = brilcalc(fill=run.fill_number, byls="true", unit="/pb")
    assert sum(float(row[6]) for row in rows) == pytest.approx(highest, rel=1e-6)


def test_a_run_is_one_row_without_byls(brilcalc, run):
    heads, [row], _ = brilcalc(run=run.run_number, unit="/pb")
    assert heads == "#run:fill,time,nls,ncms,delivered(/pb),recorded(/pb)"
    rows = brilcalc(run=run.run_number, unit="/pb", byls="true")[1]
    assert int(row[2]) == len(rows)
    assert float(row[5]) == pytest.approx(sum(float(one[6]) for one in rows), rel=1e-6)


@pytest.mark.parametrize(("unit", "factor"), [("/fb", 1e-3), ("/nb", 1e3), ("/ub", 1e6), ("hz/ub", 1e6 / 23.311)])
def test_a_unit_changes_the_figures_alike(brilcalc, run, unit, factor):
    in_pb = float(brilcalc(run=run.run_number, unit="/pb")[1][0][5])
    heads, [row], _ = brilcalc(run=run.run_number, unit=unit)
    assert f"recorded({unit})" in heads
    assert float(row[5]) == pytest.approx(in_pb * factor, rel=1e-4)


def test_runs_are_chosen_by_fill_range_and_time(brilcalc, run, sandbox):
    of_fill = [row[0] for row in brilcalc(fill=run.fill_number)[1]]
    assert f"{run.run_number}:{run.fill_number}" in of_fill
    assert {name.split(":")[1] for name in of_fill} == {str(run.fill_number)}
    assert [row[0] for row in brilcalc(begin=run.fill_number, end=run.fill_number)[1]] == of_fill
    [only] = brilcalc(begin=run.run_number, end=run.run_number)[1]
    assert only[0].startswith(str(run.run_number))
    start = run.start_time.strftime("%m/%d/%y %H:%M:%S")
    assert brilcalc(begin=start, end=start)[1] == [only]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, "say which"),
        ({"run": "x"}, "run='x' is no number"),
        ({"begin": "yesterday"}, "is no run, fill or time"),
        ({"run": "1", "unit": "/acre"}, "unit '/acre' is not known"),
        ({"run": "1", "normtag": "x"}, "no option normtag"),
    ],
)
def test_what_is_not_understood_is_refused(sandbox, http, options, why):
    answer = http.get(sandbox.addresses()["BRILCALC_URL"], params=options)
    assert answer.status_code == 400
    assert why in answer.text


@pytest.mark.parametrize(("kind", "found"), [("null-field", ""), ("huge", str(10**15))])
def test_a_column_can_be_spoiled(brilcalc, run, sandbox, kind, found):
    sandbox.fault(kind, "brilcalc", run=run.run_number)
    assert {row[6] for row in brilcalc(run=run.run_number, byls="true")[1]} == {found}


def test_a_column_can_be_renamed(brilcalc, run, sandbox):
    sandbox.fault("renamed-field", "brilcalc", value="seen(/pb)")
    heads, _, _ = brilcalc(run=run.run_number, byls="true", unit="/pb")
    assert "delivered(/pb),seen(/pb)" in heads

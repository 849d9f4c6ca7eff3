"""The real files of 2017 and 2018, from the folder that LUMICERT_REAL_DATA names."""

import json
import os
from pathlib import Path

import jsonschema
import pytest

from lumicert.lumi import ByLs, Luminosity, dumps, load, schema
from lumicert.lumi.cli import main

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(
        "LUMICERT_REAL_DATA" not in os.environ, reason="LUMICERT_REAL_DATA names no folder of real files"
    ),
]


def real(name):
    return Path(os.environ["LUMICERT_REAL_DATA"]) / name


COUNTS = {
    "golden_2017.json": (474, 206_562),
    "dcs_2017.json": (1_016, 276_928),
    "golden_2018.json": (478, 234_529),
    "dcs_2018.json": (681, 258_508),
}


@pytest.mark.parametrize("name", COUNTS)
def test_the_strict_reader_takes_the_published_lists_and_counts_what_is_known(name):
    lumis = load(real(name)).lumis
    assert (lumis.n_runs, lumis.n_ls) == COUNTS[name]
    assert jsonschema.Draft202012Validator(schema()).is_valid(json.loads(real(name).read_text()))


@pytest.mark.parametrize(("name", "layout"), [("golden_2017.json", "line"), ("golden_2018.json", "runs")])
def test_the_golden_jsons_are_written_back_byte_for_byte(name, layout):
    assert dumps(load(real(name)).lumis, layout=layout).encode() == real(name).read_bytes()


@pytest.mark.parametrize(("year", "outside"), [(2017, 2), (2018, 0)])
def test_golden_is_not_always_within_dcs_only(year, outside):
    assert (load(real(f"golden_{year}.json")).lumis - load(real(f"dcs_{year}.json")).lumis).n_ls == outside


def test_the_algebra_on_real_lists_is_that_of_python_sets():
    golden, dcs = (load(real(f"{kind}_2017.json")).lumis for kind in ("golden", "dcs"))
    a, b = (
        {(run, ls) for run, first, last in lumis.ranges() for ls in range(first, last + 1)} for lumis in (golden, dcs)
    )
    assert [lumis.n_ls for lumis in (golden & dcs, golden | dcs, dcs - golden, golden ^ dcs)] == [
        len(pairs) for pairs in (a & b, a | b, b - a, a ^ b)
    ]


def test_brilcalcs_table_is_summed_exactly_and_the_rest_of_the_year_is_unknown():
    table = ByLs.read(real("brilcalc_by_ls_2017.csv"))
    golden = load(real("golden_2017.json")).lumis
    total = table.integrate(golden)
    assert total.recorded == Luminosity("138.789557764", "/pb")
    assert total.delivered == Luminosity("145.083609555", "/pb")
    assert (total.n_ls, total.missing.n_ls, table.n_rounded) == (206_562, 205_564, 0)


def test_a_golden_json_passes_through_a_pipe_unchanged(tmp_path, capfdbinary):
    assert main(["or", str(real("golden_2018.json")), str(real("golden_2018.json"))]) == 0
    assert capfdbinary.readouterr().out == real("golden_2018.json").read_bytes()

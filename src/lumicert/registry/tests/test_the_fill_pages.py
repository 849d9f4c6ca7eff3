"""The list of fills and the page of one: what a source said, its runs with their luminosity, and what nobody said."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from lumicert.registry.fillpage import fill_page, fills_table
from lumicert.registry.tests.world import RUN, register, report, tell, tell_fill
from lumicert.runs.models import Fill

pytestmark = pytest.mark.django_db

FILL = 6615
QUERIES_OF_A_FILL = 10
QUERIES_OF_THE_LIST = 5
START, STABLE = "2018-04-28T10:00:00Z", "2018-04-28T10:30:00Z"


@pytest.fixture
def get(shifter, client_of):
    client = client_of(shifter)
    return lambda address: client.get(address).content.decode()


def test_it_shows_what_the_source_said_with_units_and_the_time_of_stable_beams(get):
    tell_fill(
        FILL, era="2018A", peak_lumi=12934.529, start_stable_beam=STABLE, end_stable_beam="2018-04-28T18:35:00Z",
        injection_scheme="25ns_2556b", units={"peak_lumi": "10^{30}cm^{-2}s^{-1}"},
    )  # fmt: skip
    shown = get(f"/fills/{FILL}")
    assert '<dt>Peak luminosity</dt><dd>1.293 <span class="unit">10³⁴ cm⁻² s⁻¹</span>' in shown
    assert "stable beams for 8 h 05 min" in shown
    assert 'href="/runs/?era=2018A"' in shown
    assert f"https://cmsoms.cern.ch/cms/fills/report?cms_fill={FILL}" in shown
    assert '<dt>Recorded</dt><dd><span class="missing">not known</span>' in shown


def test_its_runs_stand_with_their_lumisections_and_luminosity(get):
    tell_fill(FILL)
    register(RUN, fill_number=FILL, last_lumisection_number=92, recorded_lumi=7.5)
    register(RUN + 1, fill_number=FILL)
    report(RUN + 1)
    shown = get(f"/fills/{FILL}")
    assert f'<a href="/runs/{RUN}">' in shown
    # the second run's luminosity is known by lumisection alone
    assert "recorded 9.000 pb⁻¹ together" in shown


def test_the_chart_places_runs_by_the_clock_and_else_one_behind_the_other():
    for run, start in ((1, START), (2, "2018-04-28T10:02:20Z"), (3, None)):
        register(run, fill_number=FILL, **({"start_time": start} if start else {}))
        report(run)
    chart = fill_page(FILL).chart
    # 140 s after the first run began are six lumisections
    assert chart.runs == [(0, 2, 1), (6, 8, 2), (9, 11, 3)]
    assert chart.recorded[:4] == [(0, 0.5), (1, 0.0), (2, 1.0), (6, 0.5)]


def test_without_luminosity_there_is_no_chart_but_a_word(get):
    register(RUN, fill_number=FILL)
    assert "no luminosity by lumisection is known of its runs" in get(f"/fills/{FILL}")


def test_a_fill_that_only_a_run_names_says_that_no_source_reported_it(get):
    register(RUN, fill_number=FILL)
    assert "No source reported this fill yet" in get(f"/fills/{FILL}")
    assert "no source reported this fill; its runs name it" in get("/fills/")


def test_a_fill_that_goes_on_is_never_shown_as_complete(get):
    tell_fill(FILL, state="going", energy=6500)
    assert "everything here still grows" in get(f"/fills/{FILL}")
    tell_fill(FILL, state="final")
    assert "still grows" not in get(f"/fills/{FILL}")


def test_a_fill_that_nobody_knows_is_not_found(shifter, client_of):
    for fill in (FILL, 2**40):
        response = client_of(shifter).get(f"/fills/{fill}")
        assert response.status_code == 404
        assert "no run names it" in response.content.decode()


def test_the_list_has_both_kinds_newest_first_and_goes_on():
    tell_fill(3, era="2018A")
    register(RUN, fill_number=5, recorded_lumi=2)
    register(RUN + 1, fill_number=5, recorded_lumi=1)
    rows = fills_table(before=None, era="").rows
    assert [(row.fill, row.n_runs, row.of_runs) for row in rows] == [(5, 2, 3 * 10**12), (3, 0, None)]
    assert [row.fill for row in fills_table(before=5, era="").rows] == [3]
    assert [row.fill for row in fills_table(before=None, era="2018a").rows] == [3]


def test_an_empty_list_says_why(get):
    assert "No fill is known here yet" in get("/fills/")
    tell_fill(3, era="2018A")
    assert "No fill passes these filters" in get("/fills/?era=2017")


def test_a_wrong_filter_is_told(shifter, client_of):
    response = client_of(shifter).get("/fills/?before=x")
    assert response.status_code == 400
    assert "Enter a whole number" in response.content.decode()


def test_neighbours_are_a_step_away(get):
    for fill in (1, 7):
        tell_fill(fill)
    register(RUN, fill_number=4)
    shown = get("/fills/4")
    assert 'href="/fills/1"' in shown
    assert 'href="/fills/7"' in shown


def test_a_value_is_typed_over_the_sources_and_released(shifter, client_of, get):
    tell_fill(FILL, energy=6500)
    client = client_of(shifter)
    form = get(f"/fills/{FILL}/values/energy")
    hidden = dict(re.findall(r'name="(act|expected)" value="([^"]*)"', form))
    client.post(f"/fills/{FILL}/values/energy", {**hidden, "value": "6499", "reason": "logbook"})
    assert Fill.objects.get(fill=FILL).energy == 6499
    shown = get(f"/fills/{FILL}")
    assert "typed by shifter" in shown
    assert "OMS says 6\N{NARROW NO-BREAK SPACE}500 GeV" in shown
    hidden = dict(re.findall(r'name="(act|expected)" value="([^"]*)"', get(f"/fills/{FILL}/values/energy")))
    client.post(f"/fills/{FILL}/values/energy", {**hidden, "release": "1"})
    assert Fill.objects.get(fill=FILL).energy == 6500


def test_the_chart_of_the_page_has_the_runs_of_the_fill(get):
    register(RUN, fill_number=FILL)
    report(RUN)
    drawn = re.search(r'data-runs="([^"]*)"', get(f"/fills/{FILL}"))
    assert json.loads(unescape(drawn[1])) == [[0, 2, RUN]]


def test_the_number_of_queries_does_not_grow_with_the_runs(shifter, client_of, django_assert_max_num_queries):
    tell_fill(FILL)
    client = client_of(shifter)
    for run in range(1, 12):
        register(run, fill_number=FILL)
        report(run)
        tell(run, energy=6500)
    with django_assert_max_num_queries(QUERIES_OF_A_FILL):
        client.get(f"/fills/{FILL}")
    with django_assert_max_num_queries(QUERIES_OF_THE_LIST):
        client.get("/fills/")

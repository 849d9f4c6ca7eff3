"""Runs and fills in a real browser: filter, sort, keep a view, follow a run, type a value, enter a run."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from lumicert.registry.tests.world import RUN, register, report, say, tell, tell_fill
from lumicert.runs.models import Run
from lumicert.shell.models import SavedView

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FILL = 6615
PAGES = ("/runs/", f"/runs/{RUN}", "/runs/new", f"/runs/{RUN}/values/energy", "/fills/", f"/fills/{FILL}")


@pytest.fixture
def table(live, shifter) -> Page:
    register(RUN, fill_number=FILL, start_time="2018-04-28T10:00:00Z")
    report(cms_active={"true": ((1, 2),), "false": ((3, 3),)})
    tell(state="going", last_lumisection_number=3, energy=6499, fill_number=FILL)
    tell_fill(FILL, era="2018A", energy=6499)
    register(RUN + 1, klass="Cosmics18")
    live.sign_in(shifter)
    live.open("/runs/")
    return live.page


def numbers(page: Page) -> list[str]:
    return [
        row.removeprefix("run-") for row in page.locator("#run-rows tr").evaluate_all("rows => rows.map(r => r.id)")
    ]


def test_filtering_sorting_and_keeping_a_view(table):
    table.get_by_label("Class", exact=True).fill("Collisions18")
    table.get_by_role("button", name="Filter").click()
    # only what was asked for is in the address
    expect(table).to_have_url(re.compile(r"/runs/\?class=Collisions18$"))
    assert numbers(table) == [str(RUN)]
    table.get_by_role("link", name="LS", exact=True).click()
    expect(table.locator("th[aria-sort=descending]")).to_have_text("LS")
    table.get_by_role("button", name="Views").click()
    table.get_by_label("Name of the new view").fill("bright runs")
    table.get_by_role("button", name="Save what is shown").click()
    expect(table.locator("#messages")).to_contain_text("Saved the view 'bright runs'")
    assert SavedView.objects.get().query == "class=Collisions18&sort=-ls"


def test_a_further_filter_appears_when_its_column_is_chosen(table):
    table.get_by_label("More filters").select_option("energy")
    table.get_by_label("Energy from").fill("6000")
    table.get_by_role("button", name="Filter").click()
    expect(table).to_have_url(re.compile(r"/runs/\?energy\.from=6000$"))
    assert numbers(table) == [str(RUN)]


def test_columns_are_chosen_and_go_back_to_the_usual_ones(table):
    table.get_by_role("button", name="Columns").click()
    table.locator("#columns").get_by_label("energy", exact=True).check()
    table.get_by_role("button", name="Show these").click()
    expect(table.locator("thead")).to_contain_text("Energy / GeV")
    table.get_by_role("button", name="Columns").click()
    table.get_by_role("link", name="The usual ones").click()
    expect(table.locator("thead")).not_to_contain_text("Energy")


def test_a_run_grows_and_a_new_one_appears_without_loading_the_page(table):
    table.evaluate("window.stayed = true")
    expect(table.locator(f"#run-{RUN}")).to_contain_text("going on")
    tell(state="going", last_lumisection_number=77)
    register(RUN + 2)
    expect(table.locator(f"#run-{RUN}")).to_contain_text("77")
    assert numbers(table) == [str(RUN + 2), str(RUN + 1), str(RUN)]
    assert table.evaluate("window.stayed")


def test_what_one_reads_stays_where_it_is_when_a_run_comes_in_above(table, live):
    for run in range(1, 60):
        register(run)
    live.open("/runs/")
    row = table.locator("#run-40")
    row.scroll_into_view_if_needed()
    row.hover()
    before = row.bounding_box()["y"]
    register(RUN + 5)
    expect(table.get_by_role("button", name="1 new above")).to_be_visible()
    assert abs(row.bounding_box()["y"] - before) < 2
    table.get_by_role("button", name="1 new above").click()
    expect(table.locator(f"#run-{RUN + 5}")).to_be_in_viewport()


def test_paused_it_does_not_follow(table):
    table.get_by_role("button", name="live").click()
    expect(table.locator("live-page")).to_have_text("paused")
    asked: list[str] = []
    table.on("request", lambda request: asked.append(request.url))
    table.wait_for_timeout(3500)
    assert asked == []
    tell(state="going", last_lumisection_number=78)
    table.get_by_role("button", name="paused").click()
    expect(table.locator(f"#run-{RUN}")).to_contain_text("78")


def test_the_page_of_a_run_follows_it_and_leaves_alone_where_somebody_types(table, live):
    live.open(f"/runs/{RUN}")
    expect(table.locator("#completeness")).to_contain_text("going on")
    table.get_by_label("Lumisections: whose word").click()
    table.locator("#value-last_lumisection_number [name=value]").fill("99")
    say("BAD", ((5, 9),))
    tell(state="ended", last_lumisection_number=78, energy=6500)
    expect(table.locator("#completeness")).to_contain_text("ended")
    expect(table.locator("#components")).to_contain_text("tracker-pixel")
    assert table.locator("#value-last_lumisection_number [name=value]").input_value() == "99"
    table.locator("#value-last_lumisection_number").get_by_role("button", name="Close").click()
    expect(table.locator("#facts")).to_contain_text("78")


def test_a_value_is_typed_in_place_and_undone_from_the_notice(table, live, page_errors):
    page_errors.expect("422")
    live.open(f"/runs/{RUN}")
    table.get_by_label("Energy of a beam: whose word").click()
    panel = table.locator("#value-energy")
    panel.get_by_label("The value that is right").fill("high")
    panel.get_by_label("Why").fill("logbook")
    panel.get_by_role("button", name="Type it").click()
    expect(panel).to_contain_text("'high' is not a number")
    panel.get_by_label("The value that is right").fill("6500")
    panel.get_by_role("button", name="Type it").click()
    expect(table.locator("#messages")).to_contain_text("Typed Energy of a beam")
    assert Run.objects.get(run=RUN).energy == 6500
    table.locator("#messages").get_by_role("button", name="Undo").click()
    expect(table.locator("#messages")).to_contain_text("Undone")
    assert Run.objects.get(run=RUN).energy == 6499


def test_a_run_is_entered_by_hand(table):
    table.get_by_role("link", name="Enter a run by hand").click()
    table.get_by_label("Run", exact=True).fill("400000")
    table.get_by_role("combobox", name="Type").select_option("cosmics")
    table.get_by_label("Lumisections", exact=True).fill("12")
    table.get_by_role("button", name="Enter the run").click()
    expect(table.locator("h1")).to_have_text("Run 400000")
    expect(table.locator("#messages")).to_contain_text("Entered run 400000 by hand")


def test_one_lumisection_is_read_in_all_lanes_at_once(table, live):
    live.open(f"/runs/{RUN}?dataset=/PromptReco/Collisions2018A/DQM")
    box = table.locator("#timeline lumi-line canvas").first.bounding_box()
    table.mouse.move(box["x"] + 2.5 / 92 * box["width"], box["y"] + 5)
    reading = table.locator("#timeline .ls-reading")
    expect(reading).to_contain_text("LS 3 · recorded 1 pb⁻¹ · delivered 1.1 pb⁻¹ · CMS active: no")
    expect(table.locator("#timeline .ls-line")).to_be_visible()


def test_a_place_in_a_fill_is_read_as_its_run_and_lumisection(table, live):
    live.open(f"/fills/{FILL}")
    box = table.locator("lumi-line canvas").bounding_box()
    table.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 5)
    expect(table.locator(".ls-reading")).to_contain_text(f"run {RUN}, LS 1 · recorded 0.5 pb⁻¹")


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_fits_a_small_screen(address, theme, table, live):
    table.emulate_media(color_scheme=theme)
    table.set_viewport_size({"width": 390, "height": 780})
    live.open(address)
    assert table.evaluate("document.documentElement.scrollWidth") <= 390

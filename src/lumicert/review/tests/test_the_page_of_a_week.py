"""The page of a week: what it shows, for whom, as files; which days are asked for; ticking the checklist."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date

import pytest

from lumicert.certification.tests.told import a_run, certified, say
from lumicert.certification.weekly import Week, check_week, state_of
from lumicert.decisions.kinds import NewEvent, kind_named
from lumicert.decisions.selectors import current_seq
from lumicert.review import week as reading
from lumicert.review.tests.world import RUN, approve, bad_pixel, certify, register, typed
from lumicert.review.week_blocks import BLOCKS

pytestmark = pytest.mark.django_db

WEEK = Week(2018, 20)
MON, SUN = date(2018, 5, 14), date(2018, 5, 20)
ADDRESS, TICK = "/review/week/?week=2018-W20", "/review/week/tick"
REVIEWED, MAPS = "shiftleader:1:daily-review", "shiftleader:1:maps-missing"
QUERIES_OF_THE_PAGE = 12


@pytest.fixture
def client(leader, client_of):
    return client_of(leader)


@pytest.fixture
def week():
    """A run that changed its flag and one without luminosity, both of a fill; a cosmic run; one of the next week."""
    say(a_run(RUN, recorded=12.5, n_ls=92, fill=7123), a_run(RUN + 1, n_ls=40, fill=7123), a_run(RUN + 2, n_ls=7))
    say(
        certified(RUN, verdict="bad", tracker_map="missing"), certified(RUN, reconstruction="prompt", on=SUN),
        certified(RUN + 1), certified(RUN + 2, "cosmics", shifter="anna"),
        certified(RUN + 3, on=date(2018, 5, 21)),
    )  # fmt: skip


def shown(response) -> str:
    """The text of a page, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def rows(client, block: str, query: str = "week=2018-W20") -> list[dict[str, str]]:
    answer = client.get(f"/review/week/?{query}&block={block}&format=csv")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


# ---- figures ----


def test_the_overview_says_what_was_certified_and_what_is_not_known(week, client):
    first, second, third, total = rows(client, "overview")
    assert (first["Type"], first["Reconstruction"], first["Certified"], first["Bad"]) == (
        "collisions", "express", "2", "1",
    )  # fmt: skip
    assert (first["Recorded / pb⁻¹"], first["Recorded, bad / pb⁻¹"]) == ("12.500", "12.500")
    assert first["Not known"] == "luminosity of 1 run"
    assert (second["Reconstruction"], second["Good"], third["Type"]) == ("prompt", "1", "cosmics")
    assert (total["Type"], total["Certified"], total["Runs"], total["Maps missing"]) == ("all", "4", "3", "1")
    # the run that is certified twice has its luminosity once
    assert (total["Recorded / pb⁻¹"], total["Run range"]) == ("12.500", f"{RUN} – {RUN + 2}")


def test_days_are_those_of_the_certifications(week, client):
    found = [(row["Day"], row["Type"], row["Certified"], row["Flags changed"]) for row in rows(client, "days")]
    assert found == [
        ("2018-05-14", "collisions", "2", ""), ("2018-05-14", "cosmics", "1", ""), ("2018-05-14", "all", "3", ""),
        ("2018-05-20", "collisions", "1", ""), ("2018-05-20", "all", "1", str(RUN)),
    ]  # fmt: skip


def test_runs_fills_flags_and_shifters_are_listed(week, client):
    assert [(row["Reconstruction"], row["Verdict"], row["Runs"]) for row in rows(client, "runs")] == [
        ("express", "GOOD", str(RUN + 1)), ("express", "BAD", str(RUN)), ("prompt", "GOOD", str(RUN)),
        ("express", "GOOD", str(RUN + 2)),
    ]  # fmt: skip
    assert [(row["Type"], row["Fill"], row["Certified runs"]) for row in rows(client, "fills")] == [
        ("collisions", "7123", f"{RUN + 1} {RUN}"), ("collisions", "7123", str(RUN)), ("cosmics", "", str(RUN + 2)),
    ]  # fmt: skip
    (changed,) = rows(client, "changed")
    assert (changed["Run"], changed["Verdicts"], changed["Express to prompt"]) == (
        str(RUN), "express BAD, prompt GOOD", "to good",
    )  # fmt: skip
    assert [(row["Shifter"], row["Certified"]) for row in rows(client, "shifters")] == [("anna", "1"), ("shifter", "3")]


def test_a_fill_of_which_nothing_was_told_says_so_beside_its_runs(week, client):
    (fill,) = rows(client, "luminosity")
    assert (fill["Fill"], fill["Delivered / pb⁻¹"], fill["Efficiency / %"]) == ("7123", "", "")
    assert (fill["Certified runs"], fill["Recorded by these / pb⁻¹"]) == ("2", "12.500")
    assert fill["Not known"] == "luminosity of 1 run"


@pytest.mark.parametrize(
    ("unit", "peak"),
    [
        ("10^{30}cm^{-2}s^{-1}", "1.2935"), ("10^{34}cm^{-2}s^{-1}", "12934.5290"),
        ("parsecs", "12934.529 parsecs"), (None, "12934.529 of an unknown unit"),
    ],
)  # fmt: skip
def test_a_peak_luminosity_is_in_the_unit_of_its_heading_or_says_its_own(week, client, unit, peak):
    said = {"source": "OMS", "fetched_at": "2018-09-27T00:00:00Z", "state": "final", "fill": 7123}
    values = {"peak_lumi": 12934.529, "delivered_lumi": 600, "recorded_lumi": 540.5, "peak_pileup": 50.5681}
    units = {"peak_lumi": unit} if unit else {}
    payload = kind_named("fill.reported").payload
    say(NewEvent(payload(**said, attributes=values | {"first_run_number": RUN}, units=units)))
    (fill,) = rows(client, "luminosity")
    assert fill["Peak luminosity / 10³⁴ cm⁻² s⁻¹"] == peak
    assert (fill["First run"], fill["Efficiency / %"], fill["Peak pile-up"]) == (str(RUN), "90.1", "50.6")
    assert (fill["Delivered / pb⁻¹"], fill["Recorded / pb⁻¹"]) == ("600.000", "540.500")


def test_what_waits_for_a_review_is_what_was_made_here(week, shifter, leader, client):
    for run in (RUN + 10, RUN + 11):
        register(run)
        certify(shifter, run, on=MON)
    approve(leader, RUN + 10)
    found = [(row["Run"], row["Shifter"], row["Verdict"]) for row in rows(client, "unreviewed")]
    assert found == [(str(RUN + 11), "shifter", "GOOD")]


def test_a_certification_that_is_changed_counts_as_it_stands(shifter, client):
    register()
    certify(shifter, on=MON)
    certify(shifter, on=MON, said=bad_pixel())
    (of_key, _) = rows(client, "overview")
    assert (of_key["Certified"], of_key["Bad"]) == ("1", "1")


def test_the_page_has_every_block_with_its_files_and_words_for_colours(week, client):
    response = client.get(ADDRESS)
    page, text = response.content.decode(), shown(response)
    for key in BLOCKS:
        assert f'id="{key}"' in page
        assert f"block={key}&amp;format=csv" in page or key in {"unreviewed", "against"}
    assert "Week 20 of 2018" in text
    assert "certified Mon 14 May 2018 to Sun 20 May 2018 · as of now" in text
    assert "4 certifications of 3 runs, 1 bad" in text
    assert 'class="status bad">BAD<' in page
    assert f'href="/certifications/{RUN}/prompt/"' in page
    assert "Check the 3 runs of these days" in text
    assert str(RUN + 3) not in page


def test_a_block_as_text_says_which_days_and_as_of_when(week, client):
    text = client.get(f"{ADDRESS}&block=runs&format=text").content.decode()
    assert "Tracker: Week 20 of 2018, certified 2018-05-14 to 2018-05-20, as of" in text
    assert f"(event {current_seq()})" in text
    assert re.search(rf"^collisions  express +GOOD +1 +{RUN + 1}$", text, re.MULTILINE)


@pytest.mark.parametrize("asked", ["block=runs&format=pdf", "block=nothing&format=csv", "format=csv"])
def test_a_file_that_there_is_not_is_refused_with_those_that_there_are(client, asked):
    response = client.get(f"{ADDRESS}&{asked}")
    assert response.status_code == 400
    assert "overview" in response.content.decode()


def test_days_without_a_certification_say_so(client):
    text = shown(client.get(ADDRESS))
    assert "Nothing was certified on these days." in text
    assert "Nobody certified anything." in text


# ---- which days ----


def test_without_a_word_it_is_the_week_of_now(week, client, monkeypatch):
    for day, label in ((SUN, "Week 20 of 2018"), (date(2018, 5, 21), "Week 21 of 2018")):
        monkeypatch.setattr(reading, "today", lambda day=day: day)
        assert label in shown(client.get("/review/week/"))


def test_the_weeks_beside_it_are_links_that_keep_the_filters(client):
    page = client.get("/review/week/?week=2018-W52&shifter=anna").content.decode()
    assert 'href="?week=2018-W51&amp;shifter=anna"' in page
    assert 'href="?week=2019-W01&amp;shifter=anna"' in page


def test_a_range_of_days_names_its_weeks_and_has_no_checklist(week, client):
    text = shown(client.get("/review/week/?from=2018-05-14&to=2018-05-21"))
    assert "Weeks 20-21 of 2018" in text
    assert "5 certifications of 4 runs" in text
    assert "is of a whole week: choose one" in text
    # a range that is a week is that week
    assert "Checklist of week 2018-W20" in shown(client.get("/review/week/?from=2018-05-14&to=2018-05-20"))


def test_filters_narrow_every_block(week, client):
    assert len(rows(client, "overview", "week=2018-W20&reconstruction=prompt")) == 2
    assert [row["Shifter"] for row in rows(client, "shifters", "week=2018-W20&shifter=anna")] == ["anna"]
    assert [row["Runs"] for row in rows(client, "runs", f"week=2018-W20&runs={RUN + 2}")] == [str(RUN + 2)]
    text = shown(client.get(f"{ADDRESS}&shifter=nobody"))
    assert "Nothing was certified on these days that passes the filters: show all" in text


def test_missing_maps_lead_to_the_same_certifications_in_their_table(week, client):
    page = client.get(f"{ADDRESS}&shifter=shifter").content.decode()
    of_key = "/certifications/?from=2018-05-14&to=2018-05-20&shifter=shifter&type=collisions&reconstruction=express"
    assert f"{of_key}&map=missing".replace("&", "&amp;") in page
    table = client.get(f"{of_key}&map=missing").content.decode()
    assert f'href="/certifications/{RUN}/express/"' in table
    assert f'href="/certifications/{RUN + 1}/express/"' not in table


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("week=2018-W54", "2018 has no week 54"),
        ("week=soon", "&#x27;soon&#x27; is no week such as 2018-W20"),
        ("week=9999-W52", "is no week of the years 2000 to 2200"),
        ("from=0001-01-01&to=0001-01-03", "say days of the years 2000 to 2200"),
        ("from=9999-12-30&to=9999-12-31", "say days of the years 2000 to 2200"),
        ("from=2018-05-14", "say both the first and the last day"),
        ("to=2018-05-14", "say both the first and the last day"),
        ("from=2018-05-20&to=2018-05-14", "did you mean 2018-05-14 to 2018-05-20?"),
        ("from=2017-05-20&to=2018-05-14", "that is more than 100 days"),
        ("from=May&to=June", "write a day as 2018-06-01"),
        ("week=2018-W20&from=2018-05-14&to=2018-05-20", "say a week or days, not both"),
        ("runs=x", "is no range of runs"),
    ],
)
def test_days_that_cannot_be_are_told_and_kept(client, query, said):
    response = client.get(f"/review/week/?{query}")
    assert response.status_code == 400
    assert said in response.content.decode()
    for value in re.findall(r"=([^&]+)", query):
        assert f'value="{value}"' in response.content.decode()


# ---- who ----


@pytest.mark.parametrize("who", ["shifter", "shifter2", "leader", "admin_account"])
def test_who_certifies_reads_the_week(week, who, client_of, request):
    response = client_of(request.getfixturevalue(who)).get(ADDRESS)
    assert response.status_code == 200
    assert ("Save the checklist" in shown(response)) is (who in ("leader", "admin_account"))
    assert 'href="/review/week/" aria-current="page"' in response.content.decode()


def test_a_guest_and_a_stranger_see_nothing_and_tick_nothing(guest, client_of):
    before = current_seq()
    for client, status in ((client_of(guest), 403), (client_of(None), 302)):
        assert client.get(ADDRESS).status_code == status
        assert client.post(TICK, typed(week=str(WEEK), tick=REVIEWED)).status_code == status
    assert current_seq() == before


@pytest.mark.parametrize("who", ["shifter", "shifter2"])
def test_a_shifter_reads_what_is_ticked_and_ticks_nothing(who, leader, client_of, request):
    client = client_of(request.getfixturevalue(who))
    client_of(leader).post(TICK, typed(week=str(WEEK), tick=REVIEWED, note="maps of 315257"))
    text = shown(client.get(ADDRESS))
    assert text.count("not ticked") == 10
    assert "maps of 315257" in text
    assert client.post(TICK, typed(week=str(WEEK), tick=MAPS)).status_code == 403


def test_a_leader_of_another_workspace_reads_and_does_not_tick(leader, client):
    leader.workspaces = ["dt"]
    leader.save()
    assert "Save the checklist" not in shown(client.get(ADDRESS))
    response = client.post(TICK, typed(week=str(WEEK), tick=MAPS))
    assert response.status_code == 403
    assert "You certify dt" in shown(response)


def test_a_workspace_that_there_is_not_is_named(client):
    response = client.get(f"{ADDRESS}&workspace=castor")
    assert response.status_code == 404
    assert "there is no workspace &#x27;castor&#x27;" in response.content.decode()


def test_each_workspace_has_its_own_week_and_checklist(week, client, settings, tmp_path):
    muons = {"name": "muons", "label": "Muons", "parts": [{"key": "dt", "label": "DT", "component": "dt-dt"}]}
    (tmp_path / "muons.json").write_text(json.dumps(muons))
    settings.CONFIG = settings.CONFIG.model_copy(update={"workspaces": tmp_path})
    assert 'workspace=muons">Muons</a>' in client.get(ADDRESS).content.decode()
    response = client.post(TICK, typed(week=str(WEEK), workspace="muons", tick=MAPS), follow=True)
    assert response.redirect_chain == [(f"{ADDRESS}&workspace=muons", 302)]
    text = shown(response)
    assert "Nothing was certified on these days." in text
    assert "1 of 11 ticked" in text
    assert ticks() == set()


def test_ticking_is_never_a_link(client):
    assert client.get(TICK).status_code == 405


# ---- the checklist ----


def ticks() -> set[str]:
    return {
        f"{each.identifier}:{each.version}:{each.key}" for each in state_of(WEEK, workspace="tracker").ticks.values()
    }


def test_ticking_says_what_it_did_and_who_did_it(client):
    response = client.post(TICK, typed(week=str(WEEK), tick=[REVIEWED, MAPS], note="all is well"), follow=True)
    assert response.redirect_chain == [(ADDRESS, 302)]
    text = shown(response)
    assert f"Saved the checklist of week 2018-W20 (event {current_seq()})" in text
    assert "Undo" in text
    assert "2 of 11 ticked" in text
    assert text.count("not ticked") == 9
    assert "leader, " in text
    assert ticks() == {REVIEWED, MAPS}


def test_an_item_that_was_ticked_in_another_version_says_so(leader, admin_account, client):
    from lumicert.catalogue.services import save_checklist

    client.post(TICK, typed(week=str(WEEK), tick=REVIEWED))
    (of,) = state_of(WEEK, workspace="tracker").checklists
    document = of.document.model_dump(mode="json") | {"title": "The week"}
    save_checklist(identifier="shiftleader", document=document, note="", actor=admin_account, expected=1)
    assert "in version 1" in shown(client.get(ADDRESS))


def test_a_refused_form_keeps_what_was_ticked_and_written(client):
    response = client.post(TICK, typed(week=str(WEEK), tick=[MAPS, "shiftleader:1:no-such-item"], note="keep <this>"))
    assert response.status_code == 422
    page = response.content.decode()
    assert "&#x27;no-such-item&#x27; is no item of shiftleader v1 any more" in page
    assert f'value="{MAPS}" checked' in page
    assert "keep &lt;this&gt;</textarea>" in page
    assert ticks() == set()


def test_of_two_leaders_the_second_sees_what_the_first_ticked_and_loses_nothing(admin_account, client):
    read_at = current_seq()
    check_week(
        week=WEEK, workspace="tracker", ticked=[("shiftleader", 1, "daily-review")], note="look at layer 2",
        actor=admin_account, expected=read_at,
    )  # fmt: skip
    response = client.post(TICK, {"week": str(WEEK), "tick": MAPS, "note": "mine", "expected": read_at})
    assert response.status_code == 409
    page, text = response.content.decode(), shown(response)
    assert "What you ticked and wrote is still here" in text
    assert "The note there: “look at layer 2”" in text
    assert f'value="{MAPS}" checked' in page
    assert f'value="{REVIEWED}" checked' in page
    assert "mine</textarea>" in page
    again = re.search(r'name="expected" value="(\d+)"', page)[1]
    sent = {"week": str(WEEK), "tick": [MAPS, REVIEWED], "note": "mine", "expected": again}
    assert client.post(TICK, sent).status_code == 302
    found = {each.key: each.by for each in state_of(WEEK, workspace="tracker").ticks.values()}
    assert found == {"daily-review": "admin", "maps-missing": "leader"}


@pytest.mark.parametrize("week", ["", "2018-W60", "x"])
def test_a_week_that_there_is_not_is_refused(week, client):
    assert client.post(TICK, typed(week=week, tick=MAPS)).status_code == 400


# ---- cost ----


def test_the_number_of_queries_does_not_grow_with_the_week(week, client, django_assert_max_num_queries):
    for of in range(60):
        run = RUN + 100 + of
        say(a_run(run, recorded=1, fill=7000 + of % 9), certified(run, on=date(2018, 5, 14 + of % 7)))
        say(certified(run, reconstruction="prompt", verdict="bad"))
    client.post(TICK, typed(week=str(WEEK), tick=REVIEWED))
    with django_assert_max_num_queries(QUERIES_OF_THE_PAGE):
        assert client.get(ADDRESS).status_code == 200

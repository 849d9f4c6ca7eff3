"""The comparison as people see it: what is told apart, filters in the address, files, and what is missing is said."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from lumicert.crosscheck import kept, selectors
from lumicert.crosscheck.models import Asked, Delivery
from lumicert.crosscheck.tests.world import (
    EXPRESS,
    N_LS,
    RUN,
    Registry,
    a_run,
    bad_pixel,
    certify,
    look,
    withdraw,
    words,
    writing_begins,
)  # fmt: skip

pytestmark = pytest.mark.django_db

ADDRESS = "/crosscheck/"
MOST_QUERIES = 12


@pytest.fixture
def client(leader, client_of):
    return client_of(leader)


@pytest.fixture
def page(client):
    def read(query: str = "") -> str:
        response = client.get(f"{ADDRESS}{query}")
        assert response.status_code == 200, response.content.decode()
        return response.content.decode()

    return read


@pytest.fixture
def five(shifter, set_up, told) -> Registry:
    """Run by run: the same, differs, differs and closed, missing there, and closed there without us."""
    registry = Registry()
    for place in range(4):
        a_run(RUN + place, by=shifter, n_ls=N_LS)
        certify(RUN + place, by=shifter, date=date(2018, 5, 10 + place))
    for place in (0, 1, 2, 4):
        registry.has(RUN + place, state="COMPLETED" if place in (2, 4) else "OPEN")
    registry.says("tracker-pixel", 37, 41, "BAD", run=RUN + 1)
    registry.says("tracker-strip", 9, 9, "NO VALUE FOUND", run=RUN + 2)
    # the run behind is certified as well, so that the question is for all between
    a_run(RUN + 5, by=shifter, n_ls=N_LS, datasets=("prompt",))
    certify(RUN + 5, "prompt", said=words("BAD/L", tracking="GOOD"), by=shifter)
    registry.has(RUN + 5, "/PromptReco/Collisions2018A/DQM")
    look(registry)
    told()
    return registry


def runs_of(text: str) -> list[int]:
    return [int(run) - RUN for run in re.findall(r'<td class="num"><a href="/runs/(\d+)', text)]


def test_only_what_differs_is_shown_unless_more_is_asked_for(five, page):
    assert runs_of(page()) == [4, 3, 2, 1]
    assert runs_of(page("?show=all")) == [5, 4, 3, 2, 1, 0]


@pytest.mark.parametrize(
    ("query", "runs"),
    [
        ("show=same", [5, 0]),
        ("show=differs", [1]),
        ("show=closed", [2]),
        ("show=missing", [3]),
        ("show=not-ours", [4]),
        ("show=unseen", []),
        (f"show=all&runs={RUN + 1}-{RUN + 2},{RUN + 5}", [5, 2, 1]),
        ("show=all&from=2018-05-11&to=2018-05-12", [2, 1]),
        ("show=all&reconstruction=prompt", [5]),
        ("show=all&type=cosmics", []),
        ("component=pixel", [1]),
        ("component=strip", [2]),
        ("registry=ours", []),
        ("registry=ours&show=all", [5, 3, 2, 1, 0]),
    ],
)
def test_each_filter_is_a_part_of_the_address(query, runs, five, page):
    assert runs_of(page(f"?{query}")) == runs


def test_a_row_has_both_sides_and_the_lumisections_in_which_they_differ(five, page):
    text = page(f"?runs={RUN + 1}")
    assert "differ in LS" in text
    assert "37–41 (5" in text
    assert f'href="/certifications/{RUN + 1}/express/"' in text
    assert ">OPEN</a>" in text
    assert "not said there: LS" in page(f"?runs={RUN + 2}")


def test_totals_are_of_all_that_pass_the_filters(five, page):
    told = re.findall(r'show=([\w-]+)[^>]*><span class="status \w+">[^<]+</span></a> <b>(\d+)</b>', page())
    assert dict(told) == {"same": "2", "differs": "1", "missing": "1", "closed": "1", "not-ours": "1", "unseen": "0"}


def test_low_statistics_are_marked_and_no_difference(five, page):
    assert "low stat." in page("?show=same")


def test_the_file_has_a_line_a_component(five, client):
    response = client.get(f"{ADDRESS}?format=csv&component=pixel")
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert [row["component"] for row in rows] == ["tracker-pixel", "tracker-strip", "tracker-track"]
    pixel = rows[0]
    assert (pixel["ls_status_differs"], pixel["n_ls_that_differ"], pixel["kind"]) == ("37-41", "5", "differs")
    assert pixel["theirs"] == f"BAD 37-41; GOOD 1-36, 42-{N_LS}"
    everything = client.get(f"{ADDRESS}?format=csv&show=all").content.decode()
    assert everything.count("\n") == 1 + 6 * 3


def test_a_wrong_filter_is_told_at_its_field_and_stays(five, client):
    response = client.get(f"{ADDRESS}?runs=32x&from=2018-05-12&to=2018-05-01")
    assert response.status_code == 400
    assert "is no range of runs" in response.content.decode()
    assert "lies before" in response.content.decode()
    assert 'value="32x"' in response.content.decode()


def test_a_workspace_that_there_is_not_is_not_found(client):
    assert client.get(f"{ADDRESS}?workspace=moon").status_code == 404


def test_what_was_certified_again_since_is_marked(five, shifter, page):
    certify(RUN + 1, said=bad_pixel((1, 2)), by=shifter)
    withdraw(shifter, RUN + 2)
    assert "changed since it was compared" in page(f"?runs={RUN + 1}")
    assert "withdrawn since it was compared" in page(f"?runs={RUN + 2}")
    assert "not in the comparison yet" in page()
    kept.catch_up()
    assert "not in the comparison yet" not in page()


def test_without_a_registry_outside_the_page_says_so_and_compares_with_our_own_log(shifter, page):
    a_run(RUN, by=shifter, n_ls=N_LS)
    certify(RUN, by=shifter)
    kept.catch_up()
    assert runs_of(page("?show=all")) == [0]
    assert "LUMICERT_RUN_REGISTRY_URL" in page("?registry=outside")


def test_one_that_was_never_reached_is_no_registry_in_which_everything_is_missing(set_up, told, shifter, page):
    a_run(RUN, by=shifter, n_ls=N_LS)
    certify(RUN, by=shifter)
    kept.catch_up()
    assert "has not been asked yet" in page()
    for _ in range(3):
        told(fails=True)
    text = page()
    assert "cannot be reached since" in text
    assert "never reached" in text
    assert "did not answer within 10 s" in text
    assert "not asked yet" in page("?show=all")


def test_one_that_is_down_now_says_since_when_and_what_was_seen_stays(five, told, page):
    for _ in range(3):
        told(fails=True)
    text = page()
    assert "cannot be reached since" in text
    assert "What was seen stays, with its age" in text
    assert runs_of(text) == [4, 3, 2, 1]


def test_why_a_run_could_not_be_read_again_is_told(five, page):
    Asked.objects.filter(run=RUN + 1).update(failure="it has no run_number")
    assert "it has no run_number" in page()


def test_no_page_asks_outside(five, page, settings, monkeypatch):
    from lumicert.runs import outside

    def nobody() -> None:
        raise AssertionError("a page asked outside")

    monkeypatch.setattr(outside, "run_registry", nobody)
    page()
    page("?show=all&format=csv")


def test_ask_now_has_the_runs_of_the_page_asked_about(five, client):
    response = client.post(f"{ADDRESS}ask", {"run": [RUN, RUN + 1], "next": f"{ADDRESS}?show=all"})
    assert response.url == f"{ADDRESS}?show=all"
    from lumicert.crosscheck import seeing

    assert seeing.due() == [RUN + 1, RUN]
    assert {job.task_name for job in ProcrastinateJob.objects.all()} == {"crosscheck.look", "crosscheck.compare"}


@pytest.mark.parametrize("there", ["https://evil.example.org/", "//evil.example.org", "/runs/", "javascript:1"])
def test_ask_now_leads_nowhere_else(there, five, client):
    assert client.post(f"{ADDRESS}ask", {"next": there}).url == ADDRESS


def test_ask_now_with_what_is_no_run_asks_about_nothing_more(five, client):
    assert client.post(f"{ADDRESS}ask", {"run": ["x", "-1", "9" * 30]}).status_code == 302


def test_without_a_registry_there_is_nobody_to_ask(client, page):
    client.post(f"{ADDRESS}ask")
    assert "there is nobody to ask" in page()
    assert "Ask now" not in page("?registry=outside")


def test_the_page_takes_at_most_12_queries_however_many_rows_it_has(
    five, shifter, client, django_assert_max_num_queries
):
    writing_begins()
    for place in range(10, 24):
        a_run(RUN + place, by=shifter, n_ls=N_LS)
        certify(RUN + place, by=shifter)
    kept.catch_up()
    for query in ("", "?show=all", "?registry=ours&show=all"):
        with django_assert_max_num_queries(MOST_QUERIES):
            client.get(f"{ADDRESS}{query}")


def test_a_long_comparison_has_pages_and_one_that_is_not_there_is_the_last(five, page, monkeypatch):
    monkeypatch.setattr(selectors, "ROWS_A_PAGE", 2)
    assert runs_of(page("?page=2")) == [2, 1]
    assert runs_of(page("?page=99")) == [2, 1]
    assert "page 1 of 2" in page()


def test_what_the_outbox_never_took_is_written_from_its_line(five, page, client):
    writing_begins()
    text = page()
    assert [int(run) - RUN for run in re.findall(r'<button[^>]*name="certification" value="(\d+) express"', text)] == [
        2,
        1,
    ]
    assert "Write these 2 there" in text
    sent = {"certification": f"{RUN + 1} express", "next": f"{ADDRESS}?show=all"}
    answer = client.post(f"{ADDRESS}outbox/write", sent, follow=True)
    assert answer.redirect_chain == [(f"{ADDRESS}?show=all", 302)]
    text = answer.content.decode()
    assert "1 certification goes into the outbox" in text
    assert "outbox: waits" in text
    assert "Write these" not in text
    assert list(Delivery.objects.values_list("run", flat=True)) == [RUN + 1]
    assert "it has all of that already" in client.post(f"{ADDRESS}outbox/write", sent, follow=True).content.decode()
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize("sent", [{}, {"certification": ["x", "1", "99999999999999 express", f"{RUN} moon"]}])
def test_what_is_no_certification_is_not_written(five, client, sent):
    answer = client.post(f"{ADDRESS}outbox/write", sent, follow=True)
    assert "Nothing was put into the outbox" in answer.content.decode()
    assert not Delivery.objects.exists()


def test_nobody_is_offered_to_write_while_that_is_off_nor_who_may_not(five, page, client, shifter, client_of, settings):
    assert "Write ours there" not in client_of(shifter).get(ADDRESS).content.decode()
    assert client_of(shifter).post(f"{ADDRESS}outbox/write", {}).status_code == 403
    settings.CONFIG = settings.CONFIG.model_copy(update={"run_registry_write": False})
    assert "Write ours there" not in page()
    sent = {"certification": f"{RUN + 1} express"}
    assert "is switched off here" in client.post(f"{ADDRESS}outbox/write", sent, follow=True).content.decode()
    assert not Delivery.objects.exists()


def test_texts_from_there_are_escaped(five, page):
    five.says("tracker-pixel", 1, 1, "<script>alert(1)</script>", run=RUN)
    Asked.objects.update(due_at=date(2018, 1, 1).isoformat() + "T00:00:00Z")
    look(five)
    text = page()
    assert "<script>alert" not in text
    assert "&lt;SCRIPT&gt;" in text


def test_datasets_are_named(five, page):
    assert EXPRESS in page()

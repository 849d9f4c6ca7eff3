"""The page Golden JSON, as each account meets it."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from lumicert.accounts.models import User
from lumicert.accounts.testing import ClientOf
from lumicert.golden import policies
from lumicert.golden.tests.world import DATASET, good_run, is_status, report, say
from lumicert.lumi import LumiSet
from lumicert.runs.services import PublishedList, import_list

pytestmark = pytest.mark.django_db

PAGES = ("portal", "map", "runs", "costs", "explain", "download")
ASKED = {"dataset": DATASET, "policy": "tracker-good@1"}


def get(client: Any, page: str, **asked: object) -> Any:
    return client.get(reverse(f"golden:{page}"), {**ASKED, **asked})


@pytest.mark.parametrize("page", PAGES)
def test_a_guest_is_refused_and_told_why(page: str, guest: User, client_of: ClientOf) -> None:
    answer = get(client_of(guest), page, run=1, ls=1)
    assert answer.status_code == 403
    assert "role" in answer.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_nobody_is_sent_to_the_sign_in(page: str, client_of: ClientOf) -> None:
    assert get(client_of(None), page).status_code == 302


@pytest.mark.parametrize("page", PAGES)
def test_a_shifter_sees_it(page: str, shifter: User, client_of: ClientOf) -> None:
    good_run(1)
    assert get(client_of(shifter), page, run=1, ls=1).status_code == 200


def test_without_a_question_the_page_chooses_a_dataset_and_the_policy_that_fits(
    shifter: User, client_of: ClientOf
) -> None:
    good_run(1)
    answer = client_of(shifter).get(reverse("golden:portal"))
    assert answer.status_code == 200
    assert answer.context["golden"].inside.n_ls == 100


def test_an_empty_database_says_why_it_is_empty_and_what_to_do(shifter: User, client_of: ClientOf) -> None:
    answer = client_of(shifter).get(reverse("golden:portal"))
    assert answer.status_code == 200
    assert "import runs and lists" in answer.content.decode()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"policy": "tracker-goood"}, "no policy &#x27;tracker-goood&#x27;"),
        ({"policy": "tracker-good@x"}, "is not a version"),
        ({"policy": "tracker-good@9"}, "has no version 9"),
        ({"at": "999"}, "there is no event 999: the log ends at event 5"),
        ({"at": "yesterday"}, "neither an event number nor a time"),
        ({"with": "nothing.json"}, "no list &#x27;nothing.json&#x27;"),
        ({"rule": '{"==": [1'}, "line 1"),
        ({"rule": '{"===": [{"var": "lumisection.rr.tracker-pixl"}, "GOOD"]}'}, "tracker-pixel"),
        ({"rule": '{"lik": [1, 2]}'}, "lik"),
        ({"layout": "pretty"}, "pretty"),
        ({"dataset": "x" * 301}, "300"),
    ],
)
@pytest.mark.parametrize("page", PAGES)
def test_a_wrong_question_is_answered_with_the_value_and_never_with_a_500(
    page: str, asked: dict[str, str], message: str, shifter: User, leader: User, client_of: ClientOf
) -> None:
    good_run(1)
    # a leader's page has more on it: the form that saves a policy
    for who in (shifter, leader):
        answer = get(client_of(who), page, **{"run": 1, "ls": 1, **asked})
        assert answer.status_code == 422
        text = answer.content.decode()
        assert message in text or message.replace("&#x27;", "'") in text


def test_what_was_typed_is_still_in_the_editor_behind_an_error(shifter: User, client_of: ClientOf) -> None:
    good_run(1)
    answer = get(client_of(shifter), "portal", rule='{"lik": [1, 2]}')
    assert "{&quot;lik&quot;: [1, 2]}" in answer.content.decode()


def test_a_nul_character_is_refused_and_not_passed_on(shifter: User, client_of: ClientOf) -> None:
    good_run(1)
    assert get(client_of(shifter), "portal", dataset="on\0line").status_code == 422


@pytest.mark.parametrize(("run", "ls"), [("x", "1"), ("1", ""), ("-1", "1"), ("1", "1e3"), ("9" * 30, "1")])
def test_an_explanation_of_no_number_is_refused(run: str, ls: str, shifter: User, client_of: ClientOf) -> None:
    good_run(1)
    assert get(client_of(shifter), "explain", run=run, ls=ls).status_code == 422


@pytest.mark.parametrize(("run", "ls"), [("1", "101"), ("2", "1"), ("2147483647", "1"), ("1", "0")])
def test_a_lumisection_that_is_not_there_is_a_404_that_says_so(
    run: str, ls: str, shifter: User, client_of: ClientOf
) -> None:
    good_run(1)
    assert get(client_of(shifter), "explain", run=run, ls=ls).status_code == 404


def test_the_download_is_the_file_with_its_sha256(shifter: User, client_of: ClientOf) -> None:
    good_run(1)
    answer = get(client_of(shifter), "download", layout="line")
    assert answer.content == b'{"1": [[1, 100]]}\n'
    assert answer["X-Lumicert-SHA256"] == hashlib.sha256(answer.content).hexdigest()
    assert (
        'filename="golden_PromptReco_Collisions2018A_DQM_tracker-good_v1_event5.json"' in answer["Content-Disposition"]
    )


def test_a_draft_is_evaluated_instead_of_the_policy_and_says_so(shifter: User, client_of: ClientOf) -> None:
    good_run(1)
    say(1, "tracker-strip", "BAD", ((1, 10),), by=shifter)
    answer = get(client_of(shifter), "portal", rule=json.dumps(is_status("tracker-pixel")))
    assert answer.context["golden"].inside.n_ls == 100
    assert "draft of tracker-good v2" in answer.content.decode()


def test_the_map_has_the_segments_of_each_run_by_verdict(shifter: User, client_of: ClientOf) -> None:
    good_run(1)
    say(1, "tracker-strip", "BAD", ((50, 59),), by=shifter)
    runs = get(client_of(shifter), "map").json()["runs"]
    assert runs == [{"run": 1, "last": 100, "segments": [[1, 49, "in"], [50, 59, "out"], [60, 100, "in"]]}]


def test_a_comparison_shows_the_three_sets_with_their_reasons(shifter: User, client_of: ClientOf) -> None:
    good_run(1)
    report(1, ((1, 100),), {}, each="0.5")
    say(1, "tracker-strip", "BAD", ((50, 59),), by=shifter)
    theirs = LumiSet.from_ranges({1: [(41, 120)], 2: [(1, 7)]})
    import_list(published=PublishedList("their.json", "0", theirs), purpose="other", actor=shifter)
    answer = get(client_of(shifter), "portal", **{"with": "their.json"})
    sets = [(item["title"], item["set"].lumis.n_ls) for item in answer.context["sets"]]
    assert sets == [("In both", 50), ("Only here", 40), ("Only in their.json", 30)]
    text = answer.content.decode()
    assert "fails: tracker-strip is GOOD" in text
    assert "nothing is known of them here" in text
    assert "7 LS of the list are in other runs" in text.replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_every_link_of_the_result_names_the_event_and_the_version(shifter: User, client_of: ClientOf) -> None:
    good_run(1)
    answer = client_of(shifter).get(reverse("golden:portal"))
    assert answer.context["pinned"] == {"dataset": DATASET, "policy": "tracker-good@1", "at": "5", "layout": "runs"}


def save(client: Any, **data: object) -> Any:
    rule = json.dumps(is_status("tracker-pixel"))
    posted = {**ASKED, "name": "pixel", "rule": rule, "comment": "pixel alone", "act": uuid4(), **data}
    return client.post(reverse("golden:save-policy"), posted)


def test_a_leader_saves_a_version_and_can_undo_it(leader: User, client_of: ClientOf) -> None:
    client = client_of(leader)
    answer = save(client)
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "Saved pixel v1 (event 1)" in page
    assert "Undo" in page


def test_a_double_click_saves_once(leader: User, client_of: ClientOf) -> None:
    client, act = client_of(leader), uuid4()
    save(client, act=act)
    save(client, act=act)
    assert [str(item) for item in policies.saved()] == ["pixel v1"]


@pytest.mark.parametrize(
    "data", [{"name": "white space"}, {"name": ""}, {"rule": "{"}, {"rule": '{"var": "x"}'}, {"rule": ""}]
)
def test_a_policy_that_cannot_be_saved_is_refused_with_what_was_typed(
    data: dict[str, str], leader: User, client_of: ClientOf
) -> None:
    answer = save(client_of(leader), **data)
    assert answer.status_code == 422
    assert policies.saved() == []
    assert "pixel alone" in answer.content.decode()


def test_a_shifter_edits_a_draft_but_saves_no_version(shifter: User, client_of: ClientOf) -> None:
    assert save(client_of(shifter)).status_code == 403
    assert policies.saved() == []


def test_the_page_needs_the_same_few_queries_for_a_run_as_for_many(
    shifter: User, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    client = client_of(shifter)
    for run in range(1, 13):
        good_run(run)
    with django_assert_max_num_queries(19):
        assert get(client, "portal").status_code == 200
    with django_assert_max_num_queries(12):
        assert get(client, "portal").status_code == 200

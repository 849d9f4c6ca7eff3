"""Several runs of cosmics in one form: one act, and mistakes that name the run."""

from __future__ import annotations

import re

import pytest

from lumicert.certification import selectors, services
from lumicert.certification.models import Certification
from lumicert.decisions.models import Event
from lumicert.decisions.selectors import current_seq
from lumicert.shift.tests.world import RUN, certified, collisions, cosmics, sent

pytestmark = pytest.mark.django_db

RUNS = (RUN, RUN + 1, RUN + 2)
PICK = [f"{run} express" for run in RUNS]


@pytest.fixture
def client(client_of, shifter):
    for run in RUNS:
        cosmics(run)
    return client_of(shifter)


def typed(**changes):
    return sent("cosmics", "express", pick=PICK) | changes


def test_the_form_names_the_runs_and_asks_once(client):
    page = client.get("/certify/bulk", {"pick": PICK}).content.decode()
    for run in RUNS:
        assert f'name="pick" value="{run} express"' in page
    assert len(re.findall(r'name="strip.status" value="GOOD"', page)) == 1
    assert ".lumis" not in page


def test_all_are_certified_in_one_act_with_one_undo(client):
    assert client.post("/certify/bulk", typed())["Location"] == "/queue/"
    assert set(Certification.objects.values_list("run", "reconstruction")) == {(run, "express") for run in RUNS}
    assert Event.objects.filter(kind="certification.made").values("act").distinct().count() == 1
    page = client.get("/queue/").content.decode()
    assert f"Certified 3 runs of cosmics express: {RUN}, {RUN + 1}, {RUN + 2} GOOD" in page
    client.post(re.search(r'action="(/events/act/[^"]*/undo)"', page)[1])
    assert not Certification.objects.exists()


def test_a_mistake_in_one_run_is_named_and_nothing_is_written(client, shifter, leader):
    certified(shifter, RUN + 1, "express")
    services.promote(live=selectors.live_of(RUN + 1, "tracker", "express"), actor=leader, expected=current_seq())
    before = current_seq()
    response = client.post("/certify/bulk", typed(reference=f"{RUN + 1} express", comment="quiet night"))
    page = response.content.decode()
    assert response.status_code == 422
    assert f"Run {RUN + 1}: {RUN + 1} express is what is certified here" in page
    assert "quiet night</textarea>" in page
    assert current_seq() == before


def test_a_mistake_in_all_is_told_once(client):
    page = client.post("/certify/bulk", typed(tracker_map="")).content.decode()
    assert page.count("say whether the tracker map exists") == 1
    assert f"Run {RUN}" not in page


def test_a_warning_is_asked_once_with_its_runs(client):
    response = client.post("/certify/bulk", typed(confirm=[]))
    assert response.status_code == 422
    page = response.content.decode()
    assert page.count('value="no-reference"') == 1
    assert f"Run {RUN}, {RUN + 1}, {RUN + 2}:" in page
    assert client.post("/certify/bulk", typed()).status_code == 302


def test_what_others_certified_is_refused_in_words(client, shifter2):
    certified(shifter2, RUN + 1, "express")
    response = client.post("/certify/bulk", typed())
    assert response.status_code == 403
    assert f"shifter2 certified run {RUN + 1} express already" in response.content.decode()
    assert Certification.objects.count() == 1


@pytest.mark.parametrize(
    ("pick", "why"),
    [
        ([], "0 were picked"),
        ([f"{RUN} express", f"{RUN} prompt"], "runs of one reconstruction"),
        ([f"{RUN} banana"], "runs of one reconstruction"),
        ([f"{RUN + 70} express"], f"Leave run {RUN + 70} out"),
        ([f"{RUN + 50} prompt"], "it is of collisions"),
        ([f"{run} express" for run in range(1, 60)], "59 were picked"),
    ],
)
def test_what_does_not_go_together_is_told_on_the_queue(pick, why, client):
    collisions(RUN + 50)
    assert why in client.get("/certify/bulk", {"pick": pick}, follow=True).content.decode()

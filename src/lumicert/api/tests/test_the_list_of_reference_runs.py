"""The list that CertHelper's consumers read: five keys, live certifications with a reference run, cached."""

from __future__ import annotations

import gzip
import json

import pytest
from django.test import Client
from django.urls import path

from lumicert.accounts.permissions import Permission, requires
from lumicert.accounts.testing import browser_of, urlconf_of
from lumicert.api import reference_runs
from lumicert.api.gate import Rule
from lumicert.api.tests.world import a_program
from lumicert.certification import selectors, services
from lumicert.certification.tests.world import DATASETS, a_run, certify, promoted
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import undo
from lumicert.people.tokens import Scope

pytestmark = pytest.mark.django_db

ADDRESS = "/certify/allRunsRefRuns/"
REFERENCE, RUN, ALONE = 315200, 315257, 315258


@pytest.fixture(autouse=True)
def certified(shifter, leader, monkeypatch):
    monkeypatch.setattr(reference_runs, "_made", reference_runs._made.__class__(-1, b"", b""))
    for run in (REFERENCE, RUN, ALONE):
        a_run(run, by=shifter)
    certify(REFERENCE, by=shifter)
    reference = promoted(REFERENCE, by=leader)
    certify(RUN, by=shifter, reference=reference)
    certify(RUN, "prompt", by=shifter, reference=reference)
    certify(ALONE, by=shifter)


@pytest.fixture
def program(shifter):
    return a_program(shifter, Scope.READ)


def test_both_addresses_have_the_same_rows_of_the_same_five_keys(program):
    row = {
        "run_number": RUN, "run_reconstruction_type": "express", "reference_run_number": REFERENCE,
        "reference_run_reconstruction_type": "express", "dataset": DATASETS["express"],
    }  # fmt: skip
    prompt = {**row, "run_reconstruction_type": "prompt", "dataset": DATASETS["prompt"]}
    for address in (ADDRESS, "/mldatasets/allRunsRefRuns/"):
        answer = program.get(address)
        assert answer["Content-Type"] == "application/json"
        assert answer.json() == [row, prompt]


def test_the_newest_run_comes_first(program, shifter):
    a_run(RUN + 10, by=shifter)
    reference = selectors.references("tracker")[0].is_of
    certify(RUN + 10, by=shifter, reference=reference)
    assert [row["run_number"] for row in program.get(ADDRESS).json()] == [RUN + 10, RUN, RUN]


def test_an_empty_list_is_a_list(shifter, program):
    for live in selectors.certifications_of_run(RUN):
        services.withdraw(live=live, actor=shifter, reason="all wrong", expected=current_seq())
    assert program.get(ADDRESS).json() == []


def test_it_is_read_with_a_token_or_a_session_of_a_role_and_by_nobody_else(shifter, guest):
    assert browser_of(shifter).get(ADDRESS).status_code == 200
    assert browser_of(guest).get(ADDRESS).status_code == 403
    assert Client().get(ADDRESS).status_code == 401
    assert a_program(shifter, Scope.CERTIFY).get(ADDRESS).status_code == 403
    assert a_program(shifter, Scope.READ).get(ADDRESS).status_code == 200


def opened(permission):
    """The list as an installation has it whose setting gives it this permission."""

    def view(request):
        return reference_runs.all_runs_with_references(request)

    view.api_rules = {"GET": Rule(permission)}
    return urlconf_of(path("list", requires(permission)(view)))


def test_where_the_setting_says_so_everybody_reads_it_with_one_query(settings, django_assert_num_queries):
    settings.ROOT_URLCONF = opened(Permission.PUBLIC)
    with django_assert_num_queries(1):
        assert len(Client().get("/list").json()) == 2
    with django_assert_num_queries(1):
        assert len(Client().get("/list").json()) == 2


def test_the_setting_decides_the_permission(settings, monkeypatch):
    assert reference_runs.permission(settings.CONFIG) is Permission.READ
    opened_up = settings.CONFIG.model_copy(update={"public_reference_api": True})
    assert reference_runs.permission(opened_up) is Permission.PUBLIC


def test_who_has_it_already_is_told_so_until_a_certification_changes(program, shifter):
    tag = program.get(ADDRESS)["ETag"]
    again = program.get(ADDRESS, headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    a_run(RUN + 5, by=shifter)
    assert program.get(ADDRESS, headers={"if-none-match": tag}).status_code == 304
    live = selectors.live_of(RUN, "tracker", "express")
    services.withdraw(live=live, actor=shifter, reason="wrong run", expected=current_seq())
    later = program.get(ADDRESS, headers={"if-none-match": tag})
    assert [row["run_reconstruction_type"] for row in later.json()] == ["prompt"]
    assert later["ETag"] != tag


def test_an_undo_changes_it_too(program, shifter):
    reference = selectors.references("tracker")[0].is_of
    done = certify(ALONE, by=shifter, reference=reference)
    assert len(program.get(ADDRESS).json()) == 3
    undo(act=done.act.id, actor=shifter)
    assert len(program.get(ADDRESS).json()) == 2


def test_it_is_sent_compressed_to_who_takes_that(program):
    plain, zipped = program.get(ADDRESS), program.get(ADDRESS, headers={"accept-encoding": "gzip"})
    assert zipped["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(zipped.content)) == plain.json()
    assert plain["ETag"] != zipped["ETag"]
    assert "Accept-Encoding" in zipped["Vary"]
    assert "Authorization" in zipped["Vary"]
    assert "private" in zipped["Cache-Control"]


def test_the_page_of_a_run_has_another_address(program):
    assert program.post(ADDRESS).status_code == 405
    assert program.get("/certify/allRunsRefRuns").status_code == 301

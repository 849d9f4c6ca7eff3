"""Whatever is wrong with a request, the answer is a problem by RFC 9457 that says what."""

from __future__ import annotations

import pytest
from django.db import OperationalError
from django.test import Client

from lumicert.api import gate, lists
from lumicert.api.tests.world import API, a_program

pytestmark = pytest.mark.django_db

POST = f"{API}/certifications"
JSON = "application/json"


@pytest.fixture
def program(shifter):
    return a_program(shifter)


def problem(answer, status):
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    told = answer.json()
    assert (told["type"], told["status"]) == ("about:blank", status)
    assert told["title"]
    assert told["detail"]
    return told


@pytest.mark.parametrize(
    "address", ["/api/", "/api/v1/", f"{API}/nothing", f"{API}/certifications/", f"{API}/a/b/c/d/e"]
)
def test_an_address_that_is_not_there(program, address):
    assert "openapi.json" in problem(program.get(address), 404)["detail"]
    problem(Client().post(address), 404)


@pytest.mark.parametrize("body", [" ", "{", "[1", '{"a": NaN}', '"\\ud800"', "\xff", "[" * 5000])
def test_a_body_that_is_not_json(program, body):
    answer = program.post(POST, body.encode("latin-1"), content_type=JSON)
    problem(answer, 400)


@pytest.mark.parametrize("body", ["null", "[]", "1", '"x"', "{}"])
def test_a_body_that_is_no_certification(program, body):
    assert problem(program.post(POST, body, content_type=JSON), 422)["errors"]


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", ""]
)
def test_a_body_of_another_type(program, kind):
    told = problem(program.post(POST, "{}", content_type=kind), 415)
    assert JSON in told["detail"]


def test_a_type_may_name_its_charset(program):
    problem(program.post(POST, "{}", content_type="application/json; charset=utf-8"), 422)


def test_a_body_that_is_too_long(program):
    problem(program.post(POST, " " * (gate.MOST_BYTES + 1), content_type=JSON), 413)


@pytest.mark.parametrize(
    ("asked", "field", "told"),
    [
        ("verdct=bad", "verdct", "verdict"),
        ("verdict=good&verdict=bad", "verdict", "more than once"),
        ("limit=0", "limit", "1"),
        ("limit=501", "limit", "500"),
        ("limit=many", "limit", "integer"),
        ("runs=5-3", "runs", "5-3 is reversed: write 3-5"),
        ("runs=a", "runs", "pattern"),
        ("verdict=fine", "verdict", "good"),
        ("reconstruction=banana", "reconstruction", "express"),
        ("date_from=2018-02-30", "date_from", "date"),
        ("date_to=0.0", "date_to", "2018-05-13"),
        ("date_to=1526169600", "date_to", "2018-05-13"),
        ("date_from=2018-05-02&date_to=2018-05-01", "date_to", "before"),
        ("workspace=moon", "workspace", "tracker"),
        ("shifter=%00", "shifter", "NUL"),
        ("changed_since=-1", "changed_since", "0"),
        ("changed_since=99999999999999999999", "changed_since", "less"),
    ],
)
def test_a_parameter_that_cannot_be(program, asked, field, told):
    assert told in " ".join(problem(program.get(f"{API}/certifications?{asked}"), 422)["errors"][field])


def test_more_parameters_than_any_that_means_well(program):
    asked = "&".join(f"a{number}=1" for number in range(1500))
    problem(program.get(f"{API}/certifications?{asked}"), 400)


@pytest.mark.parametrize(
    "address", ["/certifications/0/express", "/certifications/x/express", "/certifications/1/banana"]
)
def test_a_part_of_an_address_that_cannot_be(program, address):
    problem(program.get(f"{API}{address}"), 422)


def test_what_fails_on_our_side_says_so_and_nothing_of_the_inside(program, monkeypatch):
    def fails(**_):
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(lists.catalogue, "reasons", fails)
    answer = program.get(f"{API}/reasons")
    assert "our side" in problem(answer, 500)["detail"]
    assert b"hunter2" not in answer.content


def test_what_fails_before_the_operation_is_a_problem_too(program, monkeypatch):
    def fails(header):
        raise OperationalError("connection refused: 10.0.0.7")

    monkeypatch.setattr(gate, "account_for", fails)
    answer = program.get(f"{API}/reasons")
    problem(answer, 500)
    assert b"10.0.0.7" not in answer.content


def test_the_answer_to_head_is_that_to_get(program):
    assert program.head(f"{API}/reasons").status_code == 200


def test_what_is_answered_is_for_the_one_who_asked(program):
    answer = program.get(f"{API}/reasons")
    assert {"Authorization", "Cookie"} <= {each.strip() for each in answer["Vary"].split(",")}
    assert "private" in answer["Cache-Control"]

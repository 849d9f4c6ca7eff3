"""Imports on the page: what is right is one act that can be undone; what is wrong is told with what was typed kept."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from lumicert.decisions.models import Event
from lumicert.decisions.selectors import current_seq
from lumicert.registry.models import Import
from lumicert.registry.tests.exports import LUMISECTIONS, RUNS, packed
from lumicert.runs.models import LumiList, Run

pytestmark = pytest.mark.django_db

DCS = b'{"315257": [[1, 92]]}'
GOLDEN = b'{"315257": [[1, 88]]}'
DATASET = "/PromptReco/Collisions2018/DQM"


def file(content: bytes, name: str = "list.json") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def send(leader, client_of):
    client = client_of(leader)
    return lambda **typed: client.post("/import/", {"act": str(uuid4())} | typed)


def pair(**typed):
    right = {"kind": "pair", "klass": "Collisions18", "dataset": DATASET}
    return right | {"dcs": file(DCS, "dcs.json"), "golden": file(GOLDEN, "golden.json")} | typed


def one(**typed):
    return {"kind": "list", "name": "g18", "purpose": "golden", "file": file(GOLDEN)} | typed


def export(**typed):
    files = {"runs": file(RUNS, "runs.csv"), "lumisections": file(packed(LUMISECTIONS), "ls.csv.gz")}
    return {"kind": "export"} | files | typed


def test_a_pair_is_imported_as_one_act_of_the_person(send, leader):
    response = send(**pair())
    assert response.status_code == 302
    assert Event.objects.values("act").distinct().count() == 1
    assert Event.objects.first().actor == leader
    assert Run.objects.get().klass == "Collisions18"
    assert set(LumiList.objects.values_list("name", flat=True)) == {"dcs", "golden"}


def test_the_same_pair_again_changes_nothing_and_says_so(leader, client_of):
    client = client_of(leader)
    client.post("/import/", {"act": str(uuid4())} | pair())
    seq = current_seq()
    response = client.post("/import/", {"act": str(uuid4())} | pair(), follow=True)
    assert "everything was there already, nothing changed" in response.content.decode()
    assert current_seq() == seq


def test_an_import_offers_its_undo_and_undo_takes_all_of_it_back(leader, client_of):
    client = client_of(leader)
    shown = client.post("/import/", {"act": str(uuid4())} | pair(), follow=True).content.decode()
    act = Event.objects.first().act
    assert f'action="/events/act/{act}/undo"' in shown
    client.post(f"/events/act/{act}/undo")
    assert not Run.objects.exists()
    assert not LumiList.objects.exists()


def test_one_list_is_imported_under_its_name(send):
    assert send(**one()).status_code == 302
    assert LumiList.objects.get().name == "g18"


BAD_LISTS = [
    (b"", "empty"),
    (b"PK\x03\x04 no json \xff", "not UTF-8"),
    (b"Once upon a time", "not JSON"),
    (b"[1, 2]", "at the top where an object"),
    (b'{"315257": [[9, 5]]}', "run 315257, range [9, 5]"),
    (b'{"315257": [[0, 5]]}', "lumisections are numbered from 1"),
    (b'{"315257": [[1, null]]}', "has a range without an end"),
    (b"{}", "no lumisection in it"),
    (b'{"l3l5257": [[1, 5]]}', "a run number is a whole number"),
]


@pytest.mark.parametrize(("content", "said"), BAD_LISTS)
def test_a_bad_list_is_told_at_its_file_and_nothing_is_written(send, content, said):
    for typed in (one(file=file(content, "bad.json")), pair(golden=file(content, "bad.json"))):
        response = send(**typed)
        shown = response.content.decode()
        assert response.status_code == 422
        assert "bad.json: " in shown
        assert said in shown
    assert current_seq() == 0


def test_what_was_typed_beside_a_bad_file_is_kept(send):
    shown = send(**one(name="a good name", purpose="dcs", file=file(b"x"))).content.decode()
    assert 'value="a good name"' in shown
    assert '<option value="dcs" selected>' in shown
    shown = send(**pair(klass="Cosmics18", dcs=file(b"x"))).content.decode()
    assert 'value="Cosmics18"' in shown
    assert "choose the file again" in shown


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (pair(dataset="no dataset"), "is not the name of a dataset"),
        (pair(klass=""), "This field is required"),
        (one(name="x" * 121), "at most 120 characters"),
        (one(purpose="fun"), "fun is not one of the available choices"),
        ({"kind": "list", "name": "g"}, "choose a file"),
        (one(act="no uuid"), "Enter a valid UUID"),
    ],
)
def test_a_mistake_in_another_field_is_told_there(send, typed, said):
    response = send(**typed)
    assert response.status_code == 422
    assert said in response.content.decode()


def test_a_taken_name_is_refused_and_the_list_that_has_it_stays(send):
    send(**one())
    response = send(**one(file=file(DCS)))
    assert response.status_code == 422
    assert "a list &#x27;g18&#x27; is here already with other content (88 LS in 1 runs" in response.content.decode()
    assert LumiList.objects.get().n_ls == 88


def test_a_pair_with_a_taken_name_writes_nothing_at_all(send):
    send(**one(name="golden"))
    seq = current_seq()
    assert send(**pair(golden=file(DCS, "golden.json"))).status_code == 422
    assert current_seq() == seq


def test_a_file_beyond_the_limit_is_refused_with_the_limit(send, settings):
    config = settings.CONFIG.model_copy(update={"upload_limit_mb": 1})
    with override_settings(CONFIG=config):
        response = send(**one(file=file(b" " * (2**20 + 1), "huge.json")))
    assert response.status_code == 422
    assert "huge.json has 1 MB; at most 1 MB are taken" in response.content.decode()


def test_an_import_that_does_not_exist_is_not_found(send, leader, client_of):
    assert send(kind="magic").status_code == 404
    assert client_of(leader).get(f"/import/{uuid4()}").status_code == 404


BAD_EXPORTS = [
    ({"runs": file(b"", "runs.csv")}, "are missing; is this an OMS export?"),
    ({"runs": file(GOLDEN, "runs.csv")}, "runs.csv, line 1: the columns run_number are missing"),
    ({"runs": file(b"run_number\n", "runs.csv")}, "runs.csv: there is no line below the header"),
    ({"runs": file(b"run_number\nx\n", "runs.csv")}, "line 2, run_number: &#x27;x&#x27; is not an integer"),
    ({"lumisections": file(RUNS, "ls.csv")}, "ls.csv, line 1: the columns"),
    ({"lumisections": file(b"\x1f\x8b garbage", "ls.csv.gz")}, "ls.csv.gz: the gzip file is damaged"),
    ({"lumisections": file(LUMISECTIONS.replace(b"True", b"maybe"), "ls.csv")}, "is not True or False"),
]


@pytest.mark.parametrize(("typed", "said"), BAD_EXPORTS)
def test_an_export_whose_beginning_is_wrong_is_refused_at_once(send, typed, said):
    response = send(**export(**typed))
    assert response.status_code == 422
    assert said in response.content.decode()
    assert not Import.objects.exists()

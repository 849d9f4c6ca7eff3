"""Imported lists: what is there, to compare with, to download as it came."""

from __future__ import annotations

import hashlib

import pytest

from lumicert.registry import imports
from lumicert.registry.reading import read_list

pytestmark = pytest.mark.django_db

TEXT = b'{"315257": [[1, 88], [91, 92]]}\n'


@pytest.fixture
def imported(db):
    imports.import_one(published=read_list(TEXT, name="May & June", file_name="f"), purpose="golden", actor=None)


def test_a_list_is_shown_with_its_counts_and_leads_to_the_comparison(imported, shifter, client_of):
    shown = client_of(shifter).get("/lists/").content.decode()
    assert 'href="/golden/?with=May%20%26%20June"' in shown
    assert hashlib.sha256(TEXT).hexdigest() in shown
    for told in ('<td class="num">1</td>', '<td class="num">90</td>', "golden"):
        assert told in shown


def test_the_download_in_the_right_layout_is_the_file_byte_for_byte(imported, shifter, client_of):
    response = client_of(shifter).get("/lists/download", {"name": "May & June", "layout": "line"})
    assert response.content == TEXT
    assert response["X-Lumicert-SHA256"] == hashlib.sha256(TEXT).hexdigest()
    assert response["Content-Disposition"] == 'attachment; filename="May___June.json"'


@pytest.mark.parametrize("query", [{"name": "none"}, {"name": "May & June", "layout": "xml"}, {}])
def test_what_is_not_there_is_not_found(imported, shifter, client_of, query):
    assert client_of(shifter).get("/lists/download", query).status_code == 404


def test_no_list_says_what_to_do(shifter, client_of, db):
    assert "No list was imported yet" in client_of(shifter).get("/lists/").content.decode()

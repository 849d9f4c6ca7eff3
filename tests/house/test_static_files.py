"""Static files are answered whole, to whoever asks, and only once while they do not change."""

from __future__ import annotations

import pytest
from django.core.signals import request_finished

ICON = "/static/lumicert/icon.svg"


@pytest.fixture
def icon(client):
    return client.get(ICON)


def test_a_file_is_answered_with_its_content_its_type_and_its_length(icon):
    assert icon.status_code == 200
    assert not icon.streaming
    assert icon.content.lstrip().startswith(b"<svg")
    assert icon["Content-Type"] == "image/svg+xml"
    assert int(icon["Content-Length"]) == len(icon.content)


def test_what_did_not_change_is_not_sent_again(icon, client):
    again = client.get(ICON, headers={"If-Modified-Since": icon["Last-Modified"]})
    assert again.status_code == 304
    assert again.content == b""
    assert not again.has_header("Content-Type")


def test_nobody_may_post_to_a_file(client):
    assert client.post(ICON).status_code == 405


def test_a_request_for_a_file_ends_once(client):
    ended = []

    def note(**kwargs):
        ended.append(kwargs)

    request_finished.connect(note)
    try:
        client.get(ICON)
    finally:
        request_finished.disconnect(note)
    assert len(ended) == 1


def test_head_tells_the_length_alone(icon, client):
    head = client.head(ICON)
    assert head["Content-Length"] == icon["Content-Length"]
    assert head.content == b""


def test_a_part_is_answered_as_a_part(icon, client):
    part = client.get(ICON, headers={"Range": "bytes=0-9"})
    assert part.status_code == 206
    assert part.content == icon.content[:10]


def test_a_part_beyond_the_end_is_refused(icon, client):
    beyond = client.get(ICON, headers={"Range": f"bytes={len(icon.content) + 10}-"})
    assert beyond.status_code == 416
    assert beyond.content == b""


def test_what_is_no_file_is_not_found_and_stays_so_outside_the_folder(client):
    for path in ("/static/lumicert/nothing.svg", "/static/../settings.py", "/static/%2e%2e/settings.py"):
        assert client.get(path).status_code in (302, 404)

"""What a certification says is in the golden JSON at once: it loses exactly what is bad."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from lumicert.accounts.models import User
from lumicert.accounts.services import demo_account
from lumicert.certification.tests.world import DATASETS, a_run, certify, words
from lumicert.decisions import ranges
from lumicert.decisions.services import undo
from lumicert.runs.models import Run

RUN, N_LS = 315257, 400


def golden_of(client: Client) -> list[list[int]]:
    answer = client.get("/golden/download", {"dataset": DATASETS["express"], "policy": "tracker-good"})
    assert answer.status_code == 200
    found: dict[str, list[list[int]]] = json.loads(answer.content)
    return found.get(str(RUN), [])


@pytest.mark.django_db
def test_bad_lumisections_leave_the_golden_json_and_undo_brings_them_back(shifter: User, client: Client) -> None:
    client.force_login(shifter)
    a_run(RUN, by=shifter, n_ls=N_LS)
    assert golden_of(client) == []
    certify(RUN, by=shifter)
    assert golden_of(client) == [[1, N_LS]]
    bad = ((120, 340),)
    edit = certify(RUN, said=words(bad={"strip": bad, "tracking": bad}), by=shifter)
    assert golden_of(client) == [[1, 119], [341, N_LS]]
    undo(act=edit.act.id, actor=shifter)
    assert golden_of(client) == [[1, N_LS]]


_LUMIS = st.lists(st.tuples(st.integers(1, N_LS), st.integers(0, 40)), max_size=3).map(
    lambda pairs: ranges.canonical((first, min(first + more, N_LS - 1)) for first, more in pairs if first < N_LS)
)


@pytest.mark.django_db
@settings(max_examples=15)
@given(pixel=_LUMIS, strip=_LUMIS)
def test_whatever_is_bad_the_golden_json_has_the_rest(pixel: ranges.Ranges, strip: ranges.Ranges) -> None:
    shifter, client = demo_account(username="shifter"), Client()
    client.force_login(shifter)
    both = ranges.union(pixel, strip)
    # one database for all examples: each certifies the run again
    if not Run.objects.filter(run=RUN).exists():
        a_run(RUN, by=shifter, n_ls=N_LS)
    said = words(bad={"pixel": pixel, "strip": strip, "tracking": both})
    certify(RUN, said=said, by=shifter)
    assert golden_of(client) == [list(pair) for pair in ranges.difference(((1, N_LS),), both)]

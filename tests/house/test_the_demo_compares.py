"""The demo's own runs are in the simulated Run Registry, which says of a few of them what the demo does not."""

from __future__ import annotations

from collections import Counter

import pytest
from tests.contract.conftest import Cern

from lumicert.accounts.services import demo_account, ensure_demo_accounts
from lumicert.certification.demo import seed
from lumicert.certification.models import Certification
from lumicert.crosscheck import deliveries, kept, seeing, sending
from lumicert.crosscheck.demo import runs_there
from lumicert.crosscheck.models import Compared, Delivery
from lumicert.registry.demo import seed as seed_runs
from lumicert.sandbox.testing import running_sandbox, sandbox

__all__ = ["running_sandbox", "sandbox"]
Kind = Compared.Kind
WORDS = {"registry": Compared.Registry.OUTSIDE, "workspace": "tracker"}


@pytest.fixture
def registry(db, sandbox):
    ensure_demo_accounts()
    seed_runs()
    seed()
    cern = Cern(sandbox)
    assert sandbox.bring(runs_there()) > 60
    yield cern.run_registry()
    for door in cern.doors:
        door.close()


def look(registry):
    kept.catch_up()
    seeing.ask_due(registry)


def kinds():
    return Counter(Compared.objects.filter(**WORDS).values_list("kind", flat=True))


def test_there_is_one_of_each_and_the_rest_is_the_same(registry):
    look(registry)
    found = kinds()
    assert found.pop(Kind.SAME) == Certification.objects.count() - 3
    assert found.pop(Kind.NOT_OURS) >= 1
    assert found == {Kind.DIFFERS: 1, Kind.CLOSED: 1, Kind.MISSING: 1}


def test_what_differs_is_written_there_and_then_the_same_but_for_what_is_closed(registry):
    look(registry)
    leader = demo_account(username="leader")
    differ = Compared.objects.filter(**WORDS, kind__in=(Kind.DIFFERS, Kind.CLOSED))
    keys = set(differ.values_list("run", "reconstruction"))
    assert deliveries.write_there(of=keys, workspace="tracker", actor=leader) == 2
    sending.send_due(registry)
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["delivered", "refused"]
    assert "SIGNOFF" in Delivery.objects.get(state="refused").failure
    found = kinds()
    assert (found[Kind.DIFFERS], found[Kind.CLOSED]) == (0, 1)


def test_a_demo_without_its_runs_brings_none(db):
    assert runs_there() == []

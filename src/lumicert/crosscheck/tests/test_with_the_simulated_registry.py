"""The product and the simulated Run Registry over its real protocol: what is certified here is said there, and back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from lumicert.crosscheck import jobs
from lumicert.crosscheck.models import Delivery
from lumicert.crosscheck.tests.world import bad_pixel, certify, differing, row, states, withdraw, writing_begins
from lumicert.decisions import ranges
from lumicert.runs import jobs as ingestion
from lumicert.runs import outside
from lumicert.runs.models import Dataset, Fetch, Run
from lumicert.sandbox.server import Sandbox
from lumicert.sandbox.testing import running_sandbox, sandbox
from lumicert.sources.run_registry.client import RunRegistry
from lumicert.sources.run_registry.models import Stretch

__all__ = ["running_sandbox", "sandbox"]

pytestmark = pytest.mark.django_db
HOUR = 3600.0


@pytest.fixture
def there(sandbox: Sandbox, settings: Any) -> Iterator[RunRegistry]:
    """Their registry, as the product and as somebody else reaches it."""
    addresses = sandbox.addresses()
    settings.CONFIG = settings.CONFIG.model_copy(
        update={
            "oms_url": addresses["OMS_URL"],
            "dqmgui_url": f"{sandbox.url}/dqm/offline",
            "run_registry_url": addresses["RUN_REGISTRY_URL"],
            "run_registry_write": True,
            "sso_url": addresses["SSO_ISSUER"],
            "sso_client_id": addresses["SSO_CLIENT_ID"],
            "sso_client_secret": SecretStr(addresses["SSO_CLIENT_SECRET"]),
            "source_timeout": 5.0,
        }
    )
    outside.forget()
    found = outside.run_registry()
    assert found is not None
    yield found
    sandbox.start()
    sandbox.clear()
    outside.forget()


@pytest.fixture
def express(sandbox: Sandbox, there: RunRegistry, shifter: Any) -> tuple[int, str]:
    """A run that was taken, with an express dataset that is open there, and not certified yet."""
    sandbox.advance(4 * HOUR)
    ingestion.look_for_runs(timestamp=0)
    for run in Fetch.objects.values_list("run", flat=True):
        ingestion.fetch_run(run=run)
    ingestion.look_for_datasets(timestamp=0)
    writing_begins()
    here = set(Dataset.objects.values_list("run", "dataset"))
    listed = there.datasets(360_000, 370_000)
    return next(
        (each.run, each.name)
        for each in listed
        if each.states["tracker"] == "OPEN" and (each.run, each.name) in here and "Express" in each.name
    )


def work() -> None:
    """What a worker does in half a minute."""
    jobs.compare(timestamp=0)
    jobs.deliver(timestamp=0)
    jobs.look(timestamp=0)


def said(there: RunRegistry, express: tuple[int, str], component: str) -> list[tuple[int, int, str]]:
    return [(each.first, each.last, each.status) for each in there.stretches(*express)[component]]


def test_what_is_certified_is_said_there_and_what_is_edited_there_is_shown_to_the_lumisection(
    express: tuple[int, str], there: RunRegistry, shifter: Any, leader: Any, client_of: Any
) -> None:
    run = express[0]
    n_ls = Run.objects.get(run=run).n_ls
    certify(run, said=bad_pixel((20, 30)), by=shifter)
    work()
    assert states() == ["delivered"]
    assert said(there, express, "tracker-pixel") == [(1, 19, "GOOD"), (20, 30, "BAD"), (31, n_ls, "GOOD")]
    assert said(there, express, "tracker-strip") == [(1, n_ls, "GOOD")]
    assert row(run=run).kind == "same"

    there.write(*express, "tracker-strip", Stretch(37, 41, "BAD", "", "noisy"))
    page = client_of(leader)
    page.post("/crosscheck/ask", {"run": run})
    work()
    assert differing(row(run=run), "strip") == {"status": [(37, 41)]}
    text = page.get(f"/crosscheck/?runs={run}").content.decode()
    assert re.findall(r"(differ in LS|said there: LS) <span title=\"([^\"]+)\"", text) == [
        ("differ in LS", ranges.readable(((37, 41),)))
    ]

    withdraw(shifter, run)
    work()
    assert states() == ["delivered", "delivered"]
    assert said(there, express, "tracker-pixel") == [(1, n_ls, "NOTSET")]


def test_what_is_signed_off_there_is_refused_in_its_words(
    express: tuple[int, str], sandbox: Sandbox, there: RunRegistry, shifter: Any
) -> None:
    run = express[0]
    # days later they have signed everything off
    sandbox.advance(14 * 24 * HOUR)
    certify(run, by=shifter)
    work()
    refused = Delivery.objects.get()
    assert refused.state == "refused"
    assert "OPEN" in refused.failure
    jobs.look(timestamp=0)
    assert row(run=run).state in ("SIGNOFF", "COMPLETED")


def test_while_it_is_down_a_certification_waits_and_goes_out_when_it_is_back(
    express: tuple[int, str], sandbox: Sandbox, there: RunRegistry, shifter: Any, leader: Any, client_of: Any
) -> None:
    run = express[0]
    sandbox.stop()
    certify(run, by=shifter)
    work()
    assert states() == ["waiting"]
    text = client_of(leader).get("/crosscheck/outbox").content.decode()
    assert "is down" in text
    sandbox.start()
    outside.forget()
    Delivery.objects.update(due_at=Delivery.objects.get().made_at)
    work()
    assert states() == ["delivered"]
    assert {status for _, _, status in said(there, express, "tracker-pixel")} == {"GOOD"}

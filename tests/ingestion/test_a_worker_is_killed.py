"""A worker that is killed at any moment loses nothing and repeats nothing: the next one goes on from there.

`make soak` kills fifty; here it is a few.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import pytest
from django.db import connection
from tests.ingestion.conftest import config_of

from lumicert.decisions.models import Event
from lumicert.decisions.projections import check
from lumicert.decisions.verify import verify_log
from lumicert.runs import jobs, outside
from lumicert.runs.lumisections import read_lumisections
from lumicert.runs.models import Backfill, Run
from lumicert.sandbox.generator import generate
from lumicert.sandbox.server import Sandbox, Setup

KILLS = int(os.environ.get("LUMICERT_KILLS", "5"))
# for the last worker, which is left alone
PATIENCE = 180.0


@pytest.fixture
def week() -> Iterator[Sandbox]:
    """A week of data-taking, when it is over and everything has settled."""
    world = generate("week", 3)
    with Sandbox(world, Setup(speed=0, at=world.end + timedelta(days=30))) as running:
        yield running


def start_worker(sandbox: Sandbox, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """A worker of this test's database, in a process of its own."""
    at = connection.settings_dict
    variables = {name: str(value) for name, value in config_of(sandbox).items() if name != "sso_client_secret"}
    environment = {
        **os.environ,
        **{f"LUMICERT_{name.upper()}": value for name, value in variables.items()},
        "LUMICERT_SSO_CLIENT_SECRET": sandbox.addresses()["SSO_CLIENT_SECRET"],
        "LUMICERT_OMS_EVERY": "1",
        "LUMICERT_SOURCE_TIMEOUT": "20",
        "DATABASE_URL": f"postgresql://{at['USER']}@/{at['NAME']}?host={at['HOST']}&port={at['PORT'] or 5432}",
    }
    command = [sys.executable, "-m", "lumicert.site.cli", "worker"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=log)


def wait_for_writing(worker: subprocess.Popen[bytes], before: int, dice: random.Random) -> None:
    """Until it writes, mostly; now and then it is killed while it starts."""
    until = time.monotonic() + (dice.random() if dice.random() < 0.2 else 30)
    while time.monotonic() < until and Event.objects.count() == before:
        assert worker.poll() is None
        time.sleep(0.01)
    time.sleep(dice.random() * 0.3)


@pytest.mark.django_db(transaction=True)
def test_a_back_fill_whose_workers_are_killed_is_whole_and_has_nothing_twice(
    week: Sandbox, settings: Any, tmp_path: Path
) -> None:
    dice, log = random.Random(7), (tmp_path / "workers.log").open("ab")
    numbers = sorted(run.run_number for run in week.world.runs)
    asked = jobs.ask_for_backfill(first=numbers[0], last=numbers[-1], actor=None, asked=uuid4())
    killed_while_writing = 0
    for _ in range(KILLS):
        before = Event.objects.count()
        worker = start_worker(week, log)
        wait_for_writing(worker, before, dice)
        worker.kill()
        worker.wait()
        killed_while_writing += Event.objects.count() > before
        if Backfill.objects.get(id=asked.id).state == Backfill.State.DONE:
            # begin again: what is there is compared, run by run
            Backfill.objects.filter(id=asked.id).update(state=Backfill.State.WAITING, position=numbers[0])
    worker = start_worker(week, log)
    until = time.monotonic() + PATIENCE
    while Backfill.objects.get(id=asked.id).state != Backfill.State.DONE and time.monotonic() < until:
        assert worker.poll() is None
        time.sleep(0.1)
    worker.terminate()
    worker.wait()
    log.close()

    assert "Traceback" not in (tmp_path / "workers.log").read_text()
    assert killed_while_writing
    assert Backfill.objects.get(id=asked.id).state == Backfill.State.DONE
    assert sorted(Run.objects.values_list("run", flat=True)) == numbers
    said = Event.objects.filter(kind__in=["run.reported", "lumisections.reported"])
    assert set(Counter(said.values_list("kind", "run")).values()) == {1}
    assert verify_log().sound
    assert all(each.same for each in check())
    for truth in week.world.runs[:: max(1, len(numbers) // 20)]:
        there = [ls for first, last in read_lumisections(truth.run_number).lumis for ls in range(first, last + 1)]
        assert there == truth.lumisections.lumisection_number.tolist()
    _nothing_new(week, settings, numbers)


def _nothing_new(week: Sandbox, settings: Any, numbers: list[int]) -> None:
    """The same range again appends nothing."""
    from lumicert.runs.fetching import fetch_range

    settings.CONFIG = settings.CONFIG.model_copy(update=config_of(week, source_timeout=20))
    outside.forget()
    before = Event.objects.count()
    oms = outside.oms()
    assert oms is not None
    assert sum(step.taken.act is not None for step in fetch_range(oms, numbers[0], numbers[-1])) == 0
    assert Event.objects.count() == before
    outside.forget()

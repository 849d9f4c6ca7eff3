"""An OMS export goes through a worker: asked for and enqueued together, carried out once, whatever happens between."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob

from lumicert.decisions.models import Event
from lumicert.decisions.selectors import current_seq
from lumicert.registry import imports, jobs
from lumicert.registry.models import Import, Upload
from lumicert.registry.tests.exports import LUMISECTIONS, RUNS, packed
from lumicert.runs.models import Dataset
from lumicert.runs.selectors import luminosity_of_runs

pytestmark = pytest.mark.django_db


def ask(actor, act: UUID, lumisections: bytes = LUMISECTIONS) -> Import:
    return imports.ask_for_oms_export(
        runs_file=SimpleUploadedFile("runs.csv", RUNS),
        lumisections_file=SimpleUploadedFile("ls.csv.gz", packed(lumisections)),
        actor=actor,
        act=act,
    )


def late_mistake() -> bytes:
    """Right at the beginning, which is all that is looked at when it is asked for, and wrong behind it."""
    many = b"".join(b"315257,%d,6615,0,0,True\n" % ls for ls in range(4, 20000))
    return LUMISECTIONS + many + b"315257,x,6615,0,0,True\n"


def test_the_job_is_enqueued_with_the_request_or_not_at_all(leader):
    with transaction.atomic():
        ask(leader, uuid4())
        transaction.set_rollback(True)
    assert not Import.objects.exists()
    assert not ProcrastinateJob.objects.exists()
    asked = ask(leader, uuid4())
    assert ProcrastinateJob.objects.get().args == {"asked": str(asked.id)}


def test_asking_twice_for_one_act_enqueues_one_job(leader):
    act = uuid4()
    assert ask(leader, act) == ask(leader, act)
    assert ProcrastinateJob.objects.count() == 1


def test_the_worker_carries_it_out_and_the_files_are_gone(leader):
    asked = ask(leader, uuid4())
    jobs.carry_out_import(asked=str(asked.id))
    asked.refresh_from_db()
    assert asked.state == Import.State.DONE
    assert asked.outcome == "1 runs and 3 LS read; 3 events appended, 1 to 3"
    assert not Upload.objects.exists()
    assert set(Event.objects.values_list("act", "actor")) == {(asked.id, leader.pk)}
    assert Dataset.objects.get().dataset == "online"
    # the export counts over the fill: an LS's own is the difference to the one before
    assert (luminosity_of_runs([315257]).recorded / 1e12).tolist() == [0, 0.5, 1]


def test_a_job_whose_worker_was_killed_after_the_import_repeats_nothing(leader):
    asked = ask(leader, uuid4())
    imports.carry_out(asked.id)
    seq = current_seq()
    imports.carry_out(asked.id)
    assert current_seq() == seq
    assert Import.objects.get().state == Import.State.DONE


def test_a_job_whose_worker_was_killed_within_the_import_begins_anew(leader, monkeypatch):
    asked = ask(leader, uuid4())

    def killed(*args, **kwargs):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(imports, "_end", killed)
        with pytest.raises(SystemExit):
            imports.carry_out(asked.id)
    # the act and its result are one transaction: neither is there
    assert current_seq() == 0
    assert Import.objects.get().state == Import.State.RUNNING
    imports.carry_out(asked.id)
    assert (Import.objects.get().state, current_seq()) == (Import.State.DONE, 3)


def test_a_mistake_deep_in_the_file_ends_the_job_with_its_line(leader, client_of):
    asked = ask(leader, uuid4(), late_mistake())
    imports.carry_out(asked.id)
    shown = client_of(leader).get(f"/import/{asked.id}").content.decode()
    assert "ls.csv.gz, line 20001, lumisection_number: &#x27;x&#x27; is not an integer" in shown
    assert "Nothing was written" in shown
    assert current_seq() == 0
    assert not Upload.objects.exists()


def test_an_error_of_ours_ends_the_job_without_showing_its_inside(leader, monkeypatch):
    asked = ask(leader, uuid4())

    def broken(*args, **kwargs):
        raise KeyError("a secret of the inside")

    monkeypatch.setattr(imports.runs, "import_oms_export", broken)
    imports.carry_out(asked.id)
    outcome = Import.objects.get().outcome
    assert outcome.startswith("An error of ours")
    assert "secret" not in outcome


def test_a_database_that_goes_away_leaves_the_job_to_be_tried_again(leader, monkeypatch):
    asked = ask(leader, uuid4())

    def away(*args, **kwargs):
        raise OperationalError

    monkeypatch.setattr(imports.runs, "import_oms_export", away)
    with pytest.raises(OperationalError):
        imports.carry_out(asked.id)
    assert Import.objects.get().state == Import.State.RUNNING
    assert Upload.objects.count() == 2


def take_up_stalled_jobs():
    async def run():
        async with app.with_connector(DjangoConnector().get_worker_connector()).open_async() as working:
            await jobs.take_up_stalled_jobs.func(SimpleNamespace(app=working), 0)

    asyncio.run(run())


def waiting_jobs():
    found = ProcrastinateJob.objects.filter(status="todo").order_by("id")
    return list(found.values_list("queueing_lock", "args__number"))


@pytest.mark.django_db(transaction=True)
def test_jobs_of_a_worker_without_heartbeat_are_taken_up_again_and_the_same_only_once():
    def ask_for(lock, number):
        return jobs.carry_out_import.configure(queueing_lock=lock).defer(asked=str(uuid4()), number=number)

    for lock, number in (("range", 1), ("range", 2), ("other", 3), ("fetch", 4)):
        ask_for(lock, number)
        ProcrastinateJob.objects.filter(status="todo").update(status="doing")
    ask_for("fetch", 5)
    take_up_stalled_jobs()
    # of two that were taken up one after the other, one goes on; what waits already is not asked for twice
    assert waiting_jobs() == [("range", 1), ("other", 3), ("fetch", 5)]
    assert not ProcrastinateJob.objects.filter(status="doing").exists()


def test_its_page_shows_how_far_it_is_with_number_and_time(leader, client_of):
    asked = ask(leader, uuid4())
    Import.objects.update(
        state="running", started_at=timezone.now() - timedelta(seconds=7), doing="appending events", done=20, total=80
    )
    shown = client_of(leader).get(f"/import/{asked.id}").content.decode()
    assert "Appending events, 20 of 80, 7 s" in shown
    assert 'value="25"' in shown
    assert 'hx-trigger="every 1s"' in shown


def test_its_page_stops_asking_when_it_has_ended(leader, client_of):
    asked = ask(leader, uuid4())
    imports.carry_out(asked.id)
    shown = client_of(leader).get(f"/import/{asked.id}").content.decode()
    assert "3 events appended" in shown
    assert f'href="/events/act/{asked.id}"' in shown
    assert "hx-trigger" not in shown


def test_its_page_says_after_a_while_that_no_worker_runs(leader, client_of):
    asked = ask(leader, uuid4())
    client = client_of(leader)
    assert "No worker is running" not in client.get(f"/import/{asked.id}").content.decode()
    Import.objects.update(asked_at=timezone.now() - timedelta(seconds=6))
    assert "No worker is running" in client.get(f"/import/{asked.id}").content.decode()


def test_the_import_page_lists_what_was_asked_for(leader, client_of):
    asked = ask(leader, uuid4())
    shown = client_of(leader).get("/import/").content.decode()
    assert f'href="/import/{asked.id}"' in shown
    assert "waiting for a worker" in shown

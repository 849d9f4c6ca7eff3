"""The demo's data: made up, always the same, marked as the demo's, and enough for every page."""

from __future__ import annotations

import pytest

from lumicert.decisions.models import Event
from lumicert.decisions.projections import check
from lumicert.decisions.selectors import current_seq
from lumicert.registry import demo
from lumicert.runs.models import Dataset, LumiList, Run

pytestmark = pytest.mark.django_db


def test_the_generator_gives_the_same_runs_each_time():
    first, second = demo.made_up_runs(), demo.made_up_runs()
    assert first == second
    collisions = [run for run in first if run.collides]
    assert (len(first), len(collisions), sum(run.length for run in first)) == (50, 40, 13515)


def test_luminosity_is_recorded_only_in_stable_beams_and_never_exceeds_what_was_delivered():
    for run in demo.made_up_runs():
        unstable = demo._in(run.off.get("beam1_stable", ()))
        for ls, (recorded, delivered) in enumerate(zip(run.recorded, run.delivered, strict=True), 1):
            assert 0 <= recorded <= delivered
            assert ls not in unstable or delivered == 0


def test_seeding_twice_is_seeding_once(django_assert_max_num_queries):
    demo.seed()
    seq = current_seq()
    # each start of the demo seeds: it must cost nothing
    with django_assert_max_num_queries(3):
        demo.seed()
    assert current_seq() == seq
    assert all(table.same for table in check())


def test_everything_says_that_it_is_the_demos():
    demo.seed()
    assert set(Run.objects.values_list("source", flat=True)) == {demo.SOURCE}
    assert all("Demo" in name for name in Dataset.objects.values_list("dataset", flat=True))
    assert all(name.startswith("demo ") for name in LumiList.objects.values_list("name", flat=True))
    # far from every real run, so that nothing real is ever mixed with it
    assert not Run.objects.filter(run__gte=100_000).exists()


def test_every_page_has_something_to_show():
    demo.seed()
    assert Event.objects.filter(kind="act.undone").count() == 1
    assert LumiList.objects.count() == 2
    said = Event.objects.filter(kind="component.status", origin="person").exclude(actor=None)
    assert {event.actor_name for event in said} == {"shifter", "shifter2", "leader"}

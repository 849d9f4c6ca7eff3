"""R8: a process that is killed at any moment leaves whole acts, a sound chain and projections that follow from it."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter

import pytest
from django.db import connection

from lumicert.decisions import projections
from lumicert.decisions.models import Event
from lumicert.decisions.tests.crashing_writer import EVENTS_AN_ACT, act_of, write
from lumicert.decisions.verify import verify_log

KILLS = 15
ACTS = 400


def whole_and_sound() -> int:
    """The number of acts in the log, once it is seen that nothing is half there."""
    sizes = Counter(Event.objects.values_list("act", flat=True))
    assert set(sizes.values()) <= {EVENTS_AN_ACT}
    assert verify_log().sound
    assert all(each.same for each in projections.check())
    return len(sizes)


@pytest.mark.django_db(transaction=True)
def test_after_every_kill_the_log_is_whole_and_nothing_is_doubled() -> None:
    context = multiprocessing.get_context("forkserver")
    # imported once: the processes are forked from there, with no connection of ours
    context.set_forkserver_preload(["lumicert.decisions.tests.crashing_writer"])
    database, dice, killed_at = connection.settings_dict["NAME"], random.Random(8), []
    for _ in range(KILLS):
        writer = context.Process(target=write, args=(database, ACTS))
        writer.start()
        time.sleep(0.03 + dice.random() * 0.15)
        writer.kill()
        writer.join()
        killed_at.append(whole_and_sound())
    last = context.Process(target=write, args=(database, ACTS))
    last.start()
    last.join()
    assert whole_and_sound() == ACTS
    assert {str(act) for act in Event.objects.values_list("act", flat=True)} == {act_of(index) for index in range(ACTS)}
    assert len({count for count in killed_at if 0 < count < ACTS}) > 1, f"no kill struck while it wrote: {killed_at}"

"""A writer that is killed: a process of its own that appends a fixed series of acts."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable
from uuid import NAMESPACE_OID, UUID, uuid5

import django
from django.conf import settings

EVENTS_AN_ACT = 3

django.setup()


def act_of(index: int) -> UUID:
    return uuid5(NAMESPACE_OID, f"act {index}")


def write(database: str, acts: int) -> None:
    """Append acts 0, 1, ... of three events each, beginning with the last few that are in the log already."""
    from django.db import connection

    from lumicert.decisions.models import Event, Origin
    from lumicert.decisions.services import append
    from lumicert.decisions.tests.build import said

    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = database
    known = Event.objects.count() // EVENTS_AN_ACT
    for index in range(max(known - 3, 0), acts):
        run = 1 + index % 7
        events = [said(status, (index % 50 + 1, index % 50 + 9), run=run) for status in ("GOOD", "BAD", None)]
        append(events=events, actor=None, origin=Origin.AUTOMATIC, act=act_of(index))
    connection.close()


def whole_and_sound() -> int:
    """The number of acts in the log, once it is seen that nothing is half there."""
    from lumicert.decisions import projections
    from lumicert.decisions.models import Event
    from lumicert.decisions.verify import verify_log

    sizes = Counter(Event.objects.values_list("act", flat=True))
    assert set(sizes.values()) <= {EVENTS_AN_ACT}
    assert verify_log().sound
    assert all(each.same for each in projections.check())
    return len(sizes)


def kill_writers(kills: int, acts: int, progress: Callable[[int, int], None] = lambda done, total: None) -> list[int]:
    """Start and kill a writer so many times, let a last one finish; returns the number of acts found after each."""
    from django.db import connection

    from lumicert.decisions.models import Event

    context = multiprocessing.get_context("forkserver")
    # imported once: the processes are forked from there, with no connection of ours
    context.set_forkserver_preload([__name__])
    database, dice, found = connection.settings_dict["NAME"], random.Random(8), []
    for kill in range(kills):
        writer = context.Process(target=write, args=(database, acts))
        before = Event.objects.count()
        writer.start()
        # now and then while it starts; mostly while it writes, however slow the machine is
        while kill % 5 and writer.is_alive() and Event.objects.count() == before:
            time.sleep(0.002)
        time.sleep(dice.random() * 0.04)
        writer.kill()
        writer.join()
        found.append(whole_and_sound())
        progress(kill + 1, kills)
    last = context.Process(target=write, args=(database, acts))
    last.start()
    last.join()
    return [*found, whole_and_sound()]

"""R8: a process that is killed at any moment leaves whole acts, a sound chain and projections that follow from it."""

from __future__ import annotations

import pytest

from lumicert.decisions.models import Event
from lumicert.decisions.tests.crashing_writer import act_of, kill_writers

KILLS = 15
ACTS = 400


@pytest.mark.django_db(transaction=True)
def test_after_every_kill_the_log_is_whole_and_nothing_is_doubled() -> None:
    *killed_at, finished = kill_writers(KILLS, ACTS)
    assert finished == ACTS
    assert set(Event.objects.values_list("act", flat=True)) == {act_of(index) for index in range(ACTS)}
    assert len({count for count in killed_at if 0 < count < ACTS}) > 1, f"no kill struck while it wrote: {killed_at}"

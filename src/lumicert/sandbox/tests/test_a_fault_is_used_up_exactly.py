"""A fault with a number of times spoils exactly so many answers, however many requests come at once."""

import threading
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from lumicert.sandbox.faults import Fault, Faults, Kind

NOW = datetime(2022, 10, 15, tzinfo=UTC)


@given(st.integers(1, 20), st.integers(0, 40))
def test_uses_stop_at_the_number_of_times(times, asked):
    faults = Faults()
    placed = faults.place(Fault(kind=Kind.HTML, times=times), NOW)
    assert sum(faults.use(placed) for _ in range(asked)) == min(times, asked)
    assert bool(faults.all()) == (asked < times)


def test_requests_at_once_do_not_use_it_more_often():
    faults = Faults()
    placed = faults.place(Fault(kind=Kind.HTML, times=500), NOW)
    used = []

    def use_often():
        used.extend([faults.use(placed) for _ in range(400)])

    threads = [threading.Thread(target=use_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert used.count(True) == 500


@given(st.lists(st.sampled_from(["place", "clear"]), max_size=20))
def test_a_number_is_never_given_twice(acts):
    faults, numbers = Faults(), []
    for act in acts:
        if act == "place":
            numbers.append(faults.place(Fault(kind=Kind.HTML), NOW).number)
        else:
            faults.clear()
    assert len(set(numbers)) == len(numbers)

"""The lumisections of a dataset: by component, each stretch as long as it can be, and refused in another form."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lumicert.sources.errors import SourceChanged
from lumicert.sources.run_registry.models import Stretch, read_ranges
from lumicert.sources.run_registry.tests.fake import EXPRESS, Fake, page, row, span

RUN = 360441


def stretches(*ranges: Any) -> dict[str, list[Stretch]]:
    return Fake(ranges=list(ranges)).client().stretches(RUN, EXPRESS)


def plain(first: int, last: int, status: str) -> Stretch:
    return Stretch(first, last, status, "", "")


def test_what_is_cut_for_another_component_is_joined_again() -> None:
    found = stretches(
        span(1, 4, pixel="GOOD", strip="GOOD"), span(5, 6, pixel="GOOD", strip="BAD"), span(7, 9, pixel="GOOD")
    )
    assert found == {
        "tracker-pixel": [plain(1, 9, "GOOD")],
        "tracker-strip": [plain(1, 4, "GOOD"), plain(5, 6, "BAD")],
    }


def test_what_differs_in_its_words_alone_is_not_joined() -> None:
    first = {"tracker-pixel": {"status": "BAD", "cause": "", "comment": "a"}, "start": 1, "end": 2}
    second = {"tracker-pixel": {"status": "BAD", "cause": "HV", "comment": "a"}, "start": 3, "end": 4}
    assert stretches(first, second)["tracker-pixel"] == [
        Stretch(1, 2, "BAD", "", "a"),
        Stretch(3, 4, "BAD", "HV", "a"),
    ]


def test_what_lies_apart_is_not_joined() -> None:
    assert stretches(span(1, 2, pixel="GOOD"), span(5, 6, pixel="GOOD"))["tracker-pixel"] == [
        plain(1, 2, "GOOD"),
        plain(5, 6, "GOOD"),
    ]


def test_a_dataset_without_lumisections_has_no_components() -> None:
    assert stretches() == {}


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(["GOOD", "BAD", None]), st.sampled_from(["GOOD", "EMPTY"])), max_size=20))
def test_every_lumisection_has_what_was_said_of_it(said: list[tuple[str | None, str]]) -> None:
    ranges = [
        span(ls, ls, **({"pixel": pixel} if pixel else {}), strip=strip)
        for ls, (pixel, strip) in enumerate(said, start=1)
    ]
    found = read_ranges(ranges)
    for place, component in enumerate(("tracker-pixel", "tracker-strip")):
        told = {ls: one.status for one in found.get(component, []) for ls in range(one.first, one.last + 1)}
        assert told == {ls: words[place] for ls, words in enumerate(said, start=1) if words[place]}


def test_the_name_is_asked_for_as_it_is_written_there() -> None:
    fake = Fake(datasets=page(row(RUN, f"{EXPRESS}\n")))
    client = fake.client()
    client.datasets(RUN, RUN)
    client.stretches(RUN, EXPRESS)
    assert fake.asked[-1] == ("ranges", {"run_number": RUN, "dataset_name": f"{EXPRESS}\n"})
    assert [kind for kind, _ in fake.asked] == ["datasets", "ranges"]


def test_a_name_that_was_not_seen_is_looked_up_once() -> None:
    fake = Fake(names=["online", f"{EXPRESS}\n"])
    client = fake.client()
    for _ in range(2):
        assert client.stretches(RUN, EXPRESS)
    assert [kind for kind, _ in fake.asked] == ["names", "ranges", "ranges"]
    assert fake.asked[-1][1]["dataset_name"] == f"{EXPRESS}\n"


@pytest.mark.parametrize("names", [[EXPRESS, f"{EXPRESS}\n"], [f"{EXPRESS}\n", EXPRESS]])
def test_the_clean_one_of_two_names_is_asked_for(names: list[str]) -> None:
    fake = Fake(names=names)
    fake.client().stretches(RUN, EXPRESS)
    assert fake.asked[-1][1]["dataset_name"] == EXPRESS


def test_a_dataset_that_is_not_there_is_not_asked_for() -> None:
    fake = Fake(names=["online"])
    assert fake.client().stretches(RUN, EXPRESS) == {}
    assert [kind for kind, _ in fake.asked] == ["names"]


@pytest.mark.parametrize(
    ("ranges", "why"),
    [
        ({}, "the ranges: input should be a valid list"),
        ([5], "input should be a valid dictionary"),
        ([{"end": 3}], "start of range 1"),
        ([span(1, 2), {"start": 3, "stop": 4}], "end of range 2"),
        ([span(0, 2)], "start of range 1: input should be greater than or equal to 1"),
        ([span(3, 2)], "range 1 is LS 3 to 2, behind LS 0"),
        ([span(1, 5), span(5, 6)], "range 2 is LS 5 to 6, behind LS 5"),
        ([{"x": None, "start": 1, "end": 2}], "x of LS 1 to 2: input should be"),
        ([{"x": {"status": "GOOD"}, "start": 1, "end": 2}], "x of LS 1 to 2: cause: field required"),
        ([{"x": {"status": 5, "cause": "", "comment": ""}, "start": 1, "end": 2}], "status: input should be a valid"),
    ],
    ids=str,
)
def test_ranges_of_another_form_are_a_change(ranges: Any, why: str) -> None:
    with pytest.raises(SourceChanged) as caught:
        Fake(ranges=ranges).client().stretches(RUN, EXPRESS)
    assert why in caught.value.why


@pytest.mark.parametrize("names", [None, {}, [5], "online"])
def test_names_of_another_form_are_a_change(names: Any) -> None:
    with pytest.raises(SourceChanged, match="the names of the run's datasets"):
        Fake(names=names).client().stretches(RUN, EXPRESS)

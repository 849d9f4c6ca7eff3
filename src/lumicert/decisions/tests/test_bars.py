"""What a bar shows, against a dictionary of lumisections; and the algebra of ranges that the pages use."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lumicert.decisions.bars import pieces
from lumicert.decisions.models import Layer
from lumicert.decisions.ranges import Ranges, canonical, difference, overlap
from lumicert.decisions.selectors import Standing

LAST = 30
LSS = st.sets(st.integers(1, LAST))


def ranges_of(lss: set[int]) -> Ranges:
    return canonical((ls, ls) for ls in lss)


def lss_of(ranges: Ranges) -> set[int]:
    return {ls for first, last in ranges for ls in range(first, last + 1)}


def word(seq: int, layer: Layer, status: str, lss: set[int]) -> Standing:
    return Standing(seq, 1, "online", "a-b", layer, status, "", "", ranges_of(lss))


@st.composite
def standings(draw):
    """What may stand: within a layer, one word a lumisection at most."""
    found, seq = [], 0
    for layer in (Layer.PERSON, Layer.AUTOMATIC):
        of_ls = draw(st.dictionaries(st.integers(1, LAST), st.sampled_from(["GOOD", "BAD", "STANDBY"])))
        for status in set(of_ls.values()):
            seq += 1
            found.append(word(seq, layer, status, {ls for ls, said in of_ls.items() if said == status}))
    return found


@given(standings(), LSS)
def test_each_lumisection_shows_the_persons_word_before_the_automatic_one(stands, universe):
    shown = {ls: piece for piece in pieces(stands, ranges_of(universe)) for ls in range(piece.first, piece.last + 1)}
    ends = range(min(universe), max(universe) + 1) if universe else range(0)
    assert set(shown) == set(ends)
    for ls in ends:
        said = {item.layer: item for item in stands if ls in lss_of(item.lumis)}
        person, automatic = said.get(Layer.PERSON), said.get(Layer.AUTOMATIC)
        counting = person or automatic
        expected = (counting.status if counting else "EMPTY") if ls in universe else "unknown"
        assert shown[ls].status == expected
        assert shown[ls].under is (automatic if person else None)


@given(standings(), LSS)
def test_pieces_stand_side_by_side_and_neighbours_differ(stands, universe):
    bar = pieces(stands, ranges_of(universe))
    for left, right in pairwise(bar):
        assert right.first == left.last + 1
        assert (left.status, left.word, left.under) != (right.status, right.word, right.under)


@given(LSS, LSS)
def test_difference_and_overlap_are_those_of_sets(left, right):
    assert lss_of(difference(ranges_of(left), ranges_of(right))) == left - right
    assert overlap(ranges_of(left), ranges_of(right)) == ranges_of(left & right)

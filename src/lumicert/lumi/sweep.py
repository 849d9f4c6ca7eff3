"""The sweep: set algebra over sorted arrays of edges, in a handful of numpy calls.

An *edge* is where a range of lumisections starts or stops, packed into one int64: ``run << 32 | ls << 1 | kind``. A
start (kind 1) sits at the first LS, a stop (kind 0) at the LS after the last one, so that ranges are half-open inside.
A *canonical* array alternates start, stop, start, ...; its places (``edge >> 1``) strictly increase, so that no range
is empty and no two ranges touch. The run is the high part: ranges of different runs never meet.

Every operation puts the edges of its operands in one line and counts, edge by edge, how many operands are inside. The
result starts where that count rises to a threshold and stops where it falls below it: 1 is union, 2 is intersection,
n is "at least n of them". Two sorted operands are two sorted stretches, which the stable sort merges in linear time.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Integers: TypeAlias = npt.NDArray[np.int64]


def _crossings(line: Integers, threshold: int) -> Integers:
    """The edges of `line` (sorted in place) at which the count of open ranges crosses `threshold`."""
    line.sort(kind="stable")
    kind = line & 1
    inside = np.cumsum((kind << 1) - 1)
    # A start counts when it brings the count to the threshold, a stop when it takes it away from there.
    inside -= kind
    crossing: Integers = line[inside == threshold - 1]
    return crossing


def intersection(a: Integers, b: Integers) -> Integers:
    """The canonical edges of what is in both. At one place stops sort before starts, so that nothing empty opens."""
    return _crossings(np.concatenate((a, b)), 2)


def difference(a: Integers, b: Integers) -> Integers:
    """The canonical edges of what is in `a` and not in `b`."""
    # The complement of `b` has its starts where `b` stops. Before its first edge it is open, which adds one to every
    # count and so takes one off the threshold of the intersection.
    return _crossings(np.concatenate((a, b ^ 1)), 1)


def union(*operands: Integers) -> Integers:
    """The canonical edges of what is in any operand. Operands need not be canonical, only made of start-stop pairs."""
    line = np.concatenate(operands)
    # Starts sort before stops here, so that ranges that touch at one place become one: with both kinds turned round
    # the sweep sees the gaps, of which the first one is open before the first edge.
    line ^= 1
    edges = _crossings(line, 0)
    edges ^= 1
    return edges


def symmetric_difference(a: Integers, b: Integers) -> Integers:
    """The canonical edges of what is in exactly one: every place where one operand changes, unless both do."""
    places = np.concatenate((a, b)) >> 1
    places.sort(kind="stable")
    twice = np.zeros(places.size + 1, bool)
    np.equal(places[1:], places[:-1], out=twice[1:-1])
    return _alternating(places[~(twice[1:] | twice[:-1])])


def at_least(operands: Sequence[Integers], threshold: int) -> Integers:
    """The canonical edges of what is in at least `threshold` of the canonical operands, in one sweep over all."""
    line = np.concatenate(operands)
    line.sort(kind="stable")
    inside = np.cumsum(((line & 1) << 1) - 1)
    places = line >> 1
    # Several operands may change at one place; only the count after the last of them is a state of the set.
    settled = np.ones(places.size, bool)
    np.not_equal(places[1:], places[:-1], out=settled[:-1])
    enough = inside[settled] >= threshold
    changes = enough.copy()
    np.not_equal(enough[1:], enough[:-1], out=changes[1:])
    return _alternating(places[settled][changes])


def from_ranges(starts: Integers, stops: Integers) -> Integers:
    """The canonical edges of half-open ranges of places, shapes (n,) and (n,), in any order and with any overlap."""
    places = np.empty(2 * starts.size, np.int64)
    places[0::2] = starts
    places[1::2] = stops
    edges = _alternating(places)
    # Published files are canonical already: one comparison saves the sort.
    return edges if bool(np.all(places[1:] > places[:-1])) else union(edges)


def _alternating(places: Integers) -> Integers:
    edges = places << 1
    edges[0::2] |= 1
    return edges

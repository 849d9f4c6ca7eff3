"""Three-valued sets of lumisections: where something holds, where it does not, and where nobody knows.

A `Known` says two things: in which lumisections its statement *can* be judged (`known`), and in which of them it holds
(`active`). Of every LS it says yes (known and active), no (known and not active) or unknown (not known).

**The rule**: what is unknown to one operand is unknown in the result, of every operator; what both know is ordinary
set algebra. y is yes, n is no, ? is unknown:

    ===  ===  =====  =====  =====  =====        ===  ==
    a    b    a & b  a | b  a - b  a ^ b        a    ~a
    ===  ===  =====  =====  =====  =====        ===  ==
    y    y    y      y      n      n            y    n
    y    n    n      y      y      y            n    y
    n    y    n      y      n      y            ?    ?
    n    n    n      n      n      n
    y    ?    ?      ?      ?      ?
    n    ?    ?      ?      ?      ?
    ?    any  ?      ?      ?      ?
    ===  ===  =====  =====  =====  =====

In sets: ``known`` of the result is ``a.known & b.known``. These are the rules of gwpy's DataQualityFlag (``&``, ``-``
and ``^`` intersect `known`, ``~`` inverts inside it) with one exception. gwpy's ``|`` unites `known`, so that an LS
unknown to a and "no" in b becomes "no": the unknown is forgotten, and ``~(a | b)`` is no longer ``~a & ~b``. Here it
stays unknown, and De Morgan's laws, commutativity, associativity and distributivity all hold. Absorption does not:
``a | (a & b)`` is unknown where b is. This is Kleene's *weak* logic; the strong one, in which "no & unknown" is "no",
belongs to the rules of a policy, where a reason can be given, and not to the bookkeeping of sets.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from lumicert.lumi.errors import LumiError
from lumicert.lumi.sets import LumiSet


@dataclass(frozen=True, slots=True)
class Known:
    """A statement about lumisections: judged in `known`, true in `active`, which must lie within `known`."""

    known: LumiSet
    active: LumiSet

    def __post_init__(self) -> None:
        if outside := self.active - self.known:
            run, first, last = next(outside.ranges())
            raise LumiError(
                f"run {run}, range [{first}, {'null' if last is None else last}]: active where nothing is known; "
                "widen `known` or cut `active` with it"
            )

    @property
    def inactive(self) -> LumiSet:
        """Where the statement is known not to hold."""
        return self.known - self.active

    def unknown(self, universe: LumiSet) -> LumiSet:
        """The lumisections of `universe` of which nothing is known."""
        return universe - self.known

    def state(self, run: int, ls: int) -> bool | None:
        """True, False, or None for unknown, of one lumisection."""
        return self.active.contains(run, ls) if self.known.contains(run, ls) else None

    def _combined(self, other: Self, operation: Callable[[LumiSet, LumiSet], LumiSet]) -> Self:
        known = self.known & other.known
        return type(self)(known, operation(self.active, other.active) & known)

    def __and__(self, other: Self) -> Self:
        return self._combined(other, LumiSet.__and__) if isinstance(other, Known) else NotImplemented

    def __or__(self, other: Self) -> Self:
        return self._combined(other, LumiSet.__or__) if isinstance(other, Known) else NotImplemented

    def __sub__(self, other: Self) -> Self:
        return self._combined(other, LumiSet.__sub__) if isinstance(other, Known) else NotImplemented

    def __xor__(self, other: Self) -> Self:
        return self._combined(other, LumiSet.__xor__) if isinstance(other, Known) else NotImplemented

    def __invert__(self) -> Self:
        return type(self)(self.known, self.inactive)

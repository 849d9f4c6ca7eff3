"""Which leaves keep rows out, for many rows at a time.

A leaf *blocks* a row if it is reached from the top of the rule through nodes that are all not what the policy wants
of them (true, or false under a `!`), and is itself not what is wanted. So of an `and` all operands that fail or are
unknown block, of an `or` that does not hold all operands do. An `if` that goes wrong is blocked by the branch that it
takes, and by its condition where the other way round a constant stands. This is Run Registry's notion of failing
leaves, extended to `!`, `if` and unknowns.

A row that only constants of the rule keep out has no blocking leaves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lumicert.policy.columns import Mask
from lumicert.policy.compile import Binder, connected
from lumicert.policy.explain import Leaf, wanted_below
from lumicert.policy.tree import CONNECTIVES, Node
from lumicert.policy.values import IN, OUT, UNDECIDED, Verdict, verdict_of
from lumicert.policy.vector import Condition, Given, Verdicts, run

Rows = npt.NDArray[np.intp]

# Blocks of rows for which one Boolean for each leaf and row is held in memory.
_BLOCK = 262_144


@dataclass(frozen=True, eq=False)
class Reason:
    """The rows of one verdict that the same leaves block, in ascending order."""

    verdict: Verdict
    leaves: tuple[Leaf, ...]
    rows: Rows


@dataclass(frozen=True)
class Amount:
    """A number of rows, and the sum of their weights in the unit of the weights given."""

    rows: int
    weight: float


@dataclass(frozen=True, eq=False)
class Loss:
    """What one leaf costs.

    *Inclusive* counts every row that the leaf blocks, *exclusive* those that it alone blocks. Rows that are OUT and
    rows that are UNDECIDED are counted apart.
    """

    leaf: Leaf
    inclusive: Amount
    exclusive: Amount
    undecided_inclusive: Amount
    undecided_exclusive: Amount


def reasons(root: Node, leaves: Sequence[tuple[Node, Leaf]], binder: Binder, rows: Rows) -> list[Reason]:
    """The rows (all of which must not be IN) grouped by verdict and blocking leaves, the largest group first."""
    if not len(rows):
        return []
    signatures = np.concatenate([*_signatures(root, [node for node, _ in leaves], binder, rows)])
    group_of = _grouped(signatures)
    order = np.argsort(group_of, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(group_of[order])) + 1)
    parts.sort(key=len, reverse=True)
    return [_reason(signatures[part[0]], [leaf for _, leaf in leaves], rows[part]) for part in parts]


def _reason(signature: npt.NDArray[np.uint64], leaves: Sequence[Leaf], rows: Rows) -> Reason:
    bits = np.unpackbits(signature.view(np.uint8), bitorder="little")
    blocking = tuple(leaf for leaf, blocks in zip(leaves, bits[1:], strict=False) if blocks)
    return Reason(UNDECIDED if bits[0] else OUT, blocking, rows)


def _signatures(root: Node, leaves: Sequence[Node], binder: Binder, rows: Rows) -> Iterator[npt.NDArray[np.uint64]]:
    """For each row the bits (whether it is undecided, and which leaves block it) in words of 64."""
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        blamer = _Blamer(Binder(binder.frame.take(block, root.variables), binder.unknown_as_null), len(block))
        undecided = blamer.verdicts(root) == UNDECIDED
        blocked = blamer.blocked(root)
        bits = [undecided, *(blocked.get(leaf, np.zeros(len(block), dtype=bool)) for leaf in leaves)]
        packed = np.packbits(bits, axis=0, bitorder="little")
        padded = np.zeros((len(block), -len(packed) % 8 + len(packed)), dtype=np.uint8)
        padded[:, : len(packed)] = packed.T
        yield padded.view(np.uint64)


def _grouped(signatures: npt.NDArray[np.uint64]) -> Rows:
    """A number for each row, equal where the signatures are."""
    group_of = np.zeros(len(signatures), dtype=np.intp)
    for word in signatures.T:
        values, index = np.unique(word, return_inverse=True)
        _, group_of = np.unique(group_of * len(values) + index, return_inverse=True)
    return group_of


class _Blamer:
    """Walks from the top of the rule to the leaves that block, with the rows that each step still concerns."""

    def __init__(self, binder: Binder, n_rows: int) -> None:
        self._binder, self._n_rows = binder, n_rows
        self._verdicts: dict[Node, Verdicts] = {}
        self._blocked: dict[Node, Mask] = {}

    def blocked(self, root: Node) -> dict[Node, Mask]:
        self._walk(root, np.ones(self._n_rows, dtype=bool), IN)
        return self._blocked

    def verdicts(self, node: Node) -> Verdicts:
        if node not in self._verdicts:
            self._verdicts[node] = run(self._condition(node), self._n_rows, np.empty(self._n_rows, dtype=np.uint8))
        return self._verdicts[node]

    def _condition(self, node: Node) -> Condition:
        if node.op in CONNECTIVES:
            return connected(node.op, [Given(self.verdicts(arg)) for arg in node.args])
        return self._binder.leaf(node)

    def _walk(self, node: Node, concerned: Mask, wanted: Verdict) -> None:
        concerned = concerned & (self.verdicts(node) != wanted)
        if not concerned.any() or node.op == "constant":
            return
        if node.op not in CONNECTIVES:
            self._blocked[node] = self._blocked.get(node, False) | concerned
        elif node.op == "if":
            self._walk_if(node.args, concerned, wanted)
        else:
            for arg in node.args:
                self._walk(arg, concerned, wanted_below(node, wanted))

    def _walk_if(self, args: tuple[Node, ...], concerned: Mask, wanted: Verdict) -> None:
        for at in range(0, len(args) - 1, 2):
            rest = args[at + 2 :]
            rest_is_hopeless = _is_constantly_not(rest[0], wanted) if len(rest) == 1 else not rest and wanted == IN
            concerned = self._walk_branch(args[at], args[at + 1], rest_is_hopeless, concerned, wanted)
        if len(args) % 2:
            self._walk(args[-1], concerned, wanted)

    def _walk_branch(self, condition: Node, then: Node, last: bool, concerned: Mask, wanted: Verdict) -> Mask:
        """Walks one branch, and returns the rows that what follows it concerns.

        `last`: what follows cannot be what is wanted, so that this branch must be.
        """
        verdicts = self.verdicts(condition)
        if _is_constantly_not(then, wanted):
            if not last:
                self._walk(condition, concerned, OUT)
            return concerned
        self._walk(condition, concerned if last else concerned & (verdicts == UNDECIDED), IN)
        self._walk(then, concerned if last else concerned & (verdicts != OUT), wanted)
        return concerned & np.not_equal(verdicts, IN)


def _is_constantly_not(node: Node, wanted: Verdict) -> bool:
    return node.op == "constant" and verdict_of(node.value) != wanted


def losses(leaves: Sequence[Leaf], found: Sequence[Reason], weights: npt.NDArray[np.float64] | None) -> list[Loss]:
    """What each leaf costs, in the order of the leaves."""
    amounts: dict[tuple[Leaf, Verdict, bool], Amount] = {}
    for reason in found:
        weight = float(weights[reason.rows].sum()) if weights is not None else float(len(reason.rows))
        for leaf in reason.leaves:
            _add(amounts, (leaf, reason.verdict, False), len(reason.rows), weight)
            if len(reason.leaves) == 1:
                _add(amounts, (leaf, reason.verdict, True), len(reason.rows), weight)
    none = Amount(0, 0.0)
    kinds = [(OUT, False), (OUT, True), (UNDECIDED, False), (UNDECIDED, True)]
    return [Loss(leaf, *(amounts.get((leaf, *kind), none) for kind in kinds)) for leaf in leaves]


def _add(amounts: dict[tuple[Leaf, Verdict, bool], Amount], key: tuple[Leaf, Verdict, bool], n: int, w: float) -> None:
    known = amounts.get(key, Amount(0, 0.0))
    amounts[key] = Amount(known.rows + n, known.weight + w)

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
_BLOCK = 65_536


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
    blocks = _blocks(root, [node for node, _ in leaves], binder, rows)
    signatures = np.concatenate([_signatures(blocked) for _, blocked in blocks])
    group_of = _grouped(signatures)
    # A stable sort keeps the rows of a group in ascending order.
    order = np.argsort(group_of, kind="stable")
    starts = np.flatnonzero(np.diff(group_of[order], prepend=-1))
    bits = np.unpackbits(signatures[order[starts]].view(np.uint8), axis=1, bitorder="little")
    blocking: list[list[Leaf]] = [[] for _ in starts]
    for group, leaf in zip(*(found.tolist() for found in np.nonzero(bits[:, 1:])), strict=True):
        blocking[group].append(leaves[leaf][1])
    ends = [*starts[1:].tolist(), len(rows)]
    parts = [rows[order[start:end]] for start, end in zip(starts.tolist(), ends, strict=True)]
    verdicts = [UNDECIDED if undecided else OUT for undecided in bits[:, 0].tolist()]
    found = [Reason(*each) for each in zip(verdicts, map(tuple, blocking), parts, strict=True)]
    return sorted(found, key=lambda reason: len(reason.rows), reverse=True)


def _blocks(root: Node, leaves: Sequence[Node], binder: Binder, rows: Rows) -> Iterator[tuple[Rows, Mask]]:
    """Some of the rows at a time, and a mask of shape (1 + leaves, rows): undecided, and blocked by each leaf."""
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        blamer = _Blamer(Binder(binder.frame.take(block, root.variables), binder.unknown_as_null), len(block))
        blocked = blamer.blocked(root)
        mask = np.zeros((1 + len(leaves), len(block)), dtype=bool)
        # The verdict is part of it: an unknown and a failing leaf are different reasons.
        mask[0] = blamer.verdicts(root) == UNDECIDED
        for row, leaf in enumerate(leaves, start=1):
            if leaf in blocked:
                mask[row] = blocked[leaf]
        yield block, mask


def _signatures(blocked: Mask) -> npt.NDArray[np.uint64]:
    """The mask of each row as bits in words of 64, of shape (rows, words)."""
    packed = np.packbits(blocked, axis=0, bitorder="little")
    padded = np.zeros((blocked.shape[1], -len(packed) % 8 + len(packed)), dtype=np.uint8)
    padded[:, : len(packed)] = packed.T
    return padded.view(np.uint64)


def _grouped(signatures: npt.NDArray[np.uint64]) -> Rows:
    """A number for each row, equal where the signatures are."""
    group_of = np.zeros(len(signatures), dtype=np.intp)
    for word in signatures.T:
        values, index = np.unique(word, return_inverse=True)
        _, group_of = np.unique(group_of * len(values) + index, return_inverse=True)
    return group_of


def losses(
    root: Node,
    leaves: Sequence[tuple[Node, Leaf]],
    binder: Binder,
    rows: Rows,
    weights: npt.NDArray[np.float64] | None,
) -> list[Loss]:
    """What each leaf costs among the rows (all of which must not be IN), in the order of the leaves."""
    # One matrix product: four kinds of rows, counted with weight 1 and with their own.
    totals = np.zeros((len(leaves), 8))
    for block, mask in _blocks(root, [node for node, _ in leaves], binder, rows):
        undecided, blocked = mask[0], mask[1:]
        alone = np.count_nonzero(blocked, axis=0) == 1
        kinds = np.array([~undecided, ~undecided & alone, undecided, undecided & alone], dtype=np.float64)
        given = kinds if weights is None else kinds * weights[block]
        totals += blocked.astype(np.float64) @ np.concatenate([kinds, given]).T
    amounts = [[Amount(int(row[kind]), row[kind + 4]) for kind in range(4)] for row in totals.tolist()]
    return [Loss(leaf, *four) for (_, leaf), four in zip(leaves, amounts, strict=True)]


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

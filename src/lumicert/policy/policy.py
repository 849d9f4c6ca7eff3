"""A policy: a rule that says of each lumisection whether it is golden.

The rule is JsonLogic (see `parse` for the language, `scalar` for its meaning), and its verdict on a row is IN, OUT,
or UNDECIDED where it hangs on something that nobody knows. A policy is immutable and knows nothing of where the data
come from: it says which `variables` it needs, and is evaluated on a `Frame` that holds them.

>>> import numpy as np
>>> policy = Policy.parse({"==": [{"var": "lumisection.rr.tracker-strip"}, "GOOD"]}, None)
>>> strip = Column.coded(np.array([0, 0, 1, 2], dtype=np.uint8), ["GOOD", "BAD", UNKNOWN])
>>> policy.evaluate(Frame(4, {"lumisection.rr.tracker-strip": strip})).tolist()
[2, 2, 0, 1]
"""

import hashlib
import json
from typing import Any

import numpy as np
import numpy.typing as npt

from lumicert.policy.catalogue import Catalogue
from lumicert.policy.columns import Column, Frame
from lumicert.policy.compile import Binder
from lumicert.policy.explain import Explanation, Leaf, explain
from lumicert.policy.parse import parse
from lumicert.policy.reasons import Loss, Reason, losses, reasons
from lumicert.policy.tree import Node, leaves
from lumicert.policy.values import IN, UNKNOWN, Json
from lumicert.policy.vector import Verdicts, run
from lumicert.policy.wording import words

__all__ = ["UNKNOWN", "Column", "Frame", "Policy"]


class Policy:
    """A rule, ready to be evaluated; make one with `Policy.parse`. `root` is its tree.

    `variables` are the names that must be fetched; those inside `some`, `map` and their like refer to elements and are
    not among them. `leaves` are the conditions of the rule as written. `unknown_as_null` tells that unknown variables
    count as absent, which JsonLogic reads as null.
    """

    def __init__(self, root: Node, *, unknown_as_null: bool) -> None:
        self.root = root
        self._leaf_nodes = list(leaves(root))
        self.unknown_as_null = unknown_as_null
        self.variables = root.variables
        self.leaves = tuple(
            Leaf(index, node.path, node.rule, words(node), node.variables)
            for index, node in enumerate(self._leaf_nodes)
        )

    @classmethod
    def parse(cls, rule: object, catalogue: Catalogue | None, *, unknown_as_null: bool = False) -> "Policy":
        """The policy of a rule, given as JSON data or as JSON text.

        With a catalogue, variables that it does not know are refused. With `unknown_as_null` the policy gives exactly
        what Run Registry would give, where what nobody set is absent from the data.

        Raises PolicyError, which names the place in the rule.
        """
        return cls(parse(rule, catalogue), unknown_as_null=unknown_as_null)

    def evaluate(self, frame: Frame) -> Verdicts:
        """One verdict a row: OUT (0), UNDECIDED (1) or IN (2)."""
        return self._run(self.root, frame)

    def leaf_verdicts(self, frame: Frame) -> Verdicts:
        """The verdict of each leaf on each row, of shape (number of leaves, number of rows)."""
        verdicts = np.empty((len(self.leaves), frame.n_rows), dtype=np.uint8)
        binder = self._binder(frame)
        for node, out in zip(self._leaf_nodes, verdicts, strict=True):
            run(binder.leaf(node), frame.n_rows, out)
        return verdicts

    def explain(self, frame: Frame, row: int) -> Explanation:
        """Why one row is in, out or undecided.

        Raises IndexError if there is no such row.
        """
        inputs = frame.row(row, self.variables)
        return explain(self.root, dict(self._pairs()), inputs, self._binder(frame).row(inputs))

    def reasons(self, frame: Frame, rows: npt.ArrayLike | None = None) -> list[Reason]:
        """The rows that are OUT or UNDECIDED, grouped by verdict and by the leaves that block them, largest first.

        `rows` restricts this to some rows, given by number. Each row appears in one group exactly.
        """
        kept_out = self._kept_out(frame)
        if rows is not None:
            kept_out = np.intersect1d(kept_out, np.asarray(rows, dtype=np.intp))
        return reasons(self.root, self._pairs(), self._binder(frame), kept_out)

    def losses(self, frame: Frame, weights: npt.ArrayLike | None = None) -> list[Loss]:
        """What each leaf costs, in rows and in the unit of `weights` (one a row; 1 each if None).

        Raises ValueError for weights of another length, or that are not finite: a lumisection without luminosity is to
        be counted by the caller, not silently as 0.
        """
        checked = _checked_weights(weights, frame.n_rows)
        return losses(self.root, self._pairs(), self._binder(frame), self._kept_out(frame), checked)

    def canonical(self) -> str:
        """The rule as JSON text, the same for the same rule: keys sorted, no blanks, ASCII, whole numbers as integers.

        Operands keep their order.
        """
        return json.dumps(_canonical(self.root.rule), sort_keys=True, separators=(",", ":"), ensure_ascii=True)

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of the canonical rule; `unknown_as_null` gives another one."""
        # No rule ends with these words, so the two kinds cannot be mistaken for each other.
        text = self.canonical() + (" unknown_as_null" if self.unknown_as_null else "")
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    def _run(self, node: Node, frame: Frame) -> Verdicts:
        return run(self._binder(frame).condition(node), frame.n_rows, np.empty(frame.n_rows, dtype=np.uint8))

    def _kept_out(self, frame: Frame) -> npt.NDArray[np.intp]:
        return np.flatnonzero(self.evaluate(frame) != IN)

    def _pairs(self) -> list[tuple[Node, Leaf]]:
        return list(zip(self._leaf_nodes, self.leaves, strict=True))

    def _binder(self, frame: Frame) -> Binder:
        return Binder(frame, self.unknown_as_null)


def _canonical(rule: Json) -> Json:
    if isinstance(rule, float) and rule.is_integer() and abs(rule) < 2**53:
        return int(rule)
    if isinstance(rule, list):
        return [_canonical(item) for item in rule]
    if isinstance(rule, dict):
        return {key: _canonical(item) for key, item in rule.items()}
    return rule


def _checked_weights(weights: npt.ArrayLike | None, n_rows: int) -> npt.NDArray[np.float64] | None:
    if weights is None:
        return None
    array: npt.NDArray[Any] = np.asarray(weights, dtype=np.float64)
    if array.shape != (n_rows,):
        raise ValueError(f"there must be one weight a row, {n_rows} in all, not an array of shape {array.shape}")
    if not np.isfinite(array).all():
        row = int(np.argmin(np.isfinite(array)))
        raise ValueError(f"the weight of row {row} is {array[row]}; give 0 and count such rows apart")
    return array

"""From a tree and a frame to one condition over all rows.

The skeleton of a rule (`and or ! !! if`) becomes operations on planes; each leaf becomes one of

* a fixed verdict, if its variables are the same in every row;
* a numpy expression, if it compares numbers of which there are many (see `numeric`);
* a table, for everything else: the exact evaluator judges each distinct combination of values once. The codes of the
  table are those of the columns if they share one array, else rows are coded by their combination (see `tabulate`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from lumicert.policy.columns import Column, Frame, Numbers
from lumicert.policy.numeric import Source, numeric_condition
from lumicert.policy.scalar import Row, judge
from lumicert.policy.tabulate import Coding, crossed, of_columns, of_numbers
from lumicert.policy.tree import CONNECTIVES, Node
from lumicert.policy.values import OUT, UNKNOWN
from lumicert.policy.vector import Condition, Fixed, Table, Verdicts, choose, join, negate, run, simplified

Group: TypeAlias = list[tuple[str, Column]]

# From here on, judging numbers by numpy is worth its constant cost.
_MANY = 64


def connected(op: str, operands: Sequence[Condition]) -> Condition:
    """The condition of a connective over the conditions of its operands."""
    if op in {"and", "or"}:
        return join(op == "and", operands)
    if op == "!":
        return negate(operands[0])
    if op == "!!":
        return operands[0]
    branches = list(zip(operands[:-1:2], operands[1::2], strict=False))
    otherwise = operands[-1] if len(operands) % 2 else Fixed(OUT)
    return choose(branches, otherwise) if branches else otherwise


@dataclass(frozen=True)
class Binder:
    """Binds the nodes of a rule to a frame.

    `unknown_as_null`: a variable that is unknown counts as absent, as it is in Run Registry's data.
    """

    frame: Frame
    unknown_as_null: bool

    def condition(self, node: Node) -> Condition:
        """The condition of a node in condition position."""
        if node.op in CONNECTIVES:
            return connected(node.op, [self.condition(arg) for arg in node.args])
        return self.leaf(node)

    def leaf(self, node: Node) -> Condition:
        """The condition of any other expression."""
        columns = {name: self.frame.column(name) for name in sorted(node.variables)}
        groups = _sharing_codes(columns)
        if not groups:
            return Fixed(judge(node, self.row({name: column.values[0] for name, column in columns.items()}))[0])
        if len(groups) == 1 and groups[0][0][1].codes is not None:
            return simplified(
                Table(self.frame.narrowed(groups[0][0][1].codes), self._by_code(node, columns, groups[0]))
            )
        # Two arrays of codes may combine in as many ways as there are rows; numbers need not be combined at all.
        numeric = numeric_condition(node, {name: self._source(column) for name, column in columns.items()})
        return numeric or self._by_combination(node, columns, groups)

    def row(self, row: Row) -> Row:
        """A row as the exact evaluator is to see it."""
        return {name: value for name, value in row.items() if value is not UNKNOWN} if self.unknown_as_null else row

    def _by_code(self, node: Node, columns: Mapping[str, Column], group: Group) -> Verdicts:
        """The verdict on each code of columns that share their codes."""
        # A code beyond the shortest list of values cannot occur.
        size = min(len(column.values) for _, column in group)
        if size > _MANY:
            condition = numeric_condition(node, {name: self._whole(column, size) for name, column in columns.items()})
            if condition is not None:
                return run(condition, size, np.empty(size, dtype=np.uint8))
        # Values repeat from run to run: a year of runs has three energies.
        coding = of_columns(group, size)
        by_code: Verdicts = self._judged(node, columns, coding)[coding.index]
        return by_code

    def _by_combination(self, node: Node, columns: Mapping[str, Column], groups: Sequence[Group]) -> Condition:
        coding = crossed(self._by_row(group) for group in groups)
        return simplified(Table(coding.index, self._judged(node, columns, coding)))

    def _by_row(self, group: Group) -> Coding:
        name, column = group[0]
        if column.numeric is not None:
            return of_numbers(name, column.numeric)
        coding = of_columns(group, min(len(column.values) for _, column in group))
        return Coding(coding.names, coding.index[column.codes], coding.combinations)

    def _judged(self, node: Node, columns: Mapping[str, Column], coding: Coding) -> Verdicts:
        """The verdict on each combination."""
        row = {name: column.values[0] for name, column in columns.items() if column.is_constant}
        verdicts = np.empty(len(coding.combinations), dtype=np.uint8)
        for place, values in enumerate(coding.combinations):
            row.update(zip(coding.names, values, strict=True))
            verdicts[place] = judge(node, self.row(row))[0]
        return verdicts

    def _source(self, column: Column) -> Source | None:
        """What reads the numbers of a column in a range of rows, or None if it may hold something else."""
        given = column.numeric or column.value_numbers
        if given is None:
            return None
        numbers = self._numbers(given)
        if column.codes is not None:
            codes = self.frame.narrowed(column.codes)
            return lambda rows: numbers[codes[rows]]
        return (lambda _rows: numbers) if column.is_constant else (lambda rows: numbers[rows])

    def _whole(self, column: Column, size: int) -> Source | None:
        """What reads the numbers of a range of codes, all below `size`."""
        if column.value_numbers is None:
            return None
        numbers = self._numbers(column.value_numbers[:size])
        return (lambda _codes: numbers) if column.is_constant else (lambda codes: numbers[codes])

    def _numbers(self, numbers: Numbers) -> Numbers:
        return numbers.unknown_as_null() if self.unknown_as_null else numbers


def _sharing_codes(columns: Mapping[str, Column]) -> list[Group]:
    """The columns that vary, those that share their codes together, each column of numbers alone."""
    groups: dict[int, list[tuple[str, Column]]] = {}
    for name, column in columns.items():
        if not column.is_constant:
            groups.setdefault(id(column if column.codes is None else column.codes), []).append((name, column))
    return list(groups.values())

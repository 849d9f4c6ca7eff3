"""Reading: the table of runs, in a number of queries that does not grow with its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from html import escape
from operator import and_
from urllib.parse import quote

from django.db import connection
from django.db.models import F, Func, IntegerField, Q
from django.db.models.functions import Left
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from lumicert.decisions import bars
from lumicert.registry.columns import COLUMNS, DATASET, RUN, STATUSES, Column, Kind
from lumicert.runs.models import Dataset, Run
from lumicert.shell.pages import Page, Passing, all_of, number_in, page_of
from lumicert.shell.templatetags.lumicert_ui import grouped, missing, status

NEWEST_FIRST = "-run"
FEW_COMPONENTS = 3
# as in the indexes of migration 0002
SORTED_SIGNS = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the table: conditions on runs, columns, order (`-run`), and a part of a dataset's name."""

    conditions: Sequence[Q] = ()
    columns: Sequence[Column] = ()
    sort: str = NEWEST_FIRST
    dataset: str = ""


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in the table. `statuses` has the statuses that count, by component of the dataset that is shown."""

    of: Run
    datasets: list[str]
    shown: str | None
    n_ls: int | None
    statuses: dict[str, list[str]] = field(default_factory=dict)

    @property
    def run(self) -> int:
        return self.of.run

    @property
    def summary(self) -> list[tuple[str, list[str]]]:
        """The components that have each status somewhere, worst status first."""
        return [
            (name, found)
            for name in bars.WORST_FIRST
            if (found := [component for component, statuses in self.statuses.items() if name in statuses])
        ]

    def cells(self, columns: Sequence[Column]) -> str:
        """The row as HTML: a hundred rows of forty columns are too many for a template to go through."""
        parts = []
        for column in columns:
            kind = "num" if column.number else "" if column is STATUSES else "name"
            cell = self.cell(column)
            # thousands of them: what Django's conditional_escape does costs several times as much
            parts.append(f'<td class="{kind}">{cell if isinstance(cell, SafeString) else escape(cell)}</td>')
        return mark_safe("".join(parts))  # noqa: S308  (every cell was escaped just now)

    def cell(self, column: Column) -> str:
        """What stands in a column of this row."""
        if column is RUN:
            return self._run_cell()
        if column is DATASET:
            return self._dataset_cell()
        return self._statuses_cell() if column is STATUSES else column.shown(self.of)

    def in_csv(self, column: Column) -> object:
        """What stands in a column of this row in a file."""
        if column is DATASET:
            return self.shown or ""
        if column is STATUSES:
            return " ".join(f"{name}={'+'.join(found)}" for name, found in self.statuses.items())
        return column.in_csv(self.of)

    def _run_cell(self) -> str:
        address = reverse("registry:run", args=[self.run])
        query = f"?dataset={quote(self.shown)}" if self.shown else ""
        return format_html('<a href="{}{}">{}</a>{}', address, query, self.run, self._mark())

    def _mark(self) -> str:
        if self.of.state == "going":
            return format_html(' <span class="pill going">{}</span>', "going on")
        # entered by a person, and no source has reported it yet
        by_hand = self.of.typed and not self.of.state
        return format_html(' <span class="pill">{}</span>', "by hand") if by_hand else ""

    def _dataset_cell(self) -> str:
        if self.shown is None:
            return missing("none")
        others, tip = len(self.datasets) - 1, ", ".join(self.datasets)
        more = format_html(' <span class="muted" title="{}">+{}</span>', tip, others) if others else ""
        # a dataset mostly has the lumisections of its run
        size = "" if self.n_ls == self.of.n_ls else format_html(' <span class="muted">{} LS</span>', grouped(self.n_ls))
        return format_html("{}{}{}", self.shown, size, more)

    def _statuses_cell(self) -> str:
        if not self.statuses:
            return format_html('<span class="muted">{}</span>', "nobody said anything yet")
        few = len(self.statuses) <= FEW_COMPONENTS
        # by name where there is room, and what is bad wherever it can be read at a glance
        told = (
            (
                ", ".join(names),
                status(word),
                ", ".join(names) if few or (word == "BAD" and len(names) < 3) else len(names),
            )
            for word, names in self.summary
        )
        return format_html(
            '<div class="summary">{}</div>', format_html_join(" ", '<span title="{}">{} {}</span>', told)
        )


@dataclass(frozen=True, slots=True)
class RunsTable(Page[RunRow]):
    """A page of the table, with its columns, and whether there is any run at all."""

    columns: Sequence[Column]
    any_runs: bool


def runs_table(wanted: Wanted, *, page: str | None) -> RunsTable:
    """A page of the runs that pass; one that is not there is the first, or the last."""
    found = page_of(_passing(wanted), number_in(page), lambda runs: _rows(runs, wanted))
    any_runs = bool(found.rows) or Run.objects.exists()
    return RunsTable(found.rows, found.number, found.found, found.more, found.has_next, wanted.columns, any_runs)


def all_runs(wanted: Wanted) -> Iterator[RunRow]:
    """All runs that pass, in the same order."""
    return all_of(_passing(wanted), lambda runs: _rows(runs, wanted))


def _passing(wanted: Wanted) -> Passing[Run]:
    # the two long ones are read only for one run
    found = Run.objects.filter(reduce(and_, wanted.conditions, Q())).defer("attributes", "units")
    column = COLUMNS[wanted.sort.removeprefix("-")]
    sign = "-" if wanted.sort.startswith("-") else ""
    if column.key == "run":
        return Passing(found, found.order_by(wanted.sort), None)
    textual = column.kind in {Kind.TEXT, Kind.WORDS}
    missing = Q(**{column.field: ""}) if textual else Q(**{f"{column.field}__isnull": True})
    # an index holds no text of any length: the beginnings are in order, which is what is looked at
    key = Left(column.field, SORTED_SIGNS) if textual else F(column.field)
    order = key.desc() if sign else key.asc()
    return Passing(
        all=found,
        known=found.exclude(missing).order_by(order, f"{sign}run"),
        unknown=found.filter(missing).order_by("-run"),
    )


def sortable(sort: str) -> bool:
    """Whether `sort` names a column of the table that has an order."""
    return sort.removeprefix("-") in COLUMNS and bool(COLUMNS[sort.removeprefix("-")].field)


def _rows(runs: Sequence[Run], wanted: Wanted) -> list[RunRow]:
    # one query each for all rows, and none for a column that nobody sees; a row of its own asks for nothing
    numbers = [run.run for run in runs]
    told = {DATASET, STATUSES} & set(wanted.columns)
    datasets = _datasets(numbers) if told else {}
    statuses = _effective_statuses(numbers) if told else {}
    part = wanted.dataset.casefold()
    return [_row(run, datasets.get(run.run, []), statuses.get(run.run, {}), part) for run in runs]


class _NLs(Func):
    """How many lumisections a set of ranges has."""

    template = "(SELECT coalesce(sum(upper(part) - lower(part)), 0) FROM unnest(%(expressions)s) part)"
    output_field = IntegerField()


def _datasets(runs: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    """The datasets of runs, by name, each with the number of its lumisections."""
    found: dict[int, list[tuple[str, int]]] = {}
    asked = Dataset.objects.filter(run__in=runs).order_by("dataset").values_list("run", "dataset", _NLs("lumis"))
    for run, dataset, n_ls in asked:
        found.setdefault(run, []).append((dataset, n_ls))
    return found


def _row(run: Run, datasets: list[tuple[str, int]], statuses: Mapping[str, dict[str, list[str]]], part: str) -> RunRow:
    # as on the page of the run: `online` first, and one that somebody spoke of before one that nobody did
    matching = sorted(
        (item for item in datasets if part in item[0].casefold()),
        key=lambda item: (item[0] not in statuses, item[0] != "online", item[0]),
    )
    shown, n_ls = matching[0] if matching else (None, None)
    return RunRow(
        of=run,
        datasets=[name for name, _ in datasets],
        shown=shown,
        n_ls=n_ls,
        statuses=statuses.get(shown, {}) if shown else {},
    )


# An automatic word counts where no person's word covers all of it.
_EFFECTIVE = """
    SELECT run, dataset, component, array_agg(DISTINCT status) FROM decisions_componentstatus s
    WHERE run = ANY(%s) AND (layer = 'person' OR NOT isempty(lumis - coalesce((
        SELECT range_agg(p.lumis) FROM decisions_componentstatus p WHERE p.run = s.run AND p.dataset = s.dataset
        AND p.component = s.component AND p.layer = 'person'), '{}')))
    GROUP BY run, dataset, component ORDER BY run, dataset, component"""


def _effective_statuses(runs: Sequence[int]) -> dict[int, dict[str, dict[str, list[str]]]]:
    """The statuses that count somewhere, by run, dataset and component."""
    found: dict[int, dict[str, dict[str, list[str]]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_EFFECTIVE, [list(runs)])
        for run, dataset, component, statuses in cursor.fetchall():
            found.setdefault(run, {}).setdefault(dataset, {})[component] = statuses
    return found

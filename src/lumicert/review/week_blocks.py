"""The blocks of the page of a week: each is one table, which is shown, copied as text, and written as CSV.

A cell has a value, as files and texts have it, and how the page shows it. A value of None is not known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.html import format_html, format_html_join

from lumicert.certification.sums import (
    Changed,
    Figures,
    FillLine,
    Key,
    Line,
    by_day,
    in_order,
    lists_of_runs,
    runs_by_fill,
    shifters,
)
from lumicert.review.columns import address_of, verdict
from lumicert.review.week import WeekPage
from lumicert.runs.amounts import PB, rounded_pb
from lumicert.runs.facts import INSTANTANEOUS
from lumicert.shell.templatetags.lumicert_ui import grouped, missing
from lumicert.sources.oms.units import UnknownUnit, instantaneous

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Value = str | int | Decimal | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, and how the page shows it."""

    value: Value
    html: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `unit` stands in its heading."""

    label: str
    unit: str = ""
    number: bool = False

    @property
    def in_file(self) -> str:
        """The heading in files."""
        return f"{self.label} / {self.unit}" if self.unit else self.label


@dataclass(frozen=True, slots=True)
class Row:
    """A row; `whole` marks a sum over other rows."""

    cells: Sequence[Cell]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """One table; `note` says what it counts, `empty` why it has no row."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    empty: str
    note: str = ""

    @property
    def told(self) -> list[Column]:
        """The columns in which something stands: the page leaves out the others, files have them all."""
        places = [any(row.cells[place].value != "" for row in self.rows) for place in range(len(self.columns))]
        return [column for column, is_told in zip(self.columns, places, strict=True) if is_told]

    @property
    def shown(self) -> list[tuple[bool, list[tuple[Column, Cell]]]]:
        """The rows for the page: whether it is a sum, and its cells with their columns."""
        told = self.told
        return [
            (
                row.whole,
                [(column, cell) for column, cell in zip(self.columns, row.cells, strict=True) if column in told],
            )
            for row in self.rows
        ]

    @property
    def header(self) -> list[str]:
        return [column.in_file for column in self.columns]

    def values(self) -> Iterator[list[Value]]:
        """The rows for a file."""
        return ([cell.value for cell in row.cells] for row in self.rows)

    def text(self) -> str:
        """The table for a log book or a mail: columns that stand under each other."""
        if not self.rows:
            return f"{self.title}\n{self.empty}\n"
        told = [["not known" if value is None else str(value) for value in row] for row in self.values()]
        # the last column is not filled up: lists of runs stand there
        widths = [max(map(len, column)) for column in zip(self.header, *told, strict=True)]
        widths[-1] = 0
        lines = ["  ".join(map(str.ljust, cells, widths)).rstrip() for cells in (self.header, *told)]
        return "\n".join([self.title, *lines, ""])


# ---- cells ----


def _text(value: str | None) -> Cell:
    return Cell(value, value if value is not None else missing())


def _day_named(day: date) -> Cell:
    # English whatever the locale of the machine
    return Cell(day.isoformat(), format_html('<span class="name">{} {}</span>', _WEEKDAYS[day.weekday()], day))


def _number(value: int | Decimal | None) -> Cell:
    return Cell(value, grouped(value))


def _amount(barns: int | None) -> Cell:
    return _number(rounded_pb(barns))


def _verdict(value: str) -> Cell:
    return Cell(value.upper(), verdict(value))


def _link(value: int | str, address: str) -> Cell:
    return Cell(value, format_html('<a href="{}">{}</a>', address, value))


def _fill(fill: int | None) -> Cell:
    return Cell(None, missing()) if fill is None else _link(fill, reverse("registry:fill", args=[fill]))


def _links(numbers: Iterable[int], address: Callable[[int], str]) -> Cell:
    listed = list(numbers)
    html = format_html_join(" ", '<a href="{}">{}</a>', ((address(number), number) for number in listed))
    return Cell(" ".join(map(str, listed)), html)


def _runs(runs: Iterable[int], key: Key, workspace: str) -> Cell:
    return _links(runs, lambda run: address_of(run, key.reconstruction, workspace))


def _words(text: str) -> Cell:
    """What is not known, in words that may fill several lines."""
    return Cell(text, format_html('<span class="missing in-words">{}</span>', text) if text else "")


def _not_known(of: Figures) -> Cell:
    """What is in no sum."""
    told = [
        f"{what} of {count} run{'' if count == 1 else 's'}{f', {bad} of them bad' if bad else ''}"
        for what, count, bad in (
            ("luminosity", of.all.recorded_unknown, of.bad.recorded_unknown),
            ("LS", of.all.ls_unknown, of.bad.ls_unknown),
        )
        if count
    ]
    return _words("; ".join(told))


# ---- figures ----

_FIGURES = (
    Column("Certified", number=True), Column("Runs", number=True), Column("Good", number=True),
    Column("Bad", number=True), Column("LS", number=True), Column("Recorded", PB, number=True),
    Column("Recorded, bad", PB, number=True), Column("Not known"), Column("Maps missing", number=True),
)  # fmt: skip
_KEY = (Column("Type"), Column("Reconstruction"))
ONCE = (
    "LS and luminosity are of whole runs. Over several reconstructions a run counts once, so that a sum of all may be "
    "less than its parts."
)


def _figures(of: Figures, table: str) -> list[Cell]:
    good = of.all.certifications - of.bad.certifications
    maps = _number(of.maps_missing)
    if of.maps_missing:
        missing_maps = f"{table}&map=missing"
        maps = Cell(of.maps_missing, format_html('<a href="{}"><b>{}</b></a>', missing_maps, of.maps_missing))
    return [
        _number(of.all.certifications), _number(of.all.runs), _number(good), _number(of.bad.certifications),
        _number(of.all.ls), _amount(of.all.recorded), _amount(of.bad.recorded), _not_known(of), maps,
    ]  # fmt: skip


def _named(key: Key) -> list[Cell]:
    return [_text(key.run_type), _text(key.reconstruction)]


def overview(page: WeekPage) -> Block:
    """Figures by type of run and reconstruction, and over all."""
    span = page.span

    def row(name: list[Cell], of: Figures, key: Key | None = None) -> Row:
        between = f"{of.first_run} – {of.last_run}"
        span_of_runs = Cell(between, format_html('<span class="name">{}</span>', between))
        return Row([*name, *_figures(of, page.table_of(span.first, span.last, key)), span_of_runs], whole=key is None)

    rows = [row(_named(key), page.sums.by_key[key], key) for key in in_order(page.sums.by_key)]
    if rows:
        rows.append(row([_text("all"), _text("")], page.sums.total))
    columns = (*_KEY, *_FIGURES, Column("Run range"))
    return Block("overview", "Overview", columns, rows, "Nothing was certified.", ONCE)


def days(page: WeekPage) -> Block:
    """The same by day, with the flags that had changed by it and the fills of collisions."""
    certified = by_day(page.lines)
    changed = {each.run: each for each in page.changed}
    rows = [row for day in page.sums.days for row in _of_day(page, day, certified[day], changed)]
    columns = (Column("Day"), *_KEY, *_FIGURES, Column("Flags changed"), Column("Fills of collisions"))
    return Block("days", "Day by day", columns, rows, "Nothing was certified.")


def _of_day(page: WeekPage, day: date, certified: Sequence[Line], changed: Mapping[int, Changed]) -> Iterator[Row]:
    of = page.sums.days[day]
    for key in in_order(of.by_key):
        table = page.table_of(day, day, key)
        yield Row([_day_named(day), *_named(key), *_figures(of.by_key[key], table), _text(""), _text("")])
    runs = sorted({each.run for each in certified})
    flags = [run for run in runs if run in changed and changed[run].had_changed(day)]
    fills = {each.fill for each in certified if each.fill is not None and each.run_type == "collisions"}
    yield Row(
        [
            _day_named(day), _text("all"), _text(""), *_figures(of.total, page.table_of(day, day)),
            _links(flags, lambda run: reverse("registry:run", args=[run])),
            _links(sorted(fills), lambda fill: reverse("registry:fill", args=[fill])),
        ],
        whole=True,
    )  # fmt: skip


# ---- luminosity and fills ----


def luminosity(page: WeekPage) -> Block:
    """The fills of collisions: what is known of the whole fill beside what its certified runs recorded."""
    columns = (
        Column("Fill", number=True), Column("First run"), Column("Last run"), Column("Delivered", PB, number=True),
        Column("Recorded", PB, number=True), Column("Efficiency", "%", number=True),
        Column("Peak luminosity", INSTANTANEOUS, number=True), Column("Peak pile-up", number=True),
        Column("Colliding bunches", number=True), Column("Certified runs", number=True),
        Column("Recorded by these", PB, number=True), Column("Not known"),
    )  # fmt: skip
    note = (
        "Up to the colliding bunches the values are of the whole fill, as its source told; behind them of its "
        "certified runs alone, each once. Efficiency is recorded over delivered."
    )
    empty = "No certified run of collisions has a fill that is known."
    return Block("luminosity", "Luminosity by fill", columns, [Row(_of_fill(each)) for each in page.fills], empty, note)


def _of_fill(of: FillLine) -> list[Cell]:
    known = of.known
    told = known.attributes if known else {}
    unknown = f"luminosity of {of.unknown} run{'' if of.unknown == 1 else 's'}" if of.unknown else ""
    return [
        _fill(of.fill), _run_of_fill(told.get("first_run_number")), _run_of_fill(told.get("last_run_number")),
        _amount(known.delivered if known else None), _amount(known.recorded if known else None),
        _number(None if of.efficiency is None else of.efficiency.quantize(Decimal("0.1"))),
        _peak(of), _rounded(known.peak_pileup if known else None), _number(known.bunches if known else None),
        _number(len(of.runs)), _amount(of.recorded),
        _words(unknown),
    ]  # fmt: skip


def _run_of_fill(run: int | None) -> Cell:
    return _text(None) if run is None else _link(run, reverse("registry:run", args=[run]))


def _rounded(value: float | None) -> Cell:
    return _number(None if value is None else Decimal(str(value)).quantize(Decimal("0.1")))


def _peak(of: FillLine) -> Cell:
    """In the unit of the heading; as it came, with its own, where that is not known."""
    if of.known is None or of.known.peak_lumi is None:
        return _number(None)
    value, unit = of.known.peak_lumi, of.known.units.get("peak_lumi")
    try:
        return _number(instantaneous(value, unit or "").scaleb(-34).quantize(Decimal("0.0001")))
    except (UnknownUnit, ValueError):
        return _text(f"{value} {unit or 'of an unknown unit'}")


def fills(page: WeekPage) -> Block:
    """By type and reconstruction the fills with their certified runs."""
    rows = [
        Row([*_named(key), _fill(each.fill), _runs(each.runs, key, page.of.name)])
        for key, listed in runs_by_fill(page.lines).items()
        for each in listed
    ]
    note = "Only runs that were certified in that reconstruction, the newest first."
    columns = (*_KEY, Column("Fill"), Column("Certified runs"))
    return Block("fills", "LHC fills", columns, rows, "Nothing was certified.", note)


# ---- lists ----


def runs(page: WeekPage) -> Block:
    """The lists of runs that are good and bad."""
    rows = [Row(cells) for cells in _lists(page.lines, page.of.name)]
    columns = (*_KEY, Column("Verdict"), Column("Number", number=True), Column("Runs"))
    return Block("runs", "Lists of runs", columns, rows, "Nothing was certified.")


def runs_by_day(page: WeekPage) -> Block:
    """The same by day."""
    rows = [
        Row([_day_named(day), *cells])
        for day, certified in by_day(page.lines).items()
        for cells in _lists(certified, page.of.name)
    ]
    columns = (Column("Day"), *_KEY, Column("Verdict"), Column("Number", number=True), Column("Runs"))
    return Block("runs-by-day", "Lists of runs by day", columns, rows, "Nothing was certified.")


def _lists(certified: Iterable[Line], workspace: str) -> Iterator[list[Cell]]:
    for key, of in lists_of_runs(certified).items():
        for word, listed in (("good", of.good), ("bad", of.bad)):
            if listed:
                yield [*_named(key), _verdict(word), _number(len(listed)), _runs(listed, key, workspace)]


def changed(page: WeekPage) -> Block:
    """Runs that are good in one reconstruction and bad in another."""
    recorded = {each.run: each.recorded for each in page.lines}
    rows = [
        Row(
            [
                _link(each.run, reverse("registry:run", args=[each.run])), _text(each.run_type),
                _said(each, page.of.name), _text(f"to {each.became}" if each.became else "–"),
                _amount(recorded[each.run]),
            ]
        )
        for each in page.changed
    ]  # fmt: skip
    columns = (
        Column("Run"), Column("Type"), Column("Verdicts"), Column("Express to prompt"),
        Column("Recorded", PB, number=True),
    )  # fmt: skip
    note = f"Certified until {page.span.last}, in whatever week the other verdict was given. Each run once."
    return Block("changed", "Changed flags", columns, rows, "No certified run changed its flag.", note)


def _said(of: Changed, workspace: str) -> Cell:
    html = format_html_join(
        " ", '<span class="name"><a href="{}">{}</a> {}</span>',
        ((address_of(of.run, reconstruction, workspace), reconstruction, verdict(word))
         for reconstruction, word, _ in of.said),
    )  # fmt: skip
    return Cell(", ".join(f"{reconstruction} {word.upper()}" for reconstruction, word, _ in of.said), html)


def against(page: WeekPage) -> Block:
    """What the rules say against GOOD, where nobody was asked."""
    rows = [
        Row(
            [
                _link(each.run, address_of(each.run, each.reconstruction, page.of.name)), _text(said.part.label),
                _text(said.words), _text(each.reconstruction), _text(each.run_type), _text(each.shifter),
            ]
        )
        for each in page.lines
        for said in page.against.get((each.run, each.reconstruction), ())
    ]  # fmt: skip
    columns = [Column(label) for label in ("Run", "Component", "The rules say", "Reconstruction", "Type", "Shifter")]
    note = (
        "Said after it was certified, or before an import brought it in. GOOD counts there until somebody certifies it "
        "again, which leaves these lumisections to the rules."
    )
    return Block("against", "Worse by the rules", columns, rows, "No rule speaks against what is certified.", note)


def of_shifters(page: WeekPage) -> Block:
    """Who certified how much."""
    rows = [
        Row([_text(each.shifter), _number(each.certifications), _number(len(each.runs)), _number(each.bad)])
        for each in shifters(page.lines)
    ]
    columns = (Column("Shifter"), *(Column(label, number=True) for label in ("Certified", "Runs", "Bad")))
    return Block("shifters", "Shifters", columns, rows, "Nobody certified anything.")


def unreviewed(page: WeekPage) -> Block:
    """What no second person looked at."""
    rows = [
        Row(
            [
                _link(each.run, address_of(each.run, each.reconstruction, page.of.name)), _text(each.run_type),
                _text(each.reconstruction), _verdict(each.verdict), _text(each.shifter), _text(each.date.isoformat()),
            ]
        )
        for each in page.unreviewed
    ]  # fmt: skip
    columns = [Column(label) for label in ("Run", "Type", "Reconstruction", "Verdict", "Shifter", "Date")]
    done = "Every certification of these days was reviewed." if page.lines else "Nothing was certified."
    return Block("unreviewed", "Without a review", columns, rows, done, "Imported ones are left out.")


BLOCKS: Mapping[str, Callable[[WeekPage], Block]] = {
    "overview": overview, "days": days, "luminosity": luminosity, "fills": fills, "runs": runs,
    "runs-by-day": runs_by_day, "changed": changed, "against": against, "shifters": of_shifters,
    "unreviewed": unreviewed,
}  # fmt: skip


def all_blocks(page: WeekPage) -> list[Block]:
    """Every block, in the order of the page."""
    return [make(page) for make in BLOCKS.values()]

"""The columns of the table of certifications: how each looks on the page and in files.

A low-statistics component is shown as such beside its status, in the colour that it counts as. Luminosities are stored
in whole inverse barns and shown in inverse picobarns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from lumicert.certification.judging import Word
from lumicert.certification.listing import Listed
from lumicert.certification.workspaces import Part
from lumicert.decisions import ranges
from lumicert.runs.amounts import PB, rounded_pb
from lumicert.shell.templatetags.lumicert_ui import cern_time, grouped, missing

LONGEST_COMMENT = 80
_VERDICTS = {
    name: format_html('<span class="status {}">{}</span>', name, word)
    for name, word in (("good", "GOOD"), ("bad", "BAD"))
}
_CLASSES = {"GOOD": "good", "BAD": "bad", "EXCLUDED": "excluded"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `sort` is its name in an order, empty where it has none."""

    key: str
    label: str
    shown: Callable[[Listed], str]
    in_file: Callable[[Listed], object]
    sort: str = ""
    unit: str = ""
    number: bool = False

    @property
    def csv_name(self) -> str:
        """The heading in a file, where a unit needs a name that every program takes."""
        if self.unit == PB:
            return f"{self.key}_per_pb"
        return f"{self.key}_{self.unit}" if self.unit else self.key


def address_of(run: int, reconstruction: str, workspace: str = "tracker") -> str:
    """The address of a certification's page."""
    query = "" if workspace == "tracker" else f"?workspace={workspace}"
    return f"{reverse('review:certification', args=[run, reconstruction])}{query}"


def verdict(value: str) -> SafeString:
    """Good or bad, as every status looks."""
    return _VERDICTS[value]


def word_of(part: Part, word: Word) -> SafeString:
    """What is said of a component, in one line."""
    # what is bad only for want of statistics counts as good, and must not look bad
    look = "standby" if word.low_statistics and word.status != "GOOD" else _CLASSES[word.status]
    low = format_html(' <span class="low">{}</span>', "low stat.") if word.low_statistics else ""
    bad = (
        format_html(' <span class="bad-ls">BAD in LS {}</span>', ranges.readable(word.bad_lumis))
        if word.bad_lumis
        else ""
    )
    return format_html(
        '<span class="word"><span class="muted">{}</span> <span class="status {}">{}</span>{}{}</span>',
        part.label, look, word.status, low, bad,
    )  # fmt: skip


def words_line(words: Sequence[tuple[Part, Word]]) -> SafeString:
    """What is said of all components, in one line: those of which nothing else is said together, by status."""
    plain: dict[str, list[str]] = {}
    for part, word in words:
        if not word.low_statistics and not word.bad_lumis:
            plain.setdefault(word.status, []).append(part.label)
    told = format_html_join("", '<span class="word"><span class="status {}">{}</span> {}</span>', (
        (_CLASSES[status], status, ", ".join(labels)) for status, labels in plain.items()
    ))  # fmt: skip
    rest = ((word_of(part, word),) for part, word in words if word.low_statistics or word.bad_lumis)
    return format_html('<div class="words-line">{}{}</div>', format_html_join("", "{}", rest), told)


def _words_in_file(row: Listed) -> str:
    return " ".join(
        f"{part.key}={word.status}{'/L' if word.low_statistics else ''}"
        f"{'(' + ranges.readable(word.bad_lumis).replace(chr(8211), '-') + ')' if word.bad_lumis else ''}"
        for part, word in row.words
    )


def _reference(row: Listed) -> str:
    of = row.of
    if of.reference_run is None:
        return missing("none")
    address = address_of(of.reference_run, of.reference_reconstruction or "", of.workspace)
    return format_html('<a href="{}">{} {}</a>', address, of.reference_run, of.reference_reconstruction)


def _reference_in_file(row: Listed) -> str:
    return f"{row.of.reference_run} {row.of.reference_reconstruction}" if row.of.reference_run else ""


def _run(row: Listed) -> str:
    address = address_of(row.of.run, row.of.reconstruction, row.of.workspace)
    return format_html('<a href="{}">{}</a>', address, row.of.run)


def _reconstruction(row: Listed) -> str:
    mark = format_html(' <span class="pill">{}</span>', "reference") if row.is_reference else ""
    return format_html("{}{}", row.of.reconstruction, mark)


def _problems(row: Listed) -> str:
    return ", ".join(dict.fromkeys(name for _, word in row.words for name in word.problems))


def _comment(row: Listed) -> str:
    text = comment_of(row)
    if len(text) <= LONGEST_COMMENT:
        return text
    return format_html('<span title="{}">{}…</span>', text, text[: LONGEST_COMMENT - 1].rstrip())


def comment_of(row: Listed) -> str:
    """The overall comment, and those of the components."""
    of_parts = (f"{part.label}: {word.comment}" for part, word in row.words if word.comment)
    return "; ".join(filter(None, [row.of.comment, *of_parts]))


def _review(row: Listed) -> str:
    if row.review is None:
        return format_html('<span class="muted">{}</span>', "not reviewed")
    text = format_html("{} by {}", row.review.outcome, row.reviewer)
    return format_html('<b title="{}">{}</b>', row.review.comment, text) if row.review.outcome == "sent back" else text


def _review_in_file(row: Listed) -> str:
    return f"{row.review.outcome} by {row.reviewer}" if row.review else ""


def _of_run(field: str, shape: Callable[[Any], object]) -> Callable[[Listed], object]:
    def value(row: Listed) -> object:
        found = getattr(row.run, field, None)
        return None if found in (None, "") else shape(found)

    return value


def _or_missing(value: Callable[[Listed], object]) -> Callable[[Listed], str]:
    def shown(row: Listed) -> str:
        found = value(row)
        if found is None:
            return missing()
        return str(grouped(found)) if isinstance(found, (int, float, Decimal)) else str(found)

    return shown


def _start(row: Listed) -> str:
    return cern_time(row.run.start_time if row.run else None)


def _start_in_file(row: Listed) -> str:
    return row.run.start_time.isoformat() if row.run and row.run.start_time else ""


def _event(row: Listed) -> str:
    # its number is a name, and is not grouped
    return str(row.of.seq)


def _plain(name: str) -> Callable[[Listed], str]:
    return lambda row: str(getattr(row.of, name))


def _known(
    key: str, label: str, field: str, shape: Callable[[Any], object] = lambda value: value, **more: Any
) -> Column:
    value = _of_run(field, shape)
    return Column(key, label, _or_missing(value), lambda row: "" if (found := value(row)) is None else found, **more)


def _told(key: str, name: str, label: str = "") -> Column:
    return Column(key, label or key, _plain(name), _plain(name), sort=key)


COLUMNS: Sequence[Column] = (
    Column("run", "run", _run, lambda row: row.of.run, sort="run", number=True),
    Column("reconstruction", "reconstruction", _reconstruction, _plain("reconstruction"), sort="reconstruction"),
    Column("verdict", "verdict", lambda row: verdict(row.of.verdict), _plain("verdict"), sort="verdict"),
    Column("components", "components", lambda row: words_line(row.words), _words_in_file),
    Column("reference", "reference", _reference, _reference_in_file, sort="reference"),
    _told("dataset", "dataset"),
    _told("type", "run_type"),
    _known("class", "class", "klass", sort="class"),
    _known("ls", "LS", "n_ls", sort="ls", number=True),
    _known("recorded", "recorded", "recorded", rounded_pb, sort="recorded", unit=PB, number=True),
    _told("reason", "bad_reason", "bad reason"),
    Column("problems", "problems", _problems, _problems),
    Column("comment", "comment", _comment, comment_of),
    _told("shifter", "shifter"),
    _told("date", "date"),
    Column("review", "review", _review, _review_in_file),
    _known("fill", "fill", "fill", sort="fill", number=True),
    Column("start", "start of the run", _start, _start_in_file),
    _known("b_field", "B field", "b_field", unit="T", number=True),
    _known("energy", "energy of a beam", "energy", unit="GeV", number=True),
    _known("delivered", "delivered", "delivered", rounded_pb, unit=PB, number=True),
    _told("map", "tracker_map", "tracker map"),
    Column("imported", "imported", lambda row: "yes" if row.of.imported else "no", lambda row: row.of.imported),
    Column("event", "event", _event, lambda row: row.of.seq, sort="at", number=True),
)  # fmt: skip
ALWAYS = ("run", "reconstruction")
USUAL = (
    "run", "reconstruction", "verdict", "components", "reference", "dataset", "type", "class", "ls", "recorded",
    "reason", "problems", "comment", "shifter", "date", "review",
)  # fmt: skip
_WRAPPING = {"components", "comment", "problems", "reason"}


def cells(row: Listed, columns: Sequence[Column]) -> SafeString:
    """The row as HTML: a hundred rows of sixteen columns are too many for a template to go through."""
    parts = []
    for column in columns:
        kind = "num" if column.number else column.key if column.key in _WRAPPING else "name"
        cell = column.shown(row)
        # thousands of them: what Django's conditional_escape does costs several times as much
        parts.append(f'<td class="{kind}">{cell if isinstance(cell, SafeString) else escape(cell)}</td>')
    return mark_safe("".join(parts))  # noqa: S308  (every cell was escaped just now)


def as_json(row: Listed) -> dict[str, Any]:
    """A certification for a program: what was said, whole, and the run as it is known now."""
    of, run, review = row.of, row.run, row.review
    reference = {"run": of.reference_run, "reconstruction": of.reference_reconstruction}
    return {
        "run": of.run,
        "reconstruction": of.reconstruction,
        "workspace": of.workspace,
        "dataset": of.dataset,
        "type": of.run_type,
        "verdict": of.verdict,
        "components": of.parts,
        "reference": reference if of.reference_run else None,
        "bad_reason": of.bad_reason,
        "tracker_map": of.tracker_map,
        "comment": of.comment,
        "shifter": of.shifter,
        "date": of.date.isoformat(),
        "event": of.seq,
        "is_reference": row.is_reference,
        "review": {"outcome": review.outcome, "by": row.reviewer, "comment": review.comment} if review else None,
        "class": run.klass if run else None,
        "fill": run.fill if run else None,
        "ls": run.n_ls if run else None,
        "recorded_per_pb": None if run is None or run.recorded is None else str(rounded_pb(run.recorded)),
    }  # fmt: skip

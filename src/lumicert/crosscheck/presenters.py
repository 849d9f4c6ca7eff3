"""How the comparison looks, on the page and in files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from lumicert.crosscheck.models import Compared, Delivery, signature
from lumicert.decisions import ranges
from lumicert.decisions.ranges import Ranges
from lumicert.shell.templatetags.lumicert_ui import grouped, ls_ranges, status
from lumicert.sources.oms.links import RUN_REGISTRY

Kind, State = Compared.Kind, Delivery.State
# so many ranges are written out; the rest is on hover and in the file
MOST_RANGES = 4
_LOOKS = {
    Kind.SAME: "good", Kind.DIFFERS: "bad", Kind.MISSING: "standby", Kind.CLOSED: "bad", Kind.NOT_OURS: "standby",
    Kind.UNSEEN: "unknown",
}  # fmt: skip
_DELIVERY_LOOKS = {
    State.WAITING: "standby", State.DELIVERED: "good", State.REFUSED: "bad", State.SUPERSEDED: "notset",
    State.GIVEN_UP: "excluded",
}  # fmt: skip


def kind(value: str) -> SafeString:
    """How a row compares: colour and glyph and words."""
    found = Kind(value)
    return format_html('<span class="status {}">{}</span>', _LOOKS[found], found.label)


def delivery_state(value: str) -> SafeString:
    """What became of a delivery, likewise."""
    found = State(value)
    return format_html('<span class="status {}">{}</span>', _DELIVERY_LOOKS[found], found.label)


def registry_page(workspace: str) -> str:
    """Run Registry's table of datasets; it has no address for one of them."""
    return f"{RUN_REGISTRY}/offline/datasets/{workspace}"


def breakable(dataset: str) -> SafeString:
    """A name of a dataset that may go on in the next line behind each slash."""
    *before, last = dataset.split("/")
    return format_html("{}{}", format_html_join("", "{}/<wbr>", ((part,) for part in before)), last)


def closed(lumis: Iterable[Sequence[int]]) -> Ranges:
    """Ranges as they come out of JSON."""
    return tuple((first, last) for first, last in lumis)


def cell(part: Mapping[str, Any]) -> SafeString:
    """A component: ours beside theirs, and below where they differ."""
    if "counts" in part:
        return format_html('<div class="sides"><span class="muted">nothing</span>{}</div>', _counted(part["counts"]))
    low = format_html(' <span class="low">{}</span>', "low stat.") if part["low"] else ""
    return format_html(
        '<div class="sides">{}{}</div>{}',
        format_html('<span class="side">{}{}</span>', _side(part["here"]), low),
        format_html('<span class="side">{}</span>', _side(part["there"])),
        _differences(part),
    )


def _side(said: Mapping[str, Any]) -> SafeString:
    if not said:
        return status("EMPTY")
    if len(said) == 1:
        return _alone_status(*said)
    # the status that most lumisections have needs no ranges beside it
    by_size = sorted(said.items(), key=lambda item: -ranges.count(closed(item[1])))
    rest = format_html_join(
        "", '<span class="stretch">{} LS {}</span>',
        ((status(name), _short(closed(lumis))) for name, lumis in by_size[1:]),
    )  # fmt: skip
    return format_html("{}{}", status(by_size[0][0]), rest)


@lru_cache(maxsize=100)
def _alone_status(name: str) -> SafeString:
    return status(name)


def _counted(counts: Mapping[str, int]) -> SafeString:
    told = ((status(name), grouped(number)) for name, number in counts.items())
    return format_html('<span class="side">{}</span>', format_html_join(" ", "{} {} LS", told) or status("EMPTY"))


def _short(lumis: Ranges) -> SafeString:
    return format_html('<span title="{}">{}</span>', ranges.readable(lumis), ls_ranges(lumis, MOST_RANGES))


def _differences(part: Mapping[str, Any]) -> SafeString:
    told = (("status", "differ in LS"), ("only_here", "not said there: LS"), ("only_there", "only said there: LS"))
    found = [(words, _short(lumis)) for name, words in told if (lumis := closed(part[name]))]
    return format_html_join("", '<div class="differ"><b aria-hidden="true">≠</b> {} {}</div>', found)


def row_parts(row: Compared) -> list[tuple[str, SafeString]]:
    """The cells of its components, each with its label."""
    if row.kind in (Kind.MISSING, Kind.UNSEEN):
        return [(part["label"], _alone(part)) for part in row.parts]
    return [(part["label"], cell(part)) for part in row.parts]


def _alone(part: Mapping[str, Any]) -> SafeString:
    """Only our side: the other one is not there, or nobody looked."""
    return format_html('<div class="sides"><span class="side">{}</span></div>', _side(part["here"]))


def stretch_lines(delivery: Delivery) -> list[tuple[str, SafeString, str]]:
    """What a delivery says: component, status with its lumisections, and the words beside it."""
    found: dict[tuple[str, str, str, str], list[tuple[int, int]]] = {}
    for component, first, last, name, cause, comment in delivery.stretches:
        # who said it stands beside
        why = comment.removeprefix(signature(delivery.seq, delivery.actor_name)).removeprefix(": ")
        found.setdefault((component, name, cause, why), []).append((first, last))
    return [
        (component, format_html("{} LS {}", status(name), _short(tuple(lumis))), ": ".join(filter(None, [cause, said])))
        for (component, name, cause, said), lumis in found.items()
    ]


# ---- files ----

CSV_HEADER = (
    "registry", "run", "type", "reconstruction", "dataset", "component", "kind", "ours", "theirs", "ls_status_differs",
    "ls_not_said_there", "ls_only_said_there", "n_ls_that_differ", "state_there", "seen_at",
)  # fmt: skip


def csv_rows(rows: Iterable[Compared]) -> Iterable[list[object]]:
    """A line a component."""
    for row in rows:
        for part in row.parts:
            seen_at = row.seen_at.isoformat(timespec="seconds") if row.seen_at else ""
            head = [row.registry, row.run, row.run_type, row.reconstruction, row.dataset, part["component"], row.kind]
            yield [*head, *_values(row, part), row.state, seen_at]


def _values(row: Compared, part: Mapping[str, Any]) -> list[object]:
    if "counts" in part:
        return ["", " ".join(f"{name} {number} LS" for name, number in part["counts"].items()), "", "", "", ""]
    here = _in_file(part["here"])
    if row.kind in (Kind.MISSING, Kind.UNSEEN):
        return [here, "", "", "", "", ""]
    different = [closed(part[name]) for name in ("status", "only_here", "only_there")]
    return [here, _in_file(part["there"]), *map(_plain, different), ranges.count(ranges.union(*different))]


def _in_file(said: Mapping[str, Any]) -> str:
    return "; ".join(f"{name} {_plain(closed(lumis))}" for name, lumis in sorted(said.items()))


def _plain(lumis: Ranges) -> str:
    return ranges.readable(lumis).replace("\N{EN DASH}", "-")


# ---- addresses ----


def certification_page(row: Compared | Delivery) -> str:
    """The certification's page."""
    query = "" if row.workspace == "tracker" else f"?workspace={row.workspace}"
    return f"{reverse('review:certification', args=[row.run, row.reconstruction])}{query}"

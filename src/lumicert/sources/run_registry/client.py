"""Asking and telling a Run Registry: the datasets of runs, the statuses of their lumisections, and edits of these.

The protocol is that of Run Registry's back end behind CERN's sign-in, `https://cmsrunregistry.web.cern.ch/api`: bearer
tokens of the audience `cmsrunregistry-sso-proxy`, questions by POST with a filter, edits by PUT. Its errors of any kind
are HTTP 500 with `{"err": "<words>"}`, and 401 with words about e-groups for who may not edit; both are read here.

Pages of datasets are asked for by run, not by place, so that none is lost when others appear while they are read.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from lumicert.sources.errors import SourceChanged, SourceRefused, Unexpected
from lumicert.sources.http import Credentials, Door, Verdict, clean
from lumicert.sources.run_registry.models import (
    Dataset,
    DatasetRow,
    Stretch,
    read_edit,
    read_names,
    read_page,
    read_ranges,
)

T = TypeVar("T")

AUDIENCE = "cmsrunregistry-sso-proxy"
"""The audience of Run Registry's tokens."""

ROWS_A_PAGE = 100
ONLINE = "online"

_UNDERSTOOD_NOT = "Nothing of this answer was used. Tell the developers of Lumicert, with this message."
_NOT_IN_GROUP = (
    "Nothing was written there. Ask whoever runs this service to have its application put into one of these e-groups."
)
_NOT_ALLOWED = "Nothing was written there. Put right what it says, or enter it there by hand."
_TAG = re.compile(r"<[^>]*>")
# the words of its database and of node when it is they that fail, and not what was asked
_BROKEN = re.compile(
    r"ECONN|ETIMEDOUT|EPIPE|connection|timeout|timed out|deadlock|could not serialize|too many clients|"
    r"shutting down|starting up|Sequelize(Connection|Database|Timeout)|out of memory|no space",
    re.IGNORECASE,
)
_log = logging.getLogger(__name__)


class RunRegistry:
    """One Run Registry. Safe to share between threads.

    Args:
        door: to `https://cmsrunregistry.web.cern.ch/api`.
        tokens: of the audience `cmsrunregistry-sso-proxy`; None where it asks for none.
        rows_a_page: how many datasets are asked for at once; no run may have more.

    Every method raises SourceDown, SourceRefused and SourceChanged.
    """

    def __init__(self, door: Door, tokens: Credentials | None = None, *, rows_a_page: int = ROWS_A_PAGE) -> None:
        self._door = door
        self._tokens = tokens
        self._size = rows_a_page
        # by run, the names as they are written there by what they are without white space; some MB for all runs
        self._raw: dict[int, dict[str, str]] = {}

    def datasets(self, first: int, last: int) -> list[Dataset]:
        """The datasets of runs `first` to `last`, both included, by run and name, without those of `online`.

        Of two names of a run that differ in white space alone, the one without it counts.
        """
        found: dict[int, dict[str, DatasetRow]] = {}
        for row in self._rows_between(first, last):
            self._add(found.setdefault(row.dataset.run, {}), row)
        for run, named in found.items():
            self._raw[run] = {name: row.raw for name, row in named.items()}
        rows = [row.dataset for named in found.values() for row in named.values()]
        return sorted((one for one in rows if one.name != ONLINE), key=lambda one: (one.run, one.name))

    def stretches(self, run: int, dataset: str) -> dict[str, list[Stretch]]:
        """What is said of the lumisections of a dataset, by component; nothing for a dataset that is not there."""
        name = self._name(run, dataset)
        if name is None:
            return {}
        return self._ask(
            "/lumisections/rr_lumisection_ranges",
            {"run_number": run, "dataset_name": name},
            f"the lumisections of {dataset} in run {run}",
            read_ranges,
        )

    def write(self, run: int, dataset: str, component: str, stretch: Stretch) -> None:
        """Say there what a component was in a stretch of lumisections. Saying it twice changes nothing.

        Raises:
            SourceRefused: also where it has no such dataset, its state is not OPEN, or a BAD has no comment; in its
                own words.
        """
        what = f"{component} of {dataset} in run {run}, LS {stretch.first} to {stretch.last}, to be {stretch.status}"
        name = self._name(run, dataset)
        if name is None:
            why = f"run {run} has no dataset {dataset} there"
            raise SourceRefused(source=self._door.name, what=what, why=why, advice=_NOT_ALLOWED)
        self._door.put(
            "/lumisections/edit_rr_lumisections",
            {
                "new_lumisection_range": {
                    "start": stretch.first,
                    "end": stretch.last,
                    "status": stretch.status,
                    "comment": stretch.comment,
                    "cause": stretch.cause,
                },
                "run_number": run,
                "dataset_name": name,
                "component": component,
            },
            what=what,
            read=lambda document: read_edit(document, run, name),
            credentials=self._tokens,
            judge=_judge_edit,
        )

    def _rows_between(self, first: int, last: int) -> Iterator[DatasetRow]:
        while first <= last:
            page, more = self._page(first, last)
            if not more:
                yield from page
                return
            # the last run of a page may go on behind it
            first = page[-1].dataset.run
            yield from (row for row in page if row.dataset.run < first)

    def _page(self, first: int, last: int) -> tuple[list[DatasetRow], bool]:
        body = {
            "page": 0,
            "page_size": self._size,
            "sortings": [["run_number", "ASC"], ["name", "ASC"]],
            "filter": {"run_number": {"and": [{">=": first}, {"<=": last}]}, "name": {"<>": ONLINE}},
        }

        def read(document: Any) -> tuple[list[DatasetRow], bool]:
            rows, more = read_page(document, self._size)
            _check_order([row.dataset.run for row in rows], first, last)
            if more and (not rows or rows[0].dataset.run == rows[-1].dataset.run):
                raise Unexpected(f"run {first} has more than {self._size} datasets")
            return rows, more

        return self._ask("/datasets_filtered_ordered", body, f"the datasets of runs {first} to {last}", read)

    def _add(self, named: dict[str, DatasetRow], row: DatasetRow) -> None:
        name = row.dataset.name
        if name not in named or row.raw == name:
            named[name] = row
            return
        _log.warning("%s: run %d has %r twice but for white space", self._door.name, row.dataset.run, name)

    def _name(self, run: int, dataset: str) -> str | None:
        """The name as it is written there, or None if the run has no such dataset there."""
        known = self._raw.get(run, {}).get(dataset)
        if known is not None:
            return known
        names = self._door.get(
            f"/get_all_dataset_names_of_run/{run}",
            {},
            what=f"the names of the datasets of run {run}",
            read=read_names,
            credentials=self._tokens,
        )
        self._raw[run] = _by_clean_name(names)
        return self._raw[run].get(dataset)

    def _ask(self, path: str, body: dict[str, Any], what: str, read: Callable[[Any], T]) -> T:
        return self._door.ask(path, body, what=what, read=read, credentials=self._tokens, judge=_judge_question)


def _by_clean_name(names: Iterable[str]) -> dict[str, str]:
    # of two that differ in white space the one without it comes last, and stays
    return {name.strip(): name for name in sorted(names, key=lambda name: name == name.strip())}


def _check_order(runs: list[int], first: int, last: int) -> None:
    # what does not rise, or lies outside, is a filter or an order that was not followed: reading on would never end
    if runs != sorted(runs) or (runs and not first <= runs[0] <= runs[-1] <= last):
        raise Unexpected(f"the runs are {clean(str(runs))}, not rising from {first} to {last}")


def _judge_question(status: int, document: Any) -> Verdict | None:
    said = _said(document, "err")
    if status != 500 or not said or _BROKEN.search(said):
        return None
    return Verdict(SourceChanged, f"it did not understand the question: {said}", _UNDERSTOOD_NOT)


def _judge_edit(status: int, document: Any) -> Verdict | None:
    if status == 401 and "e-groups" in (said := _said(document, "message")):
        # what follows is advice about its web page
        return Verdict(SourceRefused, said.partition(" IMPORTANT")[0], _NOT_IN_GROUP)
    said = _said(document, "err")
    if status != 500 or not said or _BROKEN.search(said):
        return None
    return Verdict(SourceRefused, said, _NOT_ALLOWED)


def _said(document: Any, key: str) -> str:
    """Its words, without the tags of the web page that they were written for."""
    said = document.get(key) if isinstance(document, dict) else None
    return clean(" ".join(_TAG.sub(" ", said).split())).rstrip(".") if isinstance(said, str) else ""

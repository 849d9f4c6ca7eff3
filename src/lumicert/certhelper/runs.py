"""The runs and fills of CertHelper, beneath what OMS or a person says of them.

Of a run they are values of its registration, the lowest layer. A fill has no such layer: there only values are told
that no source has told, so that OMS's next word is always above them. A row without values is none that is complete: it
stands for a run that somebody asked for while OMS was away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import JsonValue

from lumicert.certhelper import values
from lumicert.certhelper.source import Original, Row
from lumicert.certhelper.values import Values
from lumicert.certhelper.writing import SOURCE, Log, batches
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Origin
from lumicert.runs.events import FillReported, RunRegistered

RUNS, FILLS = "oms_omsrun", "oms_omsfill"
# CertHelper does not keep when it asked OMS: whatever else reports a fill has asked later
_ASKED = datetime(1970, 1, 1, tzinfo=UTC)


def import_runs(original: Original, log: Log) -> None:
    """Take in every run."""
    total, done = original.count(RUNS), 0
    for rows in batches(original.rows(RUNS)):
        with log.batch():
            known = _registered([row["run_number"] for row in rows])
            taken = [_take_run(row, known.get(row["run_number"], _Registered()), log) for row in rows]
            log.append([event for event, _ in taken if event], after=[seq for event, seq in taken if event])
        done += len(rows)
        log.progress("runs", done, total)


@dataclass(slots=True)
class _Registered:
    """How a run is registered: by the last event, and by the last one that is not of an import from CertHelper."""

    last: Event | None = None
    other: Event | None = None

    @property
    def seq(self) -> int:
        return self.last.seq if self.last else 0


def _registered(runs: Iterable[int]) -> dict[int, _Registered]:
    found: dict[int, _Registered] = {}
    kinds = ["run.registered", "run.withdrawn"]
    for event in Event.objects.filter(run__in=list(runs), kind__in=kinds).order_by("seq"):
        each = found.setdefault(event.run or 0, _Registered())
        each.last = event
        # what was registered before a withdrawal was taken back with it
        if event.kind == "run.withdrawn":
            each.other = None
        elif not event.payload["source"].endswith(SOURCE):
            each.other = event
    return found


def _take_run(row: Row, known: _Registered, log: Log) -> tuple[NewEvent | None, int]:
    run, report = row["run_number"], log.report
    if not 1 <= run < 2**31:
        report.count(RUNS, "left out")
        report.note(RUNS, run, "left out", "this is no run number")
        return None, 0
    if known.last is not None and known.last.kind == "run.withdrawn" and known.last.origin != Origin.IMPORT:
        report.count(RUNS, "kept")
        report.note(RUNS, run, "kept", "somebody undid its import", f"event {known.last.seq}")
        return None, 0
    said = values.of_run(row)
    _tell(log, RUNS, run, said)
    if not said.attributes:
        report.note(RUNS, run, "told", "a bare run without values: it is not complete, and OMS is to fill it in")
    elif "run_type" not in said.attributes:
        why = "its type is left open: CertHelper says cosmics of what it cannot tell"
        report.note(RUNS, run, "told", why, f"HLT key {row.get('hlt_key')!r}, stable beams {row.get('stable_beam')!r}")
    wanted = _registration(said.attributes, known.other)
    if wanted is None or (known.last is not None and known.last.payload == wanted.model_dump(mode="json")):
        report.count(RUNS, "unchanged")
        return None, 0
    report.count(RUNS, "changed" if known.last else "new")
    return NewEvent(wanted, run), known.seq


def _registration(attributes: Mapping[str, JsonValue], other: Event | None) -> RunRegistered | None:
    """The run with our values beneath those of another import; None where that has them all."""
    if other is None:
        return RunRegistered(source=SOURCE, attributes=dict(attributes))
    # a registration replaces the one before it, so that it has to repeat what is to stand
    theirs = other.payload["attributes"]
    if attributes.keys() <= theirs.keys():
        return None
    source = f"{other.payload['source']}, {SOURCE}"
    return RunRegistered(source=source, klass=other.payload["klass"], attributes={**attributes, **theirs})


def _tell(log: Log, table: str, key: int, said: Values) -> None:
    for why, stood in said.problems:
        log.report.note(table, key, "changed", f"a value is left out, so that it is unknown: {why}", stood)


# ---- fills ----


def import_fills(original: Original, log: Log) -> None:
    """Take in every fill."""
    total, done = original.count(FILLS), 0
    for rows in batches(original.rows(FILLS)):
        with log.batch():
            known = _reported([row["fill_number"] for row in rows])
            taken = [_take_fill(row, known.get(row["fill_number"], _Reported()), log) for row in rows]
            log.append([event for event, _ in taken if event], after=[seq for event, seq in taken if event])
        done += len(rows)
        log.progress("fills", done, total)


@dataclass(slots=True)
class _Reported:
    """What sources said of a fill: its state, and of each value who said what last."""

    seq: int = 0
    state: str = "ended"
    words: dict[str, tuple[str, JsonValue, str | None]] = field(default_factory=dict)

    @property
    def own(self) -> set[str]:
        """The names of the values that stand by an import from CertHelper."""
        return {name for name, (source, value, _) in self.words.items() if source == SOURCE and value is not None}


def _reported(fills: Sequence[int]) -> dict[int, _Reported]:
    found: dict[int, _Reported] = {}
    # the expression of the index, whose casts Django's own lookups do not write
    events = Event.objects.extra(where=["(payload->>'fill')::int = ANY(%s)"], params=[list(fills)])
    for event in events.filter(kind="fill.reported").order_by("seq"):
        said: dict[str, Any] = event.payload
        each = found.setdefault(said["fill"], _Reported())
        each.seq, each.state = event.seq, said["state"]
        each.words |= dict.fromkeys(said["rejected"], (said["source"], None, None))
        each.words |= {
            name: (said["source"], value, said["units"].get(name)) for name, value in said["attributes"].items()
        }
    return found


def _take_fill(row: Row, known: _Reported, log: Log) -> tuple[NewEvent | None, int]:
    fill, report = row["fill_number"], log.report
    if not 1 <= fill < 2**31:
        report.count(FILLS, "left out")
        report.note(FILLS, fill, "left out", "this is no fill number")
        return None, 0
    said = values.of_fill(row)
    _tell(log, FILLS, fill, said)
    if not said.attributes and not known.own:
        report.count(FILLS, "left out")
        report.note(FILLS, fill, "left out", "it has no values")
        return None, 0
    new = {name: value for name, value in said.attributes.items() if _is_news(name, value, said, known)}
    gone = dict.fromkeys(known.own - said.attributes.keys(), "CertHelper has it no more")
    if not new and not gone:
        report.count(FILLS, "unchanged")
        return None, 0
    report.count(FILLS, "changed" if known.seq else "new")
    units = {name: unit for name, unit in said.units.items() if name in new}
    told = {"fill": fill, "attributes": new, "units": units, "rejected": gone}
    payload = FillReported.model_validate({"source": SOURCE, "fetched_at": _ASKED, "state": known.state, **told})
    return NewEvent(payload), known.seq


def _is_news(name: str, value: JsonValue, said: Values, known: _Reported) -> bool:
    word = known.words.get(name)
    return word is None or (word[0] == SOURCE and word[1:] != (value, said.units.get(name)))

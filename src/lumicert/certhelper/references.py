"""The reference runs of CertHelper: run reconstructions with a flag, certified good or not."""

from __future__ import annotations

from lumicert.certhelper import here
from lumicert.certhelper.here import Said
from lumicert.certhelper.lists import Names
from lumicert.certhelper.mapping import LeftOut, checked_reconstruction, words_of
from lumicert.certhelper.source import Original, Row, run_of
from lumicert.certhelper.writing import Log, batches
from lumicert.certification.events import ReferenceDemoted, ReferencePromoted
from lumicert.certification.judging import deciding, good
from lumicert.certification.workspaces import RunType, workspace
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Origin

TABLE = "certifier_runreconstruction"
_NOTES = "a reference run of CertHelper"


def import_references(original: Original, log: Log) -> None:
    """Promote the reference runs of the original, and demote those that were some by an earlier import."""
    for rows in batches(original.reconstructions()):
        with log.batch():
            numbers = sorted({row["run"] for row in rows if 1 <= row["run"] < 2**31})
            said = here.references(numbers)
            events, after = [], []
            for row in rows:
                before = said.get((row["run"], row["reconstruction"]))
                if event := _take(row, before, log):
                    events.append(event)
                    after += [before.seq] if before else []
            log.append(events, after=after)


def _take(row: Row, said: Said | None, log: Log) -> NewEvent | None:
    report, stands = log.report, said is not None and said.kind == "reference.promoted"
    told = f"run {row['run']} {row['reconstruction']}"
    if not row["is_reference"]:
        if said is None or not stands or said.origin != Origin.IMPORT:
            report.count(TABLE, "unchanged")
            return None
        report.count(TABLE, "changed")
        why = "it is no reference run of CertHelper any more"
        return NewEvent(
            ReferenceDemoted(workspace="tracker", reconstruction=row["reconstruction"], reason=why), row["run"]
        )
    try:
        reconstruction = checked_reconstruction(row)
    except LeftOut as why:
        report.count(TABLE, "left out")
        report.note(TABLE, row["id"], "left out", f"it is a reference run, but {why}", why.detail)
        return None
    if problem := _problem(row):
        report.note(TABLE, row["id"], "told", f"it is a reference run, though {problem}", told)
    if stands:
        report.count(TABLE, "unchanged")
        return None
    if said is not None and said.origin != Origin.IMPORT:
        report.count(TABLE, "kept")
        report.note(TABLE, row["id"], "kept", "somebody here demoted it", f"{told}, event {said.seq} by {said.by}")
        return None
    report.count(TABLE, "changed" if said else "new")
    return NewEvent(ReferencePromoted(workspace="tracker", reconstruction=reconstruction, notes=_NOTES), row["run"])


def _problem(row: Row) -> str:
    """What speaks against a reference run: the original never looks again at what it once promoted."""
    if row["certification"] is None:
        return "it has no certification"
    if row["deleted_at"] is not None:
        return "its certification is deleted"
    try:
        words = words_of(row, Names())
    except LeftOut as why:
        return str(why)
    of_type: RunType = "collisions" if run_of(row)["run_type"] == "collisions" else "cosmics"
    return "" if good(words, deciding(workspace("tracker"), of_type)) else "its certification is bad"

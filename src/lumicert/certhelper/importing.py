"""The whole import, table after table, in the order in which one refers to another."""

from __future__ import annotations

import psycopg

from lumicert.accounts.models import User
from lumicert.certhelper.certifications import import_certifications
from lumicert.certhelper.checklists import import_checklists
from lumicert.certhelper.lists import import_lists
from lumicert.certhelper.mapping import TABLE as CERTIFICATIONS
from lumicert.certhelper.references import import_references
from lumicert.certhelper.report import Report
from lumicert.certhelper.runs import import_fills, import_runs
from lumicert.certhelper.schema import unknown_columns
from lumicert.certhelper.source import COMPONENTS, Original, opened
from lumicert.certhelper.writing import Log
from lumicert.certification.workspaces import workspace
from lumicert.decisions.locks import alone
from lumicert.runs.services import Progress, silent

SUMMARIES = "summary_summaryinfo"


class CannotImport(RuntimeError):
    """Nothing can be imported now, or nothing more; the text says why."""


def import_certhelper(
    *, url: str, actor: User | None = None, check: bool = False, progress: Progress = silent
) -> Report:
    """Take in what the database of CertHelper at `url` says that is new.

    Each batch is one act: what was killed goes on from where it was when it is started again. With `check` nothing is
    written.

    Raises:
        NotCertHelper: it cannot be read as a database of CertHelper.
        CannotImport: another import goes on, the tracker's workspace has other components here, or the original went
            away; what was taken in by then stays.
    """
    if sorted(part.key for part in workspace("tracker").parts) != sorted(COMPONENTS):
        raise CannotImport(f"the workspace 'tracker' has other components here than {', '.join(COMPONENTS)}")
    report = Report(is_check=check)
    try:
        with opened(url) as original, alone("certhelper import") as is_alone:
            if not is_alone:
                raise CannotImport("another import from CertHelper goes on; wait for its end")
            _import_all(original, Log(report, actor, progress))
    except psycopg.Error as error:
        # errors of our own database are Django's
        why = " ".join(str(error).split())
        raise CannotImport(f"CertHelper's database went away: {why}. The same call goes on from there.") from error
    return report


def _import_all(original: Original, log: Log) -> None:
    _tell_unknown(original, log.report)
    names = import_lists(original, log)
    import_checklists(original, log)
    import_fills(original, log)
    import_runs(original, log)
    import_certifications(original, names, log)
    import_references(original, log)
    _tell_summaries(original, log.report)


def _tell_unknown(original: Original, report: Report) -> None:
    for table, lacking in unknown_columns(original.columns).items():
        what = "the table" if lacking == ["*"] else f"the columns {', '.join(lacking)}"
        report.note(table, "schema", "told", f"an older schema: {what} is not there, and is taken as empty")


def _tell_summaries(original: Original, report: Report) -> None:
    """Say of each summary what it refers to: its texts have no place here yet."""
    for row in original.rows(SUMMARIES):
        # an array of keys without a foreign key: what they refer to may be gone
        chosen = list(row["certifications"] or ())
        found = original.connection.execute(
            f"""SELECT count(*), count(*) FILTER (WHERE deleted_at IS NULL) FROM {CERTIFICATIONS}
                WHERE runreconstruction_id = ANY(%s)""",  # noqa: S608  (the name is ours)
            [chosen],
        ).fetchone()
        there, alive = found or (0, 0)
        told = f"{len(chosen)} certifications, of which {there - alive} are deleted and {len(chosen) - there} are gone"
        texts = [name for name in ("special_comment", "links_prompt_feedback") if (row.get(name) or "").strip()]
        texts_told = f"; its {' and '.join(texts)} stay in the original" if texts else ""
        report.count(SUMMARIES, "not imported")
        why = "texts of shift reports are not imported: they stay in this table of the original"
        report.note(SUMMARIES, row["id"], "left out", why, told + texts_told)

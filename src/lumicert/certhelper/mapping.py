"""A row of a certification as the certification that the form here would have written, and what of it does not fit."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from pydantic import JsonValue

from lumicert.certhelper import values
from lumicert.certhelper.here import RECORD, Known
from lumicert.certhelper.lists import LONGEST_NAME, REASONS, Names, one_line
from lumicert.certhelper.report import Report
from lumicert.certhelper.source import COMPONENTS, RUN_PREFIX, Row, run_of
from lumicert.certification.events import RECONSTRUCTIONS, CertificationMade, RunIn
from lumicert.certification.judging import STATUSES, Word, deciding, good
from lumicert.certification.workspaces import RUN_TYPES, RunType, workspace
from lumicert.decisions.ranges import LAST_POSSIBLE_LS, Ranges
from lumicert.rules.reconstruction import Reconstruction, reconstruction_of
from lumicert.sources.oms.units import exact

TABLE = "certifier_trackercertification"
LONGEST_COMMENT = 4000
OUTSIDE = "values from outside"
# the names that the log takes
_DATASET = re.compile(r"online|/[^\s/]{1,100}/[^\s/]{1,100}/[A-Za-z-]{1,40}")
# a certification is of a dataset; where nobody knows of which, it is of one of these, which no run has
STAND_INS: Mapping[str, str] = {
    "online": "online",
    "express": "/Express/Unknown/DQM",
    "prompt": "/PromptReco/Unknown/DQM",
    "rereco": "/ReReco/Unknown/DQM",
    "rerecoul": "/ReReco/Unknown-UL/DQM",
}
_WANTED = {"b_field": "b_field", "hlt_key": "hlt_key"}
_WANTED_OF_COLLISIONS = {"fill": "fill_number", "recorded": "recorded_lumi", "energy": "energy"}


class LeftOut(ValueError):
    """A row that cannot be a certification here; the text says why, `detail` what stood there."""

    def __init__(self, why: str, detail: object) -> None:
        self.detail = str(detail)
        super().__init__(why)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A row as it will be here; without `lumis` no status of a component follows from it."""

    run: int
    reconstruction: Reconstruction
    dataset: str
    made: CertificationMade
    lumis: Ranges
    deleted_at: datetime | None
    record: str


def mapped(row: Row, known: Known, names: Names, report: Report) -> Mapped:
    """The certification of a row, with notes of what was changed in it.

    Raises:
        LeftOut: it is of no reconstruction or no run that there can be, or says what no component can be.
    """
    return _Mapping(row, known, names, report).done()


def words_of(row: Row, names: Names) -> dict[str, Word]:
    """What the row says of each component.

    Raises:
        LeftOut: a status is none of those that there are.
    """
    found = {}
    for key in COMPONENTS:
        status = str(row[key]).strip().upper()
        if status not in STATUSES:
            raise LeftOut("a status is not one of good, bad and excluded", f"{key} is {row[key]!r}")
        problems = dict.fromkeys(names.here(key, name) for name in row.get(f"{key}_problems") or ())
        low = bool(row[f"{key}_lowstat"])
        found[key] = Word(status=status, low_statistics=low, problems=tuple(problems))
    return found


def checked_reconstruction(row: Row) -> Reconstruction:
    """The reconstruction of a row.

    Raises:
        LeftOut: it is none of the five, or the run is none.
    """
    if row["reconstruction"] not in RECONSTRUCTIONS:
        known = ", ".join(RECONSTRUCTIONS)
        raise LeftOut(f"its reconstruction is none of {known}", f"run {row['run']}, {row['reconstruction']!r}")
    if not 1 <= row["run"] < 2**31:
        raise LeftOut("its run is no run number", row["run"])
    return cast("Reconstruction", row["reconstruction"])


class _Mapping:
    """One row on its way."""

    def __init__(self, row: Row, known: Known, names: Names, report: Report) -> None:
        self.row, self.known, self.names, self.report = row, known, names, report
        self.reconstruction = checked_reconstruction(row)
        self.run_row = run_of(row)
        self.said = values.of_run({"run_type": "", **self.run_row}).attributes
        self.kept: dict[str, JsonValue] = {}

    def changed(self, why: str, detail: object = "") -> None:
        told = f"run {self.row['run']} {self.reconstruction}"
        self.report.note(
            TABLE, self.row["runreconstruction_id"], "changed", why, f"{told}: {detail}" if detail else told
        )

    def done(self) -> Mapped:
        run_type, dataset = self._run_type(), self._dataset()
        lumis = self._lumis(dataset)
        words = words_of(self.row, self.names)
        decides = deciding(workspace("tracker"), run_type)
        record = self._record(run_type, dataset, bool(lumis))
        made = CertificationMade(
            workspace="tracker",
            reconstruction=self.reconstruction,
            run_type=run_type,
            verdict="good" if good(words, decides) else "bad",
            shifter=self._shifter(),
            date=self.row["date"],
            parts=words,
            decides=decides,
            reference=self._reference(),
            bad_reason=self._bad_reason(),
            tracker_map=self._tracker_map(),
            comment=self._comment(),
            missing=self._missing(run_type),
            facts={**self._facts(run_type), **self.kept, **self._times(), RECORD: record},
        )
        run, deleted_at = self.row["run"], self.row["deleted_at"]
        return Mapped(run, self.reconstruction, dataset, made, lumis, deleted_at, record)

    # ---- what the original does not say for certain ----

    def _run_type(self) -> RunType:
        """The original's own word where it knew, because the verdict was made by it; else what is known here."""
        told = str(self.run_row.get("run_type") or "")
        if self.said.get("run_type") in RUN_TYPES:
            return cast("RunType", told)
        name = (self.row["dataset"] or "").lower()
        by_name = [each for each in RUN_TYPES if each in name]
        here = self.known.run_type if self.known.run_type in RUN_TYPES else ""
        chosen = here or (by_name[0] if len(by_name) == 1 else told)
        if chosen not in RUN_TYPES:
            raise LeftOut("its run is neither of collisions nor of cosmics", f"run {self.row['run']}, {told!r}")
        if chosen != told:
            by = "as it is known here" if here else "by its dataset's name"
            self.changed(f"it is judged as {chosen}, {by}; CertHelper had no values of the run and said {told}")
        return chosen

    def _dataset(self) -> str:
        written = self.row["dataset"]
        name = (written or "").strip()
        if _DATASET.fullmatch(name):
            if name != written:
                self._keep_text("dataset", written)
                self.changed("blanks and line ends around its dataset's name are taken away", repr(written))
            return name
        if written:
            self._keep_text("dataset", written)
        of_it = [each for each in self.known.datasets if reconstruction_of(each) == self.reconstruction]
        chosen = of_it[0] if len(of_it) == 1 else STAND_INS[self.reconstruction]
        why = (
            f"its dataset's name is none, and it is put to {chosen}"
            if written
            else f"it has no dataset, and is put to {chosen}"
        )
        self.changed(why, repr(written) if written else "")
        return chosen

    def _lumis(self, dataset: str) -> Ranges:
        """The lumisections that statuses follow for; none where a status could be of another dataset's."""
        if dataset != "online" and dataset == STAND_INS[self.reconstruction]:
            return ()
        if (of := reconstruction_of(dataset)) != self.reconstruction:
            why = f"no statuses of components follow: its dataset is one of {of or 'no reconstruction'}"
            self.changed(why, dataset)
            return ()
        n_ls = self.known.n_ls or self.said.get("last_lumisection_number")
        if registered := self.known.datasets.get(dataset):
            return registered
        if not isinstance(n_ls, int) or not 1 <= n_ls <= LAST_POSSIBLE_LS:
            self.changed("no statuses of components follow until the run's lumisections are known; import again then")
            return ()
        return ((1, n_ls),)

    # ---- what is taken as it is, or nearly ----

    def _shifter(self) -> str:
        name = one_line(self.row["username"] or "")
        if not name:
            name = f"user {self.row['user_id']} of CertHelper"
            self.changed("its shifter has no name", f"called '{name}'")
        return name

    def _reference(self) -> RunIn | None:
        run, reconstruction = self.row["reference_run"], self.row["reference_reconstruction"]
        if run is None:
            self.changed("its reference run is gone")
            return None
        told = f"{run} {reconstruction}"
        if reconstruction not in RECONSTRUCTIONS or not 1 <= run < 2**31:
            self._keep_text("reference", told)
            self.changed("its reference run is of no reconstruction that there is, and is left out", told)
            return None
        if (run, reconstruction) == (self.row["run"], self.reconstruction):
            self._told("it is its own reference run", told)
        elif self.row["reference_type"] != self.run_row.get("run_type"):
            self._told("its reference run is of another type", f"{told} is of {self.row['reference_type']}")
        return RunIn(run=run, reconstruction=reconstruction)

    def _told(self, why: str, detail: str) -> None:
        told = f"run {self.row['run']} {self.reconstruction}: {detail}"
        self.report.note(TABLE, self.row["runreconstruction_id"], "told", f"{why}; kept as it was", told)

    def _bad_reason(self) -> str:
        written = self.row["bad_reason"] or ""
        if len(one_line(written)) > LONGEST_NAME:
            self._keep_text("bad reason", written)
            self.changed(f"its bad reason is cut to {LONGEST_NAME} characters", written)
        return self.names.here(REASONS, written) if written.strip() else ""

    def _tracker_map(self) -> Literal["", "exists", "missing"]:
        written = self.row["trackermap"]
        if written not in {"exists", "missing"}:
            self.changed("whether its tracker map exists is not said", repr(written) if written else "")
            return ""
        return cast("Literal['exists', 'missing']", written)

    def _comment(self) -> str:
        written = (self.row["comment"] or "").replace("\r\n", "\n").strip()
        if len(written) > LONGEST_COMMENT:
            self._keep_text("comment", written)
            why = f"its comment is cut to {LONGEST_COMMENT:,} characters; all of it is among its facts"
            self.changed(why, f"{len(written):,} characters")
        return written[:LONGEST_COMMENT].rstrip()

    # ---- facts ----

    def _keep_text(self, what: str, text: str) -> None:
        self.kept[f"CertHelper {what}"] = text

    def _facts(self, run_type: str) -> dict[str, JsonValue]:
        """What the form there showed of the run, under the names and in the units of the form here."""
        said = self.said
        recorded = said.get("recorded_lumi")
        return {
            "run_type": run_type, "b_field": said.get("b_field"), "fill_type": said.get("fill_type_runtime"),
            "n_ls": said.get("last_lumisection_number"), "recorded": None if recorded is None else _plain(recorded),
            "energy": said.get("energy"), "fill": said.get("fill_number"),
        }  # fmt: skip

    def _missing(self, run_type: str) -> list[str]:
        """What the original did not know, whether or not it took itself for complete."""
        wanted = _WANTED | (_WANTED_OF_COLLISIONS if run_type == "collisions" else {})
        missing = [name for name, ours in wanted.items() if self.said.get(ours) is None]
        # it may call incomplete what OMS filled in later
        return missing or ([] if self.row["external_info_complete"] else [OUTSIDE])

    def _times(self) -> dict[str, JsonValue]:
        at = {"created": self.row["created_at"], "updated": self.row["updated_at"], "deleted": self.row["deleted_at"]}
        told: dict[str, JsonValue] = {f"CertHelper {name}": time.isoformat() for name, time in at.items() if time}
        return {**told, "CertHelper external info complete": bool(self.row["external_info_complete"])}

    def _record(self, run_type: str, dataset: str, has_lumis: bool) -> str:
        """A digest of all that the certification here depends on; the values of the run are another table's."""
        # with what was chosen for the row here, so that it comes again once more is known of its run
        own: dict[str, Any] = {name: value for name, value in self.row.items() if not name.startswith(RUN_PREFIX)}
        text = json.dumps([own, run_type, dataset, has_lumis], default=str, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _plain(number: JsonValue) -> str:
    text = f"{exact(number) if isinstance(number, float) else number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

"""Certifications and runs as events, many in one act: for tests of sums, which read what stands and not how it came."""

from __future__ import annotations

from datetime import date

from lumicert.certification.events import CertificationMade
from lumicert.certification.judging import Word, deciding, good
from lumicert.certification.workspaces import workspace
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Origin
from lumicert.decisions.services import Act, append
from lumicert.runs.events import RunRegistered

DATASETS = {
    ("collisions", "express"): "/Express/Collisions2018/DQM",
    ("collisions", "prompt"): "/PromptReco/Collisions2018/DQM",
    ("cosmics", "express"): "/Express/Cosmics18/DQM",
    ("cosmics", "prompt"): "/PromptReco/Cosmics18/DQM",
    ("cosmics", "rereco"): "/ReReco/Cosmics18/DQM",
}
DAY = date(2018, 5, 14)


def a_run(run: int, *, recorded: float | None = None, n_ls: int | None = None, fill: int | None = None) -> NewEvent:
    """A run; recorded luminosity in inverse picobarns. What is None nobody told."""
    told = {"recorded_lumi": recorded, "last_lumisection_number": n_ls, "fill_number": fill}
    attributes = {name: value for name, value in told.items() if value is not None}
    return NewEvent(RunRegistered(source="a test", klass="Test18", attributes=attributes), run)


def certified(
    run: int, run_type: str = "collisions", reconstruction: str = "express", verdict: str = "good",
    on: date = DAY, *, shifter: str = "shifter", tracker_map: str = "exists",
) -> NewEvent:  # fmt: skip
    """A certification; a bad one is bad in the strips and in tracking."""
    status = "GOOD" if verdict == "good" else "BAD"
    parts = {"pixel": Word(status="GOOD"), "strip": Word(status=status), "tracking": Word(status=status)}
    decides = deciding(workspace("tracker"), run_type)
    assert good(parts, decides) is (verdict == "good")
    said = CertificationMade.model_validate(
        {
            "workspace": "tracker", "reconstruction": reconstruction, "run_type": run_type, "verdict": verdict,
            "shifter": shifter, "date": on, "parts": parts, "decides": decides, "tracker_map": tracker_map,
        }
    )  # fmt: skip
    return NewEvent(said, run, DATASETS[run_type, reconstruction])


def say(*events: NewEvent) -> Act:
    """All of it in one act."""
    return append(events=events, actor=None, origin=Origin.IMPORT)

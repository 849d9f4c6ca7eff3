"""A small world for the tests: runs with datasets, what is typed to certify them, people who do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from lumicert.accounts.models import User
from lumicert.catalogue.selectors import checklists_for
from lumicert.certification import selectors, services
from lumicert.certification.models import Certification
from lumicert.certification.selectors import Subject
from lumicert.decisions.events import ComponentStatusSaid
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Layer, Origin
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import Act, append
from lumicert.runs.events import DatasetRegistered, FillReported, RunClassified, RunRegistered
from lumicert.shift.typed import Typed, read

RUN = 321123
EXPRESS = "/Express/Collisions2018D/DQM"
PROMPT = "/PromptReco/Collisions2018D/DQM"
COSMICS = "/Express/Cosmics2018D/DQM"
FORM = f"/certify/{RUN}/prompt/"
LUMIS: Ranges = ((1, 500),)
COMPONENTS = ["tracker-pixel", "tracker-strip", "tracker-track"]


def collisions(run: int = RUN, *datasets: str, klass: str = "Collisions18", **attributes: Any) -> Act:
    """A run of collisions with its datasets, prompt unless others are named."""
    known = {"fill_number": 7000, "b_field": 3.8, "hlt_key": "/cdaq/physics/x", "energy": 6500,
        "last_lumisection_number": 500, "start_time": "2018-08-11T10:00:00Z"}  # fmt: skip
    return _run(run, datasets or (PROMPT,), "collisions", klass, known | attributes)


def cosmics(run: int, *datasets: str, **attributes: Any) -> Act:
    """A run of cosmics with an express dataset."""
    known = {"b_field": 3.8, "hlt_key": "/cdaq/cosmic/x", "last_lumisection_number": 500,
        "start_time": "2018-08-11T10:00:00Z"}  # fmt: skip
    return _run(run, datasets or (COSMICS,), "cosmics", "Cosmics18", known | attributes)


def _run(run: int, datasets: tuple[str, ...], run_type: str, klass: str, attributes: dict[str, Any]) -> Act:
    said = {"run_type": run_type, "class": klass, "significant": True}
    said |= {name: attributes.pop(name) for name in list(attributes) if name in said}
    events = [NewEvent(RunRegistered(source="a test", klass=klass, attributes=attributes), run)]
    events.append(NewEvent(RunClassified.model_validate({"values": said, "versions": {}}), run))
    events += [NewEvent(DatasetRegistered(source="a test"), run, name, lumis=LUMIS) for name in datasets]
    return append(events=events, actor=None, origin=Origin.IMPORT)


def fill_of_them(fill: int = 7000) -> Act:
    """A source tells of the fill of the runs of collisions."""
    said = {"source": "OMS", "fetched_at": datetime.now(UTC), "state": "going", "fill": fill,
        "attributes": {"era": "Run2018D"}}  # fmt: skip
    return append(events=[NewEvent(FillReported.model_validate(said))], actor=None, origin=Origin.AUTOMATIC)


def marked(by: User, component: str, lumis: Ranges, status: str) -> Act:
    """Somebody marks a component of the run on its page."""
    said = ComponentStatusSaid.model_validate({"layer": Layer.PERSON, "status": status, "comment": "HV ramp"})
    return append(events=[NewEvent(said, RUN, PROMPT, component, lumis)], actor=by, origin=Origin.PERSON)


def ticks(run_type: str = "collisions", reconstruction: str = "prompt") -> list[str]:
    """Every item of every checklist, ticked just now."""
    applying = checklists_for(run_type=run_type, reconstruction=reconstruction, components=COMPONENTS)
    return [f"{c.identifier}:{c.version}:{key}=2018-08-12T09:00:00+00:00" for c in applying for key in c.item_keys]


def sent(run_type: str = "collisions", reconstruction: str = "prompt", **typed: Any) -> dict[str, Any]:
    """What a browser sends for a good run with no reference: all right, but for what is given.

    In the names of fields an underscore twice stands for a dot: `strip__lumis`.
    """
    right: dict[str, Any] = {
        "pixel.status": "GOOD", "strip.status": "GOOD", "tracking.status": "GOOD", "tracker_map": "exists",
        "date": selectors.today().isoformat(), "reference": "", "confirm": ["no-reference"],
        "tick": ticks(run_type, reconstruction), "expected": current_seq(), "act": str(uuid4()),
        "opened": "2018-08-12T08:00:00+00:00", "then": "stay",
    }  # fmt: skip
    return right | {name.replace("__", "."): value for name, value in typed.items()}


def certified(by: User, run: int = RUN, reconstruction: str = "prompt", **typed: Any) -> Certification:
    """The certification that somebody makes, past the page."""
    subject: Subject = selectors.subject(run=run, reconstruction=reconstruction)
    fields = sent(subject.row.run_type, reconstruction, **typed)
    given = {name: value if isinstance(value, list) else [str(value)] for name, value in fields.items()}
    wanted, problems = read(Typed(given), subject.of, today=selectors.today(), opened="")
    assert not problems
    services.certify(subject=subject, wanted=wanted, actor=by, expected=current_seq())
    live = selectors.live(subject)
    assert live is not None
    return live

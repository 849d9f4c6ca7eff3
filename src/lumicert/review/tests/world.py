"""A small world for the tests: certified runs, and people who speak of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from lumicert.accounts.models import User
from lumicert.catalogue.selectors import checklists_for
from lumicert.certification import selectors, services
from lumicert.certification.checking import Wanted, check
from lumicert.certification.events import RunIn, Ticked
from lumicert.certification.judging import Word
from lumicert.certification.models import Certification
from lumicert.certification.selectors import Subject
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Origin
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import Act, append
from lumicert.runs.events import DatasetRegistered, RunRegistered

RUN = 321123
EXPRESS, PROMPT = "/Express/Collisions2018D/DQM", "/PromptReco/Collisions2018D/DQM"
DATASETS = {"express": EXPRESS, "prompt": PROMPT}
PAGE = f"/certifications/{RUN}/express/"
# of collisions by rule R4
_COLLIDING = {
    "run_type": "collisions", "hlt_key": "/cdaq/physics/Run2018/v1", "stable_beam": True, "b_field": 3.8,
    "energy": 6500, "fill_number": 7123, "recorded_lumi": 12.5, "start_time": "2018-08-11T10:00:00Z",
    "last_lumisection_number": 92,
}  # fmt: skip


def register(run: int = RUN, *reconstructions: str, lumis: Ranges = ((1, 92),), **attributes: Any) -> Act:
    """A run of collisions with its express and prompt datasets, unless others are named."""
    told = NewEvent(RunRegistered(source="a test", klass="Collisions18", attributes=_COLLIDING | attributes), run)
    names = [DATASETS[name] for name in reconstructions or ("express", "prompt")]
    events = [NewEvent(DatasetRegistered(source="a test"), run, name, lumis=lumis) for name in names]
    return append(events=[told, *events], actor=None, origin=Origin.IMPORT)


def words(**said: Mapping[str, Any]) -> dict[str, Word]:
    """GOOD of every component, but for what is said."""
    good = {"status": "GOOD"}
    return {key: Word.model_validate(said.get(key, good)) for key in ("pixel", "strip", "tracking")}


def bad_pixel(comment: str = "hole in layer 2") -> dict[str, Word]:
    """Bad: pixel, and tracking that needs it."""
    return words(pixel={"status": "BAD", "comment": comment}, tracking={"status": "BAD"})


def certify(
    by: User,
    run: int = RUN,
    reconstruction: str = "express",
    *,
    said: Mapping[str, Word] | None = None,
    reference: RunIn | None = None,
    reason: str = "",
    on: date | None = None,
    comment: str = "",
    bad_reason: str = "",
) -> Certification:
    """Certify it as the form would: every checklist ticked, every warning confirmed."""
    of = selectors.subject(run=run, reconstruction=reconstruction)
    given = selectors.given(of)
    told = dict(said or words())
    is_bad = any(word.status == "BAD" or word.bad_lumis for word in told.values())
    wanted = Wanted(
        words=told,
        reference=reference,
        bad_reason=bad_reason or (given.reasons[0] if is_bad else ""),
        tracker_map="exists",
        comment=comment,
        date=on or selectors.today(),
        checklists=_ticked(of),
        reason=reason,
    )
    codes = frozenset(each.code for each in check(wanted, selectors.given(of, told)).warnings)
    wanted = Wanted(**{**{name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}, "confirmed": codes})
    services.certify(subject=of, wanted=wanted, actor=by, expected=current_seq())
    live = selectors.live(of)
    assert live is not None
    return live


def _ticked(of: Subject) -> list[Ticked]:
    found = checklists_for(run_type=of.row.run_type, reconstruction=of.reconstruction, components=of.of.components)
    at = "2018-08-12T09:00:00+02:00"
    return [
        Ticked(identifier=each.identifier, version=each.version, items=dict.fromkeys(each.item_keys, at))
        for each in found
    ]


def live(run: int = RUN, reconstruction: str = "express") -> Certification | None:
    """What stands."""
    return selectors.live_of(run, "tracker", reconstruction)


def approve(
    by: User, run: int = RUN, reconstruction: str = "express", outcome: str = "approved", comment: str = ""
) -> Act:
    """A review."""
    of = live(run, reconstruction)
    assert of is not None
    return services.review(live=of, outcome=outcome, comment=comment, actor=by, expected=current_seq())


def promote(by: User, run: int = RUN, reconstruction: str = "express", **more: Any) -> Act:
    """A reference run."""
    of = live(run, reconstruction)
    assert of is not None
    return services.promote(**{"live": of, "actor": by, "expected": current_seq(), **more})


def withdraw(by: User, run: int = RUN, reconstruction: str = "express", reason: str = "wrong run") -> Act:
    """Take it back."""
    of = live(run, reconstruction)
    assert of is not None
    return services.withdraw(live=of, actor=by, reason=reason, expected=current_seq())


def typed(**fields: Any) -> dict[str, Any]:
    """What a browser sends with an act: that the page was read just now, and what was typed."""
    return {"expected": current_seq()} | fields


def hand_over(by: User, *, to: User, reason: str, run: int = RUN, reconstruction: str = "express") -> Act:
    """Make it somebody else's."""
    of = live(run, reconstruction)
    assert of is not None
    return services.hand_over(live=of, to=to, actor=by, reason=reason, expected=current_seq())

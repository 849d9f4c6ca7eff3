"""A small world for the tests of certifications: runs with datasets, and words about them."""

from __future__ import annotations

from datetime import date
from typing import Any

from lumicert.accounts.models import User
from lumicert.catalogue.selectors import checklists_for
from lumicert.certification import selectors, services
from lumicert.certification.checking import Wanted
from lumicert.certification.events import RunIn, Ticked
from lumicert.certification.judging import Word
from lumicert.certification.selectors import Subject
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Origin
from lumicert.decisions.ranges import Ranges
from lumicert.decisions.selectors import current_seq
from lumicert.decisions.services import append
from lumicert.runs.events import DatasetRegistered
from lumicert.runs.typing import enter_run

DATASETS = {
    "express": "/Express/Collisions2018/DQM",
    "prompt": "/PromptReco/Collisions2018A/DQM",
    "rereco": "/ReReco/Run2018A_17Sept2018/DQM",
}
TODAY = date(2018, 5, 14)
REASON = "HV off"


def a_run(
    run: int, *, by: User, run_type: str = "collisions", n_ls: int = 400, recorded: str | None = "12.5",
    datasets: tuple[str, ...] = ("express", "prompt"), **others: Any,
) -> None:  # fmt: skip
    """Enter a run, with a dataset of each reconstruction over all its lumisections."""
    enter_run(run=run, run_type=run_type, n_ls=n_ls, recorded=recorded, others=others, actor=by)
    said = DatasetRegistered(source="OMS")
    for name in datasets:
        append(events=[NewEvent(said, run, DATASETS[name], lumis=((1, n_ls),))], actor=None, origin=Origin.AUTOMATIC)


def words(
    pixel: str = "GOOD", strip: str = "GOOD", tracking: str = "GOOD", *, bad: dict[str, Ranges] | None = None
) -> dict[str, Word]:
    """Words by component; `BAD/L` is BAD with low statistics, and `bad` has lumisections by component."""
    found = {}
    for key, text in (("pixel", pixel), ("strip", strip), ("tracking", tracking)):
        status, _, low = text.partition("/")
        found[key] = Word.model_validate(
            {"status": status, "low_statistics": bool(low), "bad_lumis": (bad or {}).get(key, ())}
        )
    return found


def ticked(of: Subject) -> list[Ticked]:
    """Every checklist that applies, worked through."""
    applying = checklists_for(run_type=of.row.run_type, reconstruction=of.reconstruction, components=of.of.components)
    return [
        Ticked(
            identifier=each.identifier, version=each.version,
            items=dict.fromkeys(each.item_keys, "2018-05-14T10:00:00+02:00"),
        )
        for each in applying
    ]  # fmt: skip


def wanted(of: Subject, said: dict[str, Word] | None = None, **changes: Any) -> Wanted:
    """What a shifter says, complete; everything unlikely in it is confirmed."""
    said = said or words()
    given = selectors.given(of, said)
    reason = REASON if any(not word.is_good or word.bad_lumis for word in said.values()) else ""
    values: dict[str, Any] = {
        "words": said, "reference": None, "bad_reason": reason, "tracker_map": "exists", "comment": "", "date": TODAY,
        "checklists": ticked(of),
    }  # fmt: skip
    complete = Wanted(**{**values, **changes})
    if "confirmed" in changes:
        return complete
    from lumicert.certification.checking import check

    # what the rules say of the run is known when it is certified
    codes = {each.code for each in check(complete, given).warnings} | {f"against-rules-{key}" for key in said}
    return Wanted(**{**values, **changes, "confirmed": frozenset(codes)})


def certify(
    run: int, reconstruction: str = "express", said: dict[str, Word] | None = None, *, by: User, **changes: Any
) -> services.Certified:
    """Certify as a form that was read a moment ago does."""
    of = selectors.subject(run=run, reconstruction=reconstruction)
    expected = changes.pop("expected", None)
    return services.certify(
        subject=of, wanted=wanted(of, said, **changes), actor=by,
        expected=current_seq() if expected is None else expected, act=changes.pop("act", None),
    )  # fmt: skip


def promoted(run: int, reconstruction: str = "express", *, by: User) -> RunIn:
    """A reference run: certified good, and promoted."""
    live = selectors.live_of(run, "tracker", reconstruction)
    services.promote(live=live, actor=by, expected=current_seq())
    return RunIn.model_validate({"run": run, "reconstruction": reconstruction})

"""The demo's certifications: what two shifters certified of its runs, what the leader made of it, and what is open.

All of it goes through the services, as from the form; times and dates are those of the made-up runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction
from django.utils import timezone

from lumicert.accounts.models import User
from lumicert.accounts.services import demo_account
from lumicert.catalogue.selectors import checklists_for, reasons
from lumicert.certification import selectors, services
from lumicert.certification.checking import Wanted, check
from lumicert.certification.events import RunIn, Ticked
from lumicert.certification.judging import Word
from lumicert.certification.models import Certification
from lumicert.certification.selectors import Subject
from lumicert.decisions.models import Event
from lumicert.decisions.selectors import current_seq
from lumicert.runs.models import Run
from lumicert.shell.templatetags.lumicert_ui import CERN

COLLISIONS, COSMICS = "CollisionsDemo", "CosmicsDemo"
# so many of the newest runs are left to whoever opens the demo
LEFT_OPEN = 8
# nobody certifies collisions of fewer lumisections
SHORTEST = 61
_BAD: Mapping[int, dict[str, dict[str, object]]] = {
    # by place among the runs that are certified
    3: {
        "strip": {"status": "GOOD", "bad_lumis": ((20, 30),)},
        "tracking": {"status": "GOOD", "bad_lumis": ((20, 30),)},
    },
    6: {"pixel": {"status": "BAD", "comment": "hole in layer 2"}, "tracking": {"status": "BAD"}},
    9: {"strip": {"status": "BAD", "low_statistics": True}},
}


@transaction.atomic
def seed() -> None:
    """Certify the demo's runs but for the newest, or nothing where that was done already."""
    if Event.objects.filter(act=_act("promote", 0)).exists():
        return
    shifters = [demo_account(username=name) for name in ("shifter", "shifter2")]
    leader = demo_account(username="leader")
    runs = list(Run.objects.filter(klass=COLLISIONS, n_ls__gte=SHORTEST).order_by("run").values_list("run", flat=True))
    reference: RunIn | None = None
    for place, run in enumerate(runs[:-LEFT_OPEN]):
        _certify(run, "express", place, shifters[place % 2], reference)
        if place % 10 == 0:
            reference = _promote(run, place, leader)
    for place, run in enumerate(runs[: -2 * LEFT_OPEN]):
        _certify(run, "prompt", place, shifters[(place + 1) % 2], reference, stage="prompt")
    _review(runs[:-LEFT_OPEN], leader)


def _act(what: str, place: int) -> UUID:
    return uuid5(NAMESPACE_URL, f"lumicert demo certification {what} {place}")


def _certify(
    run: int, reconstruction: str, place: int, shifter: User, reference: RunIn | None, *, stage: str = "express"
) -> None:
    of = selectors.subject(run=run, reconstruction=reconstruction)
    told = _BAD.get(place, {}) if stage == "express" else {}
    words = {part.key: Word.model_validate(told.get(part.key, {"status": "GOOD"})) for part in of.of.parts}
    said = Wanted(
        words=words,
        reference=reference,
        bad_reason=reasons()[0].name if told else "",
        tracker_map="exists" if place % 7 else "missing",
        comment="",
        date=of.row.start_time.astimezone(CERN).date() if of.row.start_time else selectors.today(),
        checklists=_ticked(of),
    )
    warnings = check(said, selectors.given(of, words)).warnings
    services.certify(
        subject=of,
        wanted=replace(said, confirmed=frozenset(each.code for each in warnings)),
        actor=shifter,
        expected=current_seq(),
        act=_act(stage, place),
    )


def _ticked(of: Subject) -> list[Ticked]:
    at = (of.row.end_time or of.row.start_time or timezone.now()).astimezone(CERN).isoformat()
    applying = checklists_for(run_type=of.row.run_type, reconstruction=of.reconstruction, components=of.of.components)
    return [
        Ticked(identifier=each.identifier, version=each.version, items=dict.fromkeys(each.item_keys, at))
        for each in applying
    ]


def _promote(run: int, place: int, leader: User) -> RunIn:
    live = _live(run)
    services.promote(
        live=live, actor=leader, expected=current_seq(), notes="a long run of its fill", act=_act("promote", place)
    )
    return RunIn(run=run, reconstruction="express")


def _review(runs: Sequence[int], leader: User) -> None:
    """All but the newest are approved, and one is sent back."""
    for place, run in enumerate(runs[:-6]):
        said = ("sent back", "are LS 20-30 noisy too?") if place == 9 else ("approved", "")
        services.review(
            live=_live(run), outcome=said[0], comment=said[1], actor=leader, expected=current_seq(),
            act=_act("review", place),
        )  # fmt: skip


def _live(run: int) -> Certification:
    return Certification.objects.get(run=run, workspace="tracker", reconstruction="express")

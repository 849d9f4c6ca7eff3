"""Reading: what is to be certified, what was, with what it may be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Protocol

from django.db.models import Count, Max
from django.db.models.fields.json import KT
from django.utils import timezone
from pydantic import JsonValue

from lumicert.catalogue.selectors import checklists_for, problems, reasons
from lumicert.certification.checking import Given
from lumicert.certification.comparing import COUNTERPARTS, Difference, differences
from lumicert.certification.events import RECONSTRUCTIONS, RunIn
from lumicert.certification.judging import Word
from lumicert.certification.models import Certification, Reference, Withdrawn
from lumicert.certification.workspaces import RUN_TYPES, Workspace, workspace
from lumicert.decisions.models import Event
from lumicert.decisions.ranges import Ranges
from lumicert.rules.reconstruction import Reconstruction, reconstruction_of
from lumicert.runs.amounts import in_pb
from lumicert.runs.models import Fill, Run
from lumicert.runs.selectors import datasets_of_run
from lumicert.shell.templatetags.lumicert_ui import CERN

# what a certification wants to know of a run; without a fill and its luminosity cosmics are complete
_WANTED = ("start_time", "b_field", "hlt_key")
_WANTED_OF_COLLISIONS = ("fill", "recorded", "energy")


class CannotBeCertified(ValueError):
    """Why a run cannot be certified as asked; `missing` names what has to be known first."""

    def __init__(self, message: str, missing: str) -> None:
        self.missing = missing
        super().__init__(message)


@dataclass(frozen=True)
class Subject:
    """What is certified: a run in one reconstruction by its dataset, in one workspace. It is fixed as a form opens."""

    row: Run
    reconstruction: Reconstruction
    dataset: str
    workspace: str
    lumis: Ranges
    is_registered: bool

    @property
    def run(self) -> int:
        return self.row.run

    @cached_property
    def of(self) -> Workspace:
        """The workspace."""
        return workspace(self.workspace)

    @cached_property
    def facts(self) -> dict[str, JsonValue]:
        """What the form shows of the run, in the units of the names: B field in T, luminosity in inverse picobarns."""
        row = self.row
        recorded = None if row.recorded is None else str(in_pb(row.recorded).normalize())
        return {
            "run_type": row.run_type, "b_field": row.b_field, "fill_type": row.fill_type_runtime or None,
            "n_ls": row.n_ls, "recorded": recorded, "energy": row.energy, "fill": row.fill,
        }  # fmt: skip

    @property
    def missing(self) -> list[str]:
        """What nobody told of the run yet."""
        wanted = (*_WANTED, *(_WANTED_OF_COLLISIONS if self.row.run_type == "collisions" else ()))
        return [name for name in wanted if getattr(self.row, name) in (None, "")]


def subject(*, run: int, reconstruction: str, dataset: str | None = None, of: str = "tracker") -> Subject:
    """What is to be certified.

    Args:
        dataset: of the run's datasets of that reconstruction, when there are several, or one that nobody told of.

    Raises:
        CannotBeCertified: the run, its type, its lumisections or its dataset are not known.
    """
    row = Run.objects.filter(run=run).first()
    if row is None:
        raise CannotBeCertified(f"Run {run} is not known here.", "run")
    if reconstruction not in RECONSTRUCTIONS:
        known = ", ".join(RECONSTRUCTIONS)
        raise CannotBeCertified(f"There is no reconstruction {reconstruction!r}; there are {known}.", "reconstruction")
    if row.run_type not in RUN_TYPES:
        raise CannotBeCertified(f"Nobody knows whether run {run} is of collisions or cosmics.", "run_type")
    registered = {each.dataset: each.lumis for each in datasets_of_run(run)}
    of_it = [name for name in registered if reconstruction_of(name) == reconstruction]
    chosen = dataset or (of_it[0] if of_it else None)
    if chosen is None:
        raise CannotBeCertified(f"Run {run} has no {reconstruction} dataset yet.", "dataset")
    if reconstruction_of(chosen) != reconstruction:
        raise CannotBeCertified(f"{chosen} is no dataset of {reconstruction}.", "dataset")
    lumis = registered.get(chosen) or (((1, row.n_ls),) if row.n_ls else ())
    if not lumis:
        raise CannotBeCertified(f"Nobody knows how many lumisections run {run} has.", "n_ls")
    return Subject(row, reconstruction, chosen, workspace(of).name, lumis, chosen in registered)


def live(of: Subject) -> Certification | None:
    """The live certification."""
    return live_of(of.run, of.workspace, of.reconstruction)


def live_of(run: int, of: str, reconstruction: str) -> Certification | None:
    """The live certification of a run in one reconstruction."""
    return Certification.objects.filter(run=run, workspace=of, reconstruction=reconstruction).first()


def certifications_of_run(run: int) -> list[Certification]:
    """The live certifications of a run, in the order in which reconstructions come."""
    found = Certification.objects.filter(run=run)
    return sorted(found, key=lambda each: [*map(str, RECONSTRUCTIONS)].index(each.reconstruction))


def counterpart(of: Subject) -> Certification | None:
    """The express certification beside a prompt one, and the other way round."""
    other = COUNTERPARTS.get(of.reconstruction)
    return live_of(of.run, of.workspace, other) if other else None


def today() -> date:
    """The day at CERN, which is what shifts go by."""
    return timezone.now().astimezone(CERN).date()


def given(of: Subject, words: dict[str, Word] | None = None) -> Given:
    """What a certification is checked against. The differences from its counterpart need its words."""
    problem_names: dict[str, list[str]] = {}
    for each in problems(components=of.of.components):
        problem_names.setdefault(each.component, []).append(each.name)
    applying = checklists_for(run_type=of.row.run_type, reconstruction=of.reconstruction, components=of.of.components)
    recorded = of.facts["recorded"]
    other = counterpart(of) if words else None
    return Given(
        workspace=of.of,
        run=of.run,
        reconstruction=of.reconstruction,
        run_type=of.row.run_type,  # type: ignore[arg-type]  # `subject` has checked it
        lumis=of.lumis,
        today=today(),
        recorded=None if recorded is None else Decimal(str(recorded)),
        references={reference.is_of: reference.run_type for reference in references(of.workspace)},
        problems={part.key: problem_names.get(part.component, []) for part in of.of.parts},
        reasons=[each.name for each in reasons()],
        items={(each.identifier, each.version): each.item_keys for each in applying},
        counterpart=other.reconstruction if other else "",
        differences=_differences(of, words, other) if other and words else (),
    )


def _differences(of: Subject, words: dict[str, Word], other: Certification) -> list[Difference]:
    return differences(
        words=words,
        facts=of.facts,
        other_words={part.key: word for part, word in other.words},
        other_facts=other.rest.get("facts", {}),
        labels={part.key: part.label for part in of.of.parts},
    )


def history(run: int, of: str, reconstruction: str) -> list[Event]:
    """Every event of the certification of a run in one reconstruction, newest first."""
    kinds = ("certification.made", "certification.withdrawn", "certification.reviewed")
    same = {"payload__workspace": of, "payload__reconstruction": reconstruction}
    return list(Event.objects.filter(run=run, kind__in=kinds, **same).order_by("-seq"))


def withdrawn() -> list[Withdrawn]:
    """What was withdrawn and not made again, newest first."""
    return list(Withdrawn.objects.order_by("-seq"))


# ---- reference runs ----


@dataclass(frozen=True, slots=True)
class KnownReference:
    """A reference run with what a shifter chooses it by; energy in GeV, B field in T."""

    is_of: RunIn
    run_type: str
    klass: str
    b_field: float | None
    energy: float | None
    era: str
    peak_pileup: float | None
    bunches: int | None
    apv_mode: str
    start: datetime | None
    notes: str
    first_run: int | None
    last_run: int | None
    uses: int
    last_used: int | None

    @property
    def key(self) -> str:
        """As a form names it: `321123 express`."""
        return str(self.is_of)


def is_reference(run: int, of: str, reconstruction: str) -> bool:
    """Whether it is a reference run now."""
    return Reference.objects.filter(run=run, workspace=of, reconstruction=reconstruction).exists()


def references(of: str) -> list[KnownReference]:
    """All reference runs of a workspace, newest run first: four queries."""
    rows = list(Reference.objects.filter(workspace=of).order_by("-run", "reconstruction"))
    told = Run.objects.annotate(apv_mode=KT("attributes__apv_mode")).defer("attributes", "units")
    runs = told.in_bulk([row.run for row in rows])
    fills = Fill.objects.in_bulk({run.fill for run in runs.values() if run.fill is not None})
    used = _uses(of)
    return [_known(row, runs.get(row.run), fills, used) for row in rows]


def _known(row: Reference, run: Run | None, fills: dict[int, Fill], used: dict[tuple[int, str], Any]) -> KnownReference:
    fill = fills.get(run.fill) if run is not None and run.fill is not None else None
    uses, last_used = used.get((row.run, row.reconstruction), (0, None))
    return KnownReference(
        is_of=RunIn.model_validate({"run": row.run, "reconstruction": row.reconstruction}),
        run_type=run.run_type if run else "",
        klass=run.klass if run else "",
        b_field=run.b_field if run else None,
        energy=run.energy if run else None,
        era=fill.era if fill else "",
        peak_pileup=fill.attributes.get("peak_pileup") if fill else None,
        bunches=fill.bunches if fill else None,
        apv_mode=getattr(run, "apv_mode", None) or "",
        start=run.start_time if run else None,
        notes=row.notes,
        first_run=row.first_run,
        last_run=row.last_run,
        uses=uses,
        last_used=last_used,
    )


def _uses(of: str) -> dict[tuple[int, str], tuple[int, int]]:
    """How often each was compared with in live certifications, and the latest run that was."""
    found = (
        Certification.objects.filter(workspace=of, reference_run__isnull=False)
        .values("reference_run", "reference_reconstruction")
        .annotate(uses=Count("run"), latest=Max("run"))
    )
    return {
        (each["reference_run"] or 0, each["reference_reconstruction"] or ""): (each["uses"], each["latest"])
        for each in found
    }


class Recommender(Protocol):
    """Orders reference runs for a run, the best first."""

    name: str

    def recommend(self, of: Subject, among: Sequence[KnownReference]) -> list[KnownReference]:
        """Those that match, the best first."""

    def chooses(self, of: Subject) -> str:
        """The key of the one that a form may choose by itself; empty where nothing speaks for one."""


class MostRecentlyUsed:
    """The reference that the latest run of the same class and reconstruction before this one was compared with.

    This simple rule picked what shift leaders picked in 93 % of 9,208 historic cases: another has to beat it.
    """

    name = "used last for this class"

    def recommend(self, of: Subject, among: Sequence[KnownReference]) -> list[KnownReference]:
        """Those of the same type of run, that one first, then as they were used, then the newest."""
        matching = [
            each for each in among if each.run_type == of.row.run_type and each.key != f"{of.run} {of.reconstruction}"
        ]
        latest = self.chooses(of)
        return sorted(matching, key=lambda each: (each.key != latest, -(each.last_used or 0), -each.is_of.run))

    def chooses(self, of: Subject) -> str:
        """The reference of the latest run of the same class and reconstruction before this one."""
        same_class = Run.objects.filter(klass=of.row.klass, run_type=of.row.run_type).values("run")
        found = (
            Certification.objects.filter(
                workspace=of.workspace,
                reconstruction=of.reconstruction,
                run__lt=of.run,
                run__in=same_class,
                reference_run__isnull=False,
            )
            .order_by("-run")
            .values_list("reference_run", "reference_reconstruction")
            .first()
        )
        return f"{found[0]} {found[1]}" if found else ""

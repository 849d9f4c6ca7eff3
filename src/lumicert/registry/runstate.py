"""How complete what is known of a run or a fill is: still growing, ended, final, or not from a source at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from lumicert.decisions.models import Event
from lumicert.runs.values import TYPED, Provenance


@dataclass(frozen=True, slots=True)
class Completeness:
    """What the last report said of the whole. `state` is going, ended or final; `by hand` or `imported` without one."""

    state: str
    report: Event | None
    typed_by: str = ""

    @property
    def live(self) -> bool:
        """Whether more is expected of the source."""
        return self.state != "final"


def completeness(values: Iterable[Provenance], report: Event | None) -> Completeness:
    """Of all values of a run or a fill, and the last report of it as a whole."""
    if report is not None:
        return Completeness(str(report.payload["state"]), report)
    typed = [word for each in values for word in each.words if word.layer == TYPED and not word.taken_back]
    return Completeness("by hand", None, typed[0].by) if typed else Completeness("imported", None)


# a report that says nothing but that the run has ended brings no value, and is therefore in the provenance of none
def report_of_run(run: int, *, at: int | None = None) -> Event | None:
    """The last word of a source on a run as a whole, now or as of an event."""
    return _last(Event.objects.filter(run=run, kind="run.reported"), at)


def report_of_fill(fill: int) -> Event | None:
    """The last word of a source on a fill as a whole."""
    # the expression of the index, whose casts Django's own lookups do not write
    of_fill = Event.objects.extra(where=["(payload->>'fill')::int = %s"], params=[fill])
    return _last(of_fill.filter(kind="fill.reported"), None)


def _last(events: QuerySet[Event], at: int | None) -> Event | None:
    return (events if at is None else events.filter(seq__lte=at)).order_by("-seq").first()

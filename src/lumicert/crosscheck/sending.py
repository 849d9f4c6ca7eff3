"""Sending what waits in the outbox to the registry outside: in order for each dataset, and read back afterwards.

Writing there twice is writing once, so that whoever is killed in between sends it again. What the registry is down for
waits, longer each time; what it refuses waits for a person.
"""

from __future__ import annotations

import random
import time
from datetime import timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from lumicert.crosscheck import comparing, seeing
from lumicert.crosscheck.comparing import Said
from lumicert.crosscheck.models import Delivery
from lumicert.crosscheck.seeing import Batch, Registry
from lumicert.decisions import ranges
from lumicert.runs import outside
from lumicert.sources.errors import SourceChanged, SourceError, SourceRefused
from lumicert.sources.run_registry.models import Stretch

_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=15)
# an outage is looked for anew soon: the client asks a source that is down once in a while only, whoever sends
_LONGEST_OUTAGE = timedelta(minutes=2)
# what waits for the same outage is not sent all at the same moment when it is over
_JITTER = (0.75, 1.25)
# its own word for a dataset of which the DQM GUI has nothing yet; it can be edited when that comes
_WAITING = "waiting"
_ARRIVES_WITHIN = timedelta(days=3)
_ARRIVES = "The dataset has not arrived there yet, so that this is sent again by itself."
_OURS = "An error of ours. The log of the worker has the details; it is sent again later."
# what is neither a registry that fails nor a database that is away
_UNEXPECTED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
State = Delivery.State


class _Differs(Exception):
    """What was written there is not what is read there."""


def send_due(registry: Registry, seconds: float = 20.0) -> int:
    """Send what is due, oldest first, for a while or until the registry is down; the number that was delivered."""
    until, delivered = time.monotonic() + seconds, 0
    while time.monotonic() < until and (delivery := _next()):
        try:
            delivered += _send(registry, delivery)
        except _Differs as error:
            _end(delivery, State.REFUSED, str(error))
        except SourceError as error:
            if isinstance(error, SourceRefused) and error.source == outside.RUN_REGISTRY:
                _refused(registry, delivery, error)
                continue
            _wait(delivery, str(error), changed=isinstance(error, SourceChanged))
            # without the registry, or without a token for it, nothing else goes out either
            if not isinstance(error, SourceChanged):
                break
        except _UNEXPECTED:
            _wait(delivery, _OURS, changed=True)
            raise
    return delivered


def _next() -> Delivery | None:
    """The oldest that is due and has none before it that waits for the same dataset."""
    before = Delivery.objects.filter(
        run=OuterRef("run"), dataset=OuterRef("dataset"), state=State.WAITING, seq__lt=OuterRef("seq")
    )
    waiting = Delivery.objects.filter(state=State.WAITING, due_at__lte=timezone.now()).exclude(Exists(before))
    return waiting.order_by("seq").first()


def _send(registry: Registry, delivery: Delivery) -> bool:
    """Whether it was delivered: not where somebody gave it up meanwhile."""
    # before the first word: a worker that is killed behind it leaves it known that something may stand there
    Delivery.objects.filter(pk=delivery.pk, begun_at=None).update(begun_at=timezone.now())
    for place, (component, *stretch) in enumerate(delivery.stretches):
        if not _still_waits(delivery):
            return False
        try:
            registry.write(delivery.run, delivery.dataset, component, Stretch(*stretch))
        except SourceRefused:
            if not place and not delivery.tries:
                # of what was refused from the first word on nothing stands there
                Delivery.objects.filter(pk=delivery.pk).update(begun_at=delivery.begun_at)
            raise
    _verify(registry, delivery)
    _end(delivery, State.DELIVERED, "")
    _see(registry, delivery.run)
    return True


def _refused(registry: Registry, delivery: Delivery, error: SourceRefused) -> None:
    """It waits where the dataset only has not arrived there yet, for some days; else it waits for a person."""
    is_new = timezone.now() - delivery.made_at < _ARRIVES_WITHIN
    if is_new and not _has_arrived(registry, delivery):
        _wait(delivery, f"{error} {_ARRIVES}", changed=True)
    else:
        _end(delivery, State.REFUSED, str(error))


def _has_arrived(registry: Registry, delivery: Delivery) -> bool:
    try:
        there = registry.datasets(delivery.run, delivery.run)
    except SourceError:
        # nothing is known of it, so that its words count
        return True
    states = {each.name: each.states.get(delivery.workspace, "") for each in there}
    return not states.get(delivery.dataset, _WAITING).startswith(_WAITING)


def _still_waits(delivery: Delivery) -> bool:
    return Delivery.objects.filter(pk=delivery.pk, state=State.WAITING).exists()


def _verify(registry: Registry, delivery: Delivery) -> None:
    told = seeing.as_kept(delivery.run, registry.stretches(delivery.run, delivery.dataset))
    for component, written in _by_component(delivery).items():
        there = _within(comparing.of_stretches(told.get(component, [])), delivery, component)
        different = comparing.compare(written, there)
        if different.lumis:
            raise _Differs(
                f"Run Registry took it, and says something else of {component} in LS "
                f"{ranges.readable(different.lumis)}: somebody may have changed it there just now. "
                "Look there, then try again or give it up."
            )


def _by_component(delivery: Delivery) -> dict[str, Said]:
    rows: dict[str, list[list[Any]]] = {}
    for component, *stretch in delivery.stretches:
        rows.setdefault(component, []).append(stretch)
    return {component: comparing.of_stretches(stretches) for component, stretches in rows.items()}


def _within(there: Said, delivery: Delivery, component: str) -> Said:
    """Of what is said there, what is of the lumisections that were written."""
    written = ranges.canonical((first, last) for name, first, last, *_ in delivery.stretches if name == component)
    return {status: common for status, lumis in there.items() if (common := ranges.overlap(lumis, written))}


def _end(delivery: Delivery, state: State, failure: str) -> None:
    # unless somebody gave it up meanwhile
    waiting = Delivery.objects.filter(pk=delivery.pk, state=State.WAITING)
    at = {"delivered_at": timezone.now()} if state == State.DELIVERED else {}
    waiting.update(state=state, failure=failure, tries=F("tries") + 1, **at)


def _wait(delivery: Delivery, failure: str, *, changed: bool) -> None:
    # what changed helps nobody to send again soon
    pause = _LONGEST_PAUSE if changed else min(_LONGEST_OUTAGE, _FIRST_PAUSE * 2 ** min(delivery.tries, 10))
    due_at = timezone.now() + pause * random.uniform(*_JITTER)  # noqa: S311  (no secret)
    waiting = Delivery.objects.filter(pk=delivery.pk, state=State.WAITING)
    waiting.update(tries=F("tries") + 1, failure=failure, due_at=due_at)


def _see(registry: Registry, run: int) -> None:
    """The comparison is fresh at once; where that fails it is when the run's turn comes."""
    try:
        seeing.ask(registry, Batch((run,)))
    except SourceError:
        seeing.ask_again([run])

"""R2 and R4: whatever is said, undone, redone and rebuilt, the log agrees with a dictionary."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from lumicert.decisions import projections, selectors
from lumicert.decisions.kinds import NewEvent
from lumicert.decisions.models import Event, Layer, Origin
from lumicert.decisions.services import Act, ActRefused, Conflict, append, undo
from lumicert.decisions.tests.build import said

RUNS = (1, 2)
Stream = tuple[int, str, str, str]
State = dict[Stream, dict[int, str]]

lumis = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 4)), min_size=1, max_size=2).map(
    lambda found: [(first, first + more) for first, more in found]
)
saying = st.builds(
    lambda status, ranges, run, component, layer: said(status, *ranges, run=run, component=component, layer=layer),
    st.sampled_from(["GOOD", "BAD", "STANDBY", None]),
    lumis,
    st.sampled_from(RUNS),
    st.sampled_from(["tracker-pixel", "tracker-strip"]),
    st.sampled_from(list(Layer)),
)


def stream_of(event: NewEvent) -> Stream:
    return event.run, event.dataset, event.component, event.payload.layer.value


def sections(event: NewEvent) -> set[int]:
    return {ls for first, last in event.lumis for ls in range(first, last + 1)}


@dataclass(eq=False)
class Known:
    """What the model remembers of an act: where it spoke, and the state before and after it."""

    act: Act
    events: list[NewEvent]
    before: State
    after: State
    covered: set[tuple[Stream, int]]
    undoings: list[Known] = field(default_factory=list)

    @property
    def undone_by(self) -> Known | None:
        """The act that undid it, unless that was undone."""
        return next((undoing for undoing in self.undoings if undoing.undone_by is None), None)

    def spoke_where(self, event: NewEvent) -> bool:
        """Whether it spoke, in either layer, about lumisections of the event."""
        return any(stream[:3] == stream_of(event)[:3] and ls in sections(event) for stream, ls in self.covered)


def copy(state: State) -> State:
    return {stream: dict(by_ls) for stream, by_ls in state.items()}


def read(at: int | None = None) -> State:
    state: State = {}
    for item in (item for run in RUNS for item in selectors.standing(run=run, at=at)):
        by_ls = state.setdefault((item.run, item.dataset, item.component, item.layer.value), {})
        for first, last in item.lumis:
            assert not by_ls.keys() & set(range(first, last + 1)), "two statuses stand over one lumisection"
            by_ls.update(dict.fromkeys(range(first, last + 1), item.status))
    return state


class LogAndModel(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        self.state: State = {}
        self.acts: list[Known] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    def remember(self, act: Act, state: State, events: list[NewEvent], covered: set[tuple[Stream, int]]) -> Known:
        cleaned = {stream: by_ls for stream, by_ls in state.items() if by_ls}
        known = Known(act, events, copy(self.state), copy(cleaned), covered)
        self.acts.append(known)
        self.state = cleaned
        return known

    def said_in_model(self, events: list[NewEvent]) -> State:
        state = copy(self.state)
        for event in events:
            by_ls = state.setdefault(stream_of(event), {})
            for ls in sections(event):
                by_ls.pop(ls, None)
                if event.payload.status is not None:
                    by_ls[ls] = event.payload.status
        return state

    @property
    def last(self) -> int:
        return self.acts[-1].act.last if self.acts else 0

    @rule(events=st.lists(saying, min_size=1, max_size=4))
    def say(self, events: list[NewEvent]) -> None:
        act = append(events=events, actor=None, origin=Origin.IMPORT, expected=self.last)
        assert (act.first, act.last) == (self.last + 1, self.last + len(events))
        covered = {(stream_of(event), ls) for event in events for ls in sections(event)}
        self.remember(act, self.said_in_model(events), events, covered)

    @precondition(lambda self: self.acts)
    @rule(event=saying, data=st.data())
    def say_from_an_old_page(self, event: NewEvent, data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(self.acts)))
        expected = self.acts[index - 1].act.last if index else 0
        in_between = [known for known in self.acts[index:] if known.spoke_where(event)]
        if in_between:
            with pytest.raises(Conflict) as told:
                append(events=[event], actor=None, origin=Origin.PERSON, expected=expected)
            assert {later.act for later in told.value.later} == {known.act.id for known in in_between}
            return
        act = append(events=[event], actor=None, origin=Origin.PERSON, expected=expected)
        self.remember(act, self.said_in_model([event]), [event], {(stream_of(event), ls) for ls in sections(event)})

    @precondition(lambda self: self.acts)
    @rule(data=st.data())
    def undo_or_redo(self, data: st.DataObject) -> None:
        target = data.draw(st.sampled_from(self.acts))
        later = self.acts[self.acts.index(target) + 1 :]
        void = {id(one) for known in later if known.undone_by for one in (known, known.undone_by)}
        standing = [known for known in later if known.covered & target.covered and id(known) not in void]
        if target.undone_by:
            with pytest.raises(ActRefused, match="undone already"):
                undo(act=target.act.id, actor=None)
        elif standing:
            with pytest.raises(Conflict) as told:
                undo(act=target.act.id, actor=None)
            assert {event.act for event in told.value.later} == {known.act.id for known in standing}
        else:
            self.remember_undoing(undo(act=target.act.id, actor=None), target)

    def remember_undoing(self, act: Act, target: Known) -> None:
        state = copy(self.state)
        for stream, ls in target.covered:
            state.setdefault(stream, {}).pop(ls, None)
            if ls in target.before.get(stream, {}):
                state[stream][ls] = target.before[stream][ls]
        target.undoings.append(self.remember(act, state, [], target.covered))

    @precondition(lambda self: any(known.events for known in self.acts))
    @rule(data=st.data())
    def send_an_act_again(self, data: st.DataObject) -> None:
        known = data.draw(st.sampled_from([known for known in self.acts if known.events]))
        again = append(events=known.events, actor=None, origin=Origin.IMPORT, act=known.act.id)
        assert again == Act(known.act.id, known.act.first, known.act.last, repeated=True)

    @rule()
    def rebuild(self) -> None:
        projections.rebuild()

    @precondition(lambda self: self.acts)
    @rule(data=st.data())
    def look_back(self, data: st.DataObject) -> None:
        known = data.draw(st.sampled_from(self.acts))
        assert read(at=known.act.last) == known.after
        assert read(at=known.act.first - 1) == known.before
        time = Event.objects.get(seq=known.act.last).at
        # events of one act may share their microsecond with nothing behind them but the next act's
        assert read(at=selectors.seq_at(time)) in [one.after for one in self.acts if one.act.last >= known.act.last]

    @invariant()
    def the_state_is_the_models(self) -> None:
        assert read() == self.state
        assert selectors.current_seq() == self.last

    @rule()
    def acts_are_listed_with_what_undid_them(self) -> None:
        listed = {summary.id: summary.undone_by for summary in selectors.acts(limit=100)}
        assert listed == {known.act.id: undone_at(known) for known in self.acts}


def undone_at(known: Known) -> int | None:
    return known.undone_by.act.first if known.undone_by else None


@pytest.mark.django_db
def test_the_log_agrees_with_a_plain_model() -> None:
    run_state_machine_as_test(
        LogAndModel,
        settings=settings(max_examples=25, stateful_step_count=15, suppress_health_check=list(HealthCheck)),
    )

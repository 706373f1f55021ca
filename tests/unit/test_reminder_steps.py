"""Which reminder is due: the newest alone, each once, never one from before the rules."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from plugins.finance.reminders.reminder_steps import Schedule, Step

DUE = date(2026, 12, 13)
LONG_AGO = date(2000, 1, 1)
ALL = Schedule(
    {Step.BEFORE: 3, Step.FIRST: 1, Step.SECOND: 7, Step.THIRD: 14, Step.LAST: 30}, LONG_AGO
)


def days(away: int) -> date:
    return DUE + timedelta(days=away)


def test_each_step_has_its_day() -> None:
    due = {away: ALL.due(DUE, days(away), ()) for away in (-4, -3, 0, 1, 6, 7, 13, 14, 29, 30, 99)}
    assert due == {
        -4: None,
        -3: Step.BEFORE,
        0: Step.BEFORE,
        1: Step.FIRST,
        6: Step.FIRST,
        7: Step.SECOND,
        13: Step.SECOND,
        14: Step.THIRD,
        29: Step.THIRD,
        30: Step.LAST,
        99: Step.LAST,
    }


def test_what_was_sent_is_not_sent_again_and_nothing_before_it_is() -> None:
    assert ALL.due(DUE, days(8), {Step.SECOND}) is None
    assert ALL.due(DUE, days(8), {Step.THIRD}) is None
    assert ALL.due(DUE, days(8), {Step.BEFORE, Step.FIRST}) is Step.SECOND


def test_nobody_is_told_that_a_day_comes_near_once_it_is_over() -> None:
    only = Schedule({Step.BEFORE: 3}, LONG_AGO)
    assert only.due(DUE, DUE, ()) is Step.BEFORE
    assert only.due(DUE, days(1), ()) is None


def test_rules_reach_nobody_backwards() -> None:
    since = Schedule(ALL.days, days(8))
    assert since.due(DUE, days(8), ()) is None
    assert since.due(DUE, days(14), ()) is Step.THIRD
    assert since.following(DUE, days(8), ()) == (Step.THIRD, days(14))


def test_what_comes_next_is_said_with_its_day() -> None:
    assert ALL.following(DUE, days(-10), ()) == (Step.BEFORE, days(-3))
    assert ALL.following(DUE, days(-3), {Step.BEFORE}) == (Step.FIRST, days(1))
    assert ALL.following(DUE, days(2), ()) == (Step.FIRST, days(2))
    assert ALL.following(DUE, days(30), {Step.LAST}) is None
    assert Schedule({}, LONG_AGO).following(DUE, DUE, ()) is None


schedules = st.builds(
    lambda before, after, chosen, since: Schedule(
        {
            step: away
            for step, away in zip(Step, [before, *sorted(after)], strict=True)
            if step in chosen
        },
        DUE + timedelta(days=since),
    ),
    st.integers(1, 20),
    st.lists(st.integers(1, 60), min_size=4, max_size=4, unique=True),
    st.sets(st.sampled_from(Step)),
    st.integers(-80, 80),
)


@given(schedules, st.lists(st.integers(-30, 90), max_size=30))
def test_however_the_worker_runs_steps_go_out_in_order_each_once(
    schedule: Schedule, runs: list[int]
) -> None:
    sent: list[Step] = []
    for away in sorted(runs):
        step = schedule.due(DUE, days(away), sent)
        if step is not None:
            assert schedule.day_of(step, DUE) <= days(away)
            assert schedule.day_of(step, DUE) >= schedule.since
            sent.append(step)
    assert all(one.rank < later.rank for one, later in pairwise(sent))


@given(schedules, st.integers(-60, 120), st.integers(-100, 100))
def test_the_database_is_asked_for_what_is_due_and_for_nothing_else(
    schedule: Schedule, today: int, due: int
) -> None:
    due_on, now = DUE + timedelta(days=due), days(today)
    asked = [step for step, first, last in schedule.spans(now) if first <= due_on <= last]
    step = schedule.due(due_on, now, ())
    assert asked == ([] if step is None else [step])

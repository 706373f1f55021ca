"""Which reminder of a bill is due on a day, and which comes next. Pure.

A step is sent once for each day to pay by. Whoever was not reminded in time (the worker stood
still) is sent the newest step alone, never the ones before it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import zip_longest


class Step(StrEnum):
    """Reminders in their order: one before the last day to pay, the others after it."""

    BEFORE = "before"
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    LAST = "last"

    @property
    def rank(self) -> int:
        return RANKS[self]


RANKS: Mapping[Step, int] = {step: rank for rank, step in enumerate(Step)}


@dataclass(frozen=True)
class Schedule:
    """``days``: before the last day to pay for ``BEFORE``, after it for the others.

    ``since``: what would have been due before that day is not sent: rules reach nobody backwards.
    """

    days: Mapping[Step, int]
    since: date

    def day_of(self, step: Step, due_on: date) -> date:
        """When the step is sent for a bill to be paid by ``due_on``."""
        away = timedelta(days=self.days[step])
        return due_on - away if step is Step.BEFORE else due_on + away

    def steps(self) -> Iterator[Step]:
        """Those there are, in their order."""
        return (step for step in Step if step in self.days)

    def due(self, due_on: date, today: date, sent: Collection[Step]) -> Step | None:
        """What is to be sent ``today``: the newest step whose day has come, if it was not sent.

        Nobody is told that a day comes near once it is over.
        """
        come = [step for step in self.steps() if self.day_of(step, due_on) <= today]
        if not come:
            return None
        newest = come[-1]
        is_late = newest is Step.BEFORE and today > due_on
        is_old = self.day_of(newest, due_on) < self.since
        was_sent = any(step.rank >= newest.rank for step in sent)
        return None if is_late or is_old or was_sent else newest

    def following(
        self, due_on: date, today: date, sent: Collection[Step]
    ) -> tuple[Step, date] | None:
        """What comes next and on which day, ``today`` at the earliest; None: nothing more."""
        now = self.due(due_on, today, sent)
        if now is not None:
            return now, today
        last = max((step.rank for step in sent), default=-1)
        for step in self.steps():
            day = self.day_of(step, due_on)
            if step.rank > last and day > today and day >= self.since:
                return step, day
        return None

    def spans(self, today: date) -> Iterator[tuple[Step, date, date]]:
        """For each step, from and to which day to pay by it is due ``today``; both counted in."""
        steps = list(self.steps())
        for step, later in zip_longest(steps, steps[1:]):
            newest = self._paid_by(step, today)
            # what was due before ``since`` is left out, and what a later step has overtaken
            oldest = self._paid_by(step, self.since)
            if step is Step.BEFORE:
                oldest = max(oldest, today)
            if later is not None:
                oldest = max(oldest, self._paid_by(later, today) + timedelta(days=1))
            if oldest <= newest:
                yield step, oldest, newest

    def _paid_by(self, step: Step, day: date) -> date:
        """The day to pay by of which the step is sent on ``day``."""
        away = timedelta(days=self.days[step])
        return day + away if step is Step.BEFORE else day - away

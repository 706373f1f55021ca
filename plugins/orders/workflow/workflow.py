"""A workflow: the statuses of a provider's orders, and every step between them. Pure.

A status carries how it looks (``tone``, ``shape``) and what it means to the engine (``stage``), so
that no code names one. It is written in TOML (``workflow_file``), judged (``workflow_check``) and
built (``workflow_build``); ``plan`` answers from it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing_panel.kernel.language.text import Text, Titles
from billing_panel.kernel.process.lazy_values import kept_property
from billing_panel.kernel.values.actor import ActorKind
from billing_panel.kernel.values.calendar_dates import days_after
from plugins.orders.workflow.duration import split_duration
from plugins.orders.workflow.order_facts import BY_HAND, Trigger, Who
from plugins.orders.workflow.requirements import Asked
from plugins.orders.workflow.statuses.stage import Stage
from plugins.orders.workflow.statuses.status import LineStatus, Status
from plugins.orders.workflow.vocabulary import EffectInfo

# the effect after which no bill of the order is to be paid
VOIDS = "void_documents"


@dataclass(frozen=True)
class Permit:
    """Who may take a step: the system, or staff or users of the client who hold ``function``."""

    kind: ActorKind
    function: str | None = None

    def includes(self, who: Who) -> bool:
        """Whether ``who`` may, by kind and function."""
        return self.kind is who.kind and (self.function is None or self.function in who.functions)


@dataclass(frozen=True)
class Deadline:
    """``after`` that long in a status the system moves the order to ``target``.

    ``written``: the duration as ISO 8601, as the file has it.
    """

    after: timedelta
    written: str
    target: Status

    def due(self, since: datetime, timezone: str) -> datetime:
        """Its days are those of the calendar in ``timezone``; an hour is an hour."""
        days, time = split_duration(self.written)
        return days_after(since, days, timezone) + time


@dataclass(frozen=True)
class Leg:
    """An action that is taken before another, and who may take it by itself."""

    action: str
    by: tuple[Permit, ...]


@dataclass(frozen=True)
class Step:
    """One way from one status, and all that happens on it.

    ``effects`` are in their order, those on entering ``target`` included. ``through``: the status
    passed on the way (D12), ``legs``: what is taken on it. ``asks``: fields that may be filled in.
    ``deadline``: of ``target``, running from now; None also when the order stays, whose deadline
    runs on. ``after``: the step is itself the deadline of ``source``.
    """

    source: Status
    target: Status
    action: str
    by: tuple[Permit, ...]
    requires: tuple[Asked, ...] = ()
    asks: tuple[Asked, ...] = ()
    when: tuple[Asked, ...] = ()
    effects: tuple[str, ...] = ()
    through: Status | None = None
    legs: tuple[Leg, ...] = ()
    after: Deadline | None = None
    deadline: Deadline | None = None

    @property
    def stays(self) -> bool:
        """The order keeps its status; the step is one more entry of its history."""
        return self.source.key == self.target.key

    @property
    def trigger(self) -> Trigger:
        return Trigger(self.action, self.target.key if self.action == BY_HAND else None)

    @property
    def fields(self) -> tuple[Asked, ...]:
        """What is asked in place, the required ones first."""
        return tuple(asked for asked in (*self.requires, *self.asks) if asked.field)

    @property
    def takes_files(self) -> bool:
        """Files may come with what it asks."""
        return any(asked.field and asked.field.takes_files for asked in self.fields)

    def is_for(self, who: Who) -> bool:
        return any(permit.includes(who) for permit in self.by)


@dataclass(frozen=True)
class Entry:
    """Where a new order begins when the facts ``when`` hold, and what happens then."""

    status: Status
    effects: tuple[str, ...] = ()
    when: tuple[Asked, ...] = ()
    deadline: Deadline | None = None


@dataclass(frozen=True)
class Workflow:
    """``entries`` and ``steps`` are in the order in which they are tried; statuses in theirs (W2).

    ``actions``: the titles of the actions its steps name; ``aside``: those that lead off the good
    course. ``effects``: those it can have.
    ``method_when_paid``: an order may do without a payment method until it is paid (D5).
    ``delivering``: statuses in which lines are delivered, each with the facts that must hold.
    ``details_titles``: as the file has them (``Head``).
    """

    key: str
    titles: Mapping[str, str]
    statuses: tuple[Status, ...]
    entries: tuple[Entry, ...]
    steps: tuple[Step, ...]
    actions: Mapping[str, Text | Titles]
    effects: Mapping[str, EffectInfo]
    delivering: Mapping[str, tuple[Asked, ...]]
    line_statuses: tuple[LineStatus, ...] = ()
    split_by_availability: bool = False
    method_when_paid: bool = False
    details_titles: Mapping[str, str] | None = None
    aside: frozenset[str] = frozenset()

    @property
    def title(self) -> Titles:
        return Titles(self.titles)

    @property
    def entry(self) -> Entry:
        """Where an order begins of which nothing special is true."""
        return self.entries[-1]

    def status(self, key: str) -> Status:
        """Raises KeyError."""
        return self._statuses[key]

    def is_lasting(self, step: Step) -> bool:
        """It can't be undone: an effect of it can't, or the order is lost by it for good."""
        is_end = step.target.stage is Stage.LOST and step.target.is_final and not step.stays
        return is_end or any(self.effects[name].lasting for name in step.effects)

    def deadline(self, key: str) -> Deadline | None:
        """What the system does of itself with an order in the status ``key``."""
        return next((s.after for s in self.steps if s.after and s.source.key == key), None)

    def is_time_to_pay(self, key: str) -> bool:
        """The deadline of the status ``key`` annuls the bills: until then they are to be paid."""
        timed = (s for s in self.steps if s.after and s.source.key == key)
        return any(VOIDS in step.effects for step in timed)

    def steps_for(self, status: str, trigger: Trigger) -> tuple[Step, ...]:
        """Those that ``trigger`` may mean in ``status``, in the order in which they are tried."""
        return self._by_trigger.get((status, trigger.action, trigger.to), ())

    def steps_from(self, status: str) -> Mapping[Trigger, tuple[Step, ...]]:
        """What may be triggered in ``status``: actions in the file's order, then the drop-down.

        Statuses set by hand follow the order of the list of statuses (W2).
        """
        return self._by_status.get(status, {})

    @kept_property
    def _statuses(self) -> Mapping[str, Status]:
        return {status.key: status for status in self.statuses}

    @kept_property
    def _by_trigger(self) -> Mapping[tuple[str, str, str | None], tuple[Step, ...]]:
        found: dict[tuple[str, str, str | None], tuple[Step, ...]] = {}
        for step in self.steps:
            wanted: Iterable[str | None] = (
                (step.target.key,) if step.action == BY_HAND else (None, step.target.key)
            )
            for to in wanted:
                place = (step.source.key, step.action, to)
                found[place] = (*found.get(place, ()), step)
        return found

    @kept_property
    def _by_status(self) -> Mapping[str, Mapping[Trigger, tuple[Step, ...]]]:
        found: dict[str, dict[Trigger, tuple[Step, ...]]] = {}
        positions = {status.key: place for place, status in enumerate(self.statuses)}
        by_place = sorted(
            self.steps,
            key=lambda step: positions[step.target.key] if step.action == BY_HAND else -1,
        )
        for step in by_place:
            triggers = found.setdefault(step.source.key, {})
            triggers[step.trigger] = (*triggers.get(step.trigger, ()), step)
        return found

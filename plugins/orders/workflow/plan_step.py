"""Which step an order takes when something is asked of it, or why it takes none. Pure.

``plan`` finds the step a trigger means for whoever acts; ``available`` lists all they have. Every
step was made ready when the workflow was built, so that planning is looking up.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from billing_panel.kernel.language.errors import Reason
from billing_panel.kernel.language.text import AnyOf, Text, Titles, text
from billing_panel.kernel.values.actor import ActorKind
from plugins.orders.workflow.order_facts import BY_HAND, OrderFacts, Trigger, Who
from plugins.orders.workflow.requirements import Asked
from plugins.orders.workflow.statuses.status import Status
from plugins.orders.workflow.step_functions import step_refusal
from plugins.orders.workflow.workflow import Entry, Permit, Step, Workflow

STATUS_OFF = "status_off"
PEOPLE = frozenset({ActorKind.CLIENT, ActorKind.STAFF})


@dataclass(frozen=True)
class Refusal:
    """Why nothing happens. A field's reason has the place ``fields.NAME``."""

    reasons: tuple[Reason, ...]

    @property
    def missing_fields(self) -> bool:
        """Nothing but fields stands in the way: fill them in and ask again."""
        return all(reason.place for reason in self.reasons)


@dataclass(frozen=True)
class Offer:
    """What might be done: ``step`` may be taken now, once its fields are filled in, or ``reasons``.

    Where no step of several is possible, ``step`` is the last of them.
    """

    step: Step
    reasons: tuple[Reason, ...] = ()

    @property
    def allowed(self) -> bool:
        return not self.reasons


def plan(workflow: Workflow, facts: OrderFacts, trigger: Trigger, who: Who) -> Step | Refusal:
    """Raises KeyError when the workflow does not know the order's status."""
    steps = workflow.steps_for(facts.status, trigger)
    if not steps:
        return Refusal((_not_from_here(workflow, facts, trigger),))
    found = _choose(steps, facts, who)
    if isinstance(found, Refusal):
        return found
    if lacking := step_refusal(workflow, found, facts, who):
        return Refusal((lacking,))
    reasons = _unmet(found.requires, facts)
    return Refusal(tuple(reasons)) if reasons else found


def entry_for(workflow: Workflow, facts: OrderFacts) -> Entry:
    """Where a new order begins; ``facts.status`` is not looked at."""
    for entry in workflow.entries:
        if entry.status.enabled and not _unmet(entry.when, facts):
            return entry
    return workflow.entry


def available(workflow: Workflow, facts: OrderFacts, who: Who) -> tuple[Offer, ...]:
    """Everything a person may do from here, and with its reasons what ``who`` may not now.

    In the workflow's order. What is the system's alone is no offer to anybody else.
    """
    return tuple(
        _offer(workflow, steps, facts, who)
        for steps in workflow.steps_from(facts.status).values()
        if any(permit.kind in {who.kind} | PEOPLE for step in steps for permit in step.by)
    )


def available_by(workflow: Workflow, status: str, who: Who) -> frozenset[str]:
    """Names of the actions that are for ``who`` in ``status``, whatever the order is like."""
    return frozenset(
        trigger.action
        for trigger, steps in workflow.steps_from(status).items()
        if any(step.is_for(who) for step in steps)
    )


def _offer(workflow: Workflow, steps: Sequence[Step], facts: OrderFacts, who: Who) -> Offer:
    found = _choose(steps, facts, who)
    if isinstance(found, Refusal):
        return Offer(steps[-1], found.reasons)
    if lacking := step_refusal(workflow, found, facts, who):
        return Offer(found, (lacking,))
    asked_now = tuple(asked for asked in found.requires if asked.is_asked(facts))
    before = (asked.unmet_before(facts) for asked in found.requires)
    return Offer(replace(found, requires=asked_now), tuple(reason for reason in before if reason))


def _choose(steps: Sequence[Step], facts: OrderFacts, who: Who) -> Step | Refusal:
    """The first that is for ``who`` and whose conditions hold, if it can be entered."""
    own = [step for step in steps if step.is_for(who)]
    for step in own:
        if not _unmet(step.when, facts):
            off = not (step.target.enabled or step.stays)
            return Refusal((switched_off(step.target.title),)) if off else step
    if own:
        return Refusal(tuple(dict.fromkeys(r for step in own for r in _unmet(step.when, facts))))
    return Refusal((_not_for(who, steps),))


def _unmet(asked: Iterable[Asked], facts: OrderFacts) -> list[Reason]:
    return [reason for one in asked if (reason := one.unmet(facts))]


def _not_from_here(workflow: Workflow, facts: OrderFacts, trigger: Trigger) -> Reason:
    here = workflow.status(facts.status).title
    if trigger.action == BY_HAND:
        return _not_by_hand(workflow, facts, trigger)
    if trigger.action not in workflow.actions:
        return Reason(
            "not_from_here",
            text("Orders of this workflow have no such step."),
            text("Check what the order offers."),
        )
    froms = _titles(step.source for step in workflow.steps if _means(step, trigger))
    return Reason(
        "not_from_here",
        text(
            "“%(action)s” does nothing to an order that is “%(status)s”.",
            action=workflow.actions.get(trigger.action, trigger.action),
            status=here,
        ),
        text("It is for orders that are: %(statuses)s.", statuses=froms)
        if froms
        else text("No order of this workflow has it; check what the order offers."),
    )


def _means(step: Step, trigger: Trigger) -> bool:
    return step.action == trigger.action and trigger.to in {None, step.target.key}


def _not_by_hand(workflow: Workflow, facts: OrderFacts, trigger: Trigger) -> Reason:
    here = workflow.status(facts.status)
    known = {status.key: status.title for status in workflow.statuses}
    tos = _titles(
        step.target
        for step in workflow.steps
        if _means(step, Trigger(BY_HAND)) and step.source is here and step.target.enabled
    )
    return Reason(
        "not_by_hand",
        text(
            "“%(to)s” can’t be set by hand while the order is “%(status)s”.",
            to=known.get(trigger.to or "", trigger.to or "?"),
            status=here.title,
        ),
        text("Possible from here: %(statuses)s.", statuses=tos)
        if tos
        else text("Nothing can be set by hand from here; check what the order offers."),
    )


def _titles(statuses: Iterable[Status]) -> AnyOf | None:
    found = {status.key: status.title for status in statuses}
    return AnyOf(tuple(found.values())) if found else None


def switched_off(status: Titles) -> Reason:
    """Why no order enters ``status`` now (W1)."""
    return Reason(
        STATUS_OFF,
        text("“%(status)s” is switched off; no order can enter it.", status=status),
        text("Switch it on under Order statuses in the settings."),
    )


def _not_for(who: Who, steps: Sequence[Step]) -> Reason:
    permits = tuple(dict.fromkeys(permit for step in steps for permit in step.by))
    lacking = [p.function for p in permits if p.kind is who.kind and p.function]
    if lacking:
        return Reason(
            "function_not_held",
            text("This requires the function %(functions)s.", functions=AnyOf(lacking)),
            text("Ask whoever manages rights."),
        )
    return Reason(
        "not_for_you",
        text("This is for %(who)s.", who=AnyOf([*_names(permits)])),
        text("Wait for it, or ask for it."),
    )


def _names(permits: Iterable[Permit]) -> Iterator[Text]:
    titles = {
        ActorKind.CLIENT: text("the client"),
        ActorKind.STAFF: text("the staff"),
        ActorKind.SYSTEM: text("the system itself"),
    }
    for kind in dict.fromkeys(permit.kind for permit in permits):
        yield titles[kind]

"""Move an order along its workflow: a button, or a status set by hand.

1. The order is found in the actor's scope; pair, order and stock are locked.
2. Of two people who saw the same version the second is told, with nothing lost.
3. The workflow the order runs by plans the step, or says why not; the step is taken.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.kernel.input.visible_text import is_visible
from billing_panel.kernel.language.errors import Conflict, FieldError, FunctionNotHeld, Invalid
from billing_panel.kernel.language.text import AnyOf, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from plugins.orders.lifecycle.cover_debts import covering
from plugins.orders.lifecycle.transitions import go_on_paid, take_step
from plugins.orders.settlement.order_state import facts_of, fill_in, who_is
from plugins.orders.store.effect_context import Made
from plugins.orders.store.locked_order import lock_for_change
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import check_version
from plugins.orders.store.price_visibility import reasons_without_sums, telling
from plugins.orders.store.workflow_store import language_of_order, workflow_of
from plugins.orders.workflow.order_facts import Filled, Trigger
from plugins.orders.workflow.plan import Refusal, plan
from plugins.orders.workflow.requirements import CLIENT_TEXT
from plugins.orders.workflow.step_functions import EFFECT_NOT_HELD, MORE_THAN_LEFT
from plugins.orders.workflow.workflow import Stage, Step

LACKING = {FunctionNotHeld.code, EFFECT_NOT_HELD}


@dataclass(frozen=True)
class AdvanceOrder:
    """``action`` ``set`` with ``to``: a status set by hand. ``version``: the one looked at.

    ``places``: where the fields stand in the form of whoever asks (``Filled.places``).
    ``confirmed``: the mark of what a page said would follow, where it was asked once more.
    """

    order_id: int
    action: str
    to: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    version: int | None = None
    places: Mapping[str, str] | None = None
    confirmed: str | None = None


@dataclass(frozen=True)
class Planned:
    """A step that may be taken now with an order, which is locked, and what is written with it."""

    order: Order
    step: Step
    filled: Filled

    @property
    def is_lasting(self) -> bool:
        """The step can't be undone, so that it is asked for once more."""
        return workflow_of(self.order).is_lasting(self.step)


def advance_order(session: Session, command: AdvanceOrder, *, actor: Actor, clock: Clock) -> Order:
    """Raises NotFound, FunctionNotHeld, Invalid: ``missing_fields``, ``more_than_left``.

    And Conflict: ``stale_version``, ``transition_refused`` with the reasons.
    """
    planned = plan_step(session, command, actor=actor)
    take_planned(session, planned, actor=actor, at=clock.now())
    return planned.order


def plan_step(session: Session, command: AdvanceOrder, *, actor: Actor) -> Planned:
    """Locks the order, and writes nothing. Raises what ``advance_order`` raises."""
    order = lock_for_change(session, actor, command.order_id)
    return plan_locked(order, command, actor=actor)


def plan_locked(order: Order, command: AdvanceOrder, *, actor: Actor) -> Planned:
    """The same of an order that is locked. Raises what ``advance_order`` raises."""
    check_version(order, command.version)
    filled = _fill_in(order, command)
    trigger = Trigger(command.action, command.to)
    step = plan(workflow_of(order), facts_of(order, filled), trigger, who_is(actor))
    if isinstance(step, Refusal):
        raise refused(step, actor)
    _refuse_unasked(step, filled, language_of_order(order).vocabulary.beside)
    return Planned(order, step, filled)


def take_planned(session: Session, planned: Planned, *, actor: Actor, at: datetime) -> Made:
    """What the step made. Raises what effects raise."""
    order, step = planned.order, planned.step
    was_paid = order.is_paid
    with telling(actor), covering(session, order, actor=actor, at=at):
        made = take_step(session, order, step, planned.filled, actor=actor, at=at)
        became_paid = order.is_paid and not was_paid
        if became_paid or _waits_for_nothing(order, step):
            go_on_paid(session, order, actor=actor, at=at)
    return made


def _waits_for_nothing(order: Order, step: Step) -> bool:
    """What costs nothing came to where others wait for their payment."""
    return not step.stays and order.stage is Stage.NEW and order.total == order.points == 0


def refused(refusal: Refusal, actor: Actor) -> FunctionNotHeld | Invalid | Conflict:
    """A refusal of the workflow as whoever asks is told it."""
    first = refusal.reasons[0]
    if first.code in LACKING:
        functions = first.message.values["functions"]
        lacking = functions.values[0] if isinstance(functions, AnyOf) else functions
        return FunctionNotHeld(str(lacking))
    if refusal.missing_fields:
        errors = [FieldError(r.place, r.code, r.message) for r in refusal.reasons]
        too_much = first.code == MORE_THAN_LEFT
        return Invalid(errors, code=MORE_THAN_LEFT if too_much else "missing_fields")
    return Conflict(
        text("The order can’t move that way now."),
        code="transition_refused",
        reasons=reasons_without_sums(refusal.reasons, actor),
    )


def _refuse_unasked(step: Step, filled: Filled, beside: Collection[str]) -> None:
    """Nobody writes over what a step does not ask for; a reason may stand beside any.

    And so may words for the client, and what other plugins take beside.
    """
    asked = {field.name for field in step.fields} | {"reason", CLIENT_TEXT, *beside}
    errors = [
        FieldError(filled.place_of(name), "unasked_field", text("This is not needed here."))
        for name in filled.values
        if name not in asked
    ]
    if errors:
        raise Invalid(errors)


def _fill_in(order: Order, command: AdvanceOrder) -> Filled:
    """Without what was left empty. Raises Invalid for fields that no workflow asks."""
    errors = []
    known = language_of_order(order).vocabulary.fields
    typed = Filled(command.fields, command.places)
    for name, value in command.fields.items():
        if name not in known:
            message = text("There is no such field; use one of: %(known)s.", known=sorted(known))
            errors.append(FieldError(typed.place_of(name), "unknown_field", message))
        elif len(value) > known[name].most:
            message = text("At most %(most)s characters.", most=known[name].most)
            errors.append(FieldError(typed.place_of(name), "length", message))
    if errors:
        raise Invalid(errors)
    fields = {name: value.strip() for name, value in command.fields.items() if is_visible(value)}
    return fill_in(order, fields, command.places)

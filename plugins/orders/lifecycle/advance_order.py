"""Move an order along its workflow: a button, or a status set by hand.

1. The order is found in the actor's scope; pair, order and stock are locked.
2. Of two people who saw the same version the second is told, with nothing lost.
3. The workflow the order runs by plans the step, or says why not; the step is taken.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.kernel.files.attached_files import FIELD, AttachedFile
from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import Conflict, FieldError, FunctionNotHeld, Invalid
from billing_panel.kernel.language.text import AnyOf, text
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.clock import Clock
from plugins.orders.lifecycle.cover_debts import covering
from plugins.orders.lifecycle.take_step import go_on_paid, take_step
from plugins.orders.settlement.read_order_facts import facts_of, fill_in, who_is
from plugins.orders.store.effect_context import Made
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.models import Order
from plugins.orders.store.order_extensions import keeps_files
from plugins.orders.store.order_log import check_version
from plugins.orders.store.versions.workflow_store import language_of_order, workflow_of
from plugins.orders.store.visibility.price_visibility import reasons_without_sums, telling
from plugins.orders.workflow.order_facts import Filled, Trigger
from plugins.orders.workflow.plan_step import Refusal, plan
from plugins.orders.workflow.requirements import ACCEPT_DUPLICATE, CLIENT_TEXT, RECEIVED_ON
from plugins.orders.workflow.statuses.stage import Stage
from plugins.orders.workflow.step_functions import EFFECT_NOT_HELD, MORE_THAN_LEFT
from plugins.orders.workflow.workflow import Step

LACKING = {FunctionNotHeld.code, EFFECT_NOT_HELD}


@dataclass(frozen=True)
class AdvanceOrder:
    """``action`` ``set`` with ``to``: a status set by hand. ``version``: the one looked at.

    ``places``: where the fields stand in the form of whoever asks (``Filled.places``).
    ``confirmed``: the mark of what a page said would follow, where it was asked once more.
    ``files`` were taken by ``take_files``, and come with what is asked.
    """

    order_id: int
    action: str
    to: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    version: int | None = None
    places: Mapping[str, str] | None = None
    confirmed: str | None = None
    files: Sequence[AttachedFile] = ()


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
    planned = plan_locked(order, command, actor=actor)
    if command.files and not (planned.step.takes_files and keeps_files(session)):
        message = text("Files can’t be attached to this step.")
        raise Invalid([FieldError(FIELD, "unasked_field", message)])
    return planned


def plan_locked(order: Order, command: AdvanceOrder, *, actor: Actor) -> Planned:
    """The same of an order that is locked. Raises what ``advance_order`` raises."""
    check_version(order, command.version)
    filled = _fill_in(order, command)
    trigger = Trigger(command.action, command.to)
    step = plan(workflow_of(order), facts_of(order, filled), trigger, who_is(actor))
    if isinstance(step, Refusal):
        raise refused(step, actor)
    _refuse_unasked(
        step, filled, {*language_of_order(order).vocabulary.beside, *_dated(order, step, actor)}
    )
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


def _dated(order: Order, step: Step, actor: Actor) -> Collection[str]:
    """Staff may say of money that they take on which day it came, and that it is no other's."""
    known = workflow_of(order).effects
    pays = any(known[name].pays for name in step.effects)
    return {RECEIVED_ON, ACCEPT_DUPLICATE} if pays and actor.kind is not ActorKind.CLIENT else ()


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
    return fill_in(order, fields, command.places, command.files)

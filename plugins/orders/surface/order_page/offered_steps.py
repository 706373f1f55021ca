"""The steps an order offers now, sorted by how its page asks for them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from billing_panel.accounts.companies.provider_models import PaymentMethod
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.function_titles import with_titles
from plugins.orders.lifecycle.available_steps import offers_paying
from plugins.orders.store.models import Order
from plugins.orders.timeline.order_timeline import TimelineEntry
from plugins.orders.workflow.order_facts import BY_HAND
from plugins.orders.workflow.plan_step import Offer
from plugins.orders.workflow.statuses.stage import Stage
from plugins.orders.workflow.statuses.status import Status
from plugins.orders.workflow.step_functions import EFFECT_NOT_HELD
from plugins.orders.workflow.workflow import Workflow

PAY, REFUND = "pay", "refund"
OF_MONEY = (PAY, REFUND)
# what nobody is to be led to
NEVER_FIRST = frozenset({REFUND, "ask_return"})
# a slip is noticed soon, or is none
UNDO_WITHIN = timedelta(minutes=15)


@dataclass(frozen=True)
class Offers:
    """What may be done now, sorted by how it is asked for.

    ``buttons``: actions, those with fields open in place. ``by_hand``: targets of the drop-down.
    ``of_money``: paying and giving back, which stand beside what is paid. ``refused``: what this
    person may not do now, with its reasons. ``primary``: the first that neither gives the order up
    nor takes back one that is done.
    """

    buttons: Sequence[Offer]
    by_hand: Sequence[Offer]
    of_money: Sequence[Offer]
    refused: Sequence[Offer]
    primary: Offer | None


def offers_of(workflow: Workflow, found: Sequence[Offer]) -> Offers:
    """A status set by hand that needs fields is a button, unless a button leads there already."""
    allowed = [offer for offer in found if offer.allowed]
    actions = [offer for offer in allowed if offer.step.action != BY_HAND]
    reached = {offer.step.target.key for offer in actions if not offer.step.stays}
    set_by_hand = [offer for offer in allowed if offer.step.action == BY_HAND]
    with_fields = [
        offer for offer in set_by_hand if offer.step.fields and offer.step.target.key not in reached
    ]
    positions = {status.key: place for place, status in enumerate(workflow.statuses)}
    # giving the order up comes last
    buttons = sorted(
        [*actions, *with_fields], key=lambda offer: offer.step.target.stage is Stage.LOST
    )
    onward = (o for o in buttons if o.step.action == PAY or _goes_on(o))
    return Offers(
        buttons=[offer for offer in buttons if offer.step.action not in OF_MONEY],
        by_hand=sorted(
            (offer for offer in set_by_hand if not offer.step.fields),
            key=lambda offer: positions[offer.step.target.key],
        ),
        of_money=[offer for offer in buttons if offer.step.action in OF_MONEY],
        refused=[offer for offer in found if not offer.allowed and _is_told(offer)],
        primary=next((offer for offer in onward if offer.step.action not in NEVER_FIRST), None),
    )


def _is_told(offer: Offer) -> bool:
    """Of statuses set by hand only those that this person could set, but for what comes with it."""
    return offer.step.action != BY_HAND or offer.reasons[0].code == EFFECT_NOT_HELD


def _goes_on(offer: Offer) -> bool:
    here, there = offer.step.source.stage, offer.step.target.stage
    return there is not Stage.LOST and (here is not Stage.DONE or there is Stage.DONE)


def offers_shown(
    order: Order, actor: Actor, workflow: Workflow, methods: Sequence[PaymentMethod]
) -> Offers:
    """Those of ``actor``, who may pay by ``methods``; reasons name functions by their titles."""
    return offers_of(
        workflow,
        [
            replace(offer, reasons=tuple(with_titles(reason) for reason in offer.reasons))
            for offer in offers_paying(order, actor, methods)
        ],
    )


def undo_of(
    workflow: Workflow,
    offers: Offers,
    entries: Sequence[TimelineEntry],
    actor: Actor,
    now: datetime,
) -> Status | None:
    """The status in which the order was before the actor's own last step; None: no way back.

    It is the workflow's own way: a status that may be set by hand now, with nothing asked and
    nothing that can't be undone. ``entries``: what happened, oldest first.
    """
    moved = [entry for entry in entries if entry.status is not None]
    if not moved or moved[-1].user_id != actor.user_id or now - moved[-1].at > UNDO_WITHIN:
        return None
    before = moved[-2].status if len(moved) > 1 else workflow.entry.status.key
    back = (o.step for o in offers.by_hand if not o.step.stays and not workflow.is_lasting(o.step))
    return next((step.target for step in back if step.target.key == before), None)

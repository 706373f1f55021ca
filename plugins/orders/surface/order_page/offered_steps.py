"""What may be done with an order now, sorted by how its page asks for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.function_titles import with_titles
from plugins.orders.lifecycle.available_steps import offers_for
from plugins.orders.store.models import Order
from plugins.orders.workflow.order_facts import BY_HAND
from plugins.orders.workflow.plan import Offer
from plugins.orders.workflow.step_functions import EFFECT_NOT_HELD
from plugins.orders.workflow.workflow import Stage, Workflow

PAY, REFUND = "pay", "refund"
OF_MONEY = (PAY, REFUND)


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
        primary=next((offer for offer in onward if offer.step.action != REFUND), None),
    )


def _is_told(offer: Offer) -> bool:
    """Of statuses set by hand only those that this person could set, but for what comes with it."""
    return offer.step.action != BY_HAND or offer.reasons[0].code == EFFECT_NOT_HELD


def _goes_on(offer: Offer) -> bool:
    here, there = offer.step.source.stage, offer.step.target.stage
    return there is not Stage.LOST and (here is not Stage.DONE or there is Stage.DONE)


def offers_shown(session: Session, order: Order, actor: Actor, workflow: Workflow) -> Offers:
    """Those of ``actor``; reasons name functions by their titles, as pages do."""
    return offers_of(
        workflow,
        [
            replace(offer, reasons=tuple(with_titles(reason) for reason in offer.reasons))
            for offer in offers_for(session, order, actor)
        ],
    )

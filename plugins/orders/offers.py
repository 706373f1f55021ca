"""What a person may do with an order now, and why not the rest."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from billing_panel.kernel.actor import Actor
from plugins.orders.models import Order
from plugins.orders.order_state import facts_of, who_is
from plugins.orders.rules.plan import Offer, available, switched_off
from plugins.orders.workflow_store import status_rows, workflow_of


def offers_for(session: Session, order: Order, actor: Actor) -> Sequence[Offer]:
    """By the version the order runs by, but no way into what was switched off since."""
    off = {key for key, row in status_rows(session, order.provider_id).items() if not row.enabled}
    offers = available(workflow_of(order), facts_of(order), who_is(actor))
    return [
        replace(offer, reasons=(switched_off(offer.step.target.title),))
        if offer.allowed and not offer.step.stays and offer.step.target.key in off
        else offer
        for offer in offers
    ]

"""What a person may do with an order now, and why not the rest."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from billing_panel.accounts.access.fact_visibility import reasons_told
from billing_panel.kernel.values.actor import Actor
from plugins.orders.settlement.order_state import facts_of, who_is
from plugins.orders.settlement.payment_methods import NO_METHOD, payable_by
from plugins.orders.store.models import Order
from plugins.orders.store.price_visibility import reasons_without_sums
from plugins.orders.store.workflow_store import workflow_of
from plugins.orders.workflow.plan import Offer, available


def offers_for(session: Session, order: Order, actor: Actor) -> Sequence[Offer]:
    """By the version the order runs by, with its statuses as they are listed now (W1, W2).

    The reasons are as the actor may be told them.
    """
    workflow = workflow_of(order)
    offers: Sequence[Offer] = available(workflow, facts_of(order), who_is(actor))
    if not payable_by(session, order, actor):
        paying = {name for name, info in workflow.effects.items() if info.pays}
        offers = [_unpayable(offer) if _takes(offer, paying) else offer for offer in offers]
    return [_told(offer, actor) for offer in offers]


def _takes(offer: Offer, paying: set[str]) -> bool:
    return offer.allowed and not paying.isdisjoint(offer.step.effects)


def _unpayable(offer: Offer) -> Offer:
    """Whoever has nothing to pay out of, or may take nothing here, has it done elsewhere."""
    return replace(offer, reasons=(NO_METHOD,))


def _told(offer: Offer, actor: Actor) -> Offer:
    reasons = reasons_without_sums(offer.reasons, actor)
    return replace(offer, reasons=reasons_told(reasons, actor))

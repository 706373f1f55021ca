"""What a person may do with an order now, and why not the rest."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from billing_panel.accounts.facts import reasons_told
from billing_panel.kernel.actor import Actor
from plugins.orders.models import Order
from plugins.orders.order_state import facts_of, who_is
from plugins.orders.paying import NO_METHOD, payable_by
from plugins.orders.prices import reasons_without_sums
from plugins.orders.rules.plan import Offer, available, switched_off
from plugins.orders.workflow_store import status_rows, workflow_of


def offers_for(session: Session, order: Order, actor: Actor) -> Sequence[Offer]:
    """By the version the order runs by, but no way into what was switched off since.

    The reasons are as the actor may be told them.
    """
    off = {key for key, row in status_rows(session, order.provider_id).items() if not row.enabled}
    workflow = workflow_of(order)
    offers: Sequence[Offer] = available(workflow, facts_of(order), who_is(actor))
    offers = [_closed(offer) if _leads_to(offer, off) else offer for offer in offers]
    if not payable_by(session, order, actor):
        paying = {name for name, info in workflow.effects.items() if info.pays}
        offers = [_unpayable(offer) if _takes(offer, paying) else offer for offer in offers]
    return [_told(offer, actor) for offer in offers]


def _leads_to(offer: Offer, off: set[str]) -> bool:
    return offer.allowed and not offer.step.stays and offer.step.target.key in off


def _closed(offer: Offer) -> Offer:
    return replace(offer, reasons=(switched_off(offer.step.target.title),))


def _takes(offer: Offer, paying: set[str]) -> bool:
    return offer.allowed and not paying.isdisjoint(offer.step.effects)


def _unpayable(offer: Offer) -> Offer:
    """Whoever has nothing to pay out of, or may take nothing here, has it done elsewhere."""
    return replace(offer, reasons=(NO_METHOD,))


def _told(offer: Offer, actor: Actor) -> Offer:
    reasons = reasons_without_sums(offer.reasons, actor)
    return replace(offer, reasons=reasons_told(reasons, actor))

"""What a person may do with an order now, and why not the rest."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from billing_panel.accounts.access.guarded_fact_visibility import reasons_told
from billing_panel.accounts.companies.provider_models import PaymentMethod
from billing_panel.kernel.values.actor import Actor
from plugins.orders.settlement.allowed_payment_methods import NO_METHOD, payable_by
from plugins.orders.settlement.read_order_facts import facts_of, who_is
from plugins.orders.store.models import Order
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.store.visibility.price_visibility import reasons_without_sums
from plugins.orders.workflow.plan_step import Offer, available


def offers_for(session: Session, order: Order, actor: Actor, at: datetime) -> Sequence[Offer]:
    """By the version the order runs by, with its statuses as they are listed now (W1, W2).

    ``at``: when it is asked. The reasons are as the actor may be told them.
    """
    return offers_paying(order, actor, payable_by(session, order, actor, at))


def offers_paying(order: Order, actor: Actor, methods: Sequence[PaymentMethod]) -> Sequence[Offer]:
    """The same for whoever knows by which ``methods`` the actor may pay (``payable_by``)."""
    workflow = workflow_of(order)
    offers: Sequence[Offer] = available(workflow, facts_of(order), who_is(actor))
    if not methods:
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

"""By what an order may be paid, and by whom (D3, D11)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.accounts.clients import ForbiddenMethod, Membership
from billing_panel.accounts.providers import MethodKind, PaymentMethod
from billing_panel.kernel.actor import Actor
from plugins.orders.models import Order
from plugins.orders.money import HELD_IN


def methods_for(session: Session, order: Order, actor: Actor) -> Sequence[PaymentMethod]:
    """Those by which ``actor`` can pay the order now; never one the client's group may not use.

    The client himself pays out of what he has with the provider; what staff take is the provider's
    list. An outside payment system has a way of its own.
    """
    forbidden = _forbidden(session, order)
    is_client = actor.client_id is not None
    return [
        method
        for method in order.provider.payment_methods
        if method.key not in forbidden
        and method.kind is not MethodKind.CARD_GATEWAY
        and (method.kind is not MethodKind.POINTS or order.needed_points > 0)
        and (
            method.client_may_choose and method.kind in HELD_IN
            if is_client
            else method.staff_may_take
        )
    ]


def gateway_methods(session: Session, order: Order) -> Sequence[PaymentMethod]:
    """Those by which the client can leave for an outside payment system."""
    forbidden = _forbidden(session, order)
    return [
        method
        for method in order.provider.payment_methods
        if method.kind is MethodKind.CARD_GATEWAY
        and method.gateway is not None
        and method.client_may_choose
        and method.key not in forbidden
    ]


def _forbidden(session: Session, order: Order) -> set[str]:
    return set(
        session.scalars(
            select(ForbiddenMethod.method)
            .join(Membership, Membership.group_id == ForbiddenMethod.group_id)
            .where(
                Membership.client_id == order.client_id,
                Membership.provider_id == order.provider_id,
            )
        )
    )

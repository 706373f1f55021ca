"""Staff send a client's cart to them to approve, and the client approves it with one click.

What is approved is the cart as it was sent: one that was changed since has to be sent again. Where
the client may order all of it, approving places it; what only staff may order is approved by the
client and placed by staff (D2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import PaymentMethod
from billing_panel.kernel.language.errors import Conflict, NotFound, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import Money
from permissions.guard import require
from plugins.orders.checkout.checkout_context import go_shopping
from plugins.orders.checkout.place_order import PlaceOrder, place_order
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.locks.lock_sequence import lock_cart, lock_client
from plugins.orders.store.models import Order
from plugins.shop.cart.cart_approval_row import CartRequest
from plugins.shop.cart.cart_view import CartView, content_of, read_cart
from plugins.shop.shop_access import cart_owner

# who of the staff helps with carts
HELPING = (OrdersFunction.CART_CHANGE, OrdersFunction.CART_CHECKOUT)


@dataclass(frozen=True)
class RequestShown:
    """How it stands. ``is_stale``: the cart was changed since. ``method`` None: none was chosen."""

    asked_at: datetime
    method: PaymentMethod | None
    approved_at: datetime | None
    is_stale: bool


@dataclass(frozen=True)
class Approve:
    """``expected_total`` and ``expected_points``: what it cost when it was shown.

    ``terms``: the version of the provider's terms that was shown, and is accepted.
    """

    client_id: int
    provider: str
    expected_total: Money
    expected_points: int
    terms: str = ""


def send_to_approve(
    session: Session,
    client_id: int,
    provider_key: str,
    method: str | None,
    *,
    actor: Actor,
    clock: Clock,
) -> None:
    """Ask the client to approve the cart as it is; ``method``: how it is to be paid, by key.

    Raises FunctionNotHeld, NotFound for clients, Invalid, Refused ``cart_empty``.
    """
    require(actor, *HELPING)
    if actor.client_id is not None:
        raise NotFound
    lock_client(session, client_id)
    client, provider = cart_owner(session, actor, client_id, provider_key)
    lines = lock_cart(session, client.id, provider.id)
    if not lines:
        raise Refused(text("The client’s cart with this provider is empty."), code="cart_empty")
    at = clock.now()
    shopping = go_shopping(session, actor, client, provider, at=at)
    chosen = shopping.payment_method(method) if method else None
    _forget(session, client.id, provider.id)
    session.add(
        CartRequest(
            client_id=client.id,
            provider_id=provider.id,
            content=content_of(lines),
            asked_at=at,
            asked_by_id=actor.user_id,
            payment_method_id=chosen.id if chosen else None,
        )
    )
    _note(session, "cart.sent_to_approve", client.id, provider.id, actor, at)


def approve_cart(
    session: Session, command: Approve, *, actor: Actor, clock: Clock
) -> Sequence[Order]:
    """The orders placed; none where only staff may place what is approved.

    Raises FunctionNotHeld, NotFound, Conflict ``cart_changed`` or ``price_changed``, Refused
    ``nothing_to_approve``, and what ``place_order`` raises.
    """
    require(actor, OrdersFunction.CART_CHECKOUT)
    if actor.client_id is None:
        raise NotFound
    lock_client(session, command.client_id)
    client, provider = cart_owner(session, actor, command.client_id, command.provider)
    lines = lock_cart(session, client.id, provider.id)
    request = session.get(CartRequest, (client.id, provider.id))
    if request is None or request.approved_at is not None:
        raise Refused(text("There is nothing to approve."), code="nothing_to_approve")
    if request.content != content_of(lines):
        message = text(
            "The cart has been changed since it was sent to you; please look at it again."
        )
        raise Conflict(message, code="cart_changed")
    at = clock.now()
    cart = read_cart(session, go_shopping(session, actor, client, provider, at=at), actor)
    _note(session, "cart.approved", client.id, provider.id, actor, at)
    if is_for_staff(cart):
        request.approved_at, request.approved_by_id = at, actor.user_id
        return ()
    method = next((m for m in provider.payment_methods if m.id == request.payment_method_id), None)
    _forget(session, client.id, provider.id)
    placing = PlaceOrder(
        client_id=client.id,
        provider=provider.key,
        payment_method=method.key if method else _first_method(cart),
        whole_cart=True,
        expected_total=command.expected_total,
        expected_points=command.expected_points,
        terms=command.terms,
    )
    return place_order(session, placing, actor=actor, clock=clock)


def request_shown(session: Session, cart: CartView) -> RequestShown | None:
    """How the request for ``cart`` stands; None: it was not sent, or is over."""
    shopping = cart.shopping
    request = session.get(CartRequest, (shopping.client.id, shopping.provider.id))
    if request is None or not cart.positions:
        return None
    methods = {method.id: method for method in shopping.provider.payment_methods}
    return RequestShown(
        asked_at=request.asked_at,
        method=methods.get(request.payment_method_id or 0),
        approved_at=request.approved_at,
        is_stale=request.content != cart.content,
    )


def is_for_staff(cart: CartView) -> bool:
    """Something in it only staff may order."""
    return any(
        reason.code == "not_self_service" for one in cart.positions for reason in one.reasons
    )


def _first_method(cart: CartView) -> str | None:
    """By which the client pays where staff have chosen nothing: the first they may."""
    shopping = cart.shopping
    if shopping.workflow.method_when_paid:
        return None
    forbidden = shopping.facts.forbidden_methods
    offered = [m.key for m in shopping.methods if m.key not in forbidden]
    return offered[0] if offered else None


def _forget(session: Session, client_id: int, provider_id: int) -> None:
    session.execute(delete(CartRequest).filter_by(client_id=client_id, provider_id=provider_id))
    session.expire_all()


def _note(
    session: Session, kind: str, client_id: int, provider_id: int, actor: Actor, at: datetime
) -> None:
    record(
        session,
        kind,
        actor=actor,
        at=at,
        subject=("client", client_id),
        provider_id=provider_id,
        client_id=client_id,
    )

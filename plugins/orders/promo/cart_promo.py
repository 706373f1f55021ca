"""The promo code in a client's cart with a provider."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.clients_may_order import refuse_closed
from billing_panel.accounts.access.scope import find_client, provider_for
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.errors import FieldError, Invalid
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.cart.cart_log import CartAct, note_cart
from plugins.orders.functions import OrdersFunction
from plugins.orders.promo.promo_models import CartPromo
from plugins.orders.promo.promo_rules import PromoWish
from plugins.orders.promo.use_promo import find_promo, folded
from plugins.orders.store.locks.lock_sequence import lock_client


def code_in_cart(session: Session, client_id: int, provider_id: int) -> str | None:
    """The code that lies there; client and provider were found in scope. None: there is none."""
    return session.scalar(
        select(CartPromo.code).filter_by(client_id=client_id, provider_id=provider_id)
    )


def seen_code(
    session: Session, actor: Actor, client_id: int, provider: str | None
) -> tuple[Provider, str | None]:
    """The provider, and the code in the client's cart there.

    Raises FunctionNotHeld, NotFound, Refused ``provider_needed``.
    """
    require(actor, OrdersFunction.CART_READ)
    client = find_client(session, actor, client_id=client_id)
    found = provider_for(session, actor, client, provider)
    refuse_closed(found, actor)
    return found, code_in_cart(session, client.id, found.id)


def put_code_in(
    session: Session,
    client_id: int,
    provider: str | None,
    code: str,
    *,
    actor: Actor,
    clock: Clock,
) -> tuple[Provider, str | None]:
    """In place of the one that lay there; empty: it is taken out.

    Whether it may be used is said where the cart is quoted: a code that nobody has given out is
    refused. Raises FunctionNotHeld, NotFound, Invalid, Refused ``provider_needed`` or
    ``cart_too_busy``.
    """
    require(actor, OrdersFunction.CART_CHANGE)
    lock_client(session, client_id)
    client = find_client(session, actor, client_id=client_id)
    found = provider_for(session, actor, client, provider)
    refuse_closed(found, actor)
    wish = find_promo(session, client, found, code, actor=actor, at=clock.now())
    if wish is not None and wish.facts is None:
        raise Invalid([FieldError("promo_code", wish.unknown.code, wish.unknown.message)])
    before = code_in_cart(session, client.id, found.id)
    session.execute(delete(CartPromo).filter_by(client_id=client.id, provider_id=found.id))
    if wish is not None:
        session.add(CartPromo(client_id=client.id, provider_id=found.id, code=wish.code))
    if folded(before or "") != folded(wish.code if wish else ""):
        act = CartAct.CODE_ENTERED if wish else CartAct.CODE_REMOVED
        note_cart(session, act, client.id, found.id, actor, clock.now())
    return found, wish.code if wish else None


def take_code_out(
    session: Session, client_id: int, provider_id: int, used: PromoWish | None
) -> None:
    """The code was ``used`` by an order; another one stays in the cart."""
    there = code_in_cart(session, client_id, provider_id) if used else None
    if used and there is not None and folded(there) == folded(used.code):
        session.execute(delete(CartPromo).filter_by(client_id=client_id, provider_id=provider_id))

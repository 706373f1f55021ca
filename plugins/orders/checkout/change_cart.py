"""The client's own cart: add, change and take out positions.

Anything that makes sense may lie in a cart, also what the client may not order now; placing judges.
"""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import find_client, own_providers, provider_for
from billing_panel.accounts.access.self_ordering import open_to, refuse_closed
from billing_panel.accounts.firms.providers import Provider
from billing_panel.catalog.load_facts import tariffs
from billing_panel.catalog.rules.choose_line import WantedLine, choose
from billing_panel.catalog.rules.facts import Choice
from billing_panel.kernel.language.errors import Invalid, NotFound, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.lock_sequence import lock_cart_line, lock_client
from plugins.orders.store.models import CartLine

MAX_CART = 100


@dataclass(frozen=True)
class AddToCart:
    """``provider`` None: the client's only one."""

    client_id: int
    provider: str | None
    line: WantedLine


def add_to_cart(session: Session, command: AddToCart, *, actor: Actor, clock: Clock) -> CartLine:
    """Raises FunctionNotHeld, NotFound, Invalid, Refused ``cart_full``."""
    require(actor, OrdersFunction.CART_CHANGE)
    lock_client(session, command.client_id)
    client = find_client(session, actor, client_id=command.client_id)
    provider = provider_for(session, actor, client, command.provider)
    refuse_closed(provider, actor)
    choice = choose(tariffs(session, provider, [command.line.tariff]), command.line, "")
    if not isinstance(choice, Choice):
        raise Invalid(choice)
    there = select(func.count()).select_from(CartLine).filter_by(client_id=client.id)
    if (session.scalar(there) or 0) >= MAX_CART:
        raise Refused(
            text("The cart is full: it holds at most %(most)s items.", most=MAX_CART),
            code="cart_full",
        )
    line = CartLine(
        client_id=client.id,
        provider_id=provider.id,
        tariff_id=choice.tariff.id,
        months=choice.period.months,
        quantity=choice.quantity,
        options=dict(choice.options),
        tender=choice.tender,
        added_at=clock.now(),
    )
    session.add(line)
    session.flush()
    return line


def change_quantity(
    session: Session, client_id: int, line_id: int, quantity: int, *, actor: Actor
) -> CartLine:
    """``quantity`` from 1 to 100,000, checked where it is read. Raises NotFound."""
    line = _own_line(session, client_id, line_id, actor=actor)
    line.quantity = quantity
    return line


def take_out(session: Session, client_id: int, line_id: int, *, actor: Actor) -> None:
    """Raises FunctionNotHeld, NotFound."""
    session.delete(_own_line(session, client_id, line_id, actor=actor))


def _own_line(session: Session, client_id: int, line_id: int, *, actor: Actor) -> CartLine:
    require(actor, OrdersFunction.CART_CHANGE)
    lock_cart_line(session, client_id, line_id)
    client = find_client(session, actor, client_id=client_id)
    line = session.scalar(
        select(CartLine)
        .join(Provider, Provider.id == CartLine.provider_id)
        .where(
            CartLine.id == line_id,
            CartLine.client_id == client.id,
            own_providers(actor),
            open_to(actor),
        )
    )
    if line is None:
        raise NotFound(text("There is no such item in this client’s cart."))
    return line

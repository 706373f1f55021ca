"""Finding items in clients' carts, in scope."""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from billing_panel.accounts.access.clients_may_order import clients_may_order, open_to
from billing_panel.accounts.access.scope import find_client, own_providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.language.errors import FieldError, Invalid, NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.kept_by_actor import kept_by_actor
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.cart_line import CartLine


def cart_lines(
    session: Session, actor: Actor, client_id: int, provider: str | None = None
) -> Sequence[CartLine]:
    """Positions of the client's own cart with the actor's providers, oldest first (H8).

    Raises NotFound for a client where the ordering module is off (D1).
    """
    require(actor, OrdersFunction.CART_READ)
    client = find_client(session, actor, client_id=client_id)
    shops = [m.provider for m in client.memberships if provider in {None, m.provider.key}]
    if actor.client_id is not None and shops and not any(map(clients_may_order, shops)):
        raise NotFound
    return cart_of(session, actor, client, provider)


def cart_of(
    session: Session, actor: Actor, client: Client, provider: str | None = None
) -> Sequence[CartLine]:
    """The same of a client who was found in the actor's scope."""
    require(actor, OrdersFunction.CART_READ)
    found = session.scalars(_lines(actor), {"client_id": client.id}).all()
    if provider is None:
        return found
    meant = {m.provider_id for m in client.memberships if m.provider.key == provider}
    return [line for line in found if line.provider_id in meant]


@kept_by_actor
def _lines(actor: Actor) -> Select[CartLine]:
    return (
        select(CartLine)
        .join(Provider, Provider.id == CartLine.provider_id)
        .where(CartLine.client_id == bindparam("client_id"), own_providers(actor), open_to(actor))
        .options(joinedload(CartLine.tariff, innerjoin=True))
        .order_by(CartLine.id)
    )


@kept_by_actor
def cart_count(actor: Actor) -> Select[int]:
    """How many positions ``cart_of`` gives; ``client_id`` is its value."""
    require(actor, OrdersFunction.CART_READ)
    return (
        select(func.count().label("number"))
        .select_from(CartLine)
        .join(Provider, Provider.id == CartLine.provider_id)
        .where(CartLine.client_id == bindparam("client_id"), own_providers(actor), open_to(actor))
    )


def cart_with(session: Session, client_id: int, provider_id: int) -> Sequence[CartLine]:
    """The cart of a client with a provider, both found in scope, for who orders from it."""
    return session.scalars(
        select(CartLine)
        .filter_by(client_id=client_id, provider_id=provider_id)
        .options(joinedload(CartLine.tariff, innerjoin=True))
        .order_by(CartLine.id)
    ).all()


def refuse_foreign(there: Collection[int], line_ids: Iterable[int]) -> None:
    """Raises Invalid for positions that are not ``there``, in the cart with one provider."""
    foreign = sorted(set(line_ids) - set(there))
    if foreign:
        message = text(
            "These are not items in this client’s cart with this provider: %(ids)s.",
            ids=[str(line_id) for line_id in foreign],
        )
        raise Invalid([FieldError("line_ids", "unknown_cart_line", message)])

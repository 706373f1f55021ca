"""Row locks, taken in this order and no other, so that two actions never wait for each other:

0. the provider, to change its workflow
1. the pair (client, provider)   2. lines of the client's cart, then exceptions, by id
3. orders, by id   4. stock, by id   5. counters of document numbers
6. ledger accounts, by id (all of the provider's own together)

On SQLite a write transaction holds the whole database from BEGIN IMMEDIATE on; the same statements
run there without the lock clause.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session, joinedload

from billing_panel.accounts.clients import Membership
from billing_panel.accounts.providers import Provider
from billing_panel.catalog.models import BundlePart, Tariff
from plugins.orders.models import CartLine, Order, OrderLine

_NAMED = select(Tariff.id).where(
    Tariff.provider_id == bindparam("provider_id"),
    Tariff.key.in_(bindparam("keys", expanding=True)),
)
_PARTS = select(BundlePart.tariff_id).where(BundlePart.bundle_id.in_(_NAMED))
COUNTED = (
    select(Tariff.id)
    .where(or_(Tariff.id.in_(_NAMED), Tariff.id.in_(_PARTS)), Tariff.stock.is_not(None))
    .order_by(Tariff.id)
    .with_for_update()
)
_OF_ORDERS = select(OrderLine.tariff_id).where(
    OrderLine.order_id.in_(bindparam("order_ids", expanding=True))
)
COUNTED_OF_ORDERS = (
    select(Tariff.id)
    .where(
        or_(
            Tariff.id.in_(_OF_ORDERS),
            Tariff.id.in_(select(BundlePart.tariff_id).where(BundlePart.bundle_id.in_(_OF_ORDERS))),
            Tariff.id.in_(bindparam("held", expanding=True)),
        ),
        Tariff.stock.is_not(None),
    )
    .order_by(Tariff.id)
    .with_for_update()
)
PAIR = (
    select(Provider.credit_covers_debt)
    .join(Membership, Membership.provider_id == Provider.id)
    .where(
        Membership.client_id == bindparam("client_id"),
        Membership.provider_id == bindparam("provider_id"),
    )
    .with_for_update(of=Membership)
)
ORDERS = (
    select(Order.held)
    .where(Order.id.in_(bindparam("order_ids", expanding=True)))
    .order_by(Order.id)
    .with_for_update()
)
PAIRS = (
    select(Membership.client_id)
    .where(Membership.client_id == bindparam("client_id"))
    .order_by(Membership.provider_id)
    .with_for_update()
)


def lock_workflow(session: Session, provider: Provider) -> None:
    """Against others who change the workflow; orders, which refer to the provider, are not kept."""
    session.refresh(provider, with_for_update={"key_share": True})


def lock_membership(session: Session, client_id: int, provider_id: int) -> bool:
    """Whether what comes in on a balance there pays debts (``Provider.credit_covers_debt``)."""
    pair = {"client_id": client_id, "provider_id": provider_id}
    return session.scalar(PAIR, pair) or False


def lock_client(session: Session, client_id: int) -> None:
    """Every pair of the client, before anything of him is read; he may not even exist."""
    session.execute(PAIRS, {"client_id": client_id})


def lock_cart(session: Session, client_id: int, provider_id: int) -> Sequence[CartLine]:
    """The client's cart with the provider, oldest position first."""
    return session.scalars(
        select(CartLine)
        .filter_by(client_id=client_id, provider_id=provider_id)
        .options(joinedload(CartLine.tariff))
        .order_by(CartLine.id)
        .with_for_update(of=CartLine)
    ).all()


def lock_orders(session: Session, order_ids: Iterable[int]) -> None:
    """The orders, then their stock: of their lines, of the parts of bundles there, and what they
    hold.

    What they hold may be none of these any more, when a bundle has changed since.
    """
    ids = list(order_ids)
    held = {int(key) for kept in session.scalars(ORDERS, {"order_ids": ids}).all() for key in kept}
    session.execute(COUNTED_OF_ORDERS, {"order_ids": ids, "held": sorted(held)})


def lock_stock(session: Session, provider_id: int, tariff_keys: Iterable[str]) -> None:
    """The counted tariffs among ``tariff_keys`` and among the parts of bundles there."""
    session.execute(COUNTED, {"provider_id": provider_id, "keys": list(tariff_keys)})

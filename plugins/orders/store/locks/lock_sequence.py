"""Row locks, taken in this order and no other, so that two actions never wait for each other:

0. the provider: to change it or its workflow, or so that both stay as they are
1. the pair (client, provider)   2. lines of the client's cart, then exceptions, by id
3. orders, by id   4. stock, by id   5. a promo code   6. counters of document numbers
7. ledger accounts, by id (all of the provider's own together)

Each lets the session forget what it has read (``kernel.database.row_locks``).
"""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session, joinedload

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Membership
from billing_panel.catalog.models import BundlePart, Tariff
from billing_panel.kernel.database.row_locks import lock, lock_row, lock_rows
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.kept_by_actor import kept_by_actor
from plugins.orders.store.cart_line import CartLine
from plugins.orders.store.find_orders import no_order, own_orders
from plugins.orders.store.models import Order, OrderLine

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
COUNTED_TOGETHER = (
    select(Tariff.id)
    .where(
        or_(
            Tariff.id.in_(_NAMED),
            Tariff.id.in_(_PARTS),
            Tariff.id.in_(_OF_ORDERS),
            Tariff.id.in_(select(BundlePart.tariff_id).where(BundlePart.bundle_id.in_(_OF_ORDERS))),
            Tariff.id.in_(bindparam("held", expanding=True)),
        ),
        Tariff.stock.is_not(None),
    )
    .order_by(Tariff.id)
    .with_for_update()
)
PROVIDER = (
    select(Provider.credit_covers_debt)
    .where(Provider.id == bindparam("provider_id"))
    .with_for_update(read=True)
)
PAIR = (
    select(Membership.client_id)
    .where(
        Membership.client_id == bindparam("client_id"),
        Membership.provider_id == bindparam("provider_id"),
    )
    .with_for_update()
)
PAIRS_OF_PROVIDER = (
    select(Membership.client_id)
    .where(
        Membership.provider_id == bindparam("provider_id"),
        Membership.client_id.in_(bindparam("clients", expanding=True)),
    )
    .order_by(Membership.client_id)
    .with_for_update()
)
ORDERS = (
    select(Order.held)
    .where(Order.id.in_(bindparam("order_ids", expanding=True)))
    .order_by(Order.id)
    .with_for_update()
)
PROVIDERS = (
    select(Provider.key, Provider.id)
    .where(
        Provider.id.in_(
            select(Membership.provider_id).where(Membership.client_id == bindparam("client_id"))
        )
    )
    .order_by(Provider.id)
    .with_for_update(read=True)
)
PAIRS = (
    select(Membership.client_id)
    .where(Membership.client_id == bindparam("client_id"))
    .order_by(Membership.provider_id)
    .with_for_update()
)


def lock_workflow(session: Session, provider: Provider) -> None:
    """Against others who change the workflow; orders, which refer to the provider, are not kept."""
    lock_row(session, provider, key_share=True)


def lock_membership(session: Session, client_id: int, provider_id: int) -> bool:
    """The pair; whether what comes in on a balance there pays debts (``credit_covers_debt``).

    The provider's rules and its workflow stay as they are until commit.
    """
    covers = lock(session, PROVIDER, {"provider_id": provider_id})
    lock(session, PAIR, {"client_id": client_id, "provider_id": provider_id})
    return any(covers)


def lock_pair_of_order(session: Session, actor: Actor, order_id: int) -> tuple[int, int, bool]:
    """The pair of an order in scope: (client, provider) by id, and what ``lock_membership`` says.

    Neither changes while there is the order. Raises NotFound.
    """
    found = lock_rows(session, _provider_of_order(actor), {"order_id": order_id})
    if not found:
        raise no_order()
    ((client_id, provider_id, covers),) = found
    lock(session, PAIR, {"client_id": client_id, "provider_id": provider_id})
    return client_id, provider_id, covers


@kept_by_actor
def _provider_of_order(actor: Actor) -> Select[int, int, bool]:
    return (
        select(Order.client_id, Order.provider_id, Provider.credit_covers_debt)
        .join(Provider, Provider.id == Order.provider_id)
        .where(own_orders(actor), Order.id == bindparam("order_id"))
        .with_for_update(read=True, of=Provider)
    )


def lock_memberships(session: Session, client_ids: Iterable[int], provider_id: int) -> None:
    """Several pairs of one provider, by the client's id."""
    lock(session, PROVIDER, {"provider_id": provider_id})
    lock(session, PAIRS_OF_PROVIDER, {"provider_id": provider_id, "clients": [*client_ids]})


def lock_client(session: Session, client_id: int) -> Mapping[str, int]:
    """Every pair of the client, before anything of them is read; they may not even exist.

    The rules and workflows of their providers, ids by their keys, stay as they are until commit.
    """
    providers = lock_rows(session, PROVIDERS, {"client_id": client_id})
    lock(session, PAIRS, {"client_id": client_id})
    return {row.key: row.id for row in providers}


def lock_cart(session: Session, client_id: int, provider_id: int) -> Sequence[CartLine]:
    """The client's cart with the provider, oldest position first."""
    own = select(CartLine).filter_by(client_id=client_id, provider_id=provider_id)
    lock(session, own.with_only_columns(CartLine.id).order_by(CartLine.id).with_for_update())
    return session.scalars(own.options(joinedload(CartLine.tariff)).order_by(CartLine.id)).all()


def lock_cart_line(session: Session, client_id: int, line_id: int) -> None:
    """One position, if the client's cart has it."""
    own = select(CartLine.id).filter_by(client_id=client_id, id=line_id)
    lock(session, own.with_for_update())


def lock_orders(
    session: Session, order_ids: Iterable[int], beside: tuple[int, Sequence[str]] | None = None
) -> None:
    """The orders, then their stock: of their lines, of the parts of bundles there, and what they
    hold.

    What they hold may be none of these any more, when a bundle has changed since. ``beside``: of
    tariffs too that may come into an order, a provider's id and their keys.
    """
    ids = list(order_ids)
    held = {int(key) for kept in lock(session, ORDERS, {"order_ids": ids}) for key in kept}
    of_orders = {"order_ids": ids, "held": sorted(held)}
    if beside is None:
        lock(session, COUNTED_OF_ORDERS, of_orders)
    else:
        provider_id, keys = beside
        named = {"provider_id": provider_id, "keys": list(keys)}
        lock(session, COUNTED_TOGETHER, {**of_orders, **named})


def lock_stock(session: Session, provider_id: int, tariff_keys: Iterable[str]) -> None:
    """The counted tariffs among ``tariff_keys`` and among the parts of bundles there."""
    lock(session, COUNTED, {"provider_id": provider_id, "keys": list(tariff_keys)})

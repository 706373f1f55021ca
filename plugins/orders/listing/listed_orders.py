"""Orders as a list has them: found by their indexes, in the scope of whoever asks."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, select, union_all
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import own_providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.process.lazy_imports import Named
from billing_panel.kernel.values.actor import Actor
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.listing.order_filter import OrderFilter
from plugins.orders.store.find_orders import PROVIDER_OF_FOUND, own_orders
from plugins.orders.store.models import Order
from plugins.orders.store.order_extensions import unread_orders
from plugins.orders.store.plain_reading.told_orders import ToldOrder, told_orders
from plugins.orders.store.workflow_models import OrderStatus

# most lists are searched by no words
FOUND = Named[Callable[..., Sequence[int]]]("plugins.orders.store.order_search:orders_found")
FOUND_OF_CLIENT = Named[Callable[..., Sequence[int]]](
    "plugins.orders.store.order_search:orders_of_client_found"
)


def page_of(
    session: Session, actor: Actor, shown: OrderFilter, provider_ids: Sequence[int]
) -> Select[Any] | None:
    """Ids of the orders of the page, in their order; None: there can be none.

    ``provider_ids``: of the provider that is meant, else all in the scope of the actor. What is
    searched by words is found at once, everything else by the statement that is answered.
    """
    require(actor, OrdersFunction.HISTORY_READ)
    if shown.query:
        found = order_ids_found(session, actor, shown, shown.query)
        return _cut(shown, select(Order.id).where(Order.id.in_(found))) if found else None
    unread = unread_orders(session, actor, wanted=shown.unread)
    return page_of_indexes(actor, shown, provider_ids, unread)


def page_of_indexes(
    actor: Actor,
    shown: OrderFilter,
    provider_ids: Sequence[int],
    unread: Sequence[ColumnElement[bool]] = (),
) -> Select[Any] | None:
    """The same where nothing is searched by words. ``unread``: what ``shown`` means by that."""
    scope = own_orders(actor, None if shown.client_id is None else PROVIDER_OF_FOUND)
    pages = [*shown.pages(provider_ids, scope, unread)]
    if len(pages) < 2:
        return pages[0] if pages else None
    each = union_all(*(select(page.subquery().c.id) for page in pages))
    return _cut(shown, select(Order.id).where(Order.id.in_(each)))


def _cut(shown: OrderFilter, page: Select[Any]) -> Select[Any]:
    return shown.in_order(page).limit(shown.limit)


def meant_providers(session: Session, actor: Actor, shown: OrderFilter) -> Sequence[int]:
    """Ids of those in the actor's scope; of the one that is meant alone."""
    found = select(Provider.id).where(own_providers(actor)).order_by(Provider.id)
    if shown.provider is not None:
        found = found.where(Provider.key == shown.provider)
    return session.scalars(found).all()


def knows_status(session: Session, actor: Actor, key: str) -> bool:
    """Tell whether a provider in the actor's scope has such a status, switched off or not."""
    found = select(OrderStatus.id).join(Provider, Provider.id == OrderStatus.provider_id)
    found = found.where(OrderStatus.key == key, own_providers(actor)).limit(1)
    return session.scalar(found) is not None


def all_orders(session: Session, actor: Actor, shown: OrderFilter) -> Sequence[ToldOrder]:
    """Orders in scope, newest first, each with what belongs to it."""
    page = page_of(session, actor, shown, meant_providers(session, actor, shown))
    if page is None:
        return ()
    ids = plain(session, page, shown.values).scalars().all()
    rows = told_orders(session, ids)
    return rows if shown.after is None else rows[::-1]


def history(
    session: Session, actor: Actor, client: Client, shown: OrderFilter
) -> Sequence[ToldOrder]:
    """A client's orders, newest first (H6)."""
    return all_orders(session, actor, shown.of_client(client.id))


def order_ids_found(
    session: Session, actor: Actor, shown: OrderFilter, query: str
) -> Sequence[int]:
    """Ids of the orders in scope that ``query`` finds, newest first."""
    require(actor, OrdersFunction.HISTORY_READ)
    unread = unread_orders(session, actor, wanted=shown.unread)

    def narrow(page: Select[int]) -> Select[int]:
        return shown.narrow(page.where(*unread), own_orders(actor))

    if shown.client_id is None:
        return FOUND()(session, query, actor, narrow, before=shown.before, limit=shown.limit)
    return FOUND_OF_CLIENT()(
        session, query, actor, shown.client_id, narrow, before=shown.before, limit=shown.limit
    )

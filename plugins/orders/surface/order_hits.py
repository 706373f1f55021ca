"""Orders as the search shows them, and the new order that can be placed for a client it finds."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.client_search import clients_found, clients_named
from billing_panel.accounts.access.scope import seen_client
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.extension.hooks import Hit, SearchedKind
from billing_panel.kernel.language.text import Text, Titles, text
from billing_panel.kernel.tables.find_search_entries import Page
from billing_panel.kernel.values.actor import Actor
from permissions.guard import allows
from plugins.orders.functions import OrdersFunction
from plugins.orders.listing.listed_orders import order_ids_found
from plugins.orders.listing.order_filter import OrderFilter
from plugins.orders.store.find_orders import own_orders
from plugins.orders.store.models import Order, OrderLine, id_of_number, number_of
from plugins.orders.store.order_search import ORDER
from plugins.orders.store.workflow_models import OrderStatus

# lines of one order that are named, and clients for whom an order is offered
MOST_LINES, MOST_CLIENTS = 3, 3


def _orders(session: Session, query: str, actor: Actor, page: Page) -> Sequence[Hit]:
    if not allows(actor, OrdersFunction.HISTORY_READ):
        return ()
    named = id_of_number(query)
    shown = OrderFilter(before=page.before, limit=page.limit + 1)
    found = order_ids_found(session, actor, shown, query)
    others = [one for one in found if one != named]
    # whether it is the actor's to see is known by its row
    ids = [*([named] if named and page.before is None else ()), *others]
    if not ids:
        return ()
    rows = {row.id: row for row in session.execute(_read(actor, ids))}
    goods = _goods(session, ids)
    opens = allows(actor, OrdersFunction.ORDER_READ)
    hits = [
        Hit(
            id=one,
            title=text("№ %(number)s · %(goods)s", number=number_of(one), goods=goods.get(one, "")),
            note=_note(rows[one], actor),
            endpoint="order.details" if opens else "orders.history",
            values={"order_id": one} if opens else {"client_id": rows[one].client_id},
            named=one == named,
        )
        for one in ids
        if one in rows
    ]
    return hits[: page.limit]


def _read(actor: Actor, ids: Sequence[int]) -> Select[int, int, str, dict[str, str]]:
    return (
        select(Order.id, Order.client_id, Client.name, OrderStatus.titles)
        .join(Client, Client.id == Order.client_id)
        .join(OrderStatus, OrderStatus.id == Order.status_id)
        .where(own_orders(actor), Order.id.in_(ids))
    )


def _goods(session: Session, ids: Sequence[int]) -> Mapping[int, Sequence[object]]:
    """What was ordered: its first few lines, in words, by order."""
    lines = select(OrderLine.order_id, OrderLine.titles).where(OrderLine.order_id.in_(ids))
    goods = defaultdict[int, list[object]](list)
    for row in session.execute(lines.order_by(OrderLine.order_id, OrderLine.position)):
        if len(goods[row.order_id]) < MOST_LINES:
            goods[row.order_id].append(Titles(row.titles))
        elif goods[row.order_id][-1] != "…":
            goods[row.order_id].append("…")
    return goods


def _note(row: Row[int, int, str, dict[str, str]], actor: Actor) -> Text | Titles:
    status = Titles(row.titles)
    if actor.client_id is not None:
        return status
    return text("%(client)s · %(status)s", client=row.name, status=status)


def _new_orders(session: Session, query: str, actor: Actor, page: Page) -> Sequence[Hit]:
    """For staff who place orders, of the clients whom the words find first."""
    if actor.client_id is not None or page.before is not None:
        return ()
    if not allows(actor, OrdersFunction.ORDER_CREATE, OrdersFunction.CART_CHECKOUT):
        return ()
    ids = clients_named(session, query, actor) or clients_found(
        session, query, actor, Page(MOST_CLIENTS)
    )
    if not ids:
        return ()
    read = select(Client.id, Client.name).where(
        seen_client(actor), Client.id.in_(ids), Client.erased_at.is_(None)
    )
    return [
        Hit(
            id=row.id,
            title=text("New order for %(client)s", client=row.name),
            note="",
            endpoint="new_order.page",
            values={"client_id": row.id},
        )
        for row in session.execute(read.order_by(Client.id.desc()).limit(page.limit))
    ]


ORDERS_SEARCHED = (
    SearchedKind(ORDER, text("Orders"), "orders", _orders),
    SearchedKind("new_order", text("Actions"), "plus", _new_orders, is_action=True),
)

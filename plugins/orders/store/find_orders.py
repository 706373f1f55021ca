"""Reading orders and carts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from billing_panel.accounts.access.person_names import people
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.database.without_index import Unindexed
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import Titles, text
from billing_panel.kernel.values.actor import Actor, ActorKind
from billing_panel.kernel.values.kept_by_actor import kept_by_actor
from invoices.store.models import IssuedDocument
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.models import Order, OrderLine, id_of_number, number_of
from plugins.orders.store.order_claim import OrderClaim
from plugins.orders.store.payment import Payment
from plugins.orders.store.plain_reading.order_to_change import order_shown, order_where
from plugins.orders.store.workflow_models import OrderStatus
from plugins.orders.workflow.statuses.stage import Stage

LIVE = (Stage.NEW, Stage.OPEN)
# Written into the statement: PostgreSQL plans it once for every client, and has to see that few
# orders are live, or it reads all that somebody ever placed.
IS_LIVE = Order.stage.in_(bindparam("live", LIVE, expanding=True, literal_execute=True))
# As the index of due days has it (``models.ASKS_FOR_MONEY``), word for word.
ASKS_FOR_MONEY = or_(
    Order.owed > bindparam("nothing", 0, literal_execute=True),
    and_(Order.paid < Order.total, IS_LIVE),
)

BESIDE = (
    joinedload(Order.status, innerjoin=True),
    joinedload(Order.payment_method),
    joinedload(Order.provider, innerjoin=True),
)
# What is told of one that was placed; of documents not their whole content.
OF_PLACED = (
    *BESIDE,
    joinedload(Order.client, innerjoin=True),
    joinedload(Order.claim).joinedload(OrderClaim.user, innerjoin=True),
    selectinload(Order.lines).joinedload(OrderLine.tariff, innerjoin=True),
    selectinload(Order.taxes),
    selectinload(Order.documents).defer(IssuedDocument.content),
)


# A tab says "99+" for this many: counting a long history would cost more than showing it.
MAX_COUNT = 100


# the provider of orders that are found by something else
PROVIDER_OF_FOUND: ColumnElement[int] = Unindexed(Order.provider_id)


def own_orders(actor: Actor, provider: ColumnElement[int] | None = None) -> ColumnElement[bool]:
    """Condition on Order: with a provider the actor works for; a client's own.

    Whoever sees the provider sees its clients, so neither need be joined. ``provider``: that of
    the order, as ``PROVIDER_OF_FOUND``.
    """
    if actor.client_id is not None:
        return Order.client_id == actor.client_id
    if actor.provider_ids is None:
        return true()
    return (Order.provider_id if provider is None else provider).in_(actor.provider_ids)


def is_overdue(today: Mapping[int, date]) -> ColumnElement[bool]:
    """Condition on Order: it asks for money, and the last day of its bill is over.

    ``today``: which day it is where each provider is, by the provider's id.
    """
    by_day: dict[date, list[int]] = defaultdict(list)
    for provider_id, day in today.items():
        by_day[day].append(provider_id)
    late = (
        and_(Order.provider_id.in_(ids), Order.due_on < day) for day, ids in sorted(by_day.items())
    )
    return and_(ASKS_FOR_MONEY, or_(false(), *late))


def find_order(session: Session, actor: Actor, order_id: int) -> Order:
    """One order in scope, read anew (H7). Raises NotFound."""
    require(actor, OrdersFunction.ORDER_READ)
    order = order_shown(session, _one(actor), order_id)
    if order is None:
        raise no_order()
    return order


@kept_by_actor
def _one(actor: Actor) -> Select[*tuple[Any, ...]]:
    return order_where(own_orders(actor))


def no_order() -> NotFound:
    """It is not there, or not in the actor's scope."""
    return NotFound(text("No such order, or you don’t have access to it."))


def pair_of(session: Session, actor: Actor, order_id: int) -> tuple[int, int]:
    """(client, provider) of an order in scope, by id. Raises NotFound."""
    found = plain(session, _pair(actor), {"order_id": order_id}).first()
    if found is None:
        raise no_order()
    return found.client_id, found.provider_id


@kept_by_actor
def _pair(actor: Actor) -> Select[int, int]:
    return select(Order.client_id, Order.provider_id).where(
        own_orders(actor), Order.id == bindparam("order_id")
    )


def clients_of(session: Session, order_ids: Sequence[int]) -> Sequence[int]:
    """Ids of the clients of these orders."""
    return session.scalars(select(Order.client_id).where(Order.id.in_(order_ids)).distinct()).all()


def find_payment(session: Session, actor: Actor, payment_id: int) -> Payment:
    """A payment of an order in scope. Raises NotFound."""
    order_of_payment(session, actor, payment_id)
    return session.get_one(Payment, payment_id, populate_existing=True)


def order_of_payment(session: Session, actor: Actor, payment_id: int) -> int:
    """The id of the order, in scope. Raises NotFound."""
    require(actor, OrdersFunction.ORDER_READ)
    order_id = session.scalar(
        select(Order.id)
        .join(Payment, Payment.order_id == Order.id)
        .where(Payment.id == payment_id, own_orders(actor))
    )
    if order_id is None:
        raise NotFound(text("No such payment, or you don’t have access to it."))
    return order_id


class LiveOrder(NamedTuple):
    """An order that is under way, as others name it. ``titles``: of its status."""

    id: int
    titles: dict[str, str]

    @property
    def number(self) -> str:
        return number_of(self.id)

    @property
    def title(self) -> Titles:
        return Titles(self.titles)


def live_orders(session: Session, actor: Actor, client_id: int, limit: int) -> Sequence[LiveOrder]:
    """The client's orders that are under way, newest first (P5)."""
    require(actor, OrdersFunction.ORDER_READ)
    values = {"live": LIVE, "client_id": client_id, "most": limit}
    return [LiveOrder(*row) for row in plain(session, _live(actor), values)]


@kept_by_actor
def _live(actor: Actor) -> Select[int, dict[str, str]]:
    return (
        select(Order.id, OrderStatus.titles)
        .join(OrderStatus, OrderStatus.id == Order.status_id)
        .where(own_orders(actor), Order.client_id == bindparam("client_id"), IS_LIVE)
        .order_by(Order.id.desc())
        .limit(bindparam("most"))
    )


def owed_together(session: Session, client_id: int, provider_id: int) -> int:
    """What orders of the pair are owed for, minor units."""
    owed = select(func.sum(Order.owed)).where(
        Order.client_id == client_id, Order.provider_id == provider_id, Order.owed > 0
    )
    return int(session.scalar(owed) or 0)


def owed_orders(session: Session, client_id: int, provider_id: int) -> Sequence[int]:
    """Ids of orders of the pair that are owed for, oldest first."""
    owed = select(Order.id).where(
        Order.client_id == client_id, Order.provider_id == provider_id, Order.owed > 0
    )
    return session.scalars(owed.order_by(Order.id)).all()


def find_order_by_number(session: Session, actor: Actor, number: str) -> Order:
    """Raises NotFound."""
    return find_order(session, actor, id_of_number(number) or 0)


def find_placed(session: Session, actor: Actor, order_ids: Sequence[int]) -> Sequence[Order]:
    """The orders an action has just placed, or had when its request came first.

    Raises NotFound when one of them is not the actor's to see any more.
    """
    placed = select(Order).where(own_orders(actor), Order.id.in_(order_ids)).options(*OF_PLACED)
    anew = placed.order_by(Order.id).execution_options(populate_existing=True)
    found = session.scalars(anew).all()
    if len(found) < len(order_ids):
        raise NotFound
    return found


@dataclass(frozen=True)
class PlacedBy:
    """Who placed an order; ``login`` None: the system, or somebody who is not named."""

    kind: ActorKind
    login: str | None
    name: str


def placed_by(session: Session, order: Order, actor: Actor) -> PlacedBy:
    """To a client the staff are the provider."""
    if actor.kind is ActorKind.CLIENT and order.placed_by_kind is not ActorKind.CLIENT:
        return PlacedBy(order.placed_by_kind, None, order.provider.name)
    who = people(session, [order.placed_by_id], actor).get(order.placed_by_id or 0)
    if who is None:
        return PlacedBy(order.placed_by_kind, None, order.placed_by_kind.value)
    name = who.name if who.is_staff else order.client.name
    return PlacedBy(order.placed_by_kind, who.login or None, name)


def order_group(session: Session, order: Order) -> Sequence[int]:
    """Ids of the orders one checkout made, this one among them; empty when it made one."""
    if order.group_id is None:
        return ()
    return session.scalars(
        select(Order.id).filter_by(group_id=order.group_id).order_by(Order.id)
    ).all()

"""Reading orders and carts."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, joinedload, selectinload

from billing_panel.accounts.access.person_names import people
from billing_panel.accounts.firms.providers import Provider
from billing_panel.accounts.people.clients import Client
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor, ActorKind
from invoices.store.models import IssuedDocument
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.models import (
    Order,
    OrderLine,
    OrderStatus,
    id_of_number,
)
from plugins.orders.store.order_search import orders_found, orders_of_client_found
from plugins.orders.store.payment import Payment
from plugins.orders.store.sum_rules import PaymentStanding
from plugins.orders.workflow.workflow import ENDS, Stage

LIVE = (Stage.NEW, Stage.OPEN)
# Written into the statement: PostgreSQL plans it once for every client, and has to see that few
# orders are live, or it reads all that somebody ever placed.
IS_LIVE = Order.stage.in_(bindparam("live", LIVE, expanding=True, literal_execute=True))

T = TypeVar("T")


# What a row of a list shows; of documents not their whole content.
ROW = (
    joinedload(Order.status, innerjoin=True),
    joinedload(Order.payment_method),
    joinedload(Order.provider, innerjoin=True),
    joinedload(Order.client, innerjoin=True),
    selectinload(Order.lines).joinedload(OrderLine.tariff, innerjoin=True),
    selectinload(Order.taxes),
    selectinload(Order.documents).defer(IssuedDocument.content),
)


def own_orders(actor: Actor) -> ColumnElement[bool]:
    """Condition on Order: with a provider the actor works for; a client's own.

    Whoever sees the provider sees its clients, so neither need be joined.
    """
    if actor.client_id is not None:
        return Order.client_id == actor.client_id
    return true() if actor.provider_ids is None else Order.provider_id.in_(actor.provider_ids)


def orders(actor: Actor) -> Select[Order]:
    """Orders in the actor's scope, with what a row of a list shows."""
    return select(Order).where(own_orders(actor)).options(*ROW)


# ``rules.sums.payment_standing``, said to the database
_PAID = or_(Order.paid > 0, Order.paid_points > 0)
_KEPT = or_(Order.kept > 0, Order.kept_points > 0)
_CLAIMED = case((_KEPT, Order.kept), else_=Order.total)
_CLAIMED_POINTS = case((_KEPT, Order.kept_points), else_=Order.points)
standing_of_order = case(
    (
        and_(~_PAID, or_(Order.refunded > 0, Order.refunded_points > 0)),
        PaymentStanding.REFUNDED.value,
    ),
    (
        or_(Order.paid < _CLAIMED, Order.paid_points < _CLAIMED_POINTS),
        case(
            (_PAID, PaymentStanding.PARTLY_PAID.value),
            else_=PaymentStanding.UNPAID.value,
        ),
    ),
    (Order.surplus > 0, PaymentStanding.OVERPAID.value),
    else_=PaymentStanding.PAID.value,
)

# A tab says "99+" for this many: counting a long history would cost more than showing it.
MAX_COUNT = 100


@dataclass(frozen=True)
class OrderFilter:
    """Which orders of a list are shown; ``before`` is the id the page before ended with.

    ``query``: words of ``order_search``. ``ended``: done or lost alone; ``active``: neither.
    ``payment`` unpaid leaves out what has ended; ``owed``: what is a debt, in whatever stage.
    """

    provider: str | None = None
    status: str | None = None
    stage: Stage | None = None
    ended: bool = False
    active: bool = False
    payment: PaymentStanding | None = None
    owed: bool = False
    query: str | None = None
    before: int | None = None
    limit: int = 50

    def _of_stage(self) -> Iterator[ColumnElement[bool]]:
        if self.stage is not None:
            yield Order.stage == self.stage
        if self.ended:
            yield Order.stage.in_(ENDS)
        if self.active:
            yield Order.stage.in_(LIVE)

    def _of_payment(self) -> Iterator[ColumnElement[bool]]:
        if self.payment is not None:
            yield standing_of_order == self.payment.value
        if self.payment is PaymentStanding.UNPAID:
            yield Order.stage.not_in(ENDS)
        if self.owed:
            yield Order.owed > 0

    def applied_to(self, page: Select[T]) -> Select[T]:
        """``page`` of orders filtered, newest first, cut to ``limit``."""
        return self.narrow(page).order_by(Order.id.desc()).limit(self.limit)

    def narrow(self, page: Select[T]) -> Select[T]:
        """``page`` of orders filtered, but for ``query``."""
        if self.provider is not None:
            provider = select(Provider.id).filter_by(key=self.provider)
            page = page.where(Order.provider_id == provider.scalar_subquery())
        if self.status is not None:
            statuses = select(OrderStatus.id).filter_by(key=self.status)
            page = page.where(Order.status_id.in_(statuses))
        page = page.where(*self._of_stage(), *self._of_payment())
        if self.before is not None:
            page = page.where(Order.id < self.before)
        return page


def history(
    session: Session,
    actor: Actor,
    client: Client,
    shown: OrderFilter | None = None,
) -> Sequence[Order]:
    """A client's orders, newest first (H6)."""
    require(actor, OrdersFunction.HISTORY_READ)
    shown = shown or OrderFilter()
    of_client = Order.client_id == client.id
    if shown.query:
        found = orders_of_client_found(
            session,
            shown.query,
            actor,
            client.id,
            lambda page: shown.narrow(page.where(own_orders(actor), of_client)),
            before=shown.before,
            limit=shown.limit,
        )
        return _in_order(session, actor, found)
    return session.scalars(shown.applied_to(orders(actor).where(of_client))).all()


def stage_counts(
    session: Session, actor: Actor, client: Client, provider: str | None = None
) -> dict[Stage, int]:
    """How many orders of the client are in each stage, counted no further than ``MAX_COUNT``."""
    require(actor, OrdersFunction.HISTORY_READ)
    own = select(Order.id).where(own_orders(actor), Order.client_id == client.id)
    if provider is not None:
        keyed = select(Provider.id).filter_by(key=provider)
        own = own.where(Order.provider_id == keyed.scalar_subquery())
    counts = [
        select(func.count())
        .select_from(own.where(Order.stage == stage).limit(MAX_COUNT).subquery())
        .scalar_subquery()
        for stage in Stage
    ]
    return dict(zip(Stage, session.execute(select(*counts)).one(), strict=True))


def all_orders(session: Session, actor: Actor, shown: OrderFilter) -> Sequence[Order]:
    """Orders of every client in scope, newest first."""
    require(actor, OrdersFunction.HISTORY_READ)
    if shown.query:
        return _in_order(session, actor, order_ids_found(session, actor, shown, shown.query))
    page = shown.applied_to(orders(actor))
    if actor.provider_ids:
        page = page.where(Order.id.in_(_newest(actor.provider_ids, shown)))
    return session.scalars(page).all()


def order_ids_found(
    session: Session, actor: Actor, shown: OrderFilter, query: str
) -> Sequence[int]:
    """Ids of the orders in scope that ``query`` finds, newest first."""
    require(actor, OrdersFunction.HISTORY_READ)
    return orders_found(
        session,
        query,
        actor,
        lambda page: shown.narrow(page.where(own_orders(actor))),
        before=shown.before,
        limit=shown.limit,
    )


def _in_order(session: Session, actor: Actor, ids: Sequence[int]) -> Sequence[Order]:
    page = orders(actor).where(Order.id.in_(ids)).order_by(Order.id.desc())
    return session.scalars(page).all() if ids else ()


def _newest(provider_ids: Iterable[int], shown: OrderFilter) -> CompoundSelect[Any]:
    """Ids of the orders shown of each provider by itself.

    Each is read in the order of its index; of all at once SQLite would sort every order there is.
    """
    pages = (
        shown.applied_to(select(Order.id).where(Order.provider_id == provider_id)).subquery()
        for provider_id in sorted(provider_ids)
    )
    return union_all(*(select(page.c.id) for page in pages))


def find_order(session: Session, actor: Actor, order_id: int) -> Order:
    """One order in scope, read anew (H7). Raises NotFound."""
    require(actor, OrdersFunction.ORDER_READ)
    order = session.scalar(
        orders(actor).where(Order.id == order_id).execution_options(populate_existing=True)
    )
    if order is None:
        raise _no_order()
    return order


def _no_order() -> NotFound:
    return NotFound(text("No such order, or you don’t have access to it."))


def pair_of(session: Session, actor: Actor, order_id: int) -> tuple[int, int]:
    """(client, provider) of an order in scope, by id. Raises NotFound."""
    found = session.execute(
        select(Order.client_id, Order.provider_id).where(own_orders(actor), Order.id == order_id)
    ).first()
    if found is None:
        raise _no_order()
    return found.client_id, found.provider_id


# what a step asks and changes; made once, and the rest is read when it is looked at
_TO_CHANGE = (
    select(Order)
    .where(Order.id == bindparam("order_id"))
    .options(
        joinedload(Order.status, innerjoin=True),
        joinedload(Order.workflow, innerjoin=True),
        joinedload(Order.deadline),
        joinedload(Order.payment_method),
        joinedload(Order.provider, innerjoin=True),
        selectinload(Order.lines).joinedload(OrderLine.tariff, innerjoin=True),
    )
    .execution_options(populate_existing=True)
)


def order_to_change(session: Session, order_id: int) -> Order:
    """An order that was found in scope and locked, read anew."""
    return session.scalars(_TO_CHANGE, {"order_id": order_id}).one()


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


def live_orders(session: Session, actor: Actor, client_id: int, limit: int) -> Sequence[Order]:
    """The client's orders that are under way, newest first (P5)."""
    require(actor, OrdersFunction.ORDER_READ)
    return session.scalars(
        select(Order)
        .where(own_orders(actor), Order.client_id == client_id, IS_LIVE)
        .options(joinedload(Order.status, innerjoin=True))
        .order_by(Order.id.desc())
        .limit(limit),
        {"live": LIVE},
    ).all()


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
    placed = orders(actor).where(Order.id.in_(order_ids)).order_by(Order.id)
    found = session.scalars(placed.execution_options(populate_existing=True)).all()
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

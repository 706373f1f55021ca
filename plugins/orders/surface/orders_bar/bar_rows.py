"""What the orders bar shows, read in one statement (D6).

Orders wait in it where their status says so (``OrderStatus.desk_steps``). One index holds those
that have not ended by status and number; no more of a status are read than the bar can show.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    RowMapping,
    Select,
    bindparam,
    outerjoin,
    select,
    true,
)
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import known_staff
from billing_panel.accounts.companies.provider_models import METHOD_TITLES, PaymentMethod, Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.people.staff_models import Staff
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.language.text import Text, Titles
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.kept_by_actor import kept_by_actor
from plugins.orders.functions import ACTION_FUNCTIONS, OrdersFunction
from plugins.orders.store.models import Order, number_of
from plugins.orders.store.order_claim import OrderClaim
from plugins.orders.store.visibility.price_visibility import sees_prices
from plugins.orders.store.workflow_models import OrderStatus
from plugins.orders.workflow.operator_steps import ACCEPT
from plugins.orders.workflow.statuses.stage import Stage

# so many stand in the bar; the rest stand in the list of orders
MOST = 30
PAYING = (OrdersFunction.PAYMENT_RECORD, OrdersFunction.ORDER_PAY)
LIVE = (Stage.NEW, Stage.OPEN)


@dataclass(frozen=True)
class BarRow:
    """An order that waits for an operator, or is in an operator's hands.

    ``total``, ``points``: None where the reader sees no prices. ``method`` None: not chosen yet.
    ``held_by``: who has it; empty: nobody. ``is_mine``: the reader has it. ``steps``: the actions
    of its status that the reader may take.
    """

    id: int
    client: str
    provider: str
    status: Titles
    tone: str
    shape: str
    is_new: bool
    placed_at: datetime
    total: int | None
    points: int | None
    currency: str
    method: Text | None
    note: str
    held_by: str
    is_mine: bool
    steps: Sequence[str]

    @property
    def number(self) -> str:
        return number_of(self.id)


@dataclass(frozen=True)
class Bar:
    """``more``: not all orders stand in it. ``providers``: whether they are of several."""

    rows: Sequence[BarRow]
    more: bool
    providers: bool

    @property
    def new(self) -> Sequence[BarRow]:
        return [row for row in self.rows if row.is_new]

    @property
    def in_hand(self) -> Sequence[BarRow]:
        return [row for row in self.rows if not row.is_new]


def read_bar(session: Session, actor: Actor) -> Bar | None:
    """None: no provider of the actor's takes orders by hand. Oldest first, new ones before."""
    statement = _statement(actor, session.get_bind().dialect.name)
    found = plain(session, statement, {"live": LIVE}).mappings().all()
    if not found:
        return None
    there = [row for row in found if row["id"] is not None]
    return Bar(
        rows=[_row(row, actor) for row in there[:MOST]],
        more=len(there) > MOST,
        providers=len({row["provider_id"] for row in found}) > 1,
    )


@kept_by_actor
def _statement(actor: Actor, dialect: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Order.id,
            OrderStatus.provider_id,
            OrderStatus.titles,
            OrderStatus.tone,
            OrderStatus.shape,
            OrderStatus.desk_steps,
            Provider.name.label("provider"),
            Client.name.label("client"),
            Order.placed_at,
            Order.total,
            Order.points,
            Order.paid,
            Order.paid_points,
            Order.currency,
            Order.note,
            PaymentMethod.kind.label("method"),
            OrderClaim.user_id.label("held_by_id"),
            Staff.name.label("held_by"),
            known_staff(actor).label("is_known"),
        )
        .select_from(_waiting(dialect))
        .join(Provider, Provider.id == OrderStatus.provider_id)
        .outerjoin(Client, Client.id == Order.client_id)
        .outerjoin(PaymentMethod, PaymentMethod.id == Order.payment_method_id)
        .outerjoin(OrderClaim, OrderClaim.order_id == Order.id)
        .outerjoin(Staff, Staff.user_id == OrderClaim.user_id)
        .where(OrderStatus.desk_steps.is_not(None), _own(actor))
        .order_by(Order.id.is_(None), OrderStatus.position, Order.id)
        .limit(MOST + 1)
    )


def _waiting(dialect: str) -> FromClause:
    """Statuses with their oldest orders, as many as the bar shows and one more.

    SQLite knows no LATERAL, and finds orders by a list of their numbers; PostgreSQL would look
    through that list for each order there is.
    """
    live = Order.stage.in_(bindparam("live", LIVE, expanding=True, literal_execute=True))
    oldest = (
        select(Order.id)
        .where(Order.status_id == OrderStatus.id, live)
        .order_by(Order.id)
        .limit(MOST + 1)
        .correlate(OrderStatus)
    )
    if dialect == "sqlite":
        return outerjoin(OrderStatus, Order, Order.id.in_(oldest))
    first = oldest.lateral()
    return outerjoin(OrderStatus, first, true()).outerjoin(Order, Order.id == first.c.id)


def _own(actor: Actor) -> ColumnElement[bool]:
    ids = actor.provider_ids
    return true() if ids is None else OrderStatus.provider_id.in_(ids)


def _row(row: RowMapping, actor: Actor) -> BarRow:
    prices = sees_prices(actor)
    is_paid = row["paid"] >= row["total"] and row["paid_points"] >= row["points"]
    held_by = row["held_by"] if row["is_known"] else None
    return BarRow(
        id=row["id"],
        client=row["client"],
        provider=row["provider"],
        status=Titles(row["titles"]),
        tone=row["tone"],
        shape=row["shape"],
        is_new=ACCEPT in row["desk_steps"],
        placed_at=row["placed_at"],
        total=row["total"] if prices else None,
        points=row["points"] if prices else None,
        currency=row["currency"],
        method=METHOD_TITLES[row["method"]] if row["method"] else None,
        note=row["note"],
        held_by=held_by or ("?" if row["held_by_id"] else ""),
        is_mine=row["held_by_id"] == actor.user_id,
        steps=[
            step
            for step in row["desk_steps"]
            if _may(step, actor.functions) and not (step == "pay" and is_paid)
        ],
    )


def _may(step: str, functions: frozenset[str]) -> bool:
    """What exactly it asks, its page says by the workflow."""
    wanted = PAYING if step == "pay" else (OrdersFunction.STATUS_CHANGE, ACTION_FUNCTIONS[step])
    return not functions.isdisjoint(wanted)

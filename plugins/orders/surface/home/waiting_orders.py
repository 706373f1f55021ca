"""What of orders waits for whoever looks: to be accepted, paid or answered, and for a deadline.

Which statuses wait for whom the workflows say, so that no status is named here. Counts end at
``MOST``; each is read by an index.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    cast,
    func,
    literal,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.database.column_types import UtcDateTime
from billing_panel.kernel.extension.home_parts import Waiting
from billing_panel.kernel.language.text import Text, Titles, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from permissions.guard import allows
from permissions.panel_functions import PanelFunction
from plugins.orders.functions import OrdersFunction
from plugins.orders.listing.order_filter import LIVE, PAYMENT_STATE, any_written
from plugins.orders.settlement.read_order_facts import who_is
from plugins.orders.store.find_orders import MAX_COUNT, PROVIDER_OF_FOUND, is_overdue, own_orders
from plugins.orders.store.models import Order, OrderDeadline
from plugins.orders.store.payment import GatewayMessage, MessageResult, Payment, Refund
from plugins.orders.store.versions.workflow_store import workflows_run
from plugins.orders.store.workflow_models import OrderStatus, WorkflowVersion
from plugins.orders.workflow.order_facts import BY_HAND
from plugins.orders.workflow.plan_step import available_by
from plugins.orders.workflow.workflow import Workflow

ACCEPT = "accept"
# what a client may do whenever they like is not waited for
AT_WILL = frozenset({BY_HAND, "pay", "cancel", "review", "take_back", "refund"})
SOON, LATELY = timedelta(days=1), timedelta(days=7)
MISMATCHED = (
    MessageResult.OTHER_PAYMENT,
    MessageResult.WRONG_SUM,
    MessageResult.CLOSED_OTHERWISE,
)
LIST_OF_STAFF, LIST_OF_CLIENT = "every_order.index", "orders.active"


@dataclass(frozen=True)
class Counted:
    """One of the counts, which are read in one statement. ``since``: the oldest there is of it."""

    title: Text | Titles
    found: Select[Any]
    endpoint: str
    values: Mapping[str, Any]
    note: str = ""
    urgent: bool = False


def waiting_orders(session: Session, actor: Actor, now: datetime) -> Sequence[Waiting]:
    """What the actor may see and do something about."""
    if not allows(actor, OrdersFunction.HISTORY_READ):
        return ()
    asked = [*_by_status(session, actor)]
    is_client = actor.client_id is not None
    asked += [*(_of_client(actor) if is_client else _of_staff(session, actor, now))]
    return [*_read(session, asked)]


def _read(session: Session, asked: Sequence[Counted]) -> Iterator[Waiting]:
    """All of them in one statement."""
    if not asked:
        return
    each = []
    for place, one in enumerate(asked):
        rows = one.found.limit(MAX_COUNT).subquery()
        each.append(select(literal(place), func.count(), func.min(rows.c.since)).select_from(rows))
    for row in session.execute(union_all(*each)):
        if row[1]:
            yield _waiting(asked[row[0]], row)


def _waiting(one: Counted, row: Row[*tuple[Any, ...]]) -> Waiting:
    return Waiting(
        title=one.title,
        count=row[1],
        most=row[1] >= MAX_COUNT,
        since=row[2],
        endpoint=one.endpoint,
        values=one.values,
        note=one.note,
        urgent=one.urgent,
    )


def _by_status(session: Session, actor: Actor) -> Iterator[Counted]:
    """Statuses in which an order waits for a step of whoever looks."""
    newest = select(func.max(WorkflowVersion.id)).group_by(WorkflowVersion.provider_id)
    rows = session.execute(
        select(Provider.key, Provider.name, OrderStatus, WorkflowVersion.id.label("version"))
        .join(OrderStatus, OrderStatus.provider_id == Provider.id)
        .join(WorkflowVersion, WorkflowVersion.provider_id == Provider.id)
        .where(WorkflowVersion.id.in_(newest), _own_provider(actor))
        .order_by(Provider.key, OrderStatus.position)
    ).all()
    workflows = workflows_run(session, {row.version for row in rows})
    for row in rows:
        status, workflow = row.OrderStatus, workflows[row.version]
        if not _waits(workflow, status.key, actor):
            continue
        found = (
            select(Order.status_since.label("since"))
            .where(own_orders(actor), Order.status_id == status.id)
            .order_by(Order.id)
        )
        staff = actor.client_id is None
        yield Counted(
            status.title,
            found,
            LIST_OF_STAFF if staff else LIST_OF_CLIENT,
            {"status": f"{row.key}.{status.key}"},
            note=row.name,
        )


def _waits(workflow: Workflow, status: str, actor: Actor) -> bool:
    who = who_is(actor)
    actions = available_by(workflow, status, who)
    if actor.client_id is None:
        return ACCEPT in actions
    return bool(actions - AT_WILL)


def _own_provider(actor: Actor) -> ColumnElement[bool]:
    if actor.client_id is not None:
        mine = select(Order.provider_id).where(Order.client_id == actor.client_id)
        return Provider.id.in_(mine.distinct())
    return (
        Provider.id.in_(actor.provider_ids) if actor.provider_ids is not None else literal(1) == 1
    )


def _of_client(actor: Actor) -> Iterator[Counted]:
    own = [Order.client_id == actor.client_id, Order.stage.in_(any_written(LIVE))]
    since = select(Order.placed_at.label("since"))
    if allows(actor, OrdersFunction.ORDER_PAY):
        unpaid = since.where(*own, PAYMENT_STATE.in_(["unpaid", "partly_paid"]))
        yield Counted(text("Orders to pay"), unpaid, LIST_OF_CLIENT, {"payment": "unpaid"})


def _of_staff(session: Session, actor: Actor, now: datetime) -> Iterator[Counted]:
    soon = (
        select(OrderDeadline.due_at.label("since"))
        .join(Order, Order.id == OrderDeadline.order_id)
        .where(own_orders(actor, PROVIDER_OF_FOUND), OrderDeadline.due_at < now + SOON)
        .order_by(OrderDeadline.due_at)
    )
    values = {"deadline": "day"}
    yield Counted(text("Deadlines within 24 hours"), soon, LIST_OF_STAFF, values, urgent=True)
    if today := _today(session, actor, now):
        late, values = _overdue(session, today), {"payment": "overdue"}
        yield Counted(text("Overdue bills"), late, LIST_OF_STAFF, values, urgent=True)
        owed, values = _owed(today), {"payment": "owed"}
        yield Counted(text("Orders with a debt"), owed, LIST_OF_STAFF, values, urgent=True)
    if allows(actor, PanelFunction.PAYMENT_REFUND):
        failed = (
            select(Refund.failed_at.label("since"))
            .join(Payment, Payment.id == Refund.payment_id)
            .join(Order, Order.id == Payment.order_id)
            .where(own_orders(actor), Refund.failed_at.is_not(None))
        )
        values = {"payment": "refunded"}
        yield Counted(text("Refunds that failed"), failed, LIST_OF_STAFF, values, urgent=True)
    if actor.provider_ids is None and allows(actor, PanelFunction.AUDIT_READ):
        yield from _unclear_messages(now - LATELY)


def _today(session: Session, actor: Actor, now: datetime) -> Mapping[int, date]:
    """Which day it is where each provider in scope is, by their ids."""
    zones = session.execute(select(Provider.id, Provider.timezone).where(_own_provider(actor)))
    return {row.id: local_date(now, row.timezone) for row in zones}


def _owed(today: Mapping[int, date]) -> Select[Any]:
    since = select(Order.placed_at.label("since")).order_by(Order.id)
    return _of_each(since.where(Order.provider_id == own, Order.owed > 0) for own in today)


def _overdue(session: Session, today: Mapping[int, date]) -> Select[Any]:
    """Since the last day of the bill that is late the longest."""
    # SQLite keeps days and moments as words that are compared alike
    as_moment = type_coerce if session.get_bind().dialect.name == "sqlite" else cast
    since = select(as_moment(Order.due_on, UtcDateTime).label("since"))
    since = since.order_by(Order.due_on, Order.id)
    return _of_each(
        since.where(Order.provider_id == own, is_overdue({own: day})) for own, day in today.items()
    )


def _of_each(found: Iterable[Select[Any]]) -> Select[Any]:
    """Of each provider no more than are counted, in the order of the index, which keeps them apart.

    Asked of all at once SQLite sorts every order that is owed for.
    """
    each = [select(one.limit(MAX_COUNT).subquery().c.since) for one in found]
    since = union_all(*each).subquery().c.since
    return select(since).order_by(since)


def _unclear_messages(since: datetime) -> Iterator[Counted]:
    """Each kind stands in the audit log, which says what was wrong."""
    unknown = (MessageResult.UNKNOWN_PAYMENT,)
    for title, results, kind in (
        (text("Payment messages that fit no payment"), unknown, "gateway_message.refused"),
        (text("Payment messages that don’t match"), MISMATCHED, "payment.message_refused"),
    ):
        found = select(GatewayMessage.received_at.label("since")).where(
            GatewayMessage.result.in_(any_written(one.value for one in results)),
            GatewayMessage.received_at >= since,
        )
        yield Counted(title, found, "audit.index", {"kind": kind}, urgent=True)

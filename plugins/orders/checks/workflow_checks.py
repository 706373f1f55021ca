"""Invariants of an order's course: status, steps, deadline, versions."""

from collections.abc import Iterator

from sqlalchemy import Integer, cast, func, or_, select
from sqlalchemy.orm import Session

from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from plugins.orders.store.models import Order, OrderDeadline, number_of
from plugins.orders.store.versions.workflow_store import as_made
from plugins.orders.store.workflow_models import OrderStatus, WorkflowVersion

# events that say from which status to which
LEADS = ("order.moved", "order.status_given")


def statuses(session: Session) -> Iterator[Text]:
    """The status is one of the provider's own, and the order's stage is that of the status."""
    rows = session.execute(
        select(Order.id, Order.stage, OrderStatus.key, OrderStatus.stage)
        .join(OrderStatus, OrderStatus.id == Order.status_id)
        .where(or_(OrderStatus.provider_id != Order.provider_id, OrderStatus.stage != Order.stage))
        .order_by(Order.id)
    )
    for order, stage, status, of_status in rows:
        yield text(
            "Order %(order)s is %(stage)s, but its status “%(status)s” is"
            " %(of_status)s, or belongs to another provider.",
            order=number_of(order),
            status=status,
            of_status=of_status.value,
            stage=stage.value,
        )


def moves(session: Session) -> Iterator[Text]:
    """Each step begins where the one before ended; the last ends where the order is."""
    after = func.lag(Event.facts["to"].as_string()).over(
        partition_by=Event.subject_id, order_by=Event.id
    )
    steps = (
        select(Event.id, Event.subject_id.label("order_id"), after.label("before"))
        .add_columns(Event.facts["from"].as_string().label("from"))
        .where(Event.subject_kind == "order", Event.kind.in_(LEADS))
        .subquery()
    )
    found = (
        select(steps.c.order_id, steps.c.before, steps.c["from"])
        .where(steps.c.before != steps.c["from"])
        .execution_options(yield_per=100)
    )
    with session.execute(found) as broken:
        for order, ended, begins in broken:
            yield text(
                "A step of order %(order)s starts at “%(begins)s”, but the one"
                " before ended at “%(ended)s”.",
                order=number_of(order),
                begins=begins,
                ended=ended,
            )
    yield from _strayed(session)


def _strayed(session: Session) -> Iterator[Text]:
    last = (
        select(func.max(Event.id))
        .where(Event.subject_kind == "order", Event.kind.in_(LEADS))
        .group_by(Event.subject_id)
    )
    led_to = Event.facts["to"].as_string()
    rows = session.execute(
        select(Order.id, OrderStatus.key, led_to)
        .join(OrderStatus, OrderStatus.id == Order.status_id)
        .join(Event, Event.subject_id == Order.id)
        .where(Event.id.in_(last), OrderStatus.key != led_to)
        .order_by(Order.id)
    )
    for order, status, ended in rows:
        yield text(
            "Order %(order)s is “%(status)s”, but its last step ended at “%(ended)s”.",
            order=number_of(order),
            status=status,
            ended=ended,
        )


def deadlines(session: Session) -> Iterator[Text]:
    """Nothing is due of an order that has come to its end."""
    ways = session.execute(
        select(Order.workflow_id, OrderStatus.key, func.min(Order.id), func.count())
        .join(OrderStatus, OrderStatus.id == Order.status_id)
        .join(OrderDeadline, OrderDeadline.order_id == Order.id)
        .group_by(Order.workflow_id, OrderStatus.key)
        .order_by(Order.workflow_id, OrderStatus.key)
    ).all()
    versions = {way[0] for way in ways}
    known = select(WorkflowVersion).where(WorkflowVersion.id.in_(versions))
    workflows = {row.id: as_made(row) for row in session.scalars(known)}
    for version, status, first, orders in ways:
        if workflows[version].status(status).is_final:
            yield text(
                "%(orders)s orders, the first being %(order)s, have a deadline in"
                " “%(status)s”, which is final.",
                orders=orders,
                order=number_of(first),
                status=status,
            )


def versions(session: Session) -> Iterator[Text]:
    """Each change of an order led to a version of its own, none beyond the one it has."""
    version = cast(Event.facts["version"].as_string(), Integer)
    led = (
        select(Event.subject_id, func.count().label("changes"))
        .add_columns(func.count(version.distinct()).label("versions"))
        .add_columns(func.max(version).label("last"))
        .where(Event.subject_kind == "order", Event.facts["version"].as_string().is_not(None))
        .group_by(Event.subject_id)
        .subquery()
    )
    rows = session.execute(
        select(Order.id, Order.version, led.c.changes, led.c.versions, led.c.last)
        .join(led, led.c.subject_id == Order.id)
        .where(or_(led.c.changes != led.c.versions, led.c.last > Order.version))
        .order_by(Order.id)
    )
    for order, now, changes, distinct, last in rows:
        yield text(
            "Order %(order)s is at version %(now)s, but its %(changes)s changes"
            " led to %(versions)s versions, up to %(last)s.",
            order=number_of(order),
            now=now,
            changes=changes,
            versions=distinct,
            last=last,
        )


COURSE_CHECKS = (
    Check("orders.statuses", statuses),
    Check("orders.moves", moves),
    Check("orders.deadlines", deadlines),
    Check("orders.versions", versions),
)

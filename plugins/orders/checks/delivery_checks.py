"""Invariants of deliveries: stock, debt and delivered lines agree."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, selectinload

from billing_panel.catalog.service_models import Service, ServiceState
from billing_panel.kernel.extension.hooks import Check
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.money import Money
from plugins.orders.settlement.delivered_part import kept_claim
from plugins.orders.store.models import Order, OrderLine, OrderService, number_of
from plugins.orders.workflow.statuses.stage import Stage

DELIVERED = exists().where(OrderLine.order_id == Order.id, OrderLine.delivered_at.is_not(None))


def owed(session: Session) -> Iterator[Text]:
    """What was delivered is paid or owed, but for what was given back of it by hand.

    And of what was called off nothing more is.
    """
    kept = or_(Order.kept > 0, Order.kept_points > 0)
    asked = case((kept, Order.kept), else_=Order.total)
    there = Order.earnings
    rows = session.execute(
        select(Order.id, Order.currency, asked, Order.paid, Order.owed)
        .where(
            or_(
                and_(DELIVERED, asked - there > Order.refunded),
                and_(Order.kept.is_not(None), there > Order.kept),
            )
        )
        .order_by(Order.id)
    )
    for order, currency, sum_, paid, debt in rows:
        yield text(
            "The client has %(sum)s of order %(order)s; %(paid)s is paid, %(owed)s owed.",
            order=number_of(order),
            sum=Money(int(sum_), currency),
            paid=Money(paid, currency),
            owed=Money(debt, currency),
        )


def kept(session: Session) -> Iterator[Text]:
    """What is asked for of an order that was called off is what its delivered lines come to."""
    called_off = (
        select(Order)
        .where(Order.kept.is_not(None), or_(Order.kept > 0, Order.kept_points > 0, DELIVERED))
        .options(selectinload(Order.lines).joinedload(OrderLine.tariff, innerjoin=True))
        .options(selectinload(Order.taxes))
        .order_by(Order.id)
        .execution_options(yield_per=100)
    )
    for order in session.scalars(called_off):
        claim = kept_claim(order)
        said = (order.kept, order.kept_tax, order.kept_points)
        if said != (claim.total, claim.tax, claim.points) or order.stage is not Stage.LOST:
            yield text(
                "Order %(order)s charges %(said)s for what was delivered, but those"
                " lines come to %(sum)s.",
                order=order.number,
                said=Money(order.kept or 0, order.currency),
                sum=Money(claim.total, order.currency),
            )


def stock(session: Session) -> Iterator[Text]:
    """What is gone with delivered lines is out of stock; with no other line is anything gone."""
    rows = session.execute(
        select(Order.id, Order.held, OrderLine.gone, OrderLine.delivered_at)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(OrderLine.gone.is_not(None))
        .order_by(Order.id)
        .execution_options(yield_per=100)
    )
    gone: Counter[str] = Counter()
    last: int | None = None
    for order_id, held, of_line, delivered_at in rows:
        gone = gone if order_id == last else Counter()
        last = order_id
        gone.update(of_line)
        if delivered_at is None or not gone <= Counter(held):
            yield text(
                "Order %(order)s: the client has more than was taken from stock.",
                order=number_of(order_id),
            )


def services(session: Session) -> Iterator[Text]:
    """No service runs of a line that is not delivered."""
    rows = session.execute(
        select(OrderService.order_id, func.count())
        .join(Service, Service.id == OrderService.service_id)
        .join(OrderLine, OrderLine.id == OrderService.line_id)
        .where(Service.state == ServiceState.ACTIVE, OrderLine.delivered_at.is_(None))
        .group_by(OrderService.order_id)
        .order_by(OrderService.order_id)
    )
    for order, number in rows:
        yield text(
            "Order %(order)s: services running for undelivered lines: %(number)s.",
            order=number_of(order),
            number=number,
        )


DELIVERED_CHECKS = (
    Check("orders.delivered_owed", owed),
    Check("orders.delivered_kept", kept),
    Check("orders.delivered_stock", stock),
    Check("orders.delivered_services", services),
)

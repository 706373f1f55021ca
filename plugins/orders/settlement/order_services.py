"""The services that begin when an order's lines are delivered, and what becomes of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import case, func, insert, select, update
from sqlalchemy.orm import Session

from billing_panel.catalog.load_eligibility_facts import open_services
from billing_panel.catalog.models import BundlePart, Tariff
from billing_panel.catalog.rules.eligibility_facts import HELD_KINDS
from billing_panel.catalog.service_models import Service, ServiceState
from plugins.orders.store.models import Order, OrderLine, OrderService


def begin(session: Session, order: Order, lines: Sequence[OrderLine], *, at: datetime) -> None:
    """One for each single service and time package on ``lines``, those inside bundles too."""
    wanted = [*_services(session, lines)]
    opened = open_services(
        session,
        client_id=order.client_id,
        tariffs=[(tariff, months) for _line, tariff, months in wanted],
        since=at,
        timezone=order.provider.timezone,
    )
    # those of one tariff and term are alike, and each belongs to one line
    waiting: dict[tuple[int, int], list[int]] = {}
    hours = {tariff.id: tariff.hours for _line, tariff, _months in wanted}
    for line, tariff, months in wanted:
        waiting.setdefault((tariff.id, months), []).append(line.id)
    rows = [
        {
            "order_id": order.id,
            "service_id": one.id,
            "line_id": waiting[one.tariff_id, one.months].pop(),
            "hours": hours[one.tariff_id],
        }
        for one in opened
    ]
    if rows:
        session.execute(insert(OrderService), rows)


def suspend(session: Session, order: Order, *, at: datetime) -> None:
    """All of the order's services that have not ended."""
    _change(session, order, suspended_at=at)


def resume(session: Session, order: Order) -> None:
    """The same, if they were suspended."""
    _change(session, order, suspended_at=None)


def end(session: Session, order: Order, lines: Sequence[OrderLine] | None = None) -> None:
    """All of the order, or those of ``lines``."""
    of_lines = None if lines is None else {line.id for line in lines}
    _change(session, order, of_lines, state=ServiceState.ENDED)


def running(session: Session, order: Order) -> Mapping[tuple[int, int], int]:
    """How many of the order's services have not ended, by (line id, tariff id)."""
    rows = session.execute(
        select(OrderService.line_id, Service.tariff_id, func.count())
        .join(Service, Service.id == OrderService.service_id)
        .where(OrderService.order_id == order.id, Service.state == ServiceState.ACTIVE)
        .group_by(OrderService.line_id, Service.tariff_id)
    )
    return {(line, tariff): int(number) for line, tariff, number in rows if line is not None}


def ended_lines(session: Session, order: Order) -> frozenset[int]:
    """Ids of the order's lines that had services, none of which goes on."""
    goes_on = func.max(case((Service.state == ServiceState.ACTIVE, 1), else_=0))
    lines = (
        select(OrderService.line_id)
        .join(Service, Service.id == OrderService.service_id)
        .where(OrderService.order_id == order.id, OrderService.line_id.is_not(None))
        .group_by(OrderService.line_id)
        .having(goes_on == 0)
    )
    return frozenset(line for line in session.scalars(lines) if line is not None)


def _change(
    session: Session, order: Order, of_lines: Collection[int] | None = None, **values: object
) -> None:
    """Of those services of the order that have not ended."""
    own = select(OrderService.service_id).filter_by(order_id=order.id)
    if of_lines is not None:
        own = own.where(OrderService.line_id.in_(of_lines))
    session.execute(
        update(Service)
        .where(Service.id.in_(own), Service.state == ServiceState.ACTIVE)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _services(
    session: Session, lines: Sequence[OrderLine]
) -> Iterator[tuple[OrderLine, Tariff, int]]:
    """(line, tariff, months) of each single service on ``lines``, those inside bundles too."""
    parts = session.execute(
        select(BundlePart.bundle_id, Tariff, BundlePart.months)
        .join(Tariff, Tariff.id == BundlePart.tariff_id)
        .where(BundlePart.bundle_id.in_({line.tariff_id for line in lines}))
    ).all()
    for line in lines:
        inside = [(tariff, months) for bundle, tariff, months in parts if bundle == line.tariff_id]
        for tariff, months in ((line.tariff, line.months), *inside):
            if tariff.kind in HELD_KINDS:
                yield from [(line, tariff, months)] * line.quantity

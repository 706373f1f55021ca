"""The services an order opens when its lines are delivered, and what becomes of them."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from billing_panel.catalog.models import BundlePart, Service, ServiceState, Tariff
from billing_panel.catalog.queries import open_services
from billing_panel.catalog.rules.facts import TariffKind
from plugins.orders.models import Order, OrderLine, OrderService
from plugins.orders.rules.workflow import Stage
from plugins.orders.workflow_store import workflow_of


def deliver(session: Session, order: Order, lines: Sequence[OrderLine], *, at: datetime) -> None:
    """Mark ``lines`` delivered, in their status too where they have one; their services begin."""
    done = next((s.key for s in workflow_of(order).line_statuses if s.stage is Stage.DONE), None)
    for line in lines:
        line.delivered_at, line.status = at, done
    opened = open_services(
        session, client_id=order.client_id, tariffs=_services(session, lines), since=at
    )
    if opened:
        rows = [{"order_id": order.id, "service_id": service_id} for service_id in opened]
        session.execute(insert(OrderService), rows)


def suspend(session: Session, order: Order, *, at: datetime) -> None:
    _change(session, order, suspended_at=at)


def resume(session: Session, order: Order) -> None:
    _change(session, order, suspended_at=None)


def end(session: Session, order: Order) -> None:
    _change(session, order, state=ServiceState.ENDED)


def _change(session: Session, order: Order, **values: object) -> None:
    """Of those services of the order that have not ended."""
    own = select(OrderService.service_id).filter_by(order_id=order.id)
    session.execute(
        update(Service)
        .where(Service.id.in_(own), Service.state == ServiceState.ACTIVE)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _services(session: Session, lines: Sequence[OrderLine]) -> Iterator[tuple[Tariff, int]]:
    """(tariff, months) of each single service on ``lines``, those inside bundles too."""
    parts = session.execute(
        select(BundlePart.bundle_id, Tariff, BundlePart.months)
        .join(Tariff, Tariff.id == BundlePart.tariff_id)
        .where(BundlePart.bundle_id.in_({line.tariff_id for line in lines}))
    ).all()
    for line in lines:
        inside = [(tariff, months) for bundle, tariff, months in parts if bundle == line.tariff_id]
        for tariff, months in ((line.tariff, line.months), *inside):
            if tariff.kind is TariffKind.SERVICE:
                yield from [(tariff, months)] * line.quantity

"""Mark lines of an order delivered; a delivered service is one the client holds from then on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.catalog.models import BundlePart, Tariff
from billing_panel.catalog.queries import open_services
from billing_panel.catalog.rules.facts import TariffKind
from billing_panel.kernel.actor import Actor
from billing_panel.kernel.clock import Clock
from billing_panel.kernel.errors import Conflict, FieldError, Invalid
from billing_panel.kernel.events import record
from billing_panel.kernel.text import text
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.locks import lock_membership, lock_order
from plugins.orders.models import Order, OrderLine
from plugins.orders.queries import find_order
from plugins.orders.rules.workflow import Stage
from plugins.orders.versions import check_version


@dataclass(frozen=True)
class DeliverLines:
    """``line_ids`` None: every line not delivered yet. ``version``: the one that was looked at."""

    order_id: int
    line_ids: tuple[int, ...] | None = None
    version: int | None = None


def deliver_lines(session: Session, command: DeliverLines, *, actor: Actor, clock: Clock) -> Order:
    """Raises FunctionNotHeld, NotFound, Invalid, Conflict (``stale_version``, ``order_lost``)."""
    require(actor, OrdersFunction.LINE_DELIVER)
    seen = find_order(session, actor, command.order_id)
    lock_membership(session, seen.client_id, seen.provider_id)
    lock_order(session, seen.id)
    order = find_order(session, actor, seen.id)
    check_version(order, command.version)
    if order.stage is Stage.LOST:
        raise Conflict(
            text(
                "The order is “%(status)s”; nothing of it is delivered.", status=order.status.title
            ),
            code="order_lost",
        )
    lines = _lines(order, command.line_ids)
    now = clock.now()
    for line in lines:
        line.delivered_at = now
    open_services(session, client_id=order.client_id, tariffs=_services(session, lines), since=now)
    order.version += 1
    record(
        session,
        "order.lines_delivered",
        actor=actor,
        at=now,
        subject=("order", order.id),
        provider_id=order.provider_id,
        client_id=order.client_id,
        facts={"lines": [line.id for line in lines]},
    )
    return order


def _lines(order: Order, wanted: tuple[int, ...] | None) -> Sequence[OrderLine]:
    waiting = {line.id: line for line in order.lines if line.delivered_at is None}
    if wanted is None:
        wanted = tuple(waiting)
    if not wanted or not set(wanted) <= waiting.keys():
        message = text(
            "Choose lines of this order that are not delivered yet: %(ids)s.",
            ids=[str(line_id) for line_id in waiting],
        )
        raise Invalid([FieldError("line_ids", "not_deliverable", message)])
    return [waiting[line_id] for line_id in dict.fromkeys(wanted)]


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

"""Mark lines of an order delivered: services begin, and what is not paid becomes a debt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.catalog.models import BundlePart, Tariff
from billing_panel.catalog.queries import open_services
from billing_panel.catalog.rules.facts import TariffKind
from billing_panel.kernel.actor import Actor
from billing_panel.kernel.clock import Clock
from billing_panel.kernel.errors import Conflict, NotFound
from billing_panel.kernel.events import record
from billing_panel.kernel.text import text
from billing_panel.ledger.actions import post
from billing_panel.ledger.entries import AccountKind, AccountName, Movement
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
    """Raises FunctionNotHeld, NotFound.

    And Conflict: ``stale_version``, ``order_lost``, ``already_delivered``.
    """
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
    if not any(line.delivered_at for line in order.lines):
        _owe(session, order, actor=actor, at=now)
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


def _owe(session: Session, order: Order, *, actor: Actor, at: datetime) -> None:
    """What is delivered before it is paid is a debt, from the first line on."""
    if order.left <= 0:
        return
    owed = AccountName(order.provider_id, AccountKind.RECEIVABLE, order.currency, order.client_id)
    earned = AccountName(order.provider_id, AccountKind.REVENUE, order.currency)
    post(
        session,
        f"delivered:{order.id}",
        [Movement(owed, order.left), Movement(earned, -order.left)],
        reason="delivered before payment",
        actor=actor,
        at=at,
    )


def _lines(order: Order, wanted: tuple[int, ...] | None) -> Sequence[OrderLine]:
    lines = {line.id: line for line in order.lines}
    if wanted is not None and not set(wanted) <= lines.keys():
        raise NotFound(text("There is no such line in this order."))
    asked = [lines[line_id] for line_id in dict.fromkeys(wanted or lines)]
    waiting = [line for line in asked if line.delivered_at is None]
    if not waiting or (wanted is not None and len(waiting) < len(asked)):
        raise Conflict(text("That is delivered already."), code="already_delivered")
    return waiting


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

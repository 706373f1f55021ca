"""An order as its workflow sees it: rows become facts, an actor becomes who acts."""

from collections.abc import Mapping

from billing_panel.accounts.providers import MethodKind
from billing_panel.kernel.actor import Actor
from billing_panel.kernel.money import Money
from plugins.orders.models import Order
from plugins.orders.rules.order_facts import OrderFacts, Who


def facts_of(order: Order, fields: Mapping[str, str] | None = None) -> OrderFacts:
    """``fields``: what is given now, beside what the order holds already."""
    return OrderFacts(
        status=order.status.key,
        total=Money(order.total, order.currency),
        paid=Money(order.paid, order.currency),
        owed=order.owed > 0,
        points=order.points,
        paid_points=order.paid_points,
        lines=len(order.lines),
        lines_delivered=sum(line.delivered_at is not None for line in order.lines),
        lines_on_order=sum(line.on_order for line in order.lines),
        needs_delivery=any(line.tariff.needs_delivery for line in order.lines),
        pays_online=order.payment_method.kind is MethodKind.CARD_GATEWAY,
        placed_by=order.placed_by_kind,
        fields={**_held_fields(order), **(fields or {})},
    )


def who_is(actor: Actor) -> Who:
    return Who(actor.kind, actor.functions)


def _held_fields(order: Order) -> Mapping[str, str]:
    service = {"delivery_service": order.delivery_service} if order.delivery_service else {}
    return {**service, **order.fields}

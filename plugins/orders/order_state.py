"""An order as its workflow sees it: rows become facts, an actor becomes who acts."""

from collections.abc import Mapping
from dataclasses import replace

from billing_panel.accounts.providers import MethodKind
from billing_panel.kernel.actor import Actor
from billing_panel.kernel.money import Money
from plugins.orders.models import Order
from plugins.orders.prices import reasons_without_sums
from plugins.orders.rules.order_facts import OrderFacts, Who
from plugins.orders.rules.plan import Offer, available
from plugins.orders.rules.workflow import Workflow


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


def offers_to(actor: Actor, order: Order, workflow: Workflow) -> tuple[Offer, ...]:
    """What can be done with the order now, and why the rest cannot, as the actor may be told."""
    found = available(workflow, facts_of(order), who_is(actor))
    return tuple(
        replace(offer, reasons=reasons_without_sums(offer.reasons, actor)) for offer in found
    )


def _held_fields(order: Order) -> Mapping[str, str]:
    service = {"delivery_service": order.delivery_service} if order.delivery_service else {}
    return {**service, **order.fields}

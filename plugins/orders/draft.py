"""From quotes to the rows of orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from billing_panel.accounts.providers import DeliveryService, PaymentMethod
from billing_panel.catalog.rules.quote import Quote, QuotedLine
from billing_panel.kernel.actor import Actor
from plugins.orders.models import Order, OrderLine, OrderTax
from plugins.orders.shopping import Shopping

Row = dict[str, Any]


@dataclass(frozen=True)
class Draft:
    """What all orders of one checkout share."""

    shopping: Shopping
    method: PaymentMethod
    service: DeliveryService | None
    delivery_address: str
    note: str
    actor: Actor
    at: datetime

    def write(self, session: Session, quotes: Sequence[Quote]) -> list[Order]:
        """One order for each quote, flushed; several are tied into a group."""
        orders = [self._order(quoted) for quoted in quotes]
        session.add_all(orders)
        session.flush()
        priced = list(zip(orders, quotes, strict=True))
        # in one statement each, where adding objects would take one a line on SQLite
        session.execute(insert(OrderLine), [line for o, q in priced for line in _lines(o.id, q)])
        if taxes := [tax for o, q in priced for tax in _taxes(o.id, q)]:
            session.execute(insert(OrderTax), taxes)
        if len(orders) > 1:
            for order in orders:
                order.group_id = orders[0].id
        return orders

    def _order(self, quoted: Quote) -> Order:
        client, status = self.shopping.client, self.shopping.workflow.entry_status
        return Order(
            provider=self.shopping.provider,
            client=client,
            status=status,
            stage=status.stage,
            placed_at=self.at,
            placed_by_kind=self.actor.kind,
            placed_by_id=self.actor.user_id,
            payment_method=self.method,
            note=self.note,
            delivery_service=self.service.key if self.service and quoted.delivery else None,
            delivery_address=self._address(quoted),
            delivery_tax_percent=quoted.delivery.tax_percent if quoted.delivery else None,
            currency=quoted.currency,
            treatment=quoted.treatment,
            taxes_inside=quoted.taxes_inside,
            goods=quoted.goods,
            discount=quoted.discount,
            delivery=quoted.delivery_amount,
            total=quoted.total,
            points=quoted.points,
            paid=0,
            paid_points=0,
        )

    def _address(self, quoted: Quote) -> str:
        """Empty where nothing is delivered; else the address asked for, else the client's own."""
        if not any(line.choice.tariff.needs_delivery for line in quoted.lines):
            return ""
        client = self.shopping.client
        return self.delivery_address or client.delivery_address or client.address


def _taxes(order_id: int, quoted: Quote) -> list[Row]:
    return [
        {"order_id": order_id, "percent": t.percent, "base": t.base, "tax": t.tax}
        for t in quoted.taxes
    ]


def _lines(order_id: int, quoted: Quote) -> list[Row]:
    return [_line(order_id, line, position) for position, line in enumerate(quoted.lines)]


def _line(order_id: int, quoted: QuotedLine, position: int) -> Row:
    choice = quoted.choice
    return {
        "order_id": order_id,
        "position": position,
        "tariff_id": choice.tariff.id,
        "titles": dict(choice.tariff.title.by_language),
        "months": choice.period.months,
        "quantity": choice.quantity,
        "options": dict(choice.options),
        "option_names": {o.key: dict(o.title.by_language) for o in choice.tariff.options},
        "tender": choice.tender,
        "unit_price": quoted.unit_price,
        "setup_fee": quoted.setup_fee,
        "discount": quoted.discount,
        "amount": quoted.amount,
        "tax_percent": quoted.tax_percent,
        "points": quoted.points,
    }

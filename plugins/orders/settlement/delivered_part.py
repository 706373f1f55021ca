"""The part of an order that the client has: lines that were delivered and were not taken back.

It stays owed when the rest is called off, and what was paid of it is not given back.
"""

from collections.abc import Sequence

from billing_panel.catalog.rules.facts import Tender
from plugins.orders.settlement.share_of_lines import Claim, Priced, shares_of
from plugins.orders.store.models import Order, OrderLine


def delivered_lines(order: Order) -> Sequence[OrderLine]:
    """The lines that the client has."""
    return [line for line in order.lines if line.delivered_at is not None]


def kept_claim(order: Order) -> Claim:
    """What is asked for the lines that the client has; empty where there are none."""
    return claim_of(order, delivered_lines(order))


def claim_of(order: Order, lines: Sequence[OrderLine]) -> Claim:
    """What is asked for ``lines`` of the order.

    The delivery is asked for with the first of them that is sent.
    """
    in_money = [line for line in order.lines if line.tender is Tender.MONEY]
    priced = [Priced(line.tax_percent, line.amount) for line in in_money]
    if order.delivery_tax_percent is not None:
        priced.append(Priced(order.delivery_tax_percent, order.delivery))
    taxes = {row.percent: row.tax for row in order.taxes}
    shares = shares_of(priced, taxes, taxes_inside=order.taxes_inside)
    wanted = {line.id for line in lines}
    own = [share for line, share in zip(in_money, shares, strict=False) if line.id in wanted]
    if has_delivery(order, lines):
        own.append(shares[-1])
    return Claim(tuple(own), sum(line.points for line in lines))


def has_delivery(order: Order, lines: Sequence[OrderLine]) -> bool:
    """Something of ``lines`` was sent, for which the order asks."""
    return order.delivery_tax_percent is not None and any(
        line.tariff.needs_delivery for line in lines
    )

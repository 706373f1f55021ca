"""The part of an order that the client has: lines that were delivered and were not taken back.

It stays owed when the rest is called off, and what was paid of it is not given back.
"""

from collections.abc import Sequence

from billing_panel.catalog.rules.eligibility_facts import Tender
from plugins.orders.settlement.line_shares_and_tax import Claim, Priced, Share, shares_of
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
    wanted, is_sent = {line.id for line in lines}, has_delivery(order, lines)
    own = [
        share
        for line, share in shares_of_lines(order)
        if (line.id in wanted if line is not None else is_sent)
    ]
    return Claim(tuple(own), sum(line.points for line in lines))


def shares_of_lines(order: Order) -> Sequence[tuple[OrderLine | None, Share]]:
    """What of the order each line in money has, then the delivery (None), if it has one."""
    in_money = [line for line in order.lines if line.tender is Tender.MONEY]
    priced = [Priced(line.levied, line.amount) for line in in_money]
    owners: list[OrderLine | None] = [*in_money]
    if sent := order.delivery_levied:
        priced.append(Priced(sent, order.delivery))
        owners.append(None)
    taxes = {row.levied: row.tax for row in order.taxes}
    shares = shares_of(priced, taxes, taxes_inside=order.taxes_inside)
    return [*zip(owners, shares, strict=True)]


def has_delivery(order: Order, lines: Sequence[OrderLine]) -> bool:
    """Something of ``lines`` was sent, for which the order asks."""
    return order.delivery_tax_percent is not None and any(
        line.tariff.needs_delivery for line in lines
    )

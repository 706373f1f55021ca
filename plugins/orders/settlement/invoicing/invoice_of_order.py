"""What an invoice, or a receipt, says about an order: plain values, in the client's language."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TypeVar

from billing_panel.kernel.language.text import say, text
from billing_panel.tax.supply import TaxCategory
from invoices.document import BankDetails, Document, DocumentLine, Kind
from plugins.orders.settlement.invoicing.credit_shares import (
    Standing,
    Sums,
    gross_lines,
    part_of,
    sums_of,
    take_sum,
)
from plugins.orders.settlement.invoicing.tax_event import (
    day_of_advance,
    day_of_tax_event,
    day_paid,
)
from plugins.orders.settlement.proforma import kept_proforma_of, proforma_of
from plugins.orders.store.models import Order
from plugins.orders.store.payment import Payment

K = TypeVar("K")


def invoice_of(order: Order, day: date) -> Document:
    """For all that the order comes to; of one called off, for what the client has of it."""
    made = kept_proforma_of if order.is_kept_in_part else proforma_of
    bill, event, paid_on = made(order, day), day_of_tax_event(order), day_paid(order)
    return replace(
        bill,
        kind=Kind.INVOICE,
        due_on=day if paid_on else bill.due_on,
        supplied_on=event if event != day else None,
        paid_on=paid_on,
    )


def invoice_of_rest(
    order: Order,
    day: date,
    invoiced: Sums,
    gross: int,
    tax: int | None,
    kind: Kind = Kind.INVOICE,
) -> Document:
    """For ``gross`` more of the order than ``invoiced``, which invoices say of it already.

    ``tax``: as ``take_sum`` has it.
    """
    whole = invoice_of(order, day)
    left = sums_of(whole) - invoiced
    rest = Standing(whole, Sums(_not_below_zero(left.amounts), _not_below_zero(left.taxes)))
    taken = take_sum(rest, gross, tax)
    part = part_of(rest, taken, kind, day)
    came = day_of_advance(order) if kind is Kind.ADVANCE else None
    return replace(part, prepaid=part.total, paid_on=came or day)


def _not_below_zero(sums: Mapping[K, int]) -> Mapping[K, int]:
    return {key: max(value, 0) for key, value in sums.items()}


def receipt_of(order: Order, payment: Payment, day: date) -> Document:
    """That ``payment`` was taken at the desk; it is no tax document and bears no tax."""
    language = order.client.language
    said = text("Payment for order No. %(number)s", number=order.number)
    bill = proforma_of(order, day)
    return replace(
        bill,
        kind=Kind.RECEIPT,
        due_on=day,
        bank=BankDetails(name=""),
        lines=(
            DocumentLine(
                title=say(said, language),
                detail="",
                quantity=1,
                unit_price=payment.amount,
                discount=0,
                amount=payment.amount,
                tax_percent=Decimal(0),
                tax_category=TaxCategory.OUT_OF_SCOPE,
            ),
        ),
        taxes=(),
        taxes_inside=False,
        net=payment.amount,
        tax=0,
        total=payment.amount,
        paid_on=day,
        prepaid=payment.amount,
        paid_by=say(payment.title, language),
        paid_with=payment.method.value,
        paid_lines=_paid_lines(bill, payment.amount),
        signature=None,
        stamp=None,
    )


def _paid_lines(bill: Document, amount: int) -> tuple[DocumentLine, ...]:
    """For what ``amount`` was paid: its share of every line, with tax."""
    shares = gross_lines(Standing(bill, sums_of(bill)), amount)
    return tuple(
        replace(line, quantity=1, unit_price=share, discount=0, amount=share, points=0)
        for line in bill.lines
        if (share := shares.get(line.key, 0))
    )

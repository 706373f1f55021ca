"""One invoice for several orders, and what of it is of one of them. Pure.

Directive 2006/112/EC, Art. 223, allows a summary invoice for supplies whose VAT becomes chargeable
in the same calendar month. Each line names its order and the day of its tax event (Art. 226 (7));
the tax of a rate is the sum of the orders' own, so that invoice and books agree to the cent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from billing_panel.kernel.language.days import said_day
from billing_panel.kernel.language.text import say, text
from billing_panel.tax.supply import SupplyTax
from invoices.document import DELIVERY, Document, DocumentLine, DocumentTax, OrderPart
from plugins.orders.settlement.invoicing.credit_shares import levied_by


def together(documents: Sequence[Document]) -> Document:
    """``documents``: the invoices that the orders would have alone, of one day, seller and buyer.

    Without its number, which it gets when it is issued.
    """
    first = documents[0]
    parts = tuple(_part(one) for one in documents)
    taxes = _summed(tax for one in documents for tax in one.taxes)
    paid = [one.paid_on for one in documents]
    all_paid = [day for day in paid if day is not None]
    supplied = {_supplied_on(one) for one in documents}
    return replace(
        first,
        order_number=", ".join(one.order_number for one in documents),
        due_on=max(one.due_on for one in documents),
        lines=tuple(line for one in documents for line in _lines(one)),
        taxes=taxes,
        net=sum(tax.base for tax in taxes),
        tax=sum(tax.tax for tax in taxes),
        total=sum(one.total for one in documents),
        prepaid=sum(one.prepaid for one in documents),
        supplied_on=first.supplied_on if len(supplied) == 1 else None,
        paid_on=max(all_paid) if len(all_paid) == len(paid) else None,
        parts=parts,
    )


def part_for(document: Document, order_number: str) -> Document:
    """What the document says of the order, as if it had been invoiced alone.

    What is of one order is itself. Raises KeyError for an order that it is not of.
    """
    if not document.parts:
        return document
    part = {one.order_number: one for one in document.parts}[order_number]
    keys = frozenset(part.lines)
    lines = (line for line in document.lines if line.key in keys)
    return replace(
        document,
        order_number=order_number,
        lines=tuple(replace(line, key=own_key(line.key)) for line in lines),
        taxes=part.taxes,
        net=part.net,
        tax=part.tax,
        total=part.total,
        prepaid=part.prepaid,
        supplied_on=part.supplied_on,
        paid_on=part.paid_on,
        parts=(),
    )


def order_of_line(document: Document, key: str) -> str:
    """The number of the order that the line of a collective invoice is of."""
    return next(one.order_number for one in document.parts if key in one.lines)


def _part(document: Document) -> OrderPart:
    return OrderPart(
        order_number=document.order_number,
        lines=tuple(_key(line, document) for line in document.lines),
        taxes=document.taxes,
        net=document.net,
        tax=document.tax,
        total=document.total,
        prepaid=document.prepaid,
        supplied_on=document.supplied_on,
        paid_on=document.paid_on,
    )


def _lines(document: Document) -> Iterable[DocumentLine]:
    of_order = say(
        text(
            "Order No. %(number)s of %(day)s",
            number=document.order_number,
            day=said_day(_supplied_on(document), document.language),
        ),
        document.language,
    )
    for line in document.lines:
        detail = f"{of_order} · {line.detail}" if line.detail else of_order
        yield replace(line, detail=detail, key=_key(line, document))


def _supplied_on(document: Document) -> date:
    return document.supplied_on or document.issued_on


def _key(line: DocumentLine, document: Document) -> str:
    """Keys of lines are those of all orders, but for the delivery, which each order has."""
    return f"{DELIVERY}:{document.order_number}" if line.key == DELIVERY else line.key


def own_key(key: str) -> str:
    """What the line is called on an invoice of its order alone."""
    return DELIVERY if key.startswith(f"{DELIVERY}:") else key


def _summed(taxes: Iterable[DocumentTax]) -> tuple[DocumentTax, ...]:
    """The highest rate first, as on the invoice of one order."""
    found: dict[SupplyTax, DocumentTax] = {}
    for tax in taxes:
        known = found.get(levied_by(tax))
        more = replace(tax, base=known.base + tax.base, tax=known.tax + tax.tax) if known else tax
        found[levied_by(tax)] = more
    return tuple(sorted(found.values(), key=lambda tax: (-tax.percent, tax.category, tax.place)))

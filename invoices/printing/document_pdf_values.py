"""The content of a printed page: labelled, formatted strings in the document's language."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from babel.numbers import get_currency_symbol

from billing_panel.kernel.language.text import Text, say, text
from billing_panel.kernel.values.money import Money
from invoices.document import (
    Document,
    DocumentLine,
    DocumentTax,
    FiscalRecord,
    Kind,
    Mark,
    Marking,
    TaxCategory,
)
from invoices.payment.payment_reference import reference_of
from invoices.payment.swiss_bill import swiss_bill
from invoices.printing.amount_in_words import amount_in_words
from invoices.printing.bank_rows import bank_rows
from invoices.printing.document_text_formats import NO_BREAK, Labelled, Writer
from invoices.printing.national_words import TITLES, UNITS, national_title
from invoices.printing.printed_party import printed_party
from invoices.printing.signing_places import signing_places


@dataclass(frozen=True)
class PrintedLine:
    """A line of the document; a column that says nothing is empty.

    ``carried``: what it and those before it come to, as the foot of a page says it that ends with
    it; ``brought``: as the head of the next.
    """

    title: str
    detail: str
    quantity: str
    price: str
    discount: str
    tax: str
    amount: str
    carried: str = ""
    brought: str = ""


def page_values(document: Document, marking: Marking | None = None) -> dict[str, object]:
    """All that the template shows, as strings in the document's language."""
    writer = Writer(document, marking)
    kind, number = _kind(document, writer), writer.say(text("No. %(n)s", n=document.number))
    seller, lines = document.seller, [*_lines(document, writer)]
    return {
        "language": document.language,
        "title": f"{kind} {number}",
        "created": document.issued_on.isoformat(),
        "footer": f"{kind} {number} · {writer.day(document.issued_on)} · {seller.name}",
        "page_word": writer.say(text("Page")),
        "letter": _first_letter(document.brand or seller.name),
        "brand": document.brand,
        "contacts": [contact for contact in (seller.email, seller.phone) if contact],
        "kind": kind,
        "is_void": marking is not None and marking.mark in {Mark.VOID, Mark.CLOSED},
        "mark": _mark(marking, writer) if marking and not marking.fiscal else "",
        "fiscal": _fiscal(marking.fiscal, writer) if marking and marking.fiscal else [],
        "number": number,
        "headline": _headline(document, writer),
        "facts": _facts(document, writer),
        "seller": printed_party(text("Seller"), seller, writer),
        "buyer": printed_party(text("Buyer"), document.buyer, writer),
        "columns": _columns(document, writer),
        "has_taxes": any(line.tax for line in lines),
        "has_discounts": any(line.discount for line in document.lines),
        "lines": lines,
        "words": writer.labelled(text("In words"), _total_in_words(document, writer)),
        "grounds": _grounds(document, writer),
        "sums": _sums(document, writer),
        "total": _total(document, writer),
        "below_total": _below_total(document, writer),
        "payment_title": writer.say(text("Payment by bank transfer")),
        "bank": _bank(document, writer) if writer.asks else [],
        "swiss": swiss_bill(document) if writer.asks else None,
        "code_caption": writer.say(text("Scan this code with your banking app")),
        "notes": _notes(document, writer),
        "signing": signing_places(document, writer),
    }


def _kind(document: Document, writer: Writer) -> str:
    said, national = writer.say(TITLES[document.kind]), national_title(document)
    return f"{said} / {national}" if national else said


def _mark(marking: Marking, writer: Writer) -> str:
    day = writer.day(marking.on)
    says = {
        Mark.VOID: text("Annulled on %(day)s", day=day),
        Mark.PAID: text("Paid on %(day)s", day=day),
        Mark.CLOSED: text("Cancelled on %(day)s", day=day),
    }
    return writer.say(says[marking.mark])


def _fiscal(record: FiscalRecord, writer: Writer) -> list[Labelled]:
    rows = [
        writer.labelled(text("Fiscal receipt No."), record.number),
        writer.labelled(text("Fiscal device"), record.device),
    ]
    return [*rows, *([writer.labelled(text("Check it at"), record.link)] if record.link else [])]


def _first_letter(name: str) -> str:
    return next((character.upper() for character in name if character.isalnum()), "•")


def _points(lines: Sequence[DocumentLine]) -> int:
    return sum(line.points for line in lines)


HEADLINES: Mapping[Kind, Text] = {
    Kind.CREDIT_NOTE: text("Total credited"),
    Kind.RECEIPT: text("Amount received"),
}


def _headline(document: Document, writer: Writer) -> Labelled:
    label = text("Amount due") if writer.asks else text("Total")
    if document.kind in HEADLINES:
        label = HEADLINES[document.kind]
    elif document.paid_on:
        label = text("Paid in full")
    points = _points(document.lines)
    if points and not document.total:
        return writer.labelled(label, writer.points(points))
    return writer.labelled(label, writer.money(_asked(document, writer)))


def _asked(document: Document, writer: Writer) -> int:
    return document.payable if writer.asks else document.total


def _facts(document: Document, writer: Writer) -> list[Labelled]:
    facts = [writer.labelled(text("Date of issue"), writer.day(document.issued_on))]
    if document.supplied_on:
        facts.append(writer.labelled(text("Date of supply"), writer.day(document.supplied_on)))
    if document.paid_on:
        facts.append(writer.labelled(text("Paid on"), writer.day(document.paid_on)))
        if document.paid_by:
            facts.append(writer.labelled(text("Payment method"), document.paid_by))
    elif writer.asks:
        facts.append(writer.labelled(text("Due date"), writer.day(document.due_on)))
    return [*facts, *_references(document, writer)]


def _references(document: Document, writer: Writer) -> Iterator[Labelled]:
    if document.corrects:
        corrected = document.corrects
        of_day = writer.day(corrected.issued_on).replace(" ", NO_BREAK)
        yield writer.labelled(text("Corrects invoice"), f"{corrected.number}, {of_day}")
    if document.settles:
        numbers = ", ".join(one.number for one in document.settles)
        yield writer.labelled(text("Settles advance invoices"), numbers)
    if document.order_number:
        yield writer.labelled(text("Order number"), document.order_number)
    if document.account_number:
        yield writer.labelled(text("Customer account"), document.account_number)


def _columns(document: Document, writer: Writer) -> dict[str, str]:
    price, amount = text("Unit price"), text("Amount")
    if document.taxes_inside:
        price, amount = text("Price incl. VAT"), text("Amount incl. VAT")
    discount = text("Discount")
    symbol = get_currency_symbol(document.currency, locale=document.language)
    return {
        "place": writer.say(text("#")),
        "item": writer.say(text("Item")),
        "quantity": writer.say(text("Qty")),
        "price": f"{writer.say(price)}, {symbol}",
        "discount": f"{writer.say(discount)}, {symbol}",
        "tax": writer.say(_tax_name(document)),
        "amount": f"{writer.say(amount)}, {symbol}",
    }


def _tax_name(document: Document) -> Text:
    return text("Sales tax") if document.seller.country == "US" else text("VAT")


def _lines(document: Document, writer: Writer) -> Iterator[PrintedLine]:
    so_far = 0
    for line in document.lines:
        so_far += line.amount
        total = writer.money(so_far)
        yield replace(
            _line(line, writer),
            carried=writer.say(text("Carried forward: %(sum)s", sum=total)),
            brought=writer.say(text("Brought forward: %(sum)s", sum=total)),
        )


def _line(line: DocumentLine, writer: Writer) -> PrintedLine:
    in_points = bool(line.points)
    return PrintedLine(
        title=line.title,
        detail=" · ".join(part for part in (line.detail, _period(line, writer)) if part),
        quantity=f"{writer.number(line.quantity)}{NO_BREAK}{_unit(line, writer)}",
        price=_points_price(line, writer) if in_points else writer.price(line.price_of_one),
        discount=writer.figure(-line.discount) if line.discount else "",
        tax="" if in_points else _percent(line.tax_category, line.tax_percent, writer),
        amount=writer.points(line.points) if in_points else writer.figure(line.amount),
    )


def _unit(line: DocumentLine, writer: Writer) -> str:
    one, several = UNITS.get(line.unit, (line.unit, line.unit))
    return say(one if line.quantity == 1 else several, writer.language)


def _period(line: DocumentLine, writer: Writer) -> str:
    if line.period is None:
        return ""
    begins, ends = writer.day(line.period.begins), writer.day(line.period.ends)
    return f"{begins} – {ends}".replace(" ", NO_BREAK).replace(f"{NO_BREAK}–{NO_BREAK}", " – ")


def _percent(category: TaxCategory, percent: Decimal, writer: Writer) -> str:
    """What is outside the scope of the tax has no rate (EN 16931, BR-O-05)."""
    return "" if category is TaxCategory.OUT_OF_SCOPE else writer.percent(percent)


def _points_price(line: DocumentLine, writer: Writer) -> str:
    each, rest = divmod(line.points, line.quantity)
    return "" if rest else writer.points(each)


def _sums(document: Document, writer: Writer) -> list[Labelled]:
    net = writer.labelled(text("Net amount"), writer.money(document.net))
    several = len(document.taxes) > 1
    name = _tax_name(document)
    in_scope = [tax for tax in document.taxes if tax.category is not TaxCategory.OUT_OF_SCOPE]
    sums = [net, *(_tax(tax, name, writer, with_base=several) for tax in in_scope)]
    if not in_scope and not _is_paid_in_part(document):
        return []
    if not _is_paid_in_part(document):
        return sums
    inside = document.taxes_inside and document.tax
    total = text("Total including VAT") if inside else text("Total")
    return [
        *sums,
        writer.labelled(total, writer.money(document.total)),
        writer.labelled(text("Paid before"), writer.money(-document.prepaid)),
    ]


def _is_paid_in_part(document: Document) -> bool:
    """Part was paid before issue; what was paid in full says so at its head."""
    return bool(document.prepaid) and document.paid_on is None


def _tax(tax: DocumentTax, name: Text, writer: Writer, *, with_base: bool) -> Labelled:
    percent = writer.percent(tax.percent)
    label = text("%(tax)s %(percent)s", tax=name, percent=percent)
    if with_base:
        base = Money(tax.base, writer.currency)
        label = text("%(tax)s %(percent)s on %(base)s", tax=name, percent=percent, base=base)
    return writer.labelled(label, writer.money(tax.tax))


def _total_in_words(document: Document, writer: Writer) -> str:
    """Its last word, ``cents``, keeps to the number before it."""
    asked = Money(_asked(document, writer), document.currency)
    return NO_BREAK.join(amount_in_words(asked, document.language).rsplit(" ", 1))


def _total(document: Document, writer: Writer) -> Labelled:
    """What is to be paid; of what asks for nothing, the total or what was left at issue."""
    if writer.asks:
        return writer.labelled(text("Total to pay"), writer.money(document.payable))
    if document.kind is Kind.CREDIT_NOTE:
        return writer.labelled(text("Total credited"), writer.money(document.total))
    if _is_paid_in_part(document):
        left = text("Left to pay when issued")
        return writer.labelled(left, writer.money(document.payable))
    return writer.labelled(text("Total"), writer.money(document.total))


def _below_total(document: Document, writer: Writer) -> list[Labelled]:
    below = []
    if document.taxes_inside and document.tax and not _is_paid_in_part(document):
        below.append(writer.labelled(text("including VAT"), ""))
    if points := _points(document.lines):
        below.append(writer.labelled(text("and in points"), writer.points(points)))
    return below


# of no supply, which is nobody's tax yet
NO_TAX = text("No VAT")
GROUNDS: Mapping[TaxCategory, Text] = {
    TaxCategory.REVERSE_CHARGE: text("Reverse charge"),
    TaxCategory.INTRA_COMMUNITY: text("Intra-Community supply"),
    TaxCategory.EXPORT: text("Export"),
    TaxCategory.OUT_OF_SCOPE: text("Supplied abroad"),
    TaxCategory.EXEMPT: NO_TAX,
}


def _grounds(document: Document, writer: Writer) -> list[Labelled]:
    """Why no tax is charged: Art. 226 (11) and (11a) of Directive 2006/112/EC want it said."""
    return [
        writer.labelled(GROUNDS[tax.category] if tax.place else NO_TAX, tax.ground.words)
        for tax in document.taxes
        if tax.ground is not None
    ]


def _bank(document: Document, writer: Writer) -> list[Labelled]:
    rows = bank_rows(document, writer.money(document.payable))
    return [writer.labelled(label, value) for label, value in rows]


def _notes(document: Document, writer: Writer) -> list[str]:
    notes = []
    if document.reason:
        notes.append(text("Reason: %(reason)s", reason=document.reason))
    if writer.asks and (document.bank.iban or document.bank.account):
        notes.append(
            text("Please quote the payment reference when you pay.")
            if reference_of(document) != document.number
            else text("Please quote the document number when you pay.")
        )
    if document.kind is Kind.PROFORMA:
        notes.append(
            text("A pro-forma invoice is not a tax document and gives no right to deduct VAT.")
        )
    if document.kind is Kind.RECEIPT:
        notes.append(text("This confirms a payment; it is neither a tax document nor a bill."))
    return [writer.say(note) for note in notes]

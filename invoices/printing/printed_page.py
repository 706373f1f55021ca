"""What stands on the page: a document as labelled, formatted strings in its own language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_symbol

from billing_panel.accounts.firms.vat_territories import EU, vat_territory
from billing_panel.kernel.language.text import Text, say, text
from billing_panel.kernel.values.money import POINTS, Money, figures, show
from invoices.document import (
    Document,
    DocumentLine,
    DocumentTax,
    Kind,
    Mark,
    Marking,
    Party,
    TaxTreatment,
)
from invoices.printing.amount_in_words import amount_in_words
from invoices.printing.bank_rows import bank_rows
from invoices.printing.payment_code import is_payable

NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Labelled:
    """A value and what it is called."""

    label: str
    value: str


@dataclass(frozen=True)
class PrintedParty:
    """Seller or buyer: what they are here, their name, and the lines below it."""

    role: str
    name: str
    lines: list[str]


@dataclass(frozen=True)
class PrintedLine:
    """A line of the document; a column that says nothing is empty."""

    title: str
    detail: str
    quantity: str
    price: str
    discount: str
    tax: str
    amount: str


class Writer:
    """Says sentences and writes figures in the language and the currency of one document.

    ``asks``: for money; what is marked, or has nothing to be paid, looks like no bill.
    """

    def __init__(self, document: Document, marking: Marking | None = None) -> None:
        self.language = document.language
        self.currency = document.currency
        self.asks = is_payable(document) and marking is None

    def say(self, words: Text) -> str:
        return say(words, self.language)

    def labelled(self, label: Text, value: str) -> Labelled:
        return Labelled(self.say(label), value)

    def money(self, minor: int) -> str:
        return show(Money(minor, self.currency), self.language).replace("-", "−")

    def figure(self, minor: int) -> str:
        """Without the sign of the currency, which stands at the head of the column."""
        return figures(Money(minor, self.currency), self.language).replace("-", "−")

    def number(self, number: int | Decimal) -> str:
        return format_decimal(number, locale=self.language)

    def percent(self, percent: Decimal) -> str:
        return self.say(text("%(percent)s%%", percent=self.number(percent)))

    def points(self, points: int) -> str:
        return self.say(text("%(points)s pts", points=Money(points, POINTS)))

    def day(self, day: date) -> str:
        return format_date(day, "d MMMM y", locale=self.language)


def page_values(document: Document, marking: Marking | None = None) -> dict[str, object]:
    """All that the template shows, as strings in the document's language."""
    writer = Writer(document, marking)
    kind, number = _kind(document, writer), writer.say(text("No. %(n)s", n=document.number))
    seller = document.seller
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
        "is_void": marking is not None and marking.mark is not Mark.PAID,
        "mark": _mark(marking, writer) if marking else "",
        "number": number,
        "headline": _headline(document, writer),
        "facts": _facts(document, writer),
        "seller": _party(text("Seller"), seller, writer),
        "buyer": _party(text("Buyer"), document.buyer, writer),
        "columns": _columns(document, writer),
        "has_discounts": any(line.discount for line in document.lines),
        "lines": [_line(line, writer) for line in document.lines],
        "words": writer.labelled(text("In words"), _total_in_words(document, writer)),
        "grounds": _grounds(document, writer),
        "sums": _sums(document, writer),
        "total": _total(document, writer),
        "below_total": _below_total(document, writer),
        "payment_title": writer.say(text("Payment by bank transfer")),
        "bank": _bank(document, writer) if writer.asks else [],
        "code_caption": writer.say(text("Scan this code with your banking app")),
        "notes": _notes(document, writer),
    }


def _kind(document: Document, writer: Writer) -> str:
    names = {
        Kind.PROFORMA: text("Pro-forma invoice"),
        Kind.INVOICE: text("Invoice"),
        Kind.CREDIT_NOTE: text("Credit note"),
    }
    return writer.say(names[document.kind])


def _mark(marking: Marking, writer: Writer) -> str:
    day = writer.day(marking.on)
    says = {
        Mark.VOID: text("Annulled on %(day)s", day=day),
        Mark.PAID: text("Paid on %(day)s", day=day),
        Mark.CLOSED: text("Cancelled on %(day)s", day=day),
    }
    return writer.say(says[marking.mark])


def _first_letter(name: str) -> str:
    return next((character.upper() for character in name if character.isalnum()), "•")


def _points(lines: Sequence[DocumentLine]) -> int:
    return sum(line.points for line in lines)


def _headline(document: Document, writer: Writer) -> Labelled:
    label = text("Amount due") if writer.asks else text("Total")
    if document.paid_on:
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
    elif writer.asks:
        facts.append(writer.labelled(text("Due date"), writer.day(document.due_on)))
    if document.corrects:
        corrected = document.corrects
        of_day = writer.day(corrected.issued_on).replace(" ", NO_BREAK)
        facts.append(writer.labelled(text("Corrects invoice"), f"{corrected.number}, {of_day}"))
    if document.order_number:
        facts.append(writer.labelled(text("Order number"), document.order_number))
    if document.account_number:
        facts.append(writer.labelled(text("Customer account"), document.account_number))
    return facts


def _party(role: Text, party: Party, writer: Writer) -> PrintedParty:
    return PrintedParty(writer.say(role), party.name, _requisites(party, writer))


def _requisites(party: Party, writer: Writer) -> list[str]:
    numbers = [f"{writer.say(label)} {number}" for label, number in _registrations(party) if number]
    return [line for line in (" · ".join(numbers), party.address) if line]


def _registrations(party: Party) -> list[tuple[Text, str]]:
    """The numbers of a party under the names its country has for them."""
    match party.country:
        case "BG":
            return [
                (text("EIK"), party.registration_number),
                (text("VAT no."), party.vat_number),
            ]
        case "RU":
            # ОГРН of a company has 13 digits, ОГРНИП of a sole trader 15
            is_sole_trader = len(party.registration_number) == 15
            return [
                (text("INN"), party.tax_number),
                (text("KPP"), party.tax_registration_reason),
                (text("OGRNIP") if is_sole_trader else text("OGRN"), party.registration_number),
            ]
        case _:
            return [
                (text("Reg. no."), party.registration_number),
                (text("VAT no."), party.vat_number),
                (text("Tax no."), party.tax_number),
            ]


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
        "tax": writer.say(text("VAT")),
        "amount": f"{writer.say(amount)}, {symbol}",
    }


def _line(line: DocumentLine, writer: Writer) -> PrintedLine:
    in_points = bool(line.points)
    return PrintedLine(
        title=line.title,
        detail=line.detail,
        quantity=writer.number(line.quantity),
        price=_points_price(line, writer) if in_points else writer.figure(line.unit_price),
        discount=writer.figure(-line.discount) if line.discount else "",
        tax="" if in_points else writer.percent(line.tax_percent),
        amount=writer.points(line.points) if in_points else writer.figure(line.amount),
    )


def _points_price(line: DocumentLine, writer: Writer) -> str:
    each, rest = divmod(line.points, line.quantity)
    return "" if rest else writer.points(each)


def _sums(document: Document, writer: Writer) -> list[Labelled]:
    net = writer.labelled(text("Net amount"), writer.money(document.net))
    several = len(document.taxes) > 1
    sums = [net, *(_tax(tax, writer, with_base=several) for tax in document.taxes)]
    if not document.prepaid:
        return sums
    inside = document.taxes_inside and document.tax
    total = text("Total including VAT") if inside else text("Total")
    return [
        *sums,
        writer.labelled(total, writer.money(document.total)),
        writer.labelled(text("Paid before"), writer.money(-document.prepaid)),
    ]


def _tax(tax: DocumentTax, writer: Writer, *, with_base: bool) -> Labelled:
    percent = writer.percent(tax.percent)
    label = text("VAT %(percent)s", percent=percent)
    if with_base:
        base = Money(tax.base, writer.currency)
        label = text("VAT %(percent)s on %(base)s", percent=percent, base=base)
    return writer.labelled(label, writer.money(tax.tax))


def _total_in_words(document: Document, writer: Writer) -> str:
    """Its last word, ``cents``, keeps to the number before it."""
    asked = Money(_asked(document, writer), document.currency)
    return NO_BREAK.join(amount_in_words(asked, document.language).rsplit(" ", 1))


def _total(document: Document, writer: Writer) -> Labelled:
    """What is to be paid; of what asks for nothing, the total or what was left at issue."""
    if writer.asks:
        label = text("Total to pay")
    else:
        label = text("Left to pay when issued") if document.prepaid else text("Total")
    return writer.labelled(label, writer.money(document.payable))


def _below_total(document: Document, writer: Writer) -> list[Labelled]:
    below = []
    if document.taxes_inside and document.tax and not document.prepaid:
        below.append(writer.labelled(text("including VAT"), ""))
    if points := _points(document.lines):
        below.append(writer.labelled(text("and in points"), writer.points(points)))
    return below


def _grounds(document: Document, writer: Writer) -> Labelled | None:
    """Why no tax is charged: Art. 226 (11) and (11a) of Directive 2006/112/EC want it said."""
    seller = document.seller
    match document.treatment, vat_territory(seller.country, seller.address) in EU:
        case TaxTreatment.REVERSE_CHARGE, _:
            label = text("Reverse charge")
            ground = text(
                "The recipient accounts for the VAT: Article 196 of Council Directive 2006/112/EC."
            )
        case TaxTreatment.EXPORT, True:
            label = text("Supply outside the EU")
            ground = text(
                "No VAT is charged: Articles 44, 58 and 146 of Council Directive 2006/112/EC."
            )
        case TaxTreatment.EXPORT, False:
            label = text("Supply abroad")
            ground = text("No VAT is charged.")
        case _:
            return None
    return writer.labelled(label, writer.say(ground))


def _bank(document: Document, writer: Writer) -> list[Labelled]:
    rows = bank_rows(document, writer.money(document.payable))
    return [writer.labelled(label, value) for label, value in rows]


def _notes(document: Document, writer: Writer) -> list[str]:
    notes = []
    if writer.asks and (document.bank.iban or document.bank.account):
        notes.append(text("Please quote the document number when you pay."))
    if document.kind is Kind.PROFORMA:
        notes.append(
            text("A pro-forma invoice is not a tax document and gives no right to deduct VAT.")
        )
    return [writer.say(note) for note in notes]

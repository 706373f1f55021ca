"""A document in the terms of EN 16931: a pure mapping, the same for every syntax.

1. BT-13 is the number of the order: the buyer placed it, and knows it by that.
2. Amounts are without tax (``net_lines``); what was paid in points is no part of it.
3. Supplies that are out of scope bear no VAT number, neither of the seller nor of the buyer
   (BR-O-02 to BR-O-04 want it so); the seller's is their identifier then (BT-29).
"""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from billing_panel.kernel.values.money import digits
from billing_panel.tax.supply import TaxCategory
from invoices.document import FISCAL, Document, DocumentTax, Kind, Party
from invoices.einvoice.electronic_address import electronic_address
from invoices.einvoice.net_lines import NetLine, net_lines
from invoices.einvoice.semantic_invoice import (
    Instructions,
    InvoiceLine,
    Place,
    Preceding,
    SemanticInvoice,
    TaxBreakdown,
    TaxCode,
    Totals,
    TradeParty,
    TypeCode,
)
from invoices.payment.payment_reference import reference_of

TYPE_CODES = {
    Kind.ADVANCE: TypeCode.PREPAYMENT,
    Kind.INVOICE: TypeCode.INVOICE,
    Kind.CREDIT_NOTE: TypeCode.CREDIT_NOTE,
}
# UNTDID 4461: a SEPA credit transfer, any other, and what is left open
SEPA_TRANSFER = "58"
TRANSFER = "30"
NOT_DEFINED = "1"
MOST_DECIMALS = 2


def can_be_einvoice(document: Document) -> bool:
    """A tax document in the form of EN 16931; a pro-forma is none, nor what takes points alone.

    What is outside the scope of VAT stands on none with anything else (BR-O-11), and amounts have
    two decimals at most (BR-DEC-*): nobody could correct that, so these stay on paper.
    """
    categories = {tax.category for tax in document.taxes}
    is_mixed = TaxCategory.OUT_OF_SCOPE in categories and len(categories) > 1
    can_be_written = not is_mixed and digits(document.currency) <= MOST_DECIMALS
    return document.kind in FISCAL and can_be_written and bool(net_lines(document))


def invoice_of(document: Document) -> SemanticInvoice:
    """Raises KeyError for a kind that is no e-invoice (``can_be_einvoice``)."""
    lines = net_lines(document)
    out_of_scope = any(tax.category is TaxCategory.OUT_OF_SCOPE for tax in document.taxes)
    return SemanticInvoice(
        number=document.number,
        type_code=TYPE_CODES[document.kind],
        issued_on=document.issued_on,
        due_on=document.due_on if _asks(document) else None,
        currency=document.currency,
        buyer_reference=_clean(document.account_number),
        order_reference=_clean(document.order_number),
        note=_clean(document.reason),
        preceding=tuple(_preceding(document)),
        seller=_seller(document.seller, named_by_vat=not out_of_scope),
        buyer=_buyer(document, named_by_vat=not out_of_scope),
        delivered_on=_delivered_on(document),
        delivered_to=_delivered_to(document),
        instructions=_instructions(document),
        lines=tuple(_line(place, line, document) for place, line in enumerate(lines, 1)),
        taxes=tuple(_taxes(document)),
        totals=_totals(document, lines),
    )


def _asks(document: Document) -> bool:
    return document.kind is not Kind.CREDIT_NOTE and _payable(document) > 0


def _preceding(document: Document) -> Iterable[Preceding]:
    corrected = (document.corrects,) if document.corrects else ()
    for named in (*corrected, *document.settles):
        yield Preceding(named.number, named.issued_on)


def _prepaid(document: Document) -> int:
    return document.total if document.paid_on else document.prepaid


def _payable(document: Document) -> int:
    return document.total - _prepaid(document)


def _amount(minor: int, document: Document) -> Decimal:
    return Decimal(minor).scaleb(-digits(document.currency))


def _seller(party: Party, *, named_by_vat: bool) -> TradeParty:
    vat_number = _compact(party.vat_number)
    return TradeParty(
        name=_clean(party.name),
        place=_place(party),
        identifier="" if named_by_vat else vat_number,
        registration=_clean(party.registration_number),
        vat_number=vat_number if named_by_vat else "",
        tax_number=_clean(party.tax_number),
        reached_at=electronic_address(party),
        contact=_clean(party.name),
        phone=_clean(party.phone),
        email=_clean(party.email),
    )


def _buyer(document: Document, *, named_by_vat: bool) -> TradeParty:
    """A number that names no country is none of VAT (BR-CO-09)."""
    party = document.buyer
    vat_number = _compact(party.vat_number)
    return TradeParty(
        name=_clean(party.name),
        place=_place(party),
        identifier=_clean(document.account_number),
        registration=_clean(party.registration_number),
        vat_number=vat_number if named_by_vat and vat_number[:2].isalpha() else "",
        reached_at=electronic_address(party),
        phone=_clean(party.phone),
        email=_clean(party.email),
    )


def _place(party: Party) -> Place:
    """What was written before addresses had parts stands whole in its first line."""
    street = [_clean(line) for line in party.street.splitlines() if line.strip()]
    first, *others = street or [_clean("" if party.city else party.address)]
    return Place(
        line=first,
        second_line=", ".join(others),
        city=_clean(party.city),
        post_code=_clean(party.post_code),
        region=_clean(party.region),
        country=party.country,
    )


def _delivered_on(document: Document) -> date | None:
    """BT-72: of an invoice the day of issue, unless it says another; within the Union always."""
    is_within = any(tax.category is TaxCategory.INTRA_COMMUNITY for tax in document.taxes)
    if document.supplied_on or not (document.kind is Kind.INVOICE or is_within):
        return document.supplied_on
    return document.issued_on


def _delivered_to(document: Document) -> str:
    """BT-80, which goods within the Union need (BR-IC-12): the territory that would tax them."""
    places = [tax.place for tax in document.taxes if tax.category is TaxCategory.INTRA_COMMUNITY]
    return next((place or document.buyer.country for place in places), "")


def _instructions(document: Document) -> Instructions:
    bank = document.bank
    if not _asks(document) or not (bank.iban or bank.account):
        return Instructions(NOT_DEFINED)
    in_sepa = bool(bank.iban) and document.currency == "EUR"
    return Instructions(
        means=SEPA_TRANSFER if in_sepa else TRANSFER,
        reference=reference_of(document),
        account=_compact(bank.iban or bank.account),
        is_iban=bool(bank.iban),
        name=_clean(document.seller.name),
        bic=_compact(bank.bic),
    )


def _line(place: int, line: NetLine, document: Document) -> InvoiceLine:
    of = line.line
    return InvoiceLine(
        id=str(place),
        name=_clean(of.title),
        description=_clean(of.detail),
        quantity=Decimal(line.quantity),
        unit=of.unit,
        price=line.price.scaleb(-digits(document.currency)),
        discount=_amount(line.discount, document),
        net=_amount(line.net, document),
        tax=TaxCode(of.tax_category, of.tax_percent),
        period=of.period,
    )


def _taxes(document: Document) -> Iterable[TaxBreakdown]:
    """One for each category and rate, whosever the tax is."""
    codes = dict.fromkeys(TaxCode(tax.category, tax.percent) for tax in document.taxes)
    for code in codes:
        alike = [t for t in document.taxes if TaxCode(t.category, t.percent) == code]
        yield _breakdown(code, alike, document)


def _breakdown(code: TaxCode, alike: Sequence[DocumentTax], document: Document) -> TaxBreakdown:
    ground = next((tax.ground for tax in alike if tax.ground), None)
    return TaxBreakdown(
        code=code,
        base=_amount(sum(tax.base for tax in alike), document),
        tax=_amount(sum(tax.tax for tax in alike), document),
        reason=_clean(ground.words) if ground else "",
        reason_code=ground.code if ground else "",
    )


def _totals(document: Document, lines: Sequence[NetLine]) -> Totals:
    return Totals(
        lines=_amount(sum(line.net for line in lines), document),
        net=_amount(document.net, document),
        tax=_amount(document.tax, document),
        total=_amount(document.total, document),
        prepaid=_amount(_prepaid(document), document),
        payable=_amount(_payable(document), document),
    )


def _compact(number: str) -> str:
    return "".join(number.split()).upper()


def _clean(words: str) -> str:
    """On one line, without what XML 1.0 can't hold or what turns the direction of writing."""
    plain = (c if unicodedata.category(c) not in ("Cc", "Cf", "Cn", "Cs") else " " for c in words)
    return " ".join("".join(plain).split())

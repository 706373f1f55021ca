"""Random tax documents, as the panel makes them: for the e-invoices that are made of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from billing_panel.kernel.values.money import part_in_gross, percent_of
from billing_panel.tax.supply import TaxCategory
from invoices.document import (
    BankDetails,
    CorrectedDocument,
    Document,
    DocumentLine,
    DocumentTax,
    Ground,
    Kind,
    Party,
    Period,
)

SELLERS = {
    "BG": Party(
        name="Nordvik Hosting OOD",
        country="BG",
        address="7 Tsar Shishman St, 1000 Sofia",
        registration_number="204512345",
        vat_number="BG204512345",
        email="billing@nordvik.example",
        phone="+359 2 555 0100",
        street="7 Tsar Shishman St",
        post_code="1000",
        city="Sofia",
    ),
    "DE": Party(
        name="Rechenzentrum Süd GmbH",
        country="DE",
        address="Bahnhofstraße 1, 80335 München",
        registration_number="HRB 123456",
        vat_number="DE136695976",
        tax_number="143/815/08155",
        email="buchhaltung@rz.example",
        phone="+49 89 555 010",
        street="Bahnhofstraße 1\nHaus B",
        post_code="80335",
        city="München",
    ),
    "FR": Party(
        name="Nuage & Cie <SARL>",
        country="FR",
        address="1 rue de la Paix, 75002 Paris",
        registration_number="732829320",
        vat_number="FR44732829320",
        email="facture@nuage.example",
        street="1 rue de la Paix",
        post_code="75002",
        city="Paris",
    ),
}
BANKS = {
    "BG": BankDetails("Банка", iban="BG80 BNBG 9661 1020 3456 78", bic="BNBGBGSD"),
    "DE": BankDetails("Bank", iban="DE75512108001245126199", bic="SOLADEST"),
    "FR": BankDetails("Banque", iban="FR7630006000011234567890189", bic=""),
}
FIRM = Party(
    name="Chmura Sp. z o.o.",
    country="PL",
    address="ul. Długa 1, 00-001 Warszawa",
    vat_number="PL5260001246",
    email="biuro@chmura.example",
    street="ul. Długa 1",
    post_code="00-001",
    city="Warszawa",
    registration_number="0000123456",
)
PERSON = Party(
    name="Ада Лъвлейс", country="BG", address="ул. „Оборище“ 22, София", email="ada@ada.example"
)
AMERICAN = Party(
    name="Acme, Inc.",
    country="US",
    address="1 Main St, Austin, TX 78701",
    email="ap@acme.example",
    street="1 Main St",
    post_code="78701",
    city="Austin",
    region="TX",
)
GERMAN = replace(
    SELLERS["DE"],
    name="Bäckerei Krümel",
    vat_number="DE812871812",
    email="krümel@b.example",
    street="",
    tax_number="",
)
FREE = {
    TaxCategory.EXEMPT: Ground("", "чл. 113, ал. 9 ЗДДС"),
    TaxCategory.REVERSE_CHARGE: Ground("VATEX-EU-AE", "обратно начисляване"),
    TaxCategory.INTRA_COMMUNITY: Ground("VATEX-EU-IC", "чл. 53, ал. 1 ЗДДС"),
    TaxCategory.EXPORT: Ground("VATEX-EU-G", "чл. 28 ЗДДС"),
    TaxCategory.OUT_OF_SCOPE: Ground("VATEX-EU-O", "чл. 21, ал. 2 ЗДДС"),
}
Code = tuple[TaxCategory, Decimal]
NONE = Decimal(0)
AT_HOME: Sequence[Code] = (
    (TaxCategory.STANDARD, Decimal(20)),
    (TaxCategory.STANDARD, Decimal("5.5")),
    (TaxCategory.STANDARD, Decimal(9)),
    (TaxCategory.ZERO, NONE),
    (TaxCategory.EXEMPT, NONE),
)
# whom one sells to, and the taxes that can stand together on what they get
SALES: Sequence[tuple[Party, Sequence[Code]]] = (
    (PERSON, AT_HOME),
    (GERMAN, AT_HOME),
    (FIRM, [(TaxCategory.REVERSE_CHARGE, NONE), (TaxCategory.INTRA_COMMUNITY, NONE)]),
    (FIRM, [(TaxCategory.INTRA_COMMUNITY, NONE), (TaxCategory.STANDARD, Decimal(20))]),
    (AMERICAN, [(TaxCategory.EXPORT, NONE)]),
    (AMERICAN, [(TaxCategory.OUT_OF_SCOPE, NONE)]),
)
DAY = date(2026, 11, 22)
words = st.text(
    st.sampled_from("VPS Про 4 & <b> „Я“ öß €\u202e\x0b\ufffe"), min_size=1, max_size=20
).filter(lambda said: any(c.isalnum() for c in said))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """An advance invoice, an invoice or a credit note, with all that may stand on one."""
    buyer, codes = draw(st.sampled_from(SALES))
    seller = draw(st.sampled_from(sorted(SELLERS)))
    inside = draw(st.booleans())
    kind = draw(st.sampled_from([Kind.INVOICE, Kind.INVOICE, Kind.CREDIT_NOTE, Kind.ADVANCE]))
    lines = draw(st.lists(_lines(codes), min_size=1, max_size=6))
    advances = draw(st.sampled_from([(), (CorrectedDocument("0000000007", DAY),)]))
    if kind is Kind.INVOICE and advances:
        lines.append(_deducted(lines[0]))
    taxes = _taxes(lines, seller, buyer, inside=inside)
    net, tax = sum(t.base for t in taxes), sum(t.tax for t in taxes)
    paid = draw(st.booleans())
    return Document(
        kind=kind,
        language="bg",
        number=draw(st.sampled_from(["0000000417", "NH-2026-000417", "СФ-1"])),
        order_number=draw(st.sampled_from(["NH-10482", ""])),
        account_number="100482",
        issued_on=DAY,
        due_on=DAY + timedelta(days=14),
        currency=draw(st.sampled_from(["EUR", "EUR", "USD"])),
        brand="Nordvik",
        seller=SELLERS[seller],
        buyer=buyer,
        bank=BANKS[seller],
        lines=tuple(lines),
        taxes=taxes,
        taxes_inside=inside,
        net=net,
        tax=tax,
        total=net + tax,
        supplied_on=draw(st.sampled_from([None, DAY - timedelta(days=3)])),
        # between Germans it must say how it is paid, so something is left to pay
        prepaid=max(0, net + tax) // 2 if paid else 0,
        corrects=CorrectedDocument("0000000001", DAY) if kind is Kind.CREDIT_NOTE else None,
        reason="Връщане на част" if kind is Kind.CREDIT_NOTE else "",
        settles=advances if kind is Kind.INVOICE else (),
    )


@st.composite
def _lines(draw: st.DrawFn, codes: Sequence[Code]) -> DocumentLine:
    category, percent = draw(st.sampled_from(codes))
    quantity = draw(st.sampled_from([1, 2, 3, 7, 12, 10_000]))
    price = draw(st.integers(1, 100_000))
    whole = price * quantity
    discount = draw(st.sampled_from([0, whole // 7, whole // 2]))
    return DocumentLine(
        title=draw(words),
        detail=draw(st.sampled_from(["", "12 мес. · Debian 13"])),
        quantity=quantity,
        unit_price=price,
        discount=discount,
        amount=whole - discount,
        tax_percent=percent,
        tax_category=category,
        unit=draw(st.sampled_from(["C62", "MON", "HUR", "E34"])),
        period=draw(st.sampled_from([None, Period(DAY, DAY + timedelta(days=364))])),
    )


def _deducted(line: DocumentLine) -> DocumentLine:
    """What an advance took before, in a line of its own."""
    part = (line.amount + 1) // 2
    return replace(
        line, title="Аванс", quantity=1, unit_price=-part, discount=0, amount=-part, period=None
    )


def _taxes(
    lines: Sequence[DocumentLine], seller: str, buyer: Party, *, inside: bool
) -> tuple[DocumentTax, ...]:
    codes = dict.fromkeys((line.tax_category, line.tax_percent) for line in lines)
    return tuple(_tax(code, lines, seller, buyer, inside=inside) for code in codes)


def _tax(
    code: Code, lines: Sequence[DocumentLine], seller: str, buyer: Party, *, inside: bool
) -> DocumentTax:
    category, percent = code
    amount = sum(line.amount for line in lines if (line.tax_category, line.tax_percent) == code)
    tax = part_in_gross(amount, percent) if inside else percent_of(amount, percent)
    place = seller if category in (TaxCategory.STANDARD, TaxCategory.ZERO) else buyer.country
    base = amount - tax if inside else amount
    return DocumentTax(percent, base, tax, category, place, FREE.get(category))

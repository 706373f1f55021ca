"""Invoices to draw: of 1, 20 and 100 lines, as Factur-X, with a code to pay by."""

from datetime import date, timedelta
from decimal import Decimal

from invoices.document import (
    BankDetails,
    Document,
    DocumentLine,
    DocumentTax,
    EInvoicing,
    Kind,
    Party,
    Period,
)

DAY = date(2026, 11, 22)
SELLER = Party(
    name="Nordvik Hosting OOD",
    country="BG",
    address="1000 Sofia, 1 Vitosha Blvd",
    registration_number="204512345",
    vat_number="BG204512345",
    email="billing@nordvik.example",
    phone="+359 2 000 00 00",
    street="1 Vitosha Blvd",
    post_code="1000",
    city="Sofia",
)
BUYER = Party(
    name="Balkan Media EOOD",
    country="BG",
    address="4000 Plovdiv, 3 Ivan Vazov St",
    registration_number="205123456",
    vat_number="BG205123456",
    street="3 Ivan Vazov St",
    post_code="4000",
    city="Plovdiv",
)


def invoice(lines: int, number: int = 417) -> Document:
    """Unpaid, so that it has an account and a code; 20 % on all lines."""
    rows = tuple(_line(place) for place in range(1, lines + 1))
    net = sum(row.amount for row in rows)
    tax = net // 5
    return Document(
        kind=Kind.INVOICE,
        language="en",
        number=f"{number:010}",
        order_number="10482",
        account_number="100482",
        issued_on=DAY,
        due_on=DAY + timedelta(days=14),
        currency="EUR",
        brand="Nordvik",
        seller=SELLER,
        buyer=BUYER,
        bank=BankDetails("Example Bank", iban="BG80BNBG96611020345678", bic="BNBGBGSD"),
        lines=rows,
        taxes=(DocumentTax(Decimal(20), net, tax, place="BG"),),
        taxes_inside=False,
        net=net,
        tax=tax,
        total=net + tax,
        e_invoicing=EInvoicing.FACTUR_X,
    )


def _line(place: int) -> DocumentLine:
    return DocumentLine(
        title=f"VPS Pro {place}",
        detail="12 months · Extra RAM: 16, Operating system: Debian 13",
        quantity=1 + place % 3,
        unit_price=1000 + 5 * place,
        discount=0,
        amount=(1000 + 5 * place) * (1 + place % 3),
        tax_percent=Decimal(20),
        tax_place="BG",
        period=Period(DAY, DAY + timedelta(days=364)),
        key=str(place),
    )

"""The register of sales: tax documents by day and number, a row for each tax of theirs.

Credit notes count below zero. Pro-formas and receipts are no tax documents, and are not here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.values.money import Money
from billing_panel.tax.supply import TaxCategory
from invoices.document import FISCAL, Kind
from invoices.document_event_wording import NAMES
from invoices.store.models import IssuedDocument
from plugins.finance.registers.register import Asked, Column, Reads, Register, Total

CATEGORIES: Mapping[TaxCategory, Text] = {
    TaxCategory.STANDARD: text("S, taxed"),
    TaxCategory.ZERO: text("Z, zero rate"),
    TaxCategory.EXEMPT: text("E, exempt"),
    TaxCategory.REVERSE_CHARGE: text("AE, reverse charge"),
    TaxCategory.INTRA_COMMUNITY: text("K, intra-Community supply"),
    TaxCategory.EXPORT: text("G, export"),
    TaxCategory.OUT_OF_SCOPE: text("O, outside the scope of VAT"),
}


TAXES = (
    IssuedDocument.content["taxes"].label("taxes"),
    IssuedDocument.content["deducted"].label("deducted"),
)


@dataclass(frozen=True)
class SaleRow:
    """One tax of a document; ``id`` is the document's. ``place``: whose tax it is."""

    id: int
    provider: str
    date: date
    number: str
    kind: Kind
    client: str
    vat_number: str
    country: str
    category: TaxCategory
    percent: Decimal
    place: str
    net: Money
    tax: Money
    gross: Money


@dataclass(frozen=True)
class TaxSum:
    """One tax of a document, in minor units, below zero on a credit note."""

    document_id: int
    provider_id: int
    currency: str
    category: TaxCategory
    percent: Decimal
    place: str
    net: int
    tax: int


def sale_rows(session: Session, asked: Asked, after: int, most: int | None) -> Sequence[SaleRow]:
    """Of ``most`` documents at most, oldest first."""
    buyer = IssuedDocument.content["buyer"]
    found = (
        select(
            *(IssuedDocument.id, IssuedDocument.provider_id, IssuedDocument.issued_on),
            *(IssuedDocument.number, IssuedDocument.kind, IssuedDocument.currency),
            buyer["name"].as_string().label("client"),
            buyer["vat_number"].as_string().label("vat_number"),
            buyer["country"].as_string().label("country"),
            *TAXES,
        )
        .where(*of_days(asked), IssuedDocument.id > after)
        .order_by(IssuedDocument.id)
        .limit(most)
    )
    return [
        SaleRow(
            row.id,
            asked.provider(row.provider_id).key,
            row.issued_on,
            row.number,
            row.kind,
            row.client,
            row.vat_number,
            row.country,
            one.category,
            one.percent,
            one.place,
            Money(one.net, one.currency),
            Money(one.tax, one.currency),
            Money(one.net + one.tax, one.currency),
        )
        for row in session.execute(found)
        for one in _taxes(row)
    ]


def tax_sums(session: Session, asked: Asked) -> Iterator[TaxSum]:
    """Of all documents of the days, one by one; no more of each is read than its taxes."""
    found = (
        select(
            *(IssuedDocument.id, IssuedDocument.provider_id, IssuedDocument.kind),
            *(IssuedDocument.currency, *TAXES),
        )
        .where(*of_days(asked))
        .execution_options(yield_per=1000)
    )
    for row in session.execute(found):
        yield from _taxes(row)


def sale_totals(session: Session, asked: Asked) -> Sequence[Total]:
    """Net, tax and gross, by provider and currency."""
    sums: dict[tuple[int, str], tuple[int, int]] = {}
    for one in tax_sums(session, asked):
        key = one.provider_id, one.currency
        net, tax = sums.get(key, (0, 0))
        sums[key] = net + one.net, tax + one.tax
    return [
        Total(asked.provider(provider).key, what, title, Money(minor, currency))
        for (provider, currency), (net, tax) in sorted(sums.items())
        for what, title, minor in (
            ("net", text("Net"), net),
            ("tax", text("Tax"), tax),
            ("gross", text("Gross"), net + tax),
        )
    ]


def of_days(asked: Asked) -> tuple[Any, ...]:
    row = IssuedDocument
    return row.provider_id.in_(asked.ids), asked.on_days(row.issued_on), row.kind.in_(FISCAL)


def _taxes(row: Row[Any]) -> Iterator[TaxSum]:
    """Advances that are deducted apart from the lines count below zero (``settled_advances``)."""
    sign = -1 if row.kind is Kind.CREDIT_NOTE else 1
    yield from _sums(row, row.taxes, sign)
    yield from _sums(row, row.deducted or (), -1)


def _sums(row: Row[Any], taxes: Sequence[Any], sign: int) -> Iterator[TaxSum]:
    for tax in taxes:
        yield TaxSum(
            row.id,
            row.provider_id,
            row.currency,
            TaxCategory(tax["category"]),
            Decimal(tax["percent"]),
            tax["place"],
            sign * tax["base"],
            sign * tax["tax"],
        )


SALES = Register(
    "sales",
    text("Sales"),
    text("Invoices and credit notes by number, each with its taxes; credit notes are negative."),
    (
        Column("date", text("Date")),
        Column("number", text("Number")),
        Column("kind", text("Kind"), NAMES),
        Column("client", text("Client")),
        Column("vat_number", text("VAT number"), is_below=True),
        Column("country", text("Country"), is_below=True),
        Column("category", text("Tax category"), CATEGORIES),
        Column("percent", text("Rate, %"), is_below=True),
        Column("place", text("Place of taxation"), is_below=True),
        Column("net", text("Net")),
        Column("tax", text("Tax")),
        Column("gross", text("Gross")),
    ),
    sale_rows,
    sale_totals,
    Reads.DOCUMENTS,
)

"""The register of VAT: tax documents summed by place, category and rate; beside it the books.

Tax of another member state is declared in the One Stop Shop (Articles 369a ff. of Directive
2006/112/EC). The books hold tax as soon as money is earned; where a document is issued later, or
none at all, the two differ, and the orders that make the difference are named.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.double_entry import AccountKind
from billing_panel.ledger.models import LedgerAccount, LedgerEntry, Posting
from billing_panel.tax.supply import TaxCategory
from billing_panel.tax.territories import EU, territory_at
from invoices.store.models import IssuedDocument
from plugins.finance.registers.register import Asked, Column, Reads, Register, Total
from plugins.finance.registers.sales_register import CATEGORIES, TaxSum, of_days, tax_sums
from plugins.orders.settlement.ledger.earnings import EARNED
from plugins.orders.store.models import OrderDocument, id_of_number, number_of

YES_OR_NO = {True: text("One Stop Shop"), False: text("no")}
# provider, currency, place, category and rate
TaxKey = tuple[int, str, str, TaxCategory, Decimal]
# who asks for more takes the registers of sales and payments
MOST_NAMED = 50


@dataclass(frozen=True)
class VatRow:
    """``oss``: declared in the One Stop Shop. ``documents``: how many have it.

    ``books_net`` and ``books_tax``: what the books have of the same tax, revenue deferred too.
    """

    id: int
    provider: str
    place: str
    category: TaxCategory
    percent: Decimal
    oss: bool
    documents: int
    net: Money
    tax: Money
    gross: Money
    books_net: Money
    books_tax: Money


@dataclass(frozen=True)
class Unequal:
    """An order whose tax in the books of these days isn't that of its documents of these days."""

    order_id: int
    provider: str
    books: Money
    documents: Money

    @property
    def number(self) -> str:
        return number_of(self.order_id)

    @property
    def by(self) -> Money:
        return self.books - self.documents


def vat_rows(session: Session, asked: Asked, after: int, most: int | None) -> Sequence[VatRow]:
    """Few, by place, category and rate; ``id`` is its place among them."""
    sums: dict[TaxKey, list[TaxSum]] = {}
    for one in tax_sums(session, asked):
        key = (one.provider_id, one.currency, one.place, one.category, one.percent)
        sums.setdefault(key, []).append(one)
    books = _earned_in_books(session, asked)
    rows = [
        _row(asked.provider(key[0]), place, key, sums.get(key, []), books.get(key, (0, 0)))
        for place, key in enumerate(sorted({*sums, *books}), 1)
    ]
    return rows[after:][:most]


def vat_totals(session: Session, asked: Asked) -> Sequence[Total]:
    """Tax by the documents, by the books, and the difference."""
    documents: Counter[tuple[int, str]] = Counter()
    for one in tax_sums(session, asked):
        documents[one.provider_id, one.currency] += one.tax
    books: Counter[tuple[int, str]] = Counter()
    for provider, currency, _order, minor in _tax_in_books(session, asked):
        books[provider, currency] += minor
    return [
        Total(asked.provider(key[0]).key, what, title, Money(minor, key[1]))
        for key in sorted({*documents, *books})
        for what, title, minor in (
            ("documents", text("Tax on documents"), documents[key]),
            ("books", text("Tax in the books"), books[key]),
            ("difference", text("Difference"), books[key] - documents[key]),
        )
    ]


def unequal_orders(session: Session, asked: Asked) -> Sequence[Unequal]:
    """Those that make the difference, largest id first; ``MOST_NAMED`` at most."""
    books: Counter[tuple[int, str, int]] = Counter()
    for provider, currency, order, minor in _tax_in_books(session, asked):
        books[provider, currency, order] += minor
    documents = _tax_in_documents(session, asked)
    differ = [key for key in {*books, *documents} if books[key] != documents[key]]
    return [
        Unequal(
            key[2],
            asked.provider(key[0]).key,
            Money(books[key], key[1]),
            Money(documents[key], key[1]),
        )
        for key in sorted(differ, key=lambda key: -key[2])[:MOST_NAMED]
    ]


def _earned_in_books(session: Session, asked: Asked) -> Mapping[TaxKey, tuple[int, int]]:
    """Without tax, and the tax. What earlier releases booked of orders with several taxes is in
    none: nobody knows whose it is.
    """
    is_tax = LedgerAccount.kind == AccountKind.TAX
    tax = Posting.tax_place, Posting.tax_category, Posting.tax_percent
    rows = session.execute(
        select(
            *(LedgerAccount.provider_id, LedgerAccount.currency, *tax),
            func.sum(case((is_tax, 0), else_=Posting.amount)),
            func.sum(case((is_tax, Posting.amount), else_=0)),
        )
        .join(Posting, Posting.account_id == LedgerAccount.id)
        .join(LedgerEntry, LedgerEntry.id == Posting.entry_id)
        .where(
            Posting.tax_category.is_not(None),
            LedgerAccount.kind.in_(EARNED),
            asked.within(LedgerEntry.day, LedgerAccount.provider_id),
        )
        .group_by(LedgerAccount.provider_id, LedgerAccount.currency, *tax)
    )
    return {
        (provider, currency, place, category, percent): (int(net), int(tax_sum))
        for provider, currency, place, category, percent, net, tax_sum in rows
        if net or tax_sum
    }


def _tax_in_books(session: Session, asked: Asked) -> Sequence[tuple[int, str, int, int]]:
    """Provider, currency, order and minor units. Only orders earn, and so only they have tax."""
    rows = session.execute(
        select(
            LedgerAccount.provider_id,
            LedgerAccount.currency,
            LedgerEntry.subject_id,
            func.sum(Posting.amount),
        )
        .join(Posting, Posting.account_id == LedgerAccount.id)
        .join(LedgerEntry, LedgerEntry.id == Posting.entry_id)
        .where(
            LedgerAccount.kind == AccountKind.TAX,
            asked.within(LedgerEntry.day, LedgerAccount.provider_id),
        )
        .group_by(LedgerAccount.provider_id, LedgerAccount.currency, LedgerEntry.subject_id)
    )
    return [(provider, currency, order, int(sum_)) for provider, currency, order, sum_ in rows]


def _tax_in_documents(session: Session, asked: Asked) -> Counter[tuple[int, str, int]]:
    """Of a document for several orders each has its part."""
    sums = list(tax_sums(session, asked))
    order_of, parts = _orders(session, asked), _parts(session, asked)
    found: Counter[tuple[int, str, int]] = Counter()
    for one in sums:
        order = order_of.get(one.document_id)
        if order is not None and one.document_id not in parts:
            found[one.provider_id, one.currency, order] += one.tax
    for provider, currency, of_orders in parts.values():
        for order, tax in of_orders.items():
            found[provider, currency, order] += tax
    return found


def _parts(session: Session, asked: Asked) -> Mapping[int, tuple[int, str, Mapping[int, int]]]:
    """By documents for several orders: provider, currency, and the tax of each of these."""
    several = select(OrderDocument.document_id).where(OrderDocument.share.is_not(None))
    rows = session.execute(
        select(
            *(IssuedDocument.id, IssuedDocument.provider_id, IssuedDocument.currency),
            IssuedDocument.content["parts"].label("parts"),
        ).where(*of_days(asked), IssuedDocument.id.in_(several))
    )
    return {
        row.id: (
            row.provider_id,
            row.currency,
            {id_of_number(part["order_number"]) or 0: part["tax"] for part in row.parts},
        )
        for row in rows
        # what settles advances has a share too, and is of one order
        if row.parts
    }


def _orders(session: Session, asked: Asked) -> Mapping[int, int]:
    from_documents = (
        select(OrderDocument.document_id, func.min(OrderDocument.order_id))
        .join(IssuedDocument, IssuedDocument.id == OrderDocument.document_id)
        .where(*of_days(asked))
        .group_by(OrderDocument.document_id)
    )
    return dict(session.execute(from_documents).all())


def _row(
    provider: Provider, id_: int, key: TaxKey, sums: Sequence[TaxSum], books: tuple[int, int]
) -> VatRow:
    _, currency, place, category, percent = key
    net, tax = sum(one.net for one in sums), sum(one.tax for one in sums)
    return VatRow(
        id_,
        provider.key,
        place,
        category,
        percent,
        _is_oss(provider, category, place),
        len({one.document_id for one in sums}),
        *(Money(minor, currency) for minor in (net, tax, net + tax, *books)),
    )


def _is_oss(provider: Provider, category: TaxCategory, place: str) -> bool:
    """It is taxed in a member state that isn't the provider's."""
    home = territory_at(provider.postal_address)
    return category is TaxCategory.STANDARD and place in EU and place != home


VAT = Register(
    "vat",
    text("VAT"),
    text(
        "Tax documents totalled by place of taxation, category and rate, beside the tax "
        "in the books."
    ),
    (
        Column("place", text("Place of taxation")),
        Column("category", text("Tax category"), CATEGORIES),
        Column("percent", text("Rate, %")),
        Column("oss", text("One Stop Shop"), YES_OR_NO),
        Column("documents", text("Documents")),
        Column("net", text("Net")),
        Column("tax", text("Tax")),
        Column("gross", text("Gross")),
        Column("books_net", text("Net in the books")),
        Column("books_tax", text("Tax in the books")),
    ),
    vat_rows,
    vat_totals,
    Reads.DOCUMENTS,
    is_summed=True,
)

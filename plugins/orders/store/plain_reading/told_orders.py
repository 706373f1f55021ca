"""Orders as the API and commands tell of them in lists: plain rows with all that is told.

A row is no object of the session: nothing of it can be changed, and nothing more is read when it is
looked at. Its fields have the names and types that ``Order`` and what belongs to it have, so that
one and the same code tells of both. Four statements read a page, however long it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Select, bindparam, cast, select
from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import PaymentMethod, Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.accounts.people.user_models import User
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.eligibility_facts import OptionValue, Tender
from billing_panel.kernel.database.column_types import AsWritten
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.language.text import Titles
from billing_panel.tax.sale_tax_summary import TaxTreatment
from billing_panel.tax.supply import TaxCategory
from invoices.document import Kind
from invoices.store.models import DocumentEvent, DocumentEventKind, IssuedDocument
from plugins.orders.store.models import Order, OrderDocument, OrderLine, number_of
from plugins.orders.store.order_claim import OrderClaim
from plugins.orders.store.order_sum_rules import ReadSums
from plugins.orders.store.order_sums import OrderTax
from plugins.orders.store.workflow_models import OrderStatus
from plugins.orders.workflow.statuses.stage import Stage

Rows = Select[*tuple[Any, ...]]


class ToldProvider(NamedTuple):
    """Whose order it is."""

    key: str
    name: str


class ToldClient(NamedTuple):
    """Who the order is of."""

    id: int
    login: str
    account_number: int
    name: str


class ToldStatus(NamedTuple):
    """Where it stands."""

    key: str
    title: Titles


class Keyed(NamedTuple):
    """A payment method, or a tariff."""

    key: str


class ToldClaim(NamedTuple):
    """Who of the staff has it in hand."""

    login: str


@dataclass(slots=True)
class ToldLine:
    """As ``OrderLine`` has it."""

    id: int
    tariff: Keyed
    title: Titles
    status: str | None
    months: int
    quantity: int
    options: Mapping[str, OptionValue]
    tender: Tender
    unit_price: int
    setup_fee: int
    discount: int
    amount: int
    tax_percent: Decimal
    tax_category: TaxCategory
    listed_percent: Decimal
    points: int
    delivered_at: datetime | None
    taken_back_at: datetime | None


@dataclass(slots=True)
class ToldTax:
    """As ``OrderTax`` has it."""

    percent: Decimal
    category: TaxCategory
    place: str
    base: int
    tax: int


@dataclass(slots=True)
class ToldDocument:
    """As ``IssuedDocument`` has it."""

    id: int
    kind: Kind
    number: str
    issued_on: date
    due_on: date
    currency: str
    total: int
    voided_at: datetime | None

    @property
    def is_void(self) -> bool:
        return self.voided_at is not None


@dataclass(slots=True)
class ToldOrder(ReadSums):
    """As ``Order`` has it: sums in minor units of ``currency``, and whole points."""

    provider: ToldProvider
    client: ToldClient
    status: ToldStatus
    payment_method: Keyed | None
    claim: ToldClaim | None
    id: int
    stage: Stage
    version: int
    placed_at: datetime
    currency: str
    treatment: TaxTreatment
    taxes_inside: bool
    goods: int
    delivery: int
    discount: int
    total: int
    points: int
    paid: int
    paid_points: int
    refunded: int
    refunded_points: int
    surplus: int
    kept: int | None
    kept_points: int | None
    note: str
    lines: list[ToldLine] = field(default_factory=list)
    taxes: list[ToldTax] = field(default_factory=list)
    documents: list[ToldDocument] = field(default_factory=list)

    @property
    def number(self) -> str:
        return number_of(self.id)


_IDS = bindparam("order_ids", type_=BigInteger(), expanding=True)
_ORDERS: Rows = (
    select(
        Provider.key,
        Provider.name,
        Client.id,
        Client.login,
        Client.account_number,
        Client.name,
        OrderStatus.key,
        cast(OrderStatus.titles, AsWritten),
        PaymentMethod.key,
        User.login,
        Order.id,
        Order.stage,
        Order.version,
        Order.placed_at,
        Order.currency,
        Order.treatment,
        Order.taxes_inside,
        Order.goods,
        Order.delivery,
        Order.discount,
        Order.total,
        Order.points,
        Order.paid,
        Order.paid_points,
        Order.refunded,
        Order.refunded_points,
        Order.surplus,
        Order.kept,
        Order.kept_points,
        Order.note,
    )
    .select_from(Order)
    .join(Provider, Provider.id == Order.provider_id)
    .join(Client, Client.id == Order.client_id)
    .join(OrderStatus, OrderStatus.id == Order.status_id)
    .outerjoin(PaymentMethod, PaymentMethod.id == Order.payment_method_id)
    .outerjoin(OrderClaim, OrderClaim.order_id == Order.id)
    .outerjoin(User, User.id == OrderClaim.user_id)
    .where(Order.id.in_(_IDS))
)
_LINES: Rows = (
    select(
        OrderLine.order_id,
        OrderLine.id,
        Tariff.key,
        cast(OrderLine.titles, AsWritten),
        OrderLine.status,
        OrderLine.months,
        OrderLine.quantity,
        cast(OrderLine.options, AsWritten),
        OrderLine.tender,
        OrderLine.unit_price,
        OrderLine.setup_fee,
        OrderLine.discount,
        OrderLine.amount,
        OrderLine.tax_percent,
        OrderLine.tax_category,
        OrderLine.listed_percent,
        OrderLine.points,
        OrderLine.delivered_at,
        OrderLine.taken_back_at,
    )
    .join(Tariff, Tariff.id == OrderLine.tariff_id)
    .where(OrderLine.order_id.in_(_IDS))
    .order_by(OrderLine.order_id, OrderLine.position)
)
_TAXES: Rows = (
    select(
        OrderTax.order_id,
        OrderTax.percent,
        OrderTax.category,
        OrderTax.place,
        OrderTax.base,
        OrderTax.tax,
    )
    .where(OrderTax.order_id.in_(_IDS))
    .order_by(OrderTax.order_id, OrderTax.percent.desc(), OrderTax.category, OrderTax.place)
)
_VOIDED = (
    select(DocumentEvent.at)
    .where(
        DocumentEvent.document_id == IssuedDocument.id,
        DocumentEvent.kind == DocumentEventKind.VOIDED,
    )
    .scalar_subquery()
)
_DOCUMENTS: Rows = (
    select(
        OrderDocument.order_id,
        IssuedDocument.id,
        IssuedDocument.kind,
        IssuedDocument.number,
        IssuedDocument.issued_on,
        IssuedDocument.due_on,
        IssuedDocument.currency,
        IssuedDocument.total,
        _VOIDED,
    )
    .join(IssuedDocument, IssuedDocument.id == OrderDocument.document_id)
    .where(OrderDocument.order_id.in_(_IDS))
    .order_by(OrderDocument.order_id, IssuedDocument.id)
)


def told_orders(session: Session, order_ids: Sequence[int]) -> list[ToldOrder]:
    """The orders of these ids, which were found in scope, as they come there."""
    if not order_ids:
        return []
    own = {"order_ids": [*order_ids]}
    found = {order.id: order for order in map(_order, plain(session, _ORDERS, own))}
    for order_id, *line in plain(session, _LINES, own):
        found[order_id].lines.append(_line(*line))
    for order_id, *tax in plain(session, _TAXES, own):
        found[order_id].taxes.append(ToldTax(*tax))
    for order_id, *document in plain(session, _DOCUMENTS, own):
        found[order_id].documents.append(ToldDocument(*document))
    return [found[order_id] for order_id in order_ids]


def _order(row: Sequence[Any]) -> ToldOrder:
    """Of a row of ``_ORDERS``."""
    status, titles, method, claimed_by = row[6:10]
    return ToldOrder(
        ToldProvider(*row[:2]),
        ToldClient(*row[2:6]),
        ToldStatus(status, Titles(titles)),
        None if method is None else Keyed(method),
        None if claimed_by is None else ToldClaim(claimed_by),
        *row[10:],
    )


def _line(line_id: int, tariff: str, titles: dict[str, str], *own: Any) -> ToldLine:
    return ToldLine(line_id, Keyed(tariff), Titles(titles), *own)

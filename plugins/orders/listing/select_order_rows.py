"""Orders as lists show them: plain rows, read in one statement whatever a row has.

Pages and files of orders are made of them. A row is no object of the session: nothing of it can be
changed, and nothing more of it is read when it is looked at.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import starmap
from typing import Any

from sqlalchemy import ColumnElement, Select, case, cast, func, literal, select
from sqlalchemy import String as Words
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.database.plain_rows import plain
from billing_panel.kernel.language.text import DEFAULT_LANGUAGE, LANGUAGES
from billing_panel.kernel.values.actor import ActorKind
from invoices.store.models import PRINTED, IssuedDocument
from plugins.orders.listing.order_filter import OrderFilter
from plugins.orders.store.models import (
    Order,
    OrderDeadline,
    OrderDocument,
    OrderLine,
    number_of,
)
from plugins.orders.store.order_sum_rules import ReadSums
from plugins.orders.workflow.statuses.stage import Stage

TIMES, AND = " × ", ", "


# frozen, each would take three times as long to make; nobody changes one
@dataclass(slots=True, unsafe_hash=True)
class OrderRow(ReadSums):
    """``goods``: what was ordered, in the reader's language. ``bill``: the id of its invoice
    or, before that, of its bill.

    Sums are minor units of ``currency``, and whole points.
    """

    id: int
    provider_id: int
    client_id: int
    client_name: str
    client_login: str
    status_id: int
    workflow_id: int
    stage: Stage
    version: int
    placed_at: datetime
    placed_by_kind: ActorKind
    placed_by_id: int | None
    payment_method_id: int | None
    currency: str
    total: int
    points: int
    paid: int
    paid_points: int
    refunded: int
    refunded_points: int
    surplus: int
    owed: int
    kept: int | None
    kept_points: int | None
    goods: str | None
    bill: int | None
    due_at: datetime | None

    @property
    def number(self) -> str:
        return number_of(self.id)


def rows_of(page: Select[Any], shown: OrderFilter, language: str, dialect: str) -> Select[Any]:
    """What a list has of the orders whose ids ``page`` selects."""
    ids = page.subquery()
    return shown.in_order(_selected(language, dialect).join(ids, ids.c.id == Order.id))


def order_rows(session: Session, rows: Select[Any] | None, shown: OrderFilter) -> list[OrderRow]:
    """By a statement of ``rows_of``, newest first; None: there can be none."""
    if rows is None:
        return []
    found = [*starmap(OrderRow, plain(session, rows, shown.values))]
    return found if shown.after is None else found[::-1]


def _selected(language: str, dialect: str) -> Select[*tuple[Any, ...]]:
    bill = (
        select(func.max(OrderDocument.document_id))
        .join(IssuedDocument, IssuedDocument.id == OrderDocument.document_id)
        .where(OrderDocument.order_id == Order.id, IssuedDocument.kind.in_(PRINTED))
    )
    due = select(OrderDeadline.due_at).where(OrderDeadline.order_id == Order.id)
    return select(
        Order.id,
        Order.provider_id,
        Order.client_id,
        Client.name,
        Client.login,
        Order.status_id,
        Order.workflow_id,
        Order.stage,
        Order.version,
        Order.placed_at,
        Order.placed_by_kind,
        Order.placed_by_id,
        Order.payment_method_id,
        Order.currency,
        Order.total,
        Order.points,
        Order.paid,
        Order.paid_points,
        Order.refunded,
        Order.refunded_points,
        Order.surplus,
        Order.owed,
        Order.kept,
        Order.kept_points,
        _goods(language, dialect),
        bill.correlate(Order).scalar_subquery(),
        due.correlate(Order).scalar_subquery(),
    ).join(Client, Client.id == Order.client_id)


def _goods(language: str, dialect: str) -> ColumnElement[Any]:
    """``VPS Pro 4 × 2, SSL Wildcard``, made by the database: no title comes here to be decoded."""
    title = said_in(OrderLine.titles, language)
    many = literal(TIMES) + cast(OrderLine.quantity, Words)
    words = title + case((OrderLine.quantity > 1, many), else_=literal(""))
    if dialect == "postgresql":
        joined = func.string_agg(words, aggregate_order_by(literal(AND), OrderLine.position))
        lines = select(joined).where(OrderLine.order_id == Order.id)
    else:
        each = select(words.label("words")).where(OrderLine.order_id == Order.id)
        each = each.order_by(OrderLine.position).correlate(Order)
        lines = select(func.group_concat(each.subquery().c.words, AND))
    return lines.correlate(Order).scalar_subquery()


def said_in(titles: InstrumentedAttribute[dict[str, str]], language: str) -> ColumnElement[Any]:
    """``Titles.in_language``, said to the database."""
    ways = dict.fromkeys((language, DEFAULT_LANGUAGE, *LANGUAGES))
    return func.coalesce(*(func.nullif(titles[way].as_string(), "") for way in ways), "")

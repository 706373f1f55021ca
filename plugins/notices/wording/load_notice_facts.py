"""The facts behind notices, read at once for many events: names, numbers, sums."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, joinedload

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client
from billing_panel.kernel.language.text import Text, Titles
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import ActorKind
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import POINTS, Money
from invoices.document import Kind
from invoices.store.models import IssuedDocument
from plugins.orders.exceptions.exception_models import OrderException
from plugins.orders.store.models import Order, OrderDocument, number_of
from plugins.orders.store.workflow_models import OrderStatus


@dataclass(frozen=True)
class Bill:
    """A document as a notice names it."""

    id: int
    kind: Kind
    number: str
    total: Money
    due_on: date


@dataclass(frozen=True)
class NoticeFacts:
    """``order_id`` None: it is of no order. ``status``: the one the event leads to, or of now.

    ``told``: what the event itself knows. ``exception``: what was proposed.
    """

    event: str
    at: datetime
    by: ActorKind
    told: Mapping[str, Any]
    provider_id: int | None = None
    provider: str = ""
    timezone: str = "UTC"
    client_id: int | None = None
    client: str = ""
    order_id: int | None = None
    status: Titles = field(default_factory=lambda: Titles({}))
    total: Money | None = None
    bill: Bill | None = None
    exception: Text | None = None

    @property
    def number(self) -> str:
        """What people call the order."""
        return "" if self.order_id is None else number_of(self.order_id)

    @property
    def sum(self) -> Money | None:
        """The sum that the event is about."""
        if "points" in self.told and self.event == "points.expired":
            return Money(self.told["points"], POINTS)
        for name in ("amount", "total"):
            if name in self.told and "currency" in self.told:
                return Money(self.told[name], self.told["currency"])
        return self.total

    @property
    def due(self) -> date | None:
        """The day that a deadline names, where the provider is."""
        written = self.told.get("day") or self.told.get("due_at") or self.told.get("to")
        if self.event not in {"deadline.approached", "deadline.passed", "order.deadline_changed"}:
            return None
        if not isinstance(written, str):
            return None
        if len(written) == len("2026-11-29"):
            return date.fromisoformat(written)
        return local_date(datetime.fromisoformat(written), self.timezone)


def facts_by_event(session: Session, event_ids: Collection[int]) -> Mapping[int, NoticeFacts]:
    """What there is to say of each; however many they are, the same few statements."""
    events = session.scalars(select(Event).where(Event.id.in_(event_ids))).all()
    bills = _bills(session, [e.subject_id for e in events if e.subject_kind == "document"])
    orders_of = orders_of_documents(session, bills)
    order_ids = {e.id: _order_id(e, orders_of) for e in events}
    orders = _orders(session, {one for one in order_ids.values() if one is not None})
    exceptions = _exceptions(session, [e.subject_id for e in events if _is(e, "exception")])
    providers = _by_id(session, Provider, {e.provider_id for e in events})
    clients = _by_id(session, Client, {e.client_id for e in events})
    titles = _titles(session, providers)
    return {
        event.id: _facts(
            event,
            order=orders.get(order_ids[event.id] or 0),
            provider=providers.get(event.provider_id or 0),
            client=clients.get(event.client_id or 0),
            bill=bills.get(event.subject_id) if _is(event, "document") else None,
            exception=exceptions.get(event.subject_id) if _is(event, "exception") else None,
            titles=titles,
        )
        for event in events
    }


def orders_of_documents(session: Session, document_ids: Collection[int]) -> Mapping[int, int]:
    """For which order each document was issued."""
    rows = session.execute(
        select(OrderDocument.document_id, OrderDocument.order_id).where(
            OrderDocument.document_id.in_(document_ids)
        )
    )
    return {row.document_id: row.order_id for row in rows}


def _is(event: Event, noun: str) -> bool:
    return event.subject_kind == noun


def _order_id(event: Event, orders_of: Mapping[int, int]) -> int | None:
    if _is(event, "document"):
        return orders_of.get(event.subject_id)
    if _is(event, "dialogue"):
        return event.facts.get("order_id")
    return event.subject_id if _is(event, "order") else None


def _facts(
    event: Event,
    *,
    order: Row[Any] | None,
    provider: Provider | None,
    client: Client | None,
    bill: Bill | None,
    exception: Text | None,
    titles: Mapping[tuple[int, str], Titles],
) -> NoticeFacts:
    return NoticeFacts(
        event=event.kind,
        at=event.at,
        by=event.actor_kind,
        told=event.told,
        provider_id=event.provider_id,
        provider=provider.name if provider else "",
        timezone=provider.timezone if provider else "UTC",
        client_id=event.client_id,
        client=client.name if client else "",
        order_id=order.id if order else None,
        status=_status(event, order, titles),
        total=Money(order.total, order.currency) if order else None,
        bill=bill,
        exception=exception,
    )


def _status(
    event: Event, order: Row[Any] | None, titles: Mapping[tuple[int, str], Titles]
) -> Titles:
    if order is None:
        return Titles({})
    named = {"notice.due": "status", "order.moved": "to", "order.status_given": "to"}
    key = event.facts.get(named.get(event.kind, ""), order.status)
    return titles.get((order.provider_id, key), Titles({"en": str(key)}))


def _orders(session: Session, ids: Collection[int]) -> Mapping[int, Row[Any]]:
    rows = session.execute(
        select(Order.id, Order.provider_id, Order.total, Order.currency)
        .add_columns(OrderStatus.key.label("status"))
        .join(OrderStatus, OrderStatus.id == Order.status_id)
        .where(Order.id.in_(ids))
    )
    return {row.id: row for row in rows}


def _bills(session: Session, ids: Collection[int]) -> Mapping[int, Bill]:
    rows = session.execute(
        select(
            IssuedDocument.id,
            IssuedDocument.kind,
            IssuedDocument.number,
            IssuedDocument.total,
            IssuedDocument.currency,
            IssuedDocument.due_on,
        ).where(IssuedDocument.id.in_(ids))
    )
    return {
        row.id: Bill(row.id, row.kind, row.number, Money(row.total, row.currency), row.due_on)
        for row in rows
    }


def _exceptions(session: Session, ids: Collection[int]) -> Mapping[int, Text]:
    rows = session.scalars(
        select(OrderException)
        .where(OrderException.id.in_(ids))
        .options(joinedload(OrderException.tariff, innerjoin=True))
    )
    return {row.id: row.said for row in rows}


def _by_id(session: Session, model: Any, ids: Collection[int | None]) -> Mapping[int, Any]:
    known = {one for one in ids if one is not None}
    return {row.id: row for row in session.scalars(select(model).where(model.id.in_(known)))}


def _titles(session: Session, provider_ids: Collection[int]) -> Mapping[tuple[int, str], Titles]:
    rows = session.execute(
        select(OrderStatus.provider_id, OrderStatus.key, OrderStatus.titles).where(
            OrderStatus.provider_id.in_(provider_ids)
        )
    )
    return {(row.provider_id, row.key): Titles(row.titles) for row in rows}

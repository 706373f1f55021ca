"""What the rules of restriction and price must know of a client of a provider."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from billing_panel.accounts.firms.providers import Provider
from billing_panel.accounts.firms.vat_number import is_valid_vat_number
from billing_panel.accounts.firms.vat_territories import vat_territory
from billing_panel.accounts.people.clients import Client, ClientKind, Membership
from billing_panel.catalog.load_facts import group_facts, held_services
from billing_panel.catalog.models import BundlePart, Tariff
from billing_panel.catalog.rules.facts import ClientFacts, TariffKind
from billing_panel.ledger.client_standing import standing
from plugins.orders.store.find_orders import IS_LIVE
from plugins.orders.store.models import (
    Order,
    OrderLine,
)


def client_facts(session: Session, client: Client, provider: Provider) -> ClientFacts:
    """What the rules of restriction and price know of a client of this provider."""
    vat_company = client.kind is ClientKind.COMPANY and is_valid_vat_number(
        client.vat_number, client.country
    )
    membership = next((m for m in client.memberships if m.provider_id == provider.id), None)
    if membership is None:
        return ClientFacts(
            provider=provider.key,
            is_client=False,
            country=client.country,
            territory=vat_territory(client.country, client.postal_address.code_to_look_at),
            vat_company=vat_company,
            currency=provider.currency,
        )
    return _member_facts(session, client, membership, vat_company=vat_company)


def _member_facts(
    session: Session, client: Client, membership: Membership, *, vat_company: bool
) -> ClientFacts:
    provider, group = membership.provider, membership.group
    money = standing(session, client.id, provider.id)
    live = _live(session, client.id, provider.id)
    return ClientFacts(
        provider=provider.key,
        is_client=True,
        country=client.country,
        territory=vat_territory(client.country, client.postal_address.code_to_look_at),
        vat_company=vat_company,
        group=group_facts(group) if group else None,
        discount_percent=group.discount_percent if group else Decimal(0),
        ignores_service_limits=group.ignores_service_limits if group else False,
        forbidden_methods=frozenset(m.method for m in (group.forbidden_methods if group else ())),
        blocked_reason=membership.blocked_reason,
        blocked_text=membership.blocked_text,
        currency=provider.currency,
        balance=money.balance,
        points=money.points - _promised_points(session, client.id, provider.id),
        debt=money.debt,
        credit_limit=membership.credit_limit,
        held=held_services(session, client.id, provider.id),
        open_lines=live.open_lines,
        paid_open=live.paid,
    )


def _promised_points(session: Session, client_id: int, provider_id: int) -> int:
    """Points that live orders still take: they cannot be promised twice."""
    promised = session.scalar(PROMISED, {"client_id": client_id, "provider_id": provider_id})
    return int(promised or 0)


PROMISED = select(func.sum(Order.points - Order.paid_points)).where(
    Order.client_id == bindparam("client_id"),
    Order.provider_id == bindparam("provider_id"),
    IS_LIVE,
)


@dataclass(frozen=True)
class _Live:
    """Of the client's live orders by tariff key: how many count, and which are paid for."""

    open_lines: Mapping[str, int]
    paid: frozenset[str]


def _live(session: Session, client_id: int, provider_id: int) -> _Live:
    """One row for each tariff ordered and each part of it; a bundle's own count repeats.

    A delivered service is held from then on and counts there.
    """
    own: dict[str, int] = {}
    parts: Counter[str] = Counter()
    paid: set[str] = set()
    for row in session.execute(LIVE_TARIFFS, {"client_id": client_id, "provider_id": provider_id}):
        own[row.key] = int(row.waiting)
        if row.part is not None:
            parts[row.part] += int(row.parts_waiting)
        if row.paid:
            paid |= {row.key, row.part}
    return _Live(Counter(own) + parts, frozenset(paid - {None}))


def _live_tariffs() -> Select[str, str, int, int, int]:
    part = aliased(Tariff)
    is_paid = and_(Order.paid == Order.total, Order.paid_points == Order.points)
    return (
        select(
            Tariff.key,
            part.key.label("part"),
            _waiting(Tariff).label("waiting"),
            _waiting(part).label("parts_waiting"),
            func.max(case((is_paid, 1), else_=0)).label("paid"),
        )
        .join(OrderLine, OrderLine.tariff_id == Tariff.id)
        .join(Order, Order.id == OrderLine.order_id)
        .outerjoin(BundlePart, BundlePart.bundle_id == Tariff.id)
        .outerjoin(part, part.id == BundlePart.tariff_id)
        .where(
            Order.client_id == bindparam("client_id"),
            Order.provider_id == bindparam("provider_id"),
            IS_LIVE,
        )
        .group_by(Tariff.key, part.key)
    )


def _waiting(tariff: type[Tariff]) -> ColumnElement[int]:
    waits = or_(OrderLine.delivered_at.is_(None), tariff.kind != TariffKind.SERVICE)
    return func.sum(case((waits, OrderLine.quantity), else_=0))


LIVE_TARIFFS = _live_tariffs()

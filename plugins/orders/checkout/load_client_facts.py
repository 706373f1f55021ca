"""Loads what the rules need to know of a client."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    func,
    select,
)
from sqlalchemy.orm import Session, aliased

from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.accounts.people.client_models import Client, Membership
from billing_panel.accounts.people.vat_register_answers import standing_of
from billing_panel.catalog.load_eligibility_facts import HELD, group_facts, held_services
from billing_panel.catalog.models import BundlePart, Tariff
from billing_panel.catalog.rules.eligibility_facts import HELD_KINDS, ClientFacts
from billing_panel.kernel.database.batched_reads import Ahead, Together
from billing_panel.ledger.client_standing import STANDING, standing
from billing_panel.tax.supply import Standing
from billing_panel.tax.territories import territory_at
from billing_panel.tax.vat_number import is_valid_vat_number
from plugins.orders.store.find_orders import IS_LIVE
from plugins.orders.store.models import (
    Order,
    OrderLine,
)


def client_facts(
    session: Session,
    client: Client,
    provider: Provider,
    *,
    ahead: Ahead | None = None,
    besides: Order | None = None,
) -> ClientFacts:
    """What the rules of restriction and price know of a client of this provider.

    ``ahead``: where ``READ_OF_CLIENT`` was read already. ``besides``: an order of theirs that
    counts for nothing, since it is judged itself.
    """
    membership = next((m for m in client.memberships if m.provider_id == provider.id), None)
    if membership is None:
        return ClientFacts(
            provider=provider.key,
            is_client=False,
            country=client.country,
            currency=provider.currency,
            **_for_tax(session, client),
        )
    ahead = ahead or ALL_OF_CLIENT.read(session, of_pair(client, provider, besides))
    return _member_facts(session, client, membership, ahead, besides)


def of_pair(client: Client, provider: Provider, besides: Order | None = None) -> Mapping[str, int]:
    """The values of ``READ_OF_CLIENT``; ``besides`` as ``client_facts`` says."""
    return {
        "client_id": client.id,
        "provider_id": provider.id,
        "besides": besides.id if besides else 0,
    }


def _member_facts(
    session: Session, client: Client, membership: Membership, ahead: Ahead, besides: Order | None
) -> ClientFacts:
    provider, group = membership.provider, membership.group
    money = standing(ahead, client.id, provider.id)
    live = _live(ahead)
    return ClientFacts(
        provider=provider.key,
        is_client=True,
        country=client.country,
        group=group_facts(group) if group else None,
        discount_percent=group.discount_percent if group else Decimal(0),
        ignores_service_limits=group.ignores_service_limits if group else False,
        forbidden_methods=frozenset(m.method for m in (group.forbidden_methods if group else ())),
        blocked_reason=membership.blocked_reason,
        blocked_text=membership.blocked_text,
        currency=provider.currency,
        balance=money.balance,
        points=money.points - _promised_points(ahead),
        debt=money.debt - (besides.owed if besides else 0),
        credit_limit=membership.credit_limit,
        held=held_services(ahead, client.id, provider.id),
        open_lines=live.open_lines,
        paid_open=live.paid,
        **_for_tax(session, client),
    )


class _ForTax(TypedDict):
    territory: str
    ships_to: str
    tax_standing: Standing
    number_unconfirmed: bool


def _for_tax(session: Session, client: Client) -> _ForTax:
    return {
        "territory": territory_at(client.postal_address),
        "ships_to": territory_at(client.place_of_delivery),
        "tax_standing": (stands := standing_of(session, client)),
        "number_unconfirmed": stands is Standing.BUSINESS
        and is_valid_vat_number(client.vat_number, client.country),
    }


def _promised_points(ahead: Ahead) -> int:
    """Points that live orders still take: they cannot be promised twice."""
    (row,) = ahead.of(PROMISED)
    return int(row.promised or 0)


PROMISED = select(func.sum(Order.points - Order.paid_points).label("promised")).where(
    Order.client_id == bindparam("client_id"),
    Order.provider_id == bindparam("provider_id"),
    Order.id != bindparam("besides"),
    IS_LIVE,
    # of all live orders those that have an index of their own
    Order.points != Order.paid_points,
)


@dataclass(frozen=True)
class _Live:
    """Of the client's live orders by tariff key: how many count, and which are paid for."""

    open_lines: Mapping[str, int]
    paid: frozenset[str]


def _live(ahead: Ahead) -> _Live:
    """One row for each tariff ordered and each part of it; a bundle's own count repeats.

    A delivered service is held from then on and counts there.
    """
    own: dict[str, int] = {}
    parts: Counter[str] = Counter()
    paid: set[str] = set()
    for row in ahead.of(LIVE_TARIFFS):
        own[row.key] = int(row.waiting)
        if row.part is not None:
            parts[row.part] += int(row.parts_waiting)
        if row.paid:
            paid |= {row.key, row.part}
    return _Live(Counter(own) + parts, frozenset(paid - {None}))


def _live_tariffs() -> Select[str, str, int, int, int]:
    """Lines are added up by tariff before it is asked what a tariff is: there may be thousands."""
    part = aliased(Tariff)
    is_paid = and_(Order.paid == Order.total, Order.paid_points == Order.points)
    waits = OrderLine.delivered_at.is_(None)
    lines = (
        select(
            OrderLine.tariff_id,
            func.sum(OrderLine.quantity).label("ordered"),
            func.sum(case((waits, OrderLine.quantity), else_=0)).label("waiting"),
            func.max(case((is_paid, 1), else_=0)).label("paid"),
        )
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            Order.client_id == bindparam("client_id"),
            Order.provider_id == bindparam("provider_id"),
            Order.id != bindparam("besides"),
            IS_LIVE,
        )
        .group_by(OrderLine.tariff_id)
        .subquery()
    )

    def counted(tariff: type[Tariff]) -> ColumnElement[int]:
        return case((tariff.kind.in_(HELD_KINDS), lines.c.waiting), else_=lines.c.ordered)

    return (
        select(
            Tariff.key,
            part.key.label("part"),
            counted(Tariff).label("waiting"),
            counted(part).label("parts_waiting"),
            lines.c.paid,
        )
        .join(lines, lines.c.tariff_id == Tariff.id)
        .outerjoin(BundlePart, BundlePart.bundle_id == Tariff.id)
        .outerjoin(part, part.id == BundlePart.tariff_id)
    )


LIVE_TARIFFS = _live_tariffs()
# by the ids of the pair
READ_OF_CLIENT = (STANDING, LIVE_TARIFFS, PROMISED, HELD)
ALL_OF_CLIENT = Together(*READ_OF_CLIENT)

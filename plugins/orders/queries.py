"""Reading orders, carts and what the rules must know of a client."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Select, Subquery, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from billing_panel.accounts.clients import Client, ClientKind, Membership
from billing_panel.accounts.providers import Provider
from billing_panel.accounts.scope import find_client, own_providers, seen_client
from billing_panel.accounts.staff import Staff
from billing_panel.accounts.users import User
from billing_panel.accounts.vat import is_valid_vat_number
from billing_panel.catalog.models import BundlePart, Tariff
from billing_panel.catalog.queries import group_facts, held_services
from billing_panel.catalog.rules.facts import ClientFacts, TariffKind
from billing_panel.kernel.actor import Actor, ActorKind
from billing_panel.kernel.errors import NotFound
from billing_panel.kernel.text import text
from billing_panel.ledger.queries import standing
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.models import CartLine, Order, OrderLine, ProviderWorkflow, id_of_number
from plugins.orders.rules.workflow import Stage

LIVE = (Stage.NEW, Stage.OPEN)
MAX_PAGE = 200


def orders(actor: Actor) -> Select[Order]:
    """Orders with the actor's providers, of clients he sees, with what a row of a list shows."""
    return (
        select(Order)
        .join(Order.provider)
        .join(Order.client)
        .where(own_providers(actor), seen_client(actor))
        .options(
            joinedload(Order.status),
            joinedload(Order.payment_method),
            joinedload(Order.provider),
            joinedload(Order.client),
            selectinload(Order.lines).joinedload(OrderLine.tariff),
            selectinload(Order.taxes),
            selectinload(Order.documents),
        )
    )


@dataclass(frozen=True)
class Shown:
    """Which orders of a list are shown; ``before`` is the id the page before ended with.

    ``query`` is an order's number or a client's login.
    """

    provider: str | None = None
    status: str | None = None
    stage: Stage | None = None
    query: str | None = None
    before: int | None = None
    limit: int = 50

    def applied_to(self, page: Select[Order]) -> Select[Order]:
        """``page`` filtered, newest first, cut to ``limit``."""
        if self.provider is not None:
            page = page.where(Provider.key == self.provider)
        if self.status is not None:
            page = page.where(Order.status.has(key=self.status))
        if self.stage is not None:
            page = page.where(Order.stage == self.stage)
        if self.before is not None:
            page = page.where(Order.id < self.before)
        if self.query is not None:
            order_id = id_of_number(self.query)
            named = Client.login == self.query
            page = page.where(named if order_id is None else Order.id == order_id)
        return page.order_by(Order.id.desc()).limit(self.limit)


def history(
    session: Session,
    actor: Actor,
    client: Client,
    shown: Shown | None = None,
) -> Sequence[Order]:
    """A client's orders, newest first (H6)."""
    require(actor, OrdersFunction.HISTORY_READ)
    shown = shown or Shown()
    return session.scalars(
        shown.applied_to(orders(actor)).where(Order.client_id == client.id)
    ).all()


def all_orders(session: Session, actor: Actor, shown: Shown) -> Sequence[Order]:
    """Orders of every client in scope, newest first."""
    require(actor, OrdersFunction.HISTORY_READ)
    return session.scalars(shown.applied_to(orders(actor))).all()


def find_order(session: Session, actor: Actor, order_id: int) -> Order:
    """One order in scope, read anew (H7). Raises NotFound."""
    require(actor, OrdersFunction.ORDER_READ)
    order = session.scalar(
        orders(actor).where(Order.id == order_id).execution_options(populate_existing=True)
    )
    if order is None:
        raise NotFound(text("There is no such order, or it is not yours to see."))
    return order


def find_order_by_number(session: Session, actor: Actor, number: str) -> Order:
    """Raises NotFound."""
    return find_order(session, actor, id_of_number(number) or 0)


def find_placed(session: Session, actor: Actor, order_ids: Sequence[int]) -> Sequence[Order]:
    """The orders an action has just placed, in the order given; whoever placed them sees them."""
    placed = orders(actor).where(Order.id.in_(order_ids)).order_by(Order.id)
    return session.scalars(placed.execution_options(populate_existing=True)).all()


@dataclass(frozen=True)
class PlacedBy:
    """Who placed an order; ``login`` None: the system."""

    kind: ActorKind
    login: str | None
    name: str


def placed_by(session: Session, order: Order) -> PlacedBy:
    row = session.execute(
        select(User.login, Staff.name)
        .outerjoin(Staff, Staff.user_id == User.id)
        .where(User.id == order.placed_by_id)
    ).first()
    login, name = (row.login, row.name) if row else (None, None)
    if order.placed_by_kind is ActorKind.CLIENT:
        name = order.client.name
    return PlacedBy(order.placed_by_kind, login, name or login or order.placed_by_kind.value)


def order_group(session: Session, order: Order) -> Sequence[int]:
    """Ids of the orders one checkout made, this one among them; empty when it made one."""
    if order.group_id is None:
        return ()
    return session.scalars(
        select(Order.id).filter_by(group_id=order.group_id).order_by(Order.id)
    ).all()


def cart_lines(
    session: Session, actor: Actor, client_id: int, provider: str | None = None
) -> Sequence[CartLine]:
    """Positions of the client's own cart with the actor's providers, oldest first (H8)."""
    require(actor, OrdersFunction.CART_READ)
    find_client(session, actor, client_id=client_id)
    lines = (
        select(CartLine)
        .join(Provider, Provider.id == CartLine.provider_id)
        .where(CartLine.client_id == client_id, own_providers(actor))
        .options(joinedload(CartLine.tariff))
        .order_by(CartLine.id)
    )
    if provider is not None:
        lines = lines.where(Provider.key == provider)
    return session.scalars(lines).all()


def workflow_of(session: Session, provider: Provider) -> ProviderWorkflow:
    """Raises LookupError: a provider is never opened without one."""
    workflow = session.get(
        ProviderWorkflow, provider.id, options=[joinedload(ProviderWorkflow.entry_status)]
    )
    if workflow is None:
        raise LookupError(f"provider {provider.key} runs no workflow")
    return workflow


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
            vat_company=vat_company,
            currency=provider.currency,
        )
    return _member_facts(session, client, membership, vat_company=vat_company)


def _member_facts(
    session: Session, client: Client, membership: Membership, *, vat_company: bool
) -> ClientFacts:
    provider, group = membership.provider, membership.group
    money = standing(session, client.id, provider.id)
    return ClientFacts(
        provider=provider.key,
        is_client=True,
        country=client.country,
        vat_company=vat_company,
        group=group_facts(group) if group else None,
        discount_percent=group.discount_percent if group else Decimal(0),
        ignores_service_limits=group.ignores_service_limits if group else False,
        forbidden_methods=frozenset(m.method for m in (group.forbidden_methods if group else ())),
        blocked_reason=membership.blocked_reason,
        currency=provider.currency,
        balance=money.balance,
        points=money.points,
        debt=money.debt,
        credit_limit=membership.credit_limit,
        held=held_services(session, client.id, provider.id),
        open_lines=_open_lines(session, client.id, provider.id),
        paid_open=_paid_open(session, client.id, provider.id),
    )


def _open_lines(session: Session, client_id: int, provider_id: int) -> dict[str, int]:
    """Tariff key → how many are ordered, the parts of bundles counted too.

    A delivered service is held from then on and counts there.
    """
    counted: dict[str, int] = {}
    for live in _live_tariffs(client_id, provider_id):
        waiting = or_(live.c.delivered_at.is_(None), live.c.kind != TariffKind.SERVICE)
        rows = session.execute(
            select(live.c.key, func.sum(live.c.quantity)).where(waiting).group_by(live.c.key)
        )
        for key, count in rows:
            counted[key] = counted.get(key, 0) + int(count)
    return counted


def _paid_open(session: Session, client_id: int, provider_id: int) -> frozenset[str]:
    """Keys of tariffs, and of parts of bundles, on orders paid in full and not finished."""
    return frozenset(
        key
        for live in _live_tariffs(client_id, provider_id)
        for key in session.scalars(select(live.c.key).where(live.c.paid_in_full))
    )


def _live_tariffs(client_id: int, provider_id: int) -> tuple[Subquery, Subquery]:
    """What stands on the lines of live orders, and what is inside the bundles among it."""
    lines = (
        select(
            Tariff.key,
            Tariff.kind,
            OrderLine.tariff_id,
            OrderLine.quantity,
            OrderLine.delivered_at,
            and_(Order.paid == Order.total, Order.paid_points == Order.points).label(
                "paid_in_full"
            ),
        )
        .join(OrderLine, OrderLine.tariff_id == Tariff.id)
        .join(Order, Order.id == OrderLine.order_id)
        .where(
            Order.client_id == client_id, Order.provider_id == provider_id, Order.stage.in_(LIVE)
        )
        .subquery()
    )
    parts = (
        select(
            Tariff.key,
            Tariff.kind,
            lines.c.quantity,
            lines.c.delivered_at,
            lines.c.paid_in_full,
        )
        .join(BundlePart, BundlePart.tariff_id == Tariff.id)
        .join(lines, lines.c.tariff_id == BundlePart.bundle_id)
        .subquery()
    )
    return lines, parts

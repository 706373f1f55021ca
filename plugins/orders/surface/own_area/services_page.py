"""The services a client holds, with their end, as a list of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from billing_panel.accounts.access.scope import own_providers
from billing_panel.accounts.companies.provider_models import Provider
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.service_models import Service, ServiceState
from billing_panel.kernel.language.errors import NotFound
from billing_panel.kernel.language.text import Titles
from billing_panel.kernel.values.actor import Actor
from billing_panel.web.shell.paging import page_start
from billing_panel.web.shell.request_context import current_actor, panel
from billing_panel.web.shell.route_access import access, needs
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.models import Order, OrderService, number_of

PAGE = 50

services = Blueprint("services", "plugins.orders", template_folder="templates")


@dataclass(frozen=True)
class ServiceRow:
    """``ends_at`` None: it was bought once, and has no end. ``hours``: of a time package, of which
    ``left`` minutes are left.

    ``order_id`` None: the panel knows of no order it came with.
    """

    id: int
    title: Titles
    provider: str
    zone: str
    since: datetime
    ends_at: datetime | None
    hours: int | None
    left: int
    is_suspended: bool
    is_over: bool
    order_id: int | None

    @property
    def order_number(self) -> str:
        return number_of(self.order_id or 0)


@services.get("/my/services", endpoint="own")
@access(needs(OrdersFunction.HISTORY_READ))
def show_services() -> ResponseReturnValue:
    """The services the client holds, those that end first, and after them those that have ended.

    Needs ``orders:history:read``; clients alone.
    """
    actor = current_actor()
    if actor.client_id is None:
        raise NotFound
    with panel().database.reading() as db:
        rows = _rows(db, actor, actor.client_id)
    more = page_start() + PAGE if len(rows) > PAGE else None
    return render_template("orders/services.html", rows=rows[:PAGE], next_page=more)


def _rows(db: Session, actor: Actor, client_id: int) -> Sequence[ServiceRow]:
    """One more than a page, to know whether another follows."""
    held = _services(actor, client_id).offset(page_start()).limit(PAGE + 1)
    return [
        ServiceRow(
            id=row.id,
            title=Titles(row.titles),
            provider=row.name,
            zone=row.timezone,
            since=row.since,
            ends_at=row.ends_at,
            hours=row.hours,
            left=(row.hours or 0) * 60 - (row.used_minutes or 0),
            is_suspended=row.suspended_at is not None,
            is_over=row.state is ServiceState.ENDED,
            order_id=row.order_id,
        )
        for row in db.execute(held)
    ]


def _services(actor: Actor, client_id: int) -> Select[*tuple[object, ...]]:
    return (
        select(
            Service.id,
            Tariff.titles,
            func.coalesce(OrderService.hours, Tariff.hours).label("hours"),
            OrderService.used_minutes,
            Provider.name,
            Provider.timezone,
            Service.since,
            Service.ends_at,
            Service.state,
            Service.suspended_at,
            Order.id.label("order_id"),
        )
        .join(Tariff, Tariff.id == Service.tariff_id)
        .join(Provider, Provider.id == Service.provider_id)
        .outerjoin(OrderService, OrderService.service_id == Service.id)
        .outerjoin(Order, Order.id == OrderService.order_id)
        .where(Service.client_id == client_id, own_providers(actor))
        .order_by(
            Service.state == ServiceState.ENDED,
            Service.ends_at.is_(None),
            Service.ends_at,
            Service.id,
        )
    )

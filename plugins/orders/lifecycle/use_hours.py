"""Hours of a time package that was delivered: used, put back after a mistake, and left (D4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from billing_panel.catalog.models import Tariff
from billing_panel.catalog.service_models import Service, ServiceState
from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import Conflict, FieldError, Invalid, NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import as_hours
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.models import Order, OrderService
from plugins.orders.store.order_log import check_version, note_change

# 1.5 or 1:30
HOURS = re.compile(
    r"(?P<back>[-−]?)(?P<whole>[0-9]{1,5})([.,](?P<part>[0-9]{1,2})|:(?P<rest>[0-5][0-9]))?"
)
MAX_WORDS = 500


@dataclass(frozen=True)
class UseHours:
    """``hours`` as typed, ``1.5`` or ``1:30``; below zero they are put back.

    ``words``: what for, to be read by the client. ``version``: of the order that was looked at.
    """

    order_id: int
    service_id: int
    hours: str
    words: str
    version: int | None = None


def use_hours(session: Session, command: UseHours, *, actor: Actor, clock: Clock) -> Order:
    """Raises FunctionNotHeld, NotFound, Invalid, ``more_than_left`` among it.

    And Conflict ``stale_version``, ``service_over``.
    """
    require(actor, OrdersFunction.HOURS_USE)
    order = lock_for_change(session, actor, command.order_id)
    check_version(order, command.version)
    held = session.get(OrderService, (order.id, command.service_id), populate_existing=True)
    if held is None or held.hours is None or actor.client_id is not None:
        raise NotFound(text("There is no such time package in this order."))
    if session.get_one(Service, held.service_id).state is ServiceState.ENDED:
        raise Conflict(text("This time package has ended."), code="service_over")
    minutes = _read(command, held)
    held.used_minutes += minutes
    facts = {"service": held.service_id, "minutes": minutes, "left": held.left_minutes}
    words = {"fields": {"reason": command.words.strip()}}
    note_change(session, "order.hours_used", order, facts, actor, clock.now(), words)
    return order


def _read(command: UseHours, held: OrderService) -> int:
    """Minutes. Raises Invalid."""
    errors = []
    minutes = _minutes(command.hours.strip())
    if not minutes:
        message = text("Enter hours, such as 1.5 or 1:30; with a minus they are put back.")
        errors.append(FieldError("hours", "invalid_hours", message))
    elif minutes > held.left_minutes:
        message = text("Only %(hours)s hours are left.", hours=as_hours(held.left_minutes))
        errors.append(FieldError("hours", "more_than_left", message))
    elif held.used_minutes + minutes < 0:
        message = text("Only %(hours)s hours are used.", hours=as_hours(held.used_minutes))
        errors.append(FieldError("hours", "more_than_used", message))
    if not is_visible(command.words):
        errors.append(FieldError("words", "required", text("Say what the hours were used for.")))
    elif len(command.words) > MAX_WORDS:
        errors.append(FieldError("words", "length", text("Use at most 500 characters.")))
    if errors:
        raise Invalid(errors)
    return minutes


def _minutes(typed: str) -> int:
    """Zero: it is not to be read as hours."""
    read = HOURS.fullmatch(typed)
    if read is None:
        return 0
    part = Decimal(f"0.{read['part'] or 0}") * 60
    minutes = int(read["whole"]) * 60 + int(read["rest"] or part.to_integral(ROUND_HALF_UP))
    return -minutes if read["back"] else minutes


def hours_left(session: Session, client_id: int, provider_id: int) -> Mapping[str, int]:
    """Minutes a client has left, by the key of the time package."""
    sold = func.coalesce(OrderService.hours, Tariff.hours) * 60
    left = func.sum(sold - func.coalesce(OrderService.used_minutes, 0))
    rows = session.execute(
        select(Tariff.key, left.label("left"))
        .join(Service, Service.tariff_id == Tariff.id)
        .outerjoin(OrderService, OrderService.service_id == Service.id)
        .where(Service.client_id == client_id, Service.provider_id == provider_id)
        .where(Service.state == ServiceState.ACTIVE, Tariff.hours.is_not(None))
        .group_by(Tariff.key)
    )
    return {row.key: int(row.left) for row in rows}


@dataclass(frozen=True)
class HeldHours:
    """A time package of an order: minutes sold, and left. ``is_over``: it has ended."""

    service_id: int
    line_id: int | None
    minutes: int
    left: int
    is_over: bool


def hours_of(session: Session, order: Order) -> list[HeldHours]:
    """The time packages that an order found in scope opened."""
    rows = session.execute(_HELD, {"order_id": order.id})
    return [
        HeldHours(
            held.service_id,
            held.line_id,
            (held.hours or 0) * 60,
            held.left_minutes,
            is_over=state is ServiceState.ENDED,
        )
        for held, state in rows
    ]


_HELD = (
    select(OrderService, Service.state)
    .join(Service, Service.id == OrderService.service_id)
    .where(OrderService.order_id == bindparam("order_id"), OrderService.hours.is_not(None))
    .order_by(OrderService.service_id)
)

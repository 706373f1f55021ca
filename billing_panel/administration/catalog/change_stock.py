"""The stock of a tariff: items are added and removed, each time with a reason."""

from collections.abc import Iterator

from sqlalchemy import update
from sqlalchemy.orm import Session

from billing_panel.administration.catalog.find_tariffs import find_tariff
from billing_panel.administration.details import validators
from billing_panel.catalog.models import (
    Tariff,
)
from billing_panel.kernel.database.row_locks import lock_row
from billing_panel.kernel.language.errors import FieldError, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.event_log import record
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from permissions.guard import require
from permissions.panel_functions import PanelFunction

MAX_STOCK = 100_000_000


def change_stock(
    session: Session, tariff_id: int, by: int, reason: str, *, actor: Actor, clock: Clock
) -> int:
    """Put ``by`` pieces into stock, or take them out when negative; what is there afterwards.

    In one statement, so that an order placed meanwhile is not forgotten. Raises FunctionNotHeld,
    NotFound, Invalid, Refused ``not_counted`` or ``not_so_many``.
    """
    require(actor, PanelFunction.STOCK_CHANGE)
    tariff, provider = find_tariff(session, actor, tariff_id)
    validators.refuse_wrong(_wrong_movement(by, reason))
    lock_row(session, tariff)
    if tariff.stock is None:
        raise Refused(text("The stock of this tariff is not tracked."), code="not_counted")
    left = session.scalar(
        update(Tariff)
        .where(Tariff.id == tariff.id, Tariff.stock + by >= 0, Tariff.stock + by <= MAX_STOCK)
        .values(stock=Tariff.stock + by)
        .returning(Tariff.stock)
        .execution_options(synchronize_session=False)
    )
    if left is None:
        message = text("Only %(stock)s in stock.", stock=tariff.stock)
        raise Refused(message, code="not_so_many")
    record(
        session,
        "tariff.stock_changed",
        actor=actor,
        at=clock.now(),
        subject=("tariff", tariff.id),
        provider_id=provider.id,
        facts={"by": by, "left": left, "reason": reason},
    )
    return left


def _wrong_movement(by: int, reason: str) -> Iterator[FieldError]:
    if by == 0 or abs(by) > MAX_STOCK:
        message = text("Enter how many come in, or with a minus, how many go out.")
        yield FieldError("by", "number", message)
    yield from validators.filled("reason", reason)

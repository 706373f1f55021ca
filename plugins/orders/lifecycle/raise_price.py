"""Raise the price of a line after the order was placed (P1: Awaiting surcharge).

A price is only raised: a lower one would be a discount that the client's own terms do not give.
The percent that they did give is given of the new price too.
"""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from billing_panel.catalog.rules.eligibility_facts import Tender
from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import Conflict, FieldError, Invalid, NotFound
from billing_panel.kernel.language.text import text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import MAX_MINOR, Money
from billing_panel.ledger.typed_amounts import read_amount
from permissions.guard import require
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.cover_debts import covering
from plugins.orders.lifecycle.effects import bill_anew
from plugins.orders.lifecycle.take_step import move_by_itself
from plugins.orders.settlement.invoicing.issue_invoices_by_ledger import following_books
from plugins.orders.settlement.ledger import order_ledger
from plugins.orders.settlement.ledger.month_releases import book_months, months_to_book
from plugins.orders.settlement.payment_due_day import day_to_pay
from plugins.orders.store.effect_context import EffectContext
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.models import Order, OrderLine
from plugins.orders.store.order_log import check_version, note_change
from plugins.orders.workflow.requirements import MAX_FIELD
from plugins.orders.workflow.statuses.stage import Stage


@dataclass(frozen=True)
class RaisePrice:
    """``unit_price`` as typed, for one, with tax or without as the order's other prices."""

    order_id: int
    line_id: int
    unit_price: str
    reason: str
    version: int | None = None


def raise_price(session: Session, command: RaisePrice, *, actor: Actor, clock: Clock) -> Order:
    """Its bill is reissued, what is owed is owed more, and the workflow may move the order.

    Raises FunctionNotHeld, NotFound, Invalid, Conflict: ``stale_version``, ``order_lost``.
    """
    require(actor, OrdersFunction.PRICE_RAISE)
    order = lock_for_change(session, actor, command.order_id)
    check_version(order, command.version)
    if order.stage is Stage.LOST:
        raise Conflict(text("A lost order can’t continue."), code="order_lost")
    line = _line(order, command.line_id)
    price = read_amount(command.unit_price, order.currency, "unit_price")
    _check(command, line, price)
    _refuse_beyond_books(order, line, price)
    at = clock.now()
    before, total = line.unit_price, order.total
    over = months_to_book(session, order, at)
    line.cost(price)
    order.sum_up()
    facts = {"line": line.id, "from": before, "to": price.minor}
    words = {"reason": command.reason.strip()}
    note_change(session, "order.price_raised", order, facts, actor, at, words)
    bill_anew(EffectContext(session, order, actor, at, order.status, pay_by=day_to_pay(order)))
    # what was given back in goodwill is not asked for again
    raised = order.total > total
    if raised and (order.owed or any(line.delivered_at for line in order.lines)):
        with following_books(session, order, actor=actor, at=at):
            book_months(session, order, over, actor=actor, at=at)
            order_ledger.owe(session, order, order.money(order.total - total), actor=actor, at=at)
    with covering(session, order, actor=actor, at=at):
        move_by_itself(session, order, "price_raised", actor=actor, at=at)
    return order


def _line(order: Order, line_id: int) -> OrderLine:
    line = next((line for line in order.lines if line.id == line_id), None)
    if line is None:
        raise NotFound(text("There is no such line in this order."))
    return line


def _check(command: RaisePrice, line: OrderLine, price: Money) -> None:
    errors = []
    if line.tender is Tender.POINTS:
        message = text("A price in points can’t be changed.")
        errors.append(FieldError("unit_price", "points_are_final", message))
    elif price.minor <= line.unit_price:
        now = Money(line.unit_price, price.currency)
        message = text("Here a price can only go up; it is now %(now)s.", now=now)
        errors.append(FieldError("unit_price", "not_higher", message))
    if not is_visible(command.reason) or len(command.reason.strip()) > MAX_FIELD:
        message = text("Say briefly why; it stays in the history.")
        errors.append(FieldError("reason", "reason_missing", message))
    if errors:
        raise Invalid(errors)


def _refuse_beyond_books(order: Order, line: OrderLine, price: Money) -> None:
    """Before anything is written: no sum of the order, tax included, may pass what is kept."""
    more = (price.minor - line.unit_price) * line.quantity
    if max(order.goods + more, order.total + 2 * more) > MAX_MINOR:
        message = text("With this price the order’s total is too large.")
        raise Invalid([FieldError("unit_price", "total_too_large", message)])

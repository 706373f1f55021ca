"""Edit the lines of an order for which nothing was paid, and of which nothing was delivered.

Lines that are left alone keep the price they were placed at; a changed or new one has today's. The
client's own rights are judged, not the actor's (H2). All that hangs on the lines follows at once:
taxes, the promo code's share, stock, the debt, the bill.

``raise_price`` is another thing: a price that no price list has, also after payment, with a reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.catalog.load_eligibility_facts import facts_of, tariff_rows
from billing_panel.catalog.models import Tariff
from billing_panel.catalog.rules.eligibility_facts import MethodFacts
from billing_panel.catalog.rules.quote import Quote
from billing_panel.kernel.database.rows_written_at_commit import write_late
from billing_panel.kernel.language.errors import Conflict, FieldError, Invalid
from billing_panel.kernel.language.text import Text, text
from billing_panel.kernel.tables.event_log import Event
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import Money
from billing_panel.kernel.values.postal_address import Address
from permissions.guard import require
from plugins.orders.checkout.checkout_context import Shopping, go_shopping, place_for
from plugins.orders.checkout.order_builder import new_line
from plugins.orders.checkout.place_order import refuse_over_limit
from plugins.orders.checkout.quote_order import (
    refusal_to_pay,
    refuse_changed_price,
    refuse_unless_orderable,
)
from plugins.orders.editing.edit_difference import EditTold, compare, look
from plugins.orders.editing.edited_basket import (
    EditedBasket,
    EditedLine,
    assess_edit,
    edited_basket,
    standing_delivery,
)
from plugins.orders.exceptions.use_exceptions import granted_to
from plugins.orders.functions import OrdersFunction
from plugins.orders.lifecycle.effects import bill_again
from plugins.orders.lifecycle.take_step import go_on_paid
from plugins.orders.promo.use_promo import standing_promo
from plugins.orders.settlement import order_stock
from plugins.orders.settlement.invoicing.issue_invoices_by_ledger import (
    following_books,
    invoices_of,
)
from plugins.orders.settlement.ledger import order_ledger
from plugins.orders.settlement.payment_due_day import day_to_pay
from plugins.orders.store.effect_context import EffectContext
from plugins.orders.store.find_orders import LIVE
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.models import Order
from plugins.orders.store.order_extensions import tell_edited
from plugins.orders.store.order_log import check_version, note_change
from plugins.orders.store.order_search import index_orders
from plugins.orders.store.payment import PaymentState
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.store.visibility.price_visibility import telling
from plugins.orders.workflow.requirements import MAX_FIELD

# effects by which an order has its goods out of stock
HOLDING = frozenset({"hold_stock", "take_stock"})


@dataclass(frozen=True)
class EditLines:
    """``lines``: all that the order is to have from now on; what is not among them is removed.

    ``expected_*``: what it came to when it was previewed. ``reason``: for staff; may be empty.
    """

    order_id: int
    lines: tuple[EditedLine, ...]
    reason: str = ""
    expected_total: Money | None = None
    expected_points: int | None = None
    version: int | None = None


@dataclass(frozen=True)
class Edited:
    """The order as it is now, and what was changed."""

    order: Order
    told: EditTold


def why_not_edited(order: Order) -> tuple[str, Text] | None:
    """Code and sentence of why the lines stay as they are; None: they can be edited."""
    states = {payment.state for payment in order.payments}
    if order.stage not in LIVE:
        return "order_ended", text("The order has ended, so its lines stay as they are.")
    if any(line.delivered_at or line.taken_back_at for line in order.lines):
        return (
            "already_delivered",
            text("Some of the order was delivered, so its lines stay as they are."),
        )
    if invoices_of(order):
        return "order_invoiced", text("The order was invoiced, so its lines stay as they are.")
    if any(payment.is_open for payment in order.payments):
        return (
            "payment_under_way",
            text("A payment for the order is under way; stop waiting for it first."),
        )
    if order.is_paid or PaymentState.RECEIVED in states:
        return "order_paid", text("The order was paid for, so its lines stay as they are.")
    return None


def edit_lines(session: Session, command: EditLines, *, actor: Actor, clock: Clock) -> Edited:
    """Raises FunctionNotHeld, NotFound, Invalid, Refused ``not_orderable`` with the reasons.

    And Conflict: ``stale_version``, ``price_changed``, or the code of ``why_not_edited``.
    """
    require(actor, OrdersFunction.LINE_EDIT)
    wanted = [line.tariff for line in command.lines if line.line_id is None]
    order = lock_for_change(session, actor, command.order_id, tariffs=wanted)
    check_version(order, command.version)
    if why := why_not_edited(order):
        raise Conflict(why[1], code=why[0])
    if len(command.reason.strip()) > MAX_FIELD:
        message = text("At most %(most)s characters.", most=MAX_FIELD)
        raise Invalid([FieldError("reason", "length", message)])
    with telling(actor):
        return _Editing(session, order, actor, clock.now()).carry_out(command)


@dataclass(frozen=True)
class _Editing:
    """Of an order that is locked, with all stock that may come of it."""

    session: Session
    order: Order
    actor: Actor
    at: datetime

    def carry_out(self, command: EditLines) -> Edited:
        session, order = self.session, self.order
        before, holds = look(order), self._holds_stock()
        # what it has itself is there for it
        order_stock.bring_back(session, order)
        write_late(session)
        shopping = go_shopping(
            session, self.actor, order.client, order.provider, at=self.at, besides=order
        )
        shopping = replace(shopping.sent_to(order.place_of_delivery), own_area=False)
        shopping = shopping.with_granted(granted_to(session, order))
        keys = [line.tariff for line in command.lines if line.line_id is None]
        rows = tariff_rows(
            session, order.provider, {*keys, *(line.tariff.key for line in order.lines)}
        )
        catalogue = facts_of(session, order.provider, rows, [row.key for row in rows])
        basket = edited_basket(order, catalogue, command.lines)
        quoted = self._quote(shopping, basket, command)
        on = EffectContext(
            session, order, self.actor, self.at, order.status, pay_by=day_to_pay(order)
        )
        movements = self._write(basket, quoted, rows)
        session.flush()
        if holds:
            order_stock.hold(session, order)
        index_orders(session, [order])
        told = compare(before, look(order))
        words = {"reason": reason} if (reason := command.reason.strip()) else None
        note_change(session, "order.lines_edited", order, told.facts(), self.actor, self.at, words)
        bill_again(on)
        with following_books(session, order, actor=self.actor, at=self.at):
            order_ledger.post_difference(session, order, movements, actor=self.actor, at=self.at)
        if order.owed > before.owed:
            refuse_over_limit(session, order.client, order.provider, shopping.facts.granted)
        tell_edited(on)
        if order.is_paid:
            go_on_paid(session, order, actor=self.actor, at=self.at)
        return Edited(order, compare(before, look(order)))

    def _holds_stock(self) -> bool:
        """Its way has led through a step that takes goods out of stock, counted ones or not."""
        if self.order.held:
            return True
        begun = {name for entry in workflow_of(self.order).entries for name in entry.effects}
        moved = self.session.scalars(
            select(Event).filter_by(
                subject_kind="order", subject_id=self.order.id, kind="order.moved"
            )
        )
        on_the_way = {name for event in moved for name in event.facts["effects"]}
        return not HOLDING.isdisjoint(begun | on_the_way)

    def _quote(self, shopping: Shopping, basket: EditedBasket, command: EditLines) -> Quote:
        """Raises Refused ``not_orderable``, ``total_too_large``, Invalid, Conflict."""
        order, method = self.order, self.order.payment_method
        judgement = assess_edit(
            shopping,
            basket,
            method=MethodFacts(method.key, method.title) if method else None,
            delivery=standing_delivery(order),
            promo=standing_promo(self.session, order),
        )
        refuse_unless_orderable(judgement)
        if method is not None and (refusal := refusal_to_pay(judgement, method)):
            raise refusal
        refuse_changed_price(
            judgement,
            order.currency,
            total=command.expected_total,
            points=command.expected_points,
        )
        (quoted,) = judgement.quotes
        return quoted

    def _write(
        self, basket: EditedBasket, quoted: Quote, rows: Sequence[Tariff]
    ) -> order_ledger.Difference:
        """The rows of the order; its sums and its debt change together, before any is flushed."""
        session, order = self.session, self.order
        own, tariffs = {line.id: line for line in order.lines}, {row.id: row for row in rows}
        place, workflow = max(line.position for line in order.lines), workflow_of(order)
        with session.no_autoflush:
            for line in own.values():
                if line.id not in basket.line_ids:
                    order.lines.remove(line)
                    session.delete(line)
            for line_id, touched, of_line in zip(
                basket.line_ids, basket.touched, quoted.lines, strict=True
            ):
                if line_id is None:
                    place += 1
                    tariff = tariffs[of_line.choice.tariff.id]
                    order.lines.append(new_line(of_line, place, tariff, workflow))
                elif touched:
                    own[line_id].be_quoted(of_line)
                else:
                    own[line_id].be_priced(of_line)
            self._send_it(quoted)
            before = order.total
            order.be_taxed(quoted)
            order.sum_up()
            return order_ledger.difference(order, order.money(order.total - before), self.at)

    def _send_it(self, quoted: Quote) -> None:
        """Where it goes, if it needs to go anywhere now; once nothing does, to nowhere."""
        order = self.order
        needed = any(line.choice.tariff.needs_delivery for line in quoted.lines)
        if not needed:
            order.delivery_service = None
            order.deliver_to(Address())
        elif not order.place_of_delivery:
            order.deliver_to(place_for(order.client, Address()))

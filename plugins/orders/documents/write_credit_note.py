"""A credit note written by hand: of a whole invoice, or of lines of it.

It takes back what the invoice says, not money: that goes back by a refund, at once where whoever
writes it says so, or later. What is given back later up to that sum has no second credit note.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing_panel.kernel.files.printable_characters import refuse_blanks
from billing_panel.kernel.input.invisible_characters import is_visible
from billing_panel.kernel.language.errors import FieldError, Invalid, NotFound, Refused
from billing_panel.kernel.language.text import text
from billing_panel.kernel.tables.request_keys import once
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import Clock
from billing_panel.kernel.values.money import Money
from billing_panel.ledger.typed_amounts import read_amount
from invoices.document import Document, Kind
from invoices.functions import InvoicesFunction
from invoices.issue_and_print import content_of
from invoices.store.models import IssuedDocument
from permissions.guard import require
from plugins.orders.lifecycle.advance_order import AdvanceOrder, plan_locked, take_planned
from plugins.orders.settlement.invoicing.collective_invoice import order_of_line, own_key
from plugins.orders.settlement.invoicing.credit_shares import (
    Standing,
    Sums,
    part_of,
    take_lines,
)
from plugins.orders.settlement.invoicing.issue_invoices_by_ledger import Writing, standings
from plugins.orders.store.find_orders import own_orders
from plugins.orders.store.locks.lock_order import lock_for_change
from plugins.orders.store.models import Order, OrderDocument, number_of

MAX_REASON = 500


@dataclass(frozen=True)
class LineToCredit:
    """The line at place ``line`` of the invoice, from 1; ``amount`` as typed, empty: all of it.

    An amount is with tax where the invoice's are.
    """

    line: int
    amount: str = ""


@dataclass(frozen=True)
class WriteCreditNote:
    """``lines`` empty: all that stands. ``refund_to``: balance or method; empty: no money goes.

    ``order_id``: of an invoice for several orders the one that is corrected; lines say it too.
    ``request_key`` makes a repeat harmless.
    """

    document_id: int
    reason: str
    lines: tuple[LineToCredit, ...] = ()
    refund_to: str = ""
    request_key: str | None = None
    order_id: int | None = None


def write_credit_note(
    session: Session, command: WriteCreditNote, *, actor: Actor, clock: Clock
) -> IssuedDocument:
    """The credit note.

    Raises FunctionNotHeld, NotFound, Invalid: ``reason_missing``, ``unknown_line``,
    ``invalid_amount``, ``more_than_invoiced``; Refused: ``not_an_invoice``, ``credited_already``,
    ``no_glyph``; what ``advance_order`` raises where money is given back; and what ``once`` raises.
    """
    require(actor, InvoicesFunction.CREDIT_NOTE_CREATE)
    order = lock_for_change(session, actor, _order_corrected(session, actor, command))
    if command.request_key is None:
        return _write(session, order, command, actor=actor, clock=clock)

    def run() -> dict[str, Any]:
        return {"document": _write(session, order, command, actor=actor, clock=clock).id}

    outcome = once(
        session,
        run,
        scope=f"credit_note:{actor.key}",
        key=command.request_key,
        content=asdict(command),
        at=clock.now(),
    )
    return session.get_one(IssuedDocument, outcome.answer["document"])


def _write(
    session: Session, order: Order, command: WriteCreditNote, *, actor: Actor, clock: Clock
) -> IssuedDocument:
    row, standing = _standing(order, command.document_id)
    _check_reason(command.reason)
    taken = _wanted(standing, content_of(row), command.lines)
    writing, reason = Writing(session, order, actor, clock.now()), command.reason.strip()
    note = part_of(standing, taken, Kind.CREDIT_NOTE, writing.day, reason=reason)
    refuse_blanks(note)
    issued = writing.issue(note, row)
    if command.refund_to:
        session.flush()
        _give_back(session, order, issued, command, actor=actor, clock=clock)
    return issued


def _order_corrected(session: Session, actor: Actor, command: WriteCreditNote) -> int:
    """The id of the order whose part is corrected, in scope.

    Raises NotFound, Invalid ``several_orders``: a credit note is of one.
    """
    found = (
        select(Order.id)
        .join(OrderDocument, OrderDocument.order_id == Order.id)
        .where(OrderDocument.document_id == command.document_id, own_orders(actor))
    )
    ids = session.scalars(found).all()
    if not ids or (command.order_id is not None and command.order_id not in ids):
        raise NotFound(text("No such document, or you don’t have access to it."))
    if len(ids) == 1 or command.order_id is not None:
        return command.order_id or ids[0]
    lines = content_of(session.get_one(IssuedDocument, command.document_id))
    named = {
        order_of_line(lines, lines.lines[one.line - 1].key)
        for one in command.lines
        if 0 < one.line <= len(lines.lines)
    }
    own = [one for one in ids if number_of(one) in named]
    if len(own) != 1 or len(named) != 1:
        message = text("This invoice is for several orders: choose one of them.")
        raise Invalid([FieldError("order", "several_orders", message)])
    return own[0]


def _standing(order: Order, document_id: int) -> tuple[IssuedDocument, Standing]:
    """Raises Refused ``not_an_invoice``, ``credited_already``."""
    found = next((one for one in standings(order) if one[0].id == document_id), None)
    if found is None:
        message = text("Only an invoice can be corrected by a credit note.")
        raise Refused(message, code="not_an_invoice")
    if found[1].total <= 0:
        message = text("This invoice is already credited in full.")
        raise Refused(message, code="credited_already")
    return found


def _check_reason(reason: str) -> None:
    """Raises Invalid ``reason_missing``."""
    if not is_visible(reason) or len(reason.strip()) > MAX_REASON:
        message = text("Say briefly why; it is printed on the credit note.")
        raise Invalid([FieldError("reason", "reason_missing", message)])


def _wanted(standing: Standing, whole: Document, lines: tuple[LineToCredit, ...]) -> Sums:
    """Raises Invalid ``unknown_line``, ``invalid_amount``, ``more_than_invoiced``."""
    if not lines:
        return standing.left
    wanted: dict[str, int] = {}
    for place, one in enumerate(lines):
        key, amount = _line(standing, whole, one, f"lines.{place}", wanted)
        wanted[key] = amount
    return take_lines(standing, wanted)


def _line(
    standing: Standing,
    whole: Document,
    wanted: LineToCredit,
    field: str,
    before: Mapping[str, int],
) -> tuple[str, int]:
    """``whole``: the invoice as it is printed, whose lines are counted."""
    invoice = standing.invoice
    written = whole.lines[wanted.line - 1].key if 0 < wanted.line <= len(whole.lines) else ""
    is_other = whole.parts and written and order_of_line(whole, written) != invoice.order_number
    key = "" if is_other else own_key(written)
    if key not in standing.left.amounts or key in before:
        message = text("The invoice has no such line, or the line is named twice.")
        raise Invalid([FieldError(f"{field}.line", "unknown_line", message)])
    left, place = standing.left.amounts[key], f"{field}.amount"
    amount = read_amount(wanted.amount, invoice.currency, place).minor if wanted.amount else left
    if amount <= 0 or amount > left:
        message = text(
            "At most %(left)s of this line can still be credited.",
            left=Money(left, invoice.currency),
        )
        raise Invalid([FieldError(place, "more_than_invoiced", message)])
    return key, amount


def _give_back(
    session: Session,
    order: Order,
    note: IssuedDocument,
    command: WriteCreditNote,
    *,
    actor: Actor,
    clock: Clock,
) -> None:
    """As much as it says, by the workflow's own action."""
    fields = {
        "amount": str(Money(note.total, note.currency)),
        "refund_to": command.refund_to,
        "reason": command.reason,
    }
    planned = plan_locked(order, AdvanceOrder(order.id, "refund", fields=fields), actor=actor)
    take_planned(session, planned, actor=actor, at=clock.now())

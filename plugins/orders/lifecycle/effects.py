"""What a workflow may do to an order, by name. A workflow file names effects, never code.

What each promises stands in ``workflow/vocabulary``.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from billing_panel.accounts.firms.providers import MethodKind, PaymentMethod
from billing_panel.kernel.language.errors import FieldError, Invalid, Refused
from billing_panel.kernel.language.text import AnyOf, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.clock import local_date
from billing_panel.kernel.values.money import POINTS, Money
from billing_panel.ledger.typed_sums import read_amount
from invoices.document import Document
from invoices.issue_and_print import issue, void
from plugins.orders.settlement import hand_over_lines, order_stock, service_life
from plugins.orders.settlement.delivered_part import delivered_lines, kept_claim
from plugins.orders.settlement.ledger import order_ledger, refund_ledger
from plugins.orders.settlement.order_state import lines_to_deliver
from plugins.orders.settlement.part_limits import refuse_part, refuse_part_back
from plugins.orders.settlement.pay_by_day import day_to_pay
from plugins.orders.settlement.payment_methods import methods_for, payable_by
from plugins.orders.settlement.proforma import day_by_terms, kept_proforma_of, proforma_of
from plugins.orders.settlement.share_of_lines import Claim
from plugins.orders.store.effect_context import Effect, EffectContext, Made
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import note
from plugins.orders.store.payment import Payment, Refund, RefundTo
from plugins.orders.workflow.requirements import TAKEN_BACK
from plugins.orders.workflow.take_back_answers import taken_back
from plugins.orders.workflow.workflow import Stage


def hold_stock(on: EffectContext) -> None:
    """Counted stock leaves for the order, once. Raises Refused ``out_of_stock``."""
    order_stock.hold(on.session, on.order)


def return_stock(on: EffectContext) -> None:
    """What the order took comes back, but for what is with the client."""
    order_stock.bring_back(on.session, on.order)


def issue_proforma(on: EffectContext) -> None:
    """For an order that a bank transfer pays (H7)."""
    if on.order.is_paid_by(MethodKind.BANK_TRANSFER):
        issue_bill(on)


def bill_anew(on: EffectContext) -> None:
    """A bill that says another total than the order's now is annulled, and another issued."""
    stale = [d for d in on.order.documents if not d.is_void and d.total != on.order.total]
    for document in stale:
        void(on.session, document, actor=on.actor, at=on.at)
    if stale:
        on.session.flush()
        issue_bill(on)


def issue_bill(on: EffectContext) -> None:
    """One bill for what is left to pay, whatever the payment method (H7)."""
    order = on.order
    if order.left <= 0 or any(not document.is_void for document in order.documents):
        return
    _issue(on, proforma_of(order, _today(on), on.pay_by))


def redate(session: Session, order: Order, was: date | None, *, actor: Actor, at: datetime) -> None:
    """Issue its bill anew where the order is to be paid by another day than ``was``."""
    if (pay_by := day_to_pay(order)) != was:
        redate_bill(EffectContext(session, order, actor, at, order.status, pay_by=pay_by))


def redate_bill(on: EffectContext) -> None:
    """A bill that says another day than the order is to be paid by from now on is issued anew.

    That happens before the books are written (``locks``). A bill of an order that is paid stays.
    """
    order, today = on.order, _today(on)
    day = on.pay_by or day_by_terms(order, today)
    stale = [d for d in order.documents if not d.is_void and d.due_on != day]
    if order.left <= 0 or not stale:
        return
    for document in stale:
        void(on.session, document, actor=on.actor, at=on.at)
    on.session.flush()
    _issue(on, proforma_of(order, today, on.pay_by))


def _issue(on: EffectContext, document: Document) -> None:
    issued = issue(
        on.session,
        document,
        provider=on.order.provider,
        client_id=on.order.client_id,
        actor=on.actor,
        at=on.at,
    )
    on.order.documents.append(issued)


def _today(on: EffectContext) -> date:
    return local_date(on.at, on.order.provider.timezone)


def void_documents(on: EffectContext) -> None:
    """What the client has of the order stays owed, and is billed anew where it was billed.

    The bill takes its number before the books are written (``locks``).
    """
    order, claim = on.order, kept_claim(on.order)
    stale = [d for d in order.documents if not d.is_void and d.total != claim.total]
    for document in stale:
        void(on.session, document, actor=on.actor, at=on.at)
    if stale and order_ledger.stays_owed(order, claim):
        on.session.flush()
        _issue(on, kept_proforma_of(order, _today(on)))
    _call_off(on, claim)


def _call_off(on: EffectContext, claim: Claim) -> None:
    lost = on.entered.stage is Stage.LOST
    order_ledger.call_off(on.session, on.order, claim, lost=lost, actor=on.actor, at=on.at)


def open_debt(on: EffectContext) -> None:
    """What is left to pay becomes a debt, once."""
    order_ledger.open_debt(on.session, on.order, actor=on.actor, at=on.at)


def take_payment(on: EffectContext) -> Made:
    """All that is left or the amount named, by the method named; the payments made.

    That changes nothing of how the client meant to pay (D11). Raises Invalid
    ``method_not_allowed``, ``invalid_amount``, Refused ``too_many_parts``, and what ``pay`` raises.
    """
    method, amount = _method(on).kind, _amount(on)
    if amount is not None and amount.minor < on.order.needed_in(amount.currency).minor:
        refuse_part(on.session, on.order)
    wanted = order_ledger.PaymentToTake(method, amount, on.fields.get("reference", ""))
    payments = order_ledger.pay(on.session, on.order, wanted, actor=on.actor, at=on.at)
    return Made(payments=tuple(payments))


def _amount(on: EffectContext) -> Money | None:
    """Raises Invalid ``invalid_amount``."""
    taking = on.filled.taking
    if taking is None:
        return None
    if taking.wrong is not None:
        raise Invalid([taking.wrong], code=taking.wrong.code)
    return taking.amount


def _method(on: EffectContext) -> PaymentMethod:
    """Raises Invalid ``method_not_allowed``."""
    methods = {m.key: m for m in methods_for(on.session, on.order, on.actor)}
    chosen = on.order.payment_method.key if on.order.payment_method else ""
    method = methods.get(on.fields.get("payment_method") or chosen)
    if method is None:
        offered = sorted(m.key for m in payable_by(on.session, on.order, on.actor))
        message = text("Pay by one of: %(methods)s.", methods=AnyOf(offered))
        error = FieldError(on.filled.place_of("payment_method"), "method_not_allowed", message)
        raise Invalid([error], code="method_not_allowed")
    return method


def refund(on: EffectContext) -> Made:
    """The payment named, else the newest first; the amount named, else all of it.

    The refunds made. Raises Refused ``nothing_to_refund``, ``too_many_parts``, Invalid
    ``invalid_amount``, ``more_than_paid``.
    """
    written, place = on.fields.get("amount", ""), on.filled.place_of("amount")
    payments = _to_refund(on, in_money=bool(written))
    left = read_amount(written, payments[0].currency, place) if written else None
    refunds = []
    for payment in payments:
        part = payment.refundable if left is None else min(payment.refundable, left.minor)
        if part:
            refunds.append(_refund_part(on, payment, Money(part, payment.currency)))
            left = None if left is None else left - Money(part, payment.currency)
    if left:
        message = text("That is more than was paid; refund at most the amount paid.")
        raise Invalid([FieldError(place, "more_than_paid", message)])
    return Made(refunds=tuple(refunds))


def _refund_part(on: EffectContext, payment: Payment, part: Money) -> Refund:
    if part.minor < payment.refundable:
        refuse_part_back(payment)
    to = RefundTo(on.fields.get("refund_to") or RefundTo.BALANCE)
    wanted = refund_ledger.RefundToMake(part, to, on.fields.get("reason", ""))
    return refund_ledger.give_back(on.session, on.order, payment, wanted, actor=on.actor, at=on.at)


def _to_refund(on: EffectContext, *, in_money: bool) -> Sequence[Payment]:
    """The one named, in whatever it was paid; else newest first, points last.

    Raises Refused ``nothing_to_refund``.
    """
    named = on.fields.get("payment", "")
    found = [
        payment
        for payment in reversed(on.order.payments)
        if payment.refundable
        and (str(payment.id) == named if named else not (in_money and payment.currency == POINTS))
    ]
    if not found:
        raise Refused(text("None of that is left to refund."), code="nothing_to_refund")
    return sorted(found, key=lambda payment: payment.currency == POINTS)


def return_payments(on: EffectContext) -> Made:
    """All but for what the client has of the order; the refunds made."""
    claim = kept_claim(on.order)
    _call_off(on, claim)
    refunds = refund_ledger.return_payments(on.session, on.order, claim, actor=on.actor, at=on.at)
    return Made(refunds=tuple(refunds))


def deliver_lines(on: EffectContext) -> None:
    """All lines not delivered yet; what is left to pay becomes a debt."""
    waiting = lines_to_deliver(on.order)
    if waiting:
        hand_over_lines.deliver(on.session, on.order, waiting, at=on.at)
    open_debt(on)


def take_back_lines(on: EffectContext) -> None:
    """Those of which the field says so; where nothing was delivered none is asked for."""
    delivered = {line.id: line for line in delivered_lines(on.order)}
    if not delivered:
        return
    titles = {line.id: line.title for line in delivered.values()}
    back = sorted(taken_back(titles, on.fields[TAKEN_BACK]))
    if back:
        hand_over_lines.take_back(on.session, on.order, [delivered[one] for one in back], at=on.at)
        note(on.session, "order.lines_taken_back", on.order, {"lines": back}, on.actor, on.at)


def suspend_services(on: EffectContext) -> None:
    """The order's services are suspended."""
    service_life.suspend(on.session, on.order, at=on.at)


def resume_services(on: EffectContext) -> None:
    """Suspended services of the order resume."""
    service_life.resume(on.session, on.order)


def end_services(on: EffectContext) -> None:
    """The order's services end for good."""
    service_life.end(on.session, on.order)


def notify_client(on: EffectContext) -> None:
    """Written down for whoever sends it, with the language it will be said in."""
    client = on.order.client
    _notice(on, {"to": "client", "client_id": client.id, "language": client.language})


def notify_shop(on: EffectContext) -> None:
    """Written down for whoever tells the provider's staff."""
    provider = on.order.provider
    _notice(on, {"to": "shop", "provider_id": provider.id, "language": provider.language})


def _notice(on: EffectContext, recipient: Mapping[str, object]) -> None:
    facts = {**recipient, "status": on.entered.key}
    note(on.session, "notice.due", on.order, facts, on.actor, on.at)


EFFECTS: Mapping[str, Effect] = {
    "hold_stock": hold_stock,
    # what is held has left the count already
    "take_stock": hold_stock,
    "return_stock": return_stock,
    "issue_proforma": issue_proforma,
    "issue_bill": issue_bill,
    "void_documents": void_documents,
    "open_debt": open_debt,
    "take_payment": take_payment,
    "return_payments": return_payments,
    "refund": refund,
    "deliver_lines": deliver_lines,
    "take_back_lines": take_back_lines,
    "suspend_services": suspend_services,
    "resume_services": resume_services,
    "end_services": end_services,
    "notify_client": notify_client,
    "notify_shop": notify_shop,
}

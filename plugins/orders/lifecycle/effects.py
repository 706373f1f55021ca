"""The effects a workflow can name. A workflow file names effects, never code.

What each promises stands in ``workflow/vocabulary``.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from billing_panel.accounts.companies.provider_models import MethodKind, PaymentMethod
from billing_panel.kernel.language.errors import FieldError, Invalid, Refused
from billing_panel.kernel.language.text import AnyOf, text
from billing_panel.kernel.values.actor import Actor
from billing_panel.kernel.values.calendar_dates import local_date
from billing_panel.kernel.values.money import POINTS, Money
from billing_panel.ledger.typed_amounts import read_amount
from invoices.document import Document
from invoices.issue_and_print import issue, void
from invoices.store.models import IssuedDocument
from plugins.orders.settlement import deliver_and_take_back, order_services, order_stock
from plugins.orders.settlement.allowed_payment_methods import (
    METHOD_OFF,
    methods_for,
    payable_by,
    why_off,
)
from plugins.orders.settlement.delivered_part import claim_of, delivered_lines, kept_claim
from plugins.orders.settlement.ledger import order_ledger, refund_ledger
from plugins.orders.settlement.ledger.month_releases import catch_up
from plugins.orders.settlement.line_shares_and_tax import Claim
from plugins.orders.settlement.most_payment_parts import refuse_part, refuse_part_back
from plugins.orders.settlement.payment_due_day import day_to_pay
from plugins.orders.settlement.proforma import day_by_terms, kept_proforma_of, proforma_of
from plugins.orders.settlement.read_order_facts import lines_to_deliver, value_day
from plugins.orders.settlement.same_reference import refuse_twice
from plugins.orders.store.effect_context import Effect, EffectContext, Made
from plugins.orders.store.models import Order
from plugins.orders.store.order_log import note
from plugins.orders.store.payment import Payment, Refund, RefundTo
from plugins.orders.store.plain_reading.order_to_change import add_document
from plugins.orders.workflow.requirements import (
    ACCEPT_DUPLICATE,
    DELIVERY_CHARGE,
    TAKEN_BACK,
)
from plugins.orders.workflow.statuses.stage import Stage
from plugins.orders.workflow.take_back_field import taken_back


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


def foresee_bill(on: EffectContext) -> None:
    """An order that is about to be written, and billed, is written with the day of its bill."""
    if on.order.is_paid_by(MethodKind.BANK_TRANSFER) and on.order.left > 0:
        on.order.due_on = on.pay_by or day_by_terms(on.order, _today(on))


def bill_anew(on: EffectContext) -> None:
    """A bill that says another total than the order's now is annulled, and another issued."""
    if _annul(on, lambda bill: bill.total != on.order.total):
        on.session.flush()
        issue_bill(on)


def bill_again(on: EffectContext) -> None:
    """The bill is annulled, and another issued for the order as it is now; where there is one."""
    if _annul(on, lambda _bill: True):
        on.session.flush()
        issue_bill(on)


def issue_bill(on: EffectContext) -> None:
    """One bill for what is left to pay, whatever the payment method (H7)."""
    order = on.order
    if order.left <= 0 or any(not document.is_void for document in order.bills):
        return
    _issue(on, proforma_of(order, _today(on), on.pay_by))


def redate(session: Session, order: Order, was: date | None, *, actor: Actor, at: datetime) -> None:
    """Reissue its bill where the order is to be paid by another day than ``was``."""
    if (pay_by := day_to_pay(order)) != was:
        redate_bill(EffectContext(session, order, actor, at, order.status, pay_by=pay_by))


def redate_bill(on: EffectContext) -> None:
    """A bill that says another day than the order is to be paid by from now on is reissued.

    That happens before the books are written (``locks``). A bill of an order that is paid stays.
    """
    order, today = on.order, _today(on)
    day = on.pay_by or day_by_terms(order, today)
    if order.left > 0 and _annul(on, lambda bill: bill.due_on != day):
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
    add_document(on.session, on.order, issued)
    on.order.due_on = issued.due_on


def _annul(on: EffectContext, is_stale: Callable[[IssuedDocument], bool]) -> bool:
    """Bills that are stale ask for nothing more; whether there were any."""
    valid = [bill for bill in on.order.bills if not bill.is_void]
    stale = [bill for bill in valid if is_stale(bill)]
    for bill in stale:
        void(on.session, bill, actor=on.actor, at=on.at)
    if stale:
        on.order.due_on = max((bill.due_on for bill in valid if bill not in stale), default=None)
    return bool(stale)


def _today(on: EffectContext) -> date:
    return local_date(on.at, on.order.provider.timezone)


def void_documents(on: EffectContext) -> None:
    """What the client has of the order stays owed, and is billed again where it was billed.

    The bill takes its number before the books are written (``locks``).
    """
    order, claim = on.order, kept_claim(on.order)
    annulled = _annul(on, lambda bill: bill.total != claim.total)
    if annulled and order_ledger.stays_owed(order, claim):
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
    ``method_not_allowed``, ``method_off``, ``invalid_amount``, ``duplicate_reference``, Refused
    ``too_many_parts``, and what ``pay`` raises.
    """
    method, amount = _method(on).kind, _amount(on)
    if amount is not None and amount.minor < on.order.needed_in(amount.currency).minor:
        refuse_part(on.session, on.order)
    reference = on.fields.get("reference", "")
    if reference and method is MethodKind.BANK_TRANSFER and ACCEPT_DUPLICATE not in on.fields:
        refuse_twice(on.session, on.order, reference, on.filled.place_of("reference"))
    day = value_day(on.order, on.filled, on.at)
    wanted = order_ledger.PaymentToTake(method, amount, reference, day)
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
    """Raises Invalid ``method_not_allowed``, ``method_off``."""
    methods = {m.key: m for m in methods_for(on.session, on.order, on.actor, on.at)}
    chosen = on.order.payment_method.key if on.order.payment_method else ""
    wanted = on.fields.get("payment_method") or chosen
    method, place = methods.get(wanted), on.filled.place_of("payment_method")
    if method is None and (why := why_off(on.order, wanted, on.actor, on.at)):
        raise Invalid([FieldError(place, METHOD_OFF, why)], code=METHOD_OFF)
    if method is None:
        offered = sorted(m.key for m in payable_by(on.session, on.order, on.actor, on.at))
        message = text("Pay by one of: %(methods)s.", methods=AnyOf(offered))
        error = FieldError(place, "method_not_allowed", message)
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
        deliver_and_take_back.deliver(on.session, on.order, waiting, at=on.at)
    open_debt(on)


def take_back_lines(on: EffectContext) -> None:
    """Those of which the field says so; where nothing was delivered none is asked for."""
    on.order.return_asked_at = None
    delivered = {line.id: line for line in delivered_lines(on.order)}
    if not delivered:
        return
    titles = {line.id: line.title for line in delivered.values()}
    back = sorted(taken_back(titles, on.fields[TAKEN_BACK]))
    if back:
        lines = [delivered[one] for one in back]
        # they were supplied in the months that are over
        catch_up(on.session, on.order, actor=on.actor, at=on.at)
        deliver_and_take_back.take_back(on.session, on.order, lines, at=on.at)
        note(on.session, "order.lines_taken_back", on.order, {"lines": back}, on.actor, on.at)


def ask_return(on: EffectContext) -> None:
    """What is to come back, and why, stands in the entry of the step."""
    on.order.return_asked_at = on.at


def answer_return(on: EffectContext) -> None:
    """The client waits no more; what was answered stands in the entry of the step."""
    on.order.return_asked_at = None


def agree_delivery(on: EffectContext) -> Made:
    """The delivery costs nothing more, or the sum of the field; the refunds made (M9).

    The bill comes before the books (``locks``), and while these are written the order claims the
    new sums beside the old ones, since at no moment may more be paid than it comes to. Raises
    Invalid ``invalid_amount``, ``not_lower``.
    """
    order, charge = on.order, _delivery_charge(on)
    if charge == order.delivery:
        return Made()
    with on.session.no_autoflush:
        before = order.charge_delivery(charge)
        claim, bill = claim_of(order, order.lines), proforma_of(order, _today(on), on.pay_by)
        order.charge_delivery(before)
    if _annul(on, lambda old: old.total != claim.total):
        _issue(on, bill)
    order.keep(claim.total, claim.tax, claim.points)
    order_ledger.call_off(on.session, order, claim, lost=False, actor=on.actor, at=on.at)
    refunds = refund_ledger.return_payments(on.session, order, claim, actor=on.actor, at=on.at)
    order.claim_all()
    order.charge_delivery(charge)
    order_ledger.tell_taxes_apart(on.session, order, actor=on.actor, at=on.at)
    note(
        on.session, "order.delivery_agreed", order, {"from": before, "to": charge}, on.actor, on.at
    )
    return Made(refunds=tuple(refunds))


def _delivery_charge(on: EffectContext) -> int:
    """In minor units. Raises Invalid ``invalid_amount``, ``not_lower``."""
    written, place = on.fields.get(DELIVERY_CHARGE, ""), on.filled.place_of(DELIVERY_CHARGE)
    if not written or not on.order.delivery:
        return 0
    now = on.order.money(on.order.delivery)
    charge = read_amount(written, on.order.currency, place)
    if charge.minor > now.minor:
        message = text("Here a delivery charge can only go down; it is now %(now)s.", now=now)
        raise Invalid([FieldError(place, "not_lower", message)])
    return charge.minor


def suspend_services(on: EffectContext) -> None:
    """The order's services are suspended."""
    order_services.suspend(on.session, on.order, at=on.at)


def resume_services(on: EffectContext) -> None:
    """Suspended services of the order resume."""
    order_services.resume(on.session, on.order)


def end_services(on: EffectContext) -> None:
    """The order's services end for good."""
    order_services.end(on.session, on.order)


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


# counted stock leaves for the order
HOLDING = frozenset({"hold_stock", "take_stock"})
BILLING = "issue_proforma"

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
    "ask_return": ask_return,
    "accept_return": answer_return,
    "refuse_return": answer_return,
    "agree_delivery": agree_delivery,
    "suspend_services": suspend_services,
    "resume_services": resume_services,
    "end_services": end_services,
    "notify_client": notify_client,
    "notify_shop": notify_shop,
}

"""How to pay an order, as its client is told: the bill, the agreed method with its details, the
day (M4). In the client's language, as Markdown.
"""

from dataclasses import replace
from datetime import date

from billing_panel.accounts.companies.provider_models import MethodKind
from billing_panel.kernel.language.text import say, text
from billing_panel.kernel.values.money import Money, show
from invoices.issue_and_print import content_of
from invoices.payment.payment_reference import reference_shown
from invoices.printing.bank_rows import bank_rows
from plugins.messages.store.placeholders import filled
from plugins.orders.settlement.payment_due_day import pay_by
from plugins.orders.settlement.proforma import proforma_of
from plugins.orders.store.models import Order
from plugins.orders.store.versions.workflow_store import workflow_of
from plugins.orders.workflow.statuses.stage import Stage
from plugins.orders.workflow.workflow import Step

# of a step or an entry: the order's bill is issued
BILLING = frozenset({"issue_bill", "issue_proforma"})
BILL, PAY_BY, REFERENCE = "{bill}", "{pay_by}", "{reference}"


def asks_for_money(order: Order, step: Step) -> bool:
    """After it the order waits for the client's money: it is billed, or has so long to be paid."""
    if step.stays or step.target.stage is Stage.LOST or order.needed <= 0:
        return False
    bills = not BILLING.isdisjoint(step.effects)
    return bills or workflow_of(order).is_time_to_pay(step.target.key)


def payment_words(order: Order, today: date) -> str:
    """With names in braces for what is known only when the bill is issued (``sent_words``)."""
    language = order.client.language
    left = show(Money(order.needed, order.currency), language)
    first = text(
        "Please pay %(sum)s for order № %(order)s by %(day)s.",
        sum=left,
        order=order.number,
        day=PAY_BY,
    )
    lines = [say(first, language)]
    if order.payment_method is not None:
        method = text("Payment method: %(method)s.", method=order.payment_method.title)
        lines += ["", say(method, language)]
    if order.is_paid_by(MethodKind.BANK_TRANSFER):
        lines += ["", *_bank_lines(order, today, left, language)]
    return "\n".join(lines)


def _bank_lines(order: Order, today: date, left: str, language: str) -> list[str]:
    document = replace(proforma_of(order, today), number=BILL)
    rows = bank_rows(document, left)
    # a reference has check digits of the number, which there is none of yet
    shown = [(label, REFERENCE if value == BILL else value) for label, value in rows]
    if shown != rows:
        shown.insert(0, (text("Pro-forma invoice"), BILL))
    return [f"- {say(label, language)}: {value}" for label, value in shown]


def sent_words(order: Order, written: str) -> str:
    """``written`` as it is sent, now that the step is taken."""
    bills = [document for document in order.bills if not document.is_void]
    day = pay_by(order)
    values = {
        # an order that is paid otherwise has no bill, and goes by its own number
        "bill": bills[-1].number if bills else order.number,
        # as the bill prints it: by another one a Swiss bank would send the money back
        "reference": reference_shown(content_of(bills[-1])) if bills else order.number,
        "pay_by": f"{day:%d.%m.%Y}" if day else "—",
    }
    return filled(written, values)
